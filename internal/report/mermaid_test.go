package report

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmjsonl/internal/reuse"
)

func TestMermaidGolden(t *testing.T) { golden(t, "mermaid.md", Mermaid(fixed())) }

// TestMermaidValues reads the chart back: every value is the hit rate at the capacity below it.
func TestMermaidValues(t *testing.T) {
	categories := regexp.MustCompile(`(?m)^    x-axis "[^"]*" \[(.*)\]$`)
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
		}
		if len(capacities) != len(values) || len(values) < 2 || len(values) > mermaidLabels+1+len(f.Capacities) {
			t.Fatalf("%s: %d capacities, %d values:\n%s", name, len(capacities), len(values), chart)
		}
		if !slices.Contains(capacities, scale.high) {
			t.Errorf("%s: the chart does not show the scale's end, %v images: %v", name, scale.high, capacities)
		}
		if !scale.log && capacities[0] != 0 {
			t.Errorf("%s: the chart begins at %v images", name, capacities[0])
		}
		for _, p := range f.Capacities {
			i := slices.Index(capacities, float64(p.Capacity))
			if want := 100 * float64(p.HitsByRequest) / float64(f.Slots); p.Capacity > 0 && (i < 0 || math.Abs(number(values[i])-want) > 0.0051) {
				t.Errorf("%s: the requested capacity %d with %v %% is not a point of the chart:\n%s", name, p.Capacity, want, chart)
			}
		}
		for i, c := range capacities {
			if i > 0 && c <= capacities[i-1] {
				t.Errorf("%s: %v follows %v", name, c, capacities[i-1])
			}
			if c > scale.high {
				continue
			}
			if want := 100 * rateAt(points, f.Slots, scale, scale.at(c)); math.Abs(number(values[i])-want) > 0.0051 {
				t.Errorf("%s: %s %% at %v images, want %v", name, values[i], c, want)
			}
		}
		if strings.Count(chart, "```") != 2 || !strings.HasPrefix(chart, "```mermaid\n") || !strings.HasSuffix(chart, "]\n```\n") {
			t.Errorf("%s: not one block:\n%s", name, chart)
		}
	}
}

// TestMermaidCapacities: round capacities make room for requested ones, and a linear scale begins at 0.
func TestMermaidCapacities(t *testing.T) {
	for _, test := range []struct {
		scale     axis
		requested []int64
		want      []int64
	}{
		{axis{high: 50}, nil, []int64{0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50}},
		{axis{high: 50}, []int64{1, 21, 70}, []int64{0, 1, 5, 10, 15, 21, 25, 30, 35, 40, 45, 50, 70}},
		{axis{low: 1, high: 300, log: true}, []int64{200, 98, 0}, []int64{1, 2, 3, 4, 6, 10, 16, 25, 40, 63, 98, 160, 200, 250, 300}},
	} {
		var points []reuse.Point
		for _, c := range test.requested {
			points = append(points, reuse.Point{Capacity: c})
		}
		if got := mermaidCapacities(test.scale, points); !slices.Equal(got, test.want) {
			t.Errorf("%+v and %v: %v, want %v", test.scale, test.requested, got, test.want)
		}
	}
}
