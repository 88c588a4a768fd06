package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"mmjsonl/internal/reuse"
)

// curveView is the drawing of the curve and the words about it. The plot fills its box: places are in percent of the box, and paths in a
// square of 1000 by 1000 that is stretched to it, so that text and lines keep their size at every width.
//
// page_plot.go draws it, not a library: those for Go either write fixed colours and text sizes into the SVG, which then suits one theme
// and one width only, or bring a megabyte of script.
type curveView struct {
	Difference, Range, Words, AxisName string // sentences

	Down, Across                 []gridLine
	ByRequest, ByReference, Band string // paths
	Limit, LimitLabel            string // of a cache without limit
	Probes                       []probe
	Marks                        []mark

	Requested, Numbers []curveRow
	RangeHead          string // empty where there is no range
}

type gridLine struct {
	At, Label string
	Major     bool // stays where it is narrow
}

// probe shows a point of the curve when pointed at, anywhere in a strip that reaches halfway to its neighbours.
type probe struct{ X, Y, From, Width, Words string }

// mark is a requested capacity.
type mark struct {
	X, Y      string
	Label     string // empty where there is no room
	DX, DY    int    // from there to where the text begins, or ends, in pixels
	ToTheLeft bool
}

type curveRow struct{ Capacity, ByRequest, Hits, Whole, ByReference, Range string }

func newCurveView(f *reuse.Figures) *curveView {
	points := curvePoints(f)
	if len(points) == 0 {
		return nil
	}
	scale := newAxis(points)
	limit := reuse.Share(unlimited(f).HitsByRequest, f.Slots)
	view := &curveView{
		AxisName:   "capacity of the cache in images",
		Difference: differenceWords(f, points),
		Limit:      number(100 - 100*limit),
		LimitLabel: "without limit: " + percent(limit),
	}
	if scale.log {
		view.AxisName += ", log scale"
	}
	for rate := 0; rate <= 100; rate += 20 {
		view.Down = append(view.Down, gridLine{At: fmt.Sprint(100 - rate), Label: fmt.Sprintf("%d %%", rate)})
	}
	ticks := scale.ticks(6)
	for _, t := range ticks {
		view.Across = append(view.Across, gridLine{At: number(100 * t.at), Label: t.label, Major: t.major || len(ticks) < 6})
	}

	path := func(hits func(reuse.Point) int64) []string {
		var places []string
		if !scale.log {
			places = append(places, "0 1000")
		}
		for _, p := range points {
			places = append(places, number(1000*scale.at(float64(p.Capacity)))+" "+number(1000-1000*reuse.Share(hits(p), f.Slots)))
		}
		return places
	}
	line := func(places []string) string { return "M" + strings.Join(places, "L") }
	view.ByRequest = line(path(func(p reuse.Point) int64 { return p.HitsByRequest }))
	view.ByReference = line(path(func(p reuse.Point) int64 { return p.HitsByReference }))
	if f.Concurrency > 1 {
		least := path(func(p reuse.Point) int64 { return p.LeastHits })
		most := path(func(p reuse.Point) int64 { return p.MostHits })
		slices.Reverse(most)
		view.Band = line(append(least, most...)) + "Z"
		view.RangeHead = fmt.Sprintf("range, %d in flight", f.Concurrency)
		view.Range = fmt.Sprintf("With %d requests in flight, requests can overtake each other. Whatever the order, the hit rate by request lies in "+
			"the range shown.", f.Concurrency)
	}
	view.Probes = probes(f, points, scale)

	requested := ascending(f.Capacities)
	words := []string{view.LimitLabel}
	for _, p := range requested {
		view.Requested = append(view.Requested, newCurveRow(f, p))
		words = append(words, pointWords(f, p))
	}
	view.Words = "By request, in percent of the image slots; " + strings.Join(words, "; ") + "."
	view.Marks = marks(f, requested, scale)
	for _, p := range points {
		view.Numbers = append(view.Numbers, newCurveRow(f, p))
	}
	return view
}

