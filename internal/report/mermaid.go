package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mmjsonl/internal/reuse"
)

// mermaidHeader gives the chart a line that is seen on GitHub's light and dark pages alike; Mermaid's own is nearly white on the former.
const mermaidHeader = `---
config:
  themeVariables:
    xyChart:
      plotColorPalette: "#2f81f7"
---
xychart-beta
    title "LRU hit rate by request"
`

// mermaidLabels is for how many capacities a Mermaid chart has room.
const mermaidLabels = 18

// Mermaid returns the hit rate by request against capacity as a Mermaid chart in a block of Markdown, which GitHub renders. It is empty
// where there are no image slots. No text from outside is in it.
//
// Mermaid draws a line through values at even distances only and has no logarithmic scale, so the capacities are categories: round ones at
// nearly even distances of the scale that suits the curve, and between them every requested one.
func Mermaid(f *reuse.Figures) string {
	points := curvePoints(f)
	if f.Slots == 0 || len(points) == 0 {
		return ""
	}
	scale := newAxis(points)
	known := map[int64]float64{} // the rates of requested capacities
	for _, p := range f.Capacities {
		if p.Capacity > 0 {
			known[p.Capacity] = reuse.Share(p.HitsByRequest, f.Slots)
		}
	}
	var labels, rates []string
	for _, c := range mermaidCapacities(scale, f.Capacities) {
		rate, ok := known[c]
		if !ok {
			rate = rateAt(points, f.Slots, scale, scale.at(float64(c)))
		}
		labels = append(labels, strconv.Quote(compact(float64(c))))
		rates = append(rates, strconv.FormatFloat(math.Round(10000*rate)/100, 'f', -1, 64))
	}
	title := "cache capacity in images"
	if scale.log {
		title += ", log scale"
	}
	return fmt.Sprintf("```mermaid\n%s    x-axis %q [%s]\n    y-axis \"hit rate in %%\" 0 --> 100\n    line [%s]\n```\n",
		mermaidHeader, title, strings.Join(labels, ", "), strings.Join(rates, ", "))
}

// mermaidCapacities are the capacities of a chart, ascending: the requested ones, the scale's last, and round ones that are not too close to
// those.
func mermaidCapacities(scale axis, requested []reuse.Point) []int64 {
	last := int64(scale.high)
	fixed := []int64{last}
	if !scale.log {
		fixed = append(fixed, 0)
	}
	for _, p := range requested {
		if p.Capacity > 0 {
			fixed = append(fixed, p.Capacity)
		}
	}
	capacities := slices.Clone(fixed)
	for _, c := range mermaidRound(scale) {
		// At less than half the distance to its neighbours a round one only crowds what has to be there.
		near := func(other int64) bool {
			return math.Abs(scale.at(float64(c))-scale.at(float64(other))) < 0.5/mermaidLabels
		}
		if !slices.ContainsFunc(fixed, near) {
			capacities = append(capacities, c)
		}
	}
	slices.Sort(capacities)
	return slices.Compact(capacities)
}

// mermaidRound are round capacities on a scale, as many as there is room for.
func mermaidRound(scale axis) []int64 {
	var capacities []int64
	if !scale.log {
		step := scale.step(mermaidLabels)
		for i := int64(0); float64(i)*step <= scale.high; i++ {
			capacities = append(capacities, i*int64(step))
		}
		return capacities
	}
	for _, factors := range [][]float64{{1, 1.6, 2.5, 4, 6.3}, {1, 2, 5}, {1}} { // Renard's R5 first
		capacities = nil
		for _, c := range scale.round(factors...) {
			capacities = append(capacities, int64(c))
		}
		if len(capacities) <= mermaidLabels {
			break
		}
	}
	return capacities
}
