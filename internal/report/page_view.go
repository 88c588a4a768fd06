package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"mmjsonl/internal/reuse"
)

// plotView is a drawing of curves on one axis. The plot fills its box: places are in percent of the box, and paths in a square of 1000 by 1000
// that is stretched to it, so that text and lines keep their size at every width.
//
// page_plot.go draws it, not a library: those for Go either write fixed colours and text sizes into the SVG, which then suits one theme
// and one width only, or bring a megabyte of script.
type plotView struct {
	ID       string // of the drawing's title and words
	Log      bool
	Words    string // what it shows, for who does not see it
	AxisName string
	Across   []gridLine
	Sizes    []gridLine // of a server's cache, along the top
	Lines    []plotLine
	Marks    []mark
	Probes   []probe
	// Of a page about one file:
	ByReference, Band string // paths; Band is empty where requests do not overtake each other
	Limit             string // where the rate of a cache without limit is
	Bars              []bar  // reuse distances
}

// plotLine is a file's curve.
type plotLine struct {
	Name string // of the file; from outside
	Path string
}

type gridLine struct {
	At, Label string
	Major     bool // stays where it is narrow
}

// probe shows what caches of a capacity hit when pointed at, anywhere in a strip that reaches halfway to its neighbours.
type probe struct {
	X, From, Width string
	Y              []string // of each line
	Words          []string // lines of text
	Left           bool     // there is more room to the left
}

// mark is a requested capacity, or a server's.
type mark struct {
	X, Y      string
	Label     string // empty where there is no room
	DX, DY    int    // from there to where the text begins, or ends, in pixels
	ToTheLeft bool
	Server    bool // it is that of a server's cache
}

// bar is how many of the slots reuse an image at a range of distances.
type bar struct{ From, Width, Height, Words string }

// newPlot draws figures on an axis. points are those of each of the figures; there is at least one of each.
func newPlot(all []*Report, points [][]reuse.Point, scale axis) *plotView {
	view := &plotView{ID: "curve", Log: scale.log, AxisName: "capacity of the cache in images"}
	if scale.log {
		view.AxisName += ", log scale"
	}
	ticks := scale.ticks(10)
	for i, t := range ticks {
		view.Across = append(view.Across, gridLine{At: number(100 * t.at), Label: t.label, Major: len(ticks) < 6 || t.major && (scale.log || i%2 == 0)})
	}
	for i, r := range all {
		view.Lines = append(view.Lines, plotLine{Name: r.fileName(), Path: line(path(points[i], r.Figures.Slots, scale, byRequest))})
	}
	if len(all) > 1 {
		view.Probes = sharedProbes(all, scale)
		view.Words = fmt.Sprintf("By request, in percent of the image slots, of %d files; the table has the numbers.", len(all))
		weights := map[int64]bool{}
		for _, r := range all {
			_, bytes, _ := r.serverCapacity()
			weights[bytes] = true
			for _, m := range marks(r.marked(), scale) {
				m.Label = "" // the table has them
				view.Marks = append(view.Marks, m)
			}
		}
		if _, bytes, ok := all[0].serverCapacity(); ok && len(weights) == 1 {
			view.Sizes = sizeTicks(scale, bytes)
		}
		return view
	}
	r, f := all[0], all[0].Figures
	limit := reuse.Share(unlimited(f).HitsByRequest, f.Slots)
	view.Limit = number(100 - 100*limit)
	view.ByReference = line(path(points[0], f.Slots, scale, func(p reuse.Point) int64 { return p.HitsByReference }))
	if f.Concurrency > 1 {
		least := path(points[0], f.Slots, scale, func(p reuse.Point) int64 { return p.LeastHits })
		most := path(points[0], f.Slots, scale, func(p reuse.Point) int64 { return p.MostHits })
		slices.Reverse(most)
		view.Band = line(append(least, most...)) + "Z"
	}
	requested := ascending(f.Capacities)
	words := []string{"without limit: " + percent(limit)}
	for _, p := range requested {
		words = append(words, pointWords(f, p))
	}
	view.Words = "By request, in percent of the image slots; " + strings.Join(words, "; ") + "."
	view.Marks = marks(r.marked(), scale)
	if _, bytes, ok := r.serverCapacity(); ok {
		view.Sizes = sizeTicks(scale, bytes)
	}
	view.Bars = distanceBars(f, points[0], scale)
	view.Probes = probes(f, points[0], scale)
	return view
}

func byRequest(p reuse.Point) int64 { return p.HitsByRequest }

// path are the places of hit rates at points.
func path(points []reuse.Point, slots int64, scale axis, hits func(reuse.Point) int64) []string {
	var places []string
	if !scale.log {
		places = append(places, "0 1000")
	}
	for _, p := range points {
		places = append(places, number(1000*scale.at(float64(p.Capacity)))+" "+number(1000-1000*reuse.Share(hits(p), slots)))
	}
	return places
}

