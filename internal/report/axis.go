package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"mmjsonl/internal/reuse"
)

// unseen is the hit rate below which a curve looks like the axis.
const unseen = 0.005

// curvePoints returns the points at which the hit rate is known, by ascending capacity: those of the curves and the requested ones. Left
// out are the curves' where they have not left the axis yet, capacities far above the number of images, because nothing happens there, and
// capacities below 1.
func curvePoints(f *reuse.Figures) []reuse.Point { return withRequested(f, knownPoints(f)) }

// knownPoints are all points of the curves, by ascending capacity.
func knownPoints(f *reuse.Figures) []reuse.Point {
	curve := slices.Concat(f.Curve, f.Even)
	for _, p := range f.Fixed {
		if p.Capacity <= f.Distinct {
			curve = append(curve, p)
		}
	}
	return slices.CompactFunc(ascending(curve), func(a, b reuse.Point) bool { return a.Capacity == b.Capacity })
}

// listedPoints are those of curvePoints that a table has room for.
func listedPoints(f *reuse.Figures) []reuse.Point { return withRequested(f, slices.Clone(f.Curve)) }

// withRequested are the points of a curve and the requested ones, as curvePoints says.
func withRequested(f *reuse.Figures, curve []reuse.Point) []reuse.Point {
	byCapacity := func(a, b reuse.Point) int { return cmp.Compare(a.Capacity, b.Capacity) }
	slices.SortStableFunc(curve, byCapacity)
	for len(curve) > 1 {
		next := curve[1]
		if reuse.Share(max(next.HitsByRequest, next.HitsByReference), f.Slots) >= unseen {
			break
		}
		curve = curve[1:]
	}
	points := slices.Concat(curve, f.Capacities)
	points = slices.DeleteFunc(points, func(p reuse.Point) bool { return p.Capacity < 1 || p.Capacity > max(4*f.Distinct, 1) })
	slices.SortStableFunc(points, byCapacity)
	return slices.CompactFunc(points, func(a, b reuse.Point) bool { return a.Capacity == b.Capacity })
}

// axis is a scale of capacities, from 0, or logarithmically from low where the range is too wide for that.
type axis struct {
	low, high float64
	log       bool
}

// widestLinear is how many times the least capacity the greatest may be on a linear scale.
const widestLinear = 50

// newAxis returns a scale for points by ascending capacity. There is at least one.
func newAxis(points []reuse.Point) axis {
	return axisOf(float64(points[0].Capacity), float64(points[len(points)-1].Capacity))
}

// axisOf returns a scale for capacities from low to high.
func axisOf(low, high float64) axis {
	if high > widestLinear*low {
		return axis{low: low, high: high, log: true}
	}
	return axis{high: high}
}

// at tells where a capacity lies: 0 is the left end of the scale and 1 the right.
func (a axis) at(capacity float64) float64 {
	if a.log {
		return math.Log(capacity/a.low) / math.Log(a.high/a.low)
	}
	return (capacity - a.low) / (a.high - a.low)
}

// tick is a round capacity on a scale.
type tick struct {
	at    float64
	label string
	major bool // labelled first where there is no room for all
}

// ticks returns the round capacities on the scale, 1, 2 or 5 times a power of ten: on a logarithmic scale all of them, with the powers of
// ten as the major ones, and on a linear one multiples of the least step that gives no more than most.
func (a axis) ticks(most int) []tick {
	var ticks []tick
	if a.log {
		for _, c := range a.round(1, 2, 5) {
			_, fraction := math.Modf(math.Log10(c))
			ticks = append(ticks, tick{at: a.at(c), label: compact(c), major: fraction == 0})
		}
		return ticks
	}
	step := a.step(most)
	for i := 0; float64(i)*step <= a.high; i++ {
		ticks = append(ticks, tick{at: a.at(float64(i) * step), label: compact(float64(i) * step), major: true})
	}
	return ticks
}

// step is the least round distance that divides a linear scale into fewer parts than most.
func (a axis) step(most int) float64 {
	step := 1.0
	for i := 0; a.high/step > float64(most-1); i++ {
		step = []float64{1, 2, 5}[(i+1)%3] * math.Pow10((i+1)/3)
	}
	return step
}

// round returns the numbers on the scale that are one of the factors, 1 or more and below 10, times a power of ten; as integers.
func (a axis) round(factors ...float64) []float64 {
	var numbers []float64
	for power := 1.0; power <= a.high; power *= 10 {
		for _, factor := range factors {
			if n := math.Round(factor * power); n >= a.low && n <= a.high {
				numbers = append(numbers, n)
			}
		}
	}
	return numbers
}

// compact writes a round number of images as short as an axis wants it: 500, 2k, 10M.
func compact(n float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= unit.size {
			return strconv.FormatFloat(n/unit.size, 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// rateAt returns the hit rate by request at a place on the scale, 0 to 1. Between two points the line is straight as drawn; left of the
// first it comes from a capacity of 0, which hits nothing.
func rateAt(points []reuse.Point, slots int64, scale axis, at float64) float64 {
	place := func(p reuse.Point) float64 { return scale.at(float64(p.Capacity)) }
	next, found := slices.BinarySearchFunc(points, at, func(p reuse.Point, at float64) int { return cmp.Compare(place(p), at) })
	if next == len(points) { // rounding can put the last point before the end
		next, found = next-1, true
	}
	right := reuse.Share(points[next].HitsByRequest, slots)
	if found {
		return right
	}
	left, leftAt := 0.0, 0.0
	if next > 0 {
		left, leftAt = reuse.Share(points[next-1].HitsByRequest, slots), place(points[next-1])
	}
	return left + (right-left)*(at-leftAt)/(place(points[next])-leftAt)
}