func newCurveRow(f *reuse.Figures, p reuse.Point) curveRow {
	bounds := reordered(f, p)
	if bounds == "" {
		bounds = percent(reuse.Share(p.HitsByRequest, f.Slots)) // whatever the order
	}
	return curveRow{
		Capacity:    grouped(p.Capacity),
		ByRequest:   percent(reuse.Share(p.HitsByRequest, f.Slots)),
		Hits:        grouped(p.HitsByRequest),
		Whole:       percent(p.WholeRequestRate),
		ByReference: percent(reuse.Share(p.HitsByReference, f.Slots)),
		Range:       bounds,
	}
}

// differenceWords says how far the two ways of counting are apart.
func differenceWords(f *reuse.Figures, points []reuse.Point) string {
	distance := func(p reuse.Point) int64 {
		return max(p.HitsByRequest-p.HitsByReference, p.HitsByReference-p.HitsByRequest)
	}
	most := slices.MaxFunc(points, func(a, b reuse.Point) int { return cmp.Compare(distance(a), distance(b)) })
	if distance(most) == 0 {
		return "Here the two counts are the same."
	}
	apart := fmt.Sprintf("%.2f", 100*reuse.Share(distance(most), f.Slots))
	if apart == "0.00" {
		apart = "0.01"
	}
	return fmt.Sprintf("Here the two counts are at most %s percentage points apart, at %s.", apart, counted(most.Capacity, "image"))
}

func probes(f *reuse.Figures, points []reuse.Point, scale axis) []probe {
	var all []probe
	from := 0.0
	for i, p := range points {
		at, to := scale.at(float64(p.Capacity)), 1.0
		if i+1 < len(points) {
			to = (at + scale.at(float64(points[i+1].Capacity))) / 2
		}
		all = append(all, probe{X: number(100 * at), Y: number(100 - 100*reuse.Share(p.HitsByRequest, f.Slots)),
			From: number(100 * from), Width: number(100 * (to - from)), Words: pointWords(f, p)})
		from = to
	}
	return all
}

// The narrowest plot that labels have to find room in, and the size of their characters, in pixels. Where they do not touch there, they do
// not on a wider one either: a label only goes away from its point and away from those on the other side.
const (
	plotWidth, plotHeight = 270.0, 288.0
	charWidth, lineHeight = 7.0, 18.0
	pointRadius           = 8.0
)

type box struct{ left, top, right, bottom float64 }

func (b box) touches(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// marks places the requested capacities into the plot, with labels as far as there is room: the table below the plot has them all.
func marks(f *reuse.Figures, requested []reuse.Point, scale axis) []mark {
	var placed []mark
	var spots []box // of the marks' points
	for _, p := range requested {
		at := scale.at(float64(p.Capacity))
		if p.Capacity < 1 || at < 0 || at > 1 {
			continue
		}
		rate := reuse.Share(p.HitsByRequest, f.Slots)
		placed = append(placed, mark{X: number(100 * at), Y: number(100 - 100*rate), Label: fmt.Sprintf("%s at %s", percent(rate), grouped(p.Capacity))})
		x, y := plotWidth*at, plotHeight*(1-rate)
		spots = append(spots, box{x - pointRadius, y - pointRadius, x + pointRadius, y + pointRadius})
	}
	taken := slices.Clone(spots)
	for i := range placed {
		if room := findRoom(&placed[i], spots[i], taken); room != nil {
			taken = append(taken, *room)
		} else {
			placed[i].Label = ""
		}
	}
	return placed
}

// findRoom sets where the mark's label goes, and returns the room that it takes, or nil if there is none. The curve rises, so that it is
// least in the way to the right below a point and to the left above it.
func findRoom(m *mark, spot box, taken []box) *box {
	width := charWidth * float64(len(m.Label))
	x := (spot.left + spot.right) / 2
	for _, place := range []struct{ left, above bool }{{false, false}, {true, true}, {false, true}, {true, false}} {
		room := box{left: spot.right + 2, top: spot.bottom - 4}
		m.DX, m.DY, m.ToTheLeft = 10, 18, place.left
		if place.left {
			room.left, m.DX = spot.left-2-width, -10
		}
		if place.above {
			room.top, m.DY = spot.top+4-lineHeight, -10
		}
		room.right, room.bottom = room.left+width, room.top+lineHeight
		if room.left < -math.Min(x, 10) || room.right > plotWidth+10 || room.top < -lineHeight || room.bottom > plotHeight {
			continue
		}
		if !slices.ContainsFunc(taken, room.touches) {
			return &room
		}
	}
	return nil
}
