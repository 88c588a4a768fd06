package report

import (
	"fmt"
	"math"
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

// Mermaid returns Markdown with the hit rate by request against capacity, as a Mermaid chart that GitHub renders, and below it a list of
// the capacities that were asked for, in words. It is empty where there are no image slots. No text from outside is in it.
//
// Mermaid has no logarithmic scale. Where one is needed, round capacities at nearly even logarithmic distances stand as categories.
func Mermaid(f *reuse.Figures) string {
	points := curvePoints(f)
	if f.Slots == 0 || len(points) == 0 {
		return ""
	}
	scale := newAxis(points)
	var rates []string
	rate := func(at float64) {
		percent := 100 * rateAt(points, f.Slots, scale, at)
		rates = append(rates, strconv.FormatFloat(math.Round(100*percent)/100, 'f', -1, 64))
	}

	var b strings.Builder
	b.WriteString("```mermaid\n" + mermaidHeader)
	if scale.log {
		capacities := scale.round(1, 1.6, 2.5, 4, 6.3) // Renard's R5
		if len(capacities) > mermaidLabels {
			capacities = scale.round(1, 2, 5)
		}
		if len(capacities) > mermaidLabels {
			capacities = scale.round(1)
		}
		if last := len(capacities) - 1; last > 0 && scale.high < 1.1*capacities[last] {
			capacities = capacities[:last] // it would stand as far from the end of the curve as from its neighbour
		}
		var labels []string
		for _, c := range capacities {
			labels = append(labels, strconv.Quote(compact(c)))
			rate(scale.at(c))
		}
		labels = append(labels, strconv.Quote(strconv.FormatFloat(scale.high, 'f', -1, 64)))
		rate(1)
		fmt.Fprintf(&b, "    x-axis \"cache capacity in images, log scale\" [%s]\n", strings.Join(labels, ", "))
	} else {
		n := min(scale.high, widestLinear)
		for i := range int(n) + 1 {
			rate(float64(i) / n)
		}
		fmt.Fprintf(&b, "    x-axis \"cache capacity in images\" 0 --> %.0f\n", scale.high)
	}
	fmt.Fprintf(&b, "    y-axis \"hit rate in %%\" 0 --> 100\n    line [%s]\n```\n\n", strings.Join(rates, ", "))
	for _, p := range f.Capacities {
		b.WriteString("- " + pointWords(f, p) + "\n")
	}
	b.WriteString("- " + unlimitedWords(f) + "\n")
	return b.String()
}
