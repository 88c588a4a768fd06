package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"mmjsonl/internal/reuse"
)

// curveView is the drawing of the curve and what is said of it. The plot fills its box: places are in percent of the box, and paths in a
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
	AnyAsked                     bool // a rate was asked for, not only a capacity

	Asked, Numbers []curveRow
	RangeHead      string // empty where there is no range
}

type gridLine struct {
	At, Label string
	Major     bool // stays where it is narrow
}

// probe shows a point of the curve when pointed at, anywhere in a strip that reaches halfway to its neighbours.
type probe struct{ X, Y, From, Width, Words string }

// mark is a capacity that was asked for.
type mark struct {
	X         string
	Y         string // empty where the hit rate is not known
	Ring      string // where the hit rate is that was asked for; empty if none was
	Label     string // empty where there is no room
	LabelY    string
	DX, DY    int // from there to where the text begins, or ends, in pixels
	ToTheLeft bool
}

type curveRow struct{ Capacity, Asked, ByRequest, Hits, Whole, ByReference, Range string }

func newCurveView(f *reuse.Figures, asked []Asked) *curveView {
	points := curvePoints(f)
	if len(points) == 0 {
		return nil
	}
	scale := newAxis(points)
	view := &curveView{
		AxisName:   "capacity of the cache in images",
		Difference: differenceWords(f, points),
		Limit:      number(100 - 100*reuse.Share(f.Duplicates, f.Slots)),
		LimitLabel: "without limit: " + percent(reuse.Share(f.Duplicates, f.Slots)),
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
		view.Range = fmt.Sprintf("With %d requests in flight, requests can overtake each other. However they do, the hit rate by request lies in "+
			"the range shown.", f.Concurrency)
	}
	view.Probes = probes(f, points, scale)

	wanted := askedCapacities(f, asked)
	words := []string{view.LimitLabel}
	for _, w := range wanted {
		view.AnyAsked = view.AnyAsked || w.rate != nil
		row := curveRow{Capacity: grouped(w.capacity), Asked: "–", ByRequest: "–", Hits: "–", Whole: "–", ByReference: "–", Range: "–"}
		if w.point != nil {
			row = newCurveRow(f, *w.point)
			row.Asked = "–"
			words = append(words, pointWords(f, *w.point))
		}
		if w.rate != nil {
			row.Asked = percent(*w.rate)
		}
		view.Asked = append(view.Asked, row)
	}
	view.Words = "By request, in percent of the image slots; " + strings.Join(words, "; ") + "."
	view.Marks = marks(f, wanted, scale)
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

// wantedCapacity is a capacity that was asked about, a hit rate that was asked for there, or both.
type wantedCapacity struct {
	capacity int64
	point    *reuse.Point // nil if the figures do not have it
	rate     *float64     // nil if none was asked for
}

// askedCapacities returns what was asked, by ascending capacity.
func askedCapacities(f *reuse.Figures, asked []Asked) []wantedCapacity {
	var wanted []wantedCapacity
	place := func(capacity int64) *wantedCapacity {
		at, found := slices.BinarySearchFunc(wanted, capacity, func(w wantedCapacity, c int64) int { return cmp.Compare(w.capacity, c) })
		if !found {
			wanted = slices.Insert(wanted, at, wantedCapacity{capacity: capacity})
		}
		return &wanted[at]
	}
	for i, p := range f.Capacities {
		place(p.Capacity).point = &f.Capacities[i]
	}
	for i, a := range asked {
		w := place(a.Capacity)
		w.rate = &asked[i].Rate
		if at := slices.IndexFunc(f.Curve, func(p reuse.Point) bool { return p.Capacity == a.Capacity }); w.point == nil && at >= 0 {
			w.point = &f.Curve[at]
		}
	}
	return wanted
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

// marks places what was asked into the plot, with labels as far as there is room: the table below the plot has them all.
func marks(f *reuse.Figures, wanted []wantedCapacity, scale axis) []mark {
	var placed []mark
	var spots []box // of the marks' points
	for _, w := range wanted {
		at := scale.at(float64(w.capacity))
		if w.capacity < 1 || at < 0 || at > 1 || w.point == nil && w.rate == nil {
			continue
		}
		m := mark{X: number(100 * at)}
		var rate float64
		if w.rate != nil {
			rate = *w.rate
			m.Ring = number(100 - 100*rate)
			m.Label = fmt.Sprintf("%s asked for at %s", percent(rate), grouped(w.capacity))
		}
		if w.point != nil {
			rate = reuse.Share(w.point.HitsByRequest, f.Slots)
			m.Y = number(100 - 100*rate)
			m.Label = fmt.Sprintf("%s at %s", percent(rate), grouped(w.capacity))
		}
		m.LabelY = number(100 - 100*rate)
		x, y := plotWidth*at, plotHeight*(1-rate)
		spots = append(spots, box{x - pointRadius, y - pointRadius, x + pointRadius, y + pointRadius})
		placed = append(placed, m)
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