func line(places []string) string { return "M" + strings.Join(places, "L") }

// strips calls add for each place on a scale, ascending, with the strip that is nearer to it than to its neighbours; all from 0 to 1.
func strips(places []float64, add func(i int, from, to float64)) {
	from := 0.0
	for i, at := range places {
		to := 1.0
		if i+1 < len(places) {
			to = (at + places[i+1]) / 2
		}
		add(i, from, to)
		from = to
	}
}

// closest is how near the strips of probes are to each other, of the width of the plot.
const closest = 0.004

func probes(f *reuse.Figures, points []reuse.Point, scale axis) (all []probe) {
	var kept []reuse.Point
	var places []float64
	for _, p := range points {
		at := scale.at(float64(p.Capacity))
		requested := slices.ContainsFunc(f.Capacities, func(c reuse.Point) bool { return c.Capacity == p.Capacity })
		if len(places) > 0 && at-places[len(places)-1] < closest && !requested {
			continue
		}
		kept, places = append(kept, p), append(places, at)
	}
	strips(places, func(i int, from, to float64) {
		p := kept[i]
		all = append(all, newProbe(places[i], from, to,
			[]string{number(100 - 100*reuse.Share(p.HitsByRequest, f.Slots))},
			[]string{capacityLabel(p) + ": " + percent(reuse.Share(p.HitsByRequest, f.Slots)), hitsNote(f, p)}))
	})
	return all
}

// mostProbed is for how many files a probe has room.
const mostProbed = 12

// sharedProbes are probes at capacities at which the rate of every file is known.
func sharedProbes(all []*Report, scale axis) (probes []probe) {
	var capacities []int64
	rates := make([]map[int64]float64, len(all))
	for i, r := range all {
		rates[i] = map[int64]float64{}
		for _, p := range slices.Concat(r.Figures.Fixed, r.Figures.Capacities) {
			rates[i][p.Capacity] = reuse.Share(p.HitsByRequest, r.Figures.Slots)
			if i == 0 {
				capacities = append(capacities, p.Capacity)
			}
		}
	}
	slices.Sort(capacities)
	capacities = slices.DeleteFunc(slices.Compact(capacities), func(c int64) bool {
		at := scale.at(float64(max(c, 1)))
		return c < 1 || at < 0 || at > 1 || slices.ContainsFunc(rates, func(of map[int64]float64) bool { _, ok := of[c]; return !ok })
	})
	var places []float64
	for _, c := range capacities {
		places = append(places, scale.at(float64(c)))
	}
	strips(places, func(i int, from, to float64) {
		words := []string{"at " + counted(capacities[i], "image")}
		var down []string
		for file, of := range rates {
			rate := of[capacities[i]]
			down = append(down, number(100-100*rate))
			if file < mostProbed {
				words = append(words, percent(rate)+"  "+shortened(all[file].fileName()))
			}
		}
		probes = append(probes, newProbe(places[i], from, to, down, words))
	})
	return probes
}

// shortened is a name in at most 32 characters, without its middle.
func shortened(name string) string {
	const most = 32
	runes := []rune(name)
	if len(runes) <= most {
		return name
	}
	return string(runes[:most/2-1]) + "…" + string(runes[len(runes)-most/2:])
}

func newProbe(at, from, to float64, down, words []string) probe {
	return probe{X: number(100 * at), From: number(100 * from), Width: number(100 * (to - from)), Y: down, Words: words, Left: at > 0.5}
}

// distanceBars are shares of the slots by the reuse distance in images: what a cache hits more than the one at the bar's beginning. They lie
// under the curve, which is their sum.
func distanceBars(f *reuse.Figures, points []reuse.Point, scale axis) (bars []bar) {
	const least = 0.012 // of the width, so that bars of a logarithmic axis are not hairs
	var tallest float64
	var shares []float64
	at, hits, capacity := 0.0, int64(0), int64(0)
	if scale.log {
		at, hits, capacity = scale.at(float64(points[0].Capacity)), points[0].HitsByRequest, points[0].Capacity
	}
	for i, p := range points {
		to := scale.at(float64(p.Capacity))
		if to-at < least && i+1 < len(points) || to <= at {
			continue
		}
		share := reuse.Share(p.HitsByRequest-hits, f.Slots)
		height := share / (to - at)
		tallest = max(tallest, height)
		shares = append(shares, height)
		bars = append(bars, bar{From: number(100 * at), Width: number(100 * (to - at)),
			Words: fmt.Sprintf("distances of %s to %s: %s of the slots", grouped(capacity+1), counted(p.Capacity, "image"), percent(share))})
		at, hits, capacity = to, p.HitsByRequest, p.Capacity
	}
	if tallest == 0 {
		return nil
	}
	for i := range bars {
		bars[i].Height = number(100 * shares[i] / tallest)
	}
	return slices.DeleteFunc(bars, func(b bar) bool { return b.Height == "0" })
}

