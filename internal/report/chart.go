package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/guptarohit/asciigraph"

	"mmjsonl/internal/reuse"
)

// gutter is how many columns asciigraph takes for "100 %", the axis and the space around them.
const gutter = 8

// chart draws the hit rate by request against capacity in characters, at most width columns wide and the plot itself at most height
// rows high, but no smaller than 64 columns and 3 rows. Below it stand the capacities that were asked for, in words. It ends in
// a new line, and is empty where there are no image slots.
func chart(f *reuse.Figures, width, height int) string {
	points := curvePoints(f)
	if f.Slots == 0 || len(points) == 0 {
		return ""
	}
	scale := newAxis(points)
	width = max(width, 64)
	columns := width - gutter - 1 // the last label may stand out by one
	rows := 2
	for _, n := range []int{4, 5, 10, 20} { // so that every row is a whole number of percent
		if n < height {
			rows = n
		}
	}
	rates := make([]float64, columns+1) // a column joins two
	for i := range rates {
		rates[i] = 100 * rateAt(points, f.Slots, scale, float64(i)/float64(columns))
	}

	var b strings.Builder
	b.WriteString("LRU hit rate by request, against capacity in images")
	if scale.log {
		b.WriteString(" (log scale)")
	}
	b.WriteString("\n")
	b.WriteString(asciigraph.Plot(rates, asciigraph.Height(rows), asciigraph.LowerBound(0), asciigraph.UpperBound(100),
		asciigraph.YAxisValueFormatter(func(rate float64) string { return fmt.Sprintf("%.0f %%", rate) })))
	b.WriteString("\n" + characterAxis(scale, columns))
	for _, p := range f.Capacities {
		b.WriteString(wrapped(pointWords(f, p), width))
	}
	b.WriteString(wrapped(unlimitedWords(f), width))
	return b.String()
}

// characterAxis returns the two lines below the plot, ticks and their labels. asciigraph's own have evenly spaced ticks only, which
// on a logarithmic scale, or with an odd number of images, are not round.
func characterAxis(scale axis, columns int) string {
	line := []rune(strings.Repeat(" ", gutter-1) + "└" + strings.Repeat("─", columns))
	labels := []byte(strings.Repeat(" ", gutter+columns+8))
	ticks := scale.ticks(columns / 8)
	for _, major := range []bool{true, false} {
		for _, t := range ticks {
			if t.major != major {
				continue
			}
			column := gutter + int(math.Round(t.at*float64(columns-1)))
			start := column - len(t.label)/2
			end := start + len(t.label)
			if end > gutter+columns+1 || strings.TrimSpace(string(labels[start-1:end+1])) != "" {
				continue
			}
			line[column] = '┬'
			copy(labels[start:], t.label)
		}
	}
	return string(line) + "\n" + strings.TrimRight(string(labels), " ") + "\n"
}

// wrapped returns a sentence as indented lines of at most width columns where its commas allow it.
func wrapped(sentence string, width int) string {
	var b strings.Builder
	column := 0
	for i, part := range strings.Split(sentence, ", ") {
		switch {
		case i == 0:
			part = "  " + part
		case column+len(", ")+len(part)+len(",") > width:
			b.WriteString(",\n")
			part, column = "    "+part, 0
		default:
			part = ", " + part
		}
		b.WriteString(part)
		column += len(part)
	}
	return b.String() + "\n"
}
