package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestMermaidGolden(t *testing.T) { golden(t, "mermaid.md", Mermaid(fixed())) }

// TestMermaidValues reads the chart back: every value is the hit rate at the capacity below it.
func TestMermaidValues(t *testing.T) {
	categories := regexp.MustCompile(`(?m)^    x-axis "[^"]*" \[(.*)\]$`)
	span := regexp.MustCompile(`(?m)^    x-axis "[^"]*" 0 --> (\d+)$`)
	line := regexp.MustCompile(`(?m)^    line \[(.*)\]$`)
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(strings.NewReplacer("k", "e3", "M", "e6").Replace(strings.Trim(s, `"`)), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, f := range watched(t) {
		chart := Mermaid(f)
		points := curvePoints(f)
		scale := newAxis(points)
		match := line.FindStringSubmatch(chart)
		if match == nil {
			t.Fatalf("%s: no line:\n%s", name, chart)
		}
		values := strings.Split(match[1], ", ")
		var capacities []float64
		if match := categories.FindStringSubmatch(chart); match != nil {
			for _, label := range strings.Split(match[1], ", ") {
				capacities = append(capacities, number(label))
			}
		} else if match := span.FindStringSubmatch(chart); match != nil {
			for i := range values {
				capacities = append(capacities, number(match[1])*float64(i)/float64(len(values)-1))
			}
		}
		if len(capacities) != len(values) || len(values) < 2 || scale.log && len(values) > mermaidLabels+1 {
			t.Fatalf("%s: %d capacities, %d values:\n%s", name, len(capacities), len(values), chart)
		}
		if last := capacities[len(capacities)-1]; last != scale.high {
			t.Errorf("%s: the chart ends at %v images, want %v", name, last, scale.high)
		}
		for i, c := range capacities {
			if i > 0 && c <= capacities[i-1] {
				t.Errorf("%s: %v follows %v", name, c, capacities[i-1])
			}
			if want := 100 * rateAt(points, f.Slots, scale, scale.at(c)); math.Abs(number(values[i])-want) > 0.0051 {
				t.Errorf("%s: %s %% at %v images, want %v", name, values[i], c, want)
			}
		}
		if got, want := strings.Count(chart, "\n- "), len(f.Capacities)+1; got != want {
			t.Errorf("%s: %d list items, want %d", name, got, want)
		}
		if strings.Count(chart, "```") != 2 || !strings.HasPrefix(chart, "```mermaid\n") {
			t.Errorf("%s: not one block:\n%s", name, chart)
		}
	}
}