// sizeTicks are round sizes of a cache in which an image takes so many bytes.
func sizeTicks(scale axis, bytes int64) (ticks []gridLine) {
	if bytes <= 0 {
		return nil
	}
	const apart = 0.12
	last := math.Inf(-1)
	unit := func(n float64) string {
		switch {
		case n >= 1<<30:
			return fmt.Sprintf("%.4g GiB", n/(1<<30))
		case n >= 1<<20:
			return fmt.Sprintf("%.4g MiB", n/(1<<20))
		}
		return fmt.Sprintf("%.4g KiB", n/(1<<10))
	}
	step := math.Exp2(math.Floor(math.Log2(math.Max(scale.low, 1) * float64(bytes))))
	if !scale.log {
		step = math.Exp2(math.Ceil(math.Log2(scale.high * float64(bytes) * apart)))
	}
	for size := step; size <= scale.high*float64(bytes)*1.0001; {
		if at := scale.at(size / float64(bytes)); at >= 0 && at <= 1.0001 && at-last >= apart && size >= 1<<10 {
			ticks = append(ticks, gridLine{At: number(100 * at), Label: unit(size), Major: true})
			last = at
		}
		if scale.log {
			size *= 2
		} else {
			size += step
		}
	}
	return ticks
}

// curveView is what a page says of one file's curve.
type curveView struct {
	*plotView
	Other             *plotView // the same on the other kind of axis; nil where there is none
	Difference, Range string    // sentences
	LimitLabel        string
	Requested         []curveRow
	Numbers           []curveRow
	RangeHead         string // empty where there is no range
}

type curveRow struct{ Capacity, ByRequest, Hits, Whole, ByReference, Range string }

// plots are the drawings of files: on the axis that suits them, and on the other kind, which is nil where there is none.
func plots(all []*Report) (first, other *plotView) {
	var points [][]reuse.Point
	low, high := math.Inf(1), 0.0
	for _, r := range all {
		of := curvePoints(r.Figures)
		if len(of) == 0 {
			return nil, nil
		}
		points = append(points, of)
		low, high = min(low, float64(of[0].Capacity)), max(high, float64(of[len(of)-1].Capacity))
	}
	if len(all) > 1 {
		for i, r := range all {
			points[i] = alongAxis(r.Figures, int64(low), int64(high))
		}
	}
	scale := axisOf(low, high)
	first = newPlot(all, points, scale)
	if low < high {
		if scale.log {
			scale = axis{high: high}
		} else {
			scale = axis{low: low, high: high, log: true}
		}
		other = newPlot(all, points, scale)
		other.ID = "other"
	}
	return first, other
}

// alongAxis are the points of figures all along an axis. A cache of more images than there are hits what the largest one does.
func alongAxis(f *reuse.Figures, low, high int64) []reuse.Point {
	points := slices.DeleteFunc(knownPoints(f), func(p reuse.Point) bool { return p.Capacity < low || p.Capacity > high })
	if last := unlimited(f); len(points) == 0 || points[len(points)-1].Capacity < high {
		last.Capacity = high
		points = append(points, last)
	}
	return points
}

func newCurveView(r *Report) *curveView {
	f := r.Figures
	first, other := plots([]*Report{r})
	if first == nil {
		return nil
	}
	view := &curveView{
		plotView:   first,
		Other:      other,
		Difference: differenceWords(f, curvePoints(f)),
		LimitLabel: "without limit: " + percent(reuse.Share(unlimited(f).HitsByRequest, f.Slots)),
	}
	if f.Concurrency > 1 {
		view.RangeHead = fmt.Sprintf("range, %d in flight", f.Concurrency)
		view.Range = fmt.Sprintf("With %d requests in flight, requests can overtake each other. Whatever the order, the hit rate by request lies in "+
			"the range shown, which is the worst case on both sides.", f.Concurrency)
	}
	for _, p := range ascending(f.Capacities) {
		view.Requested = append(view.Requested, newCurveRow(f, p))
	}
	for _, p := range listedPoints(f) {
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

// sameCounts says that both ways of counting have the same hits everywhere.
const sameCounts = "Here the two counts are the same."

// differenceWords says how far the two ways of counting are apart.
func differenceWords(f *reuse.Figures, points []reuse.Point) string {
	distance := func(p reuse.Point) int64 {
		return max(p.HitsByRequest-p.HitsByReference, p.HitsByReference-p.HitsByRequest)
	}
	most := slices.MaxFunc(points, func(a, b reuse.Point) int { return cmp.Compare(distance(a), distance(b)) })
	if distance(most) == 0 {
		return sameCounts
	}
	apart := fmt.Sprintf("%.2f", 100*reuse.Share(distance(most), f.Slots))
	if apart == "0.00" {
		apart = "0.01"
	}
	return fmt.Sprintf("Here the two counts are at most %s percentage points apart, at %s.", apart, counted(most.Capacity, "image"))
}
