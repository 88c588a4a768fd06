package report

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"mmjsonl/internal/reuse"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not what %s has; look at the difference after go test ./internal/report -update\n%s", path, got)
	}
}

func TestChartGolden(t *testing.T) { golden(t, "chart.txt", chart(fixed(), 80, 11)) }

func TestChartFollowsTheCurve(t *testing.T) {
	for name, f := range watched(t) {
		for _, size := range []struct{ width, height, rows int }{{80, 11, 10}, {80, 21, 20}, {120, 9, 5}, {65, 3, 2}, {0, 0, 2}} {
			chart := chart(f, size.width, size.height)
			width := max(size.width, 64)
			lines := strings.Split(chart, "\n")
			if lines[len(lines)-1] != "" {
				t.Errorf("%s: the last line is open: %q", name, lines[len(lines)-1])
			}
			for _, line := range lines {
				if utf8.RuneCountInString(line) > width {
					t.Errorf("%s: a line is wider than %d columns: %q", name, width, line)
				}
			}
			plot := lines[1 : size.rows+2]
			points := curvePoints(f)
			scale := newAxis(points)
			columns := width - gutter - 1
			for column := range columns {
				// The line in a column joins the hit rates at its two sides.
				for _, side := range []int{column, column + 1} {
					rate := rateAt(points, f.Slots, scale, float64(side)/float64(columns))
					row := size.rows - int(math.Round(rate*float64(size.rows)))
					cells := []rune(plot[row])
					if gutter+column >= len(cells) || !strings.ContainsRune("─│╭╮╰╯", cells[gutter+column]) {
						t.Errorf("%s, %d columns: no line in column %d, row %d:\n%s", name, width, column, row, chart)
					}
				}
			}
			for i, line := range plot {
				label := strings.TrimSpace(strings.SplitN(line, "%", 2)[0])
				if want := strconv.Itoa(100 - 100*i/size.rows); label != want {
					t.Errorf("%s: row %d says %q, want %s", name, i, label, want)
				}
			}
		}
	}
}

// TestChartAxis reads the labels below a chart back and compares them with where they stand.
func TestChartAxis(t *testing.T) {
	word := regexp.MustCompile(`\S+`)
	for name, f := range watched(t) {
		lines := strings.Split(chart(f, 80, 11), "\n")
		axisLine, labels := []rune(lines[12]), lines[13]
		scale := newAxis(curvePoints(f))
		found := word.FindAllStringIndex(labels, -1)
		if len(found) < 2 {
			t.Errorf("%s: too few labels: %q", name, labels)
		}
		ticks := 0
		for _, r := range axisLine {
			if r == '┬' {
				ticks++
			}
		}
		if ticks != len(found) {
			t.Errorf("%s: %d ticks and %d labels", name, ticks, len(found))
		}
		for _, span := range found {
			label := labels[span[0]:span[1]]
			capacity, err := strconv.ParseFloat(strings.NewReplacer("k", "e3", "M", "e6").Replace(label), 64)
			if err != nil {
				t.Fatal(err)
			}
			column := span[0] + len(label)/2
			if want := gutter + scale.at(capacity)*float64(80-gutter-2); math.Abs(float64(column)-want) > 0.51 {
				t.Errorf("%s: %s stands at column %d, want %.1f", name, label, column, want)
			}
			if axisLine[column] != '┬' {
				t.Errorf("%s: no tick above %s", name, label)
			}
		}
	}
}

func TestNoSlots(t *testing.T) {
	f := &reuse.Figures{Requests: 3, TextOnly: 3}
	if got := chart(f, 80, 11); got != "" {
		t.Errorf("a chart of nothing:\n%s", got)
	}
	if got := Mermaid(f); got != "" {
		t.Errorf("a chart of nothing:\n%s", got)
	}
}

func TestWrapped(t *testing.T) {
	for _, test := range []struct {
		width int
		want  string
	}{
		{80, "  1,000 images: 60.00 %, 1.00 % by reference, 2.00 % with 3\n"},
		{46, "  1,000 images: 60.00 %, 1.00 % by reference,\n    2.00 % with 3\n"},
		{45, "  1,000 images: 60.00 %, 1.00 % by reference,\n    2.00 % with 3\n"},
		{44, "  1,000 images: 60.00 %,\n    1.00 % by reference, 2.00 % with 3\n"},
		{1, "  1,000 images: 60.00 %,\n    1.00 % by reference,\n    2.00 % with 3\n"},
	} {
		if got := wrapped("1,000 images: 60.00 %, 1.00 % by reference, 2.00 % with 3", test.width); got != test.want {
			t.Errorf("%d columns:\n%swant\n%s", test.width, got, test.want)
		}
	}
}
