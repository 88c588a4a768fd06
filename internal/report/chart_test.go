package report

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

func TestChartGolden(t *testing.T) { golden(t, "chart.txt", chart(fixed(), 80)) }

// TestTextGolden is the whole text about a file that was made, and about one that was inspected.
func TestTextGolden(t *testing.T) {
	var b bytes.Buffer
	made := fixedReport()
	made.Next = []string{"aiperf profile"}
	for _, r := range []*Report{made, onlyFigures(fixed())} {
		if err := r.Text(&b, 80); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "text.txt", b.String())
}

// braille is which dots a character of a chart has, by row and column.
func braille(r rune) (dots [4][2]bool) {
	if r < 0x2800 || r > 0x28ff {
		return dots
	}
	// Unicode numbers the dots 1 to 3 down the left, 4 to 6 down the right, and then 7 and 8 below.
	for i, place := range [8][2]int{{0, 0}, {1, 0}, {2, 0}, {0, 1}, {1, 1}, {2, 1}, {3, 0}, {3, 1}} {
		dots[place[0]][place[1]] = (r-0x2800)>>i&1 == 1
	}
	return dots
}

// TestChartDots reads charts back: in every column of dots the highest one is at the hit rate there, as exactly as dots can be, and the line
// has no gap. Requested capacities, whose lines go down to the axis, are read in another test.
func TestChartDots(t *testing.T) {
	for name, f := range watched(t) {
		f := *f
		f.Capacities = nil
		for _, width := range []int{60, 80, 137, 200} {
			chart := chart(&f, width)
			lines := strings.Split(chart, "\n")
			points := curvePoints(&f)
			scale := newAxis(points)
			columns := width - gutter - 1
			last := math.NaN()
			for column := range 2 * columns {
				var drawn []float64 // rates
				for row, line := range lines[1:12] {
					cells := []rune(line)
					if cell := gutter + column/2; cell < len(cells) {
						for y, dots := range braille(cells[cell]) {
							if dots[column%2] {
								drawn = append(drawn, 1-float64(row)/10-(float64(y)-1.5)/40)
							}
						}
					}
				}
				rate := rateAt(points, f.Slots, scale, float64(column)/float64(2*columns-1))
				if len(drawn) == 0 || math.Abs(drawn[0]-rate) > 0.0125+1e-9 {
					t.Fatalf("%s, %d columns: %v are drawn in column %d, want %v:\n%s", name, width, drawn, column, rate, chart)
				}
				if low := drawn[len(drawn)-1]; low-last > 0.025+1e-9 {
					t.Fatalf("%s, %d columns: a gap from %v to %v before column %d:\n%s", name, width, last, low, column, chart)
				}
				last = drawn[0]
			}
		}
	}
}

// TestChartLines: no line is too wide, and the rows are those of whole tenths.
func TestChartLines(t *testing.T) {
	for name, f := range watched(t) {
		for _, width := range []int{60, 80, 200} {
			lines := strings.Split(chart(f, width), "\n")
			if len(lines) != 15 || lines[14] != "" {
				t.Errorf("%s: %d lines", name, len(lines))
			}
			for _, line := range lines {
				if utf8.RuneCountInString(line) > width || strings.HasSuffix(line, " ") {
					t.Errorf("%s: a line is wider than %d columns, or ends in a blank: %q", name, width, line)
				}
			}
			for i, line := range lines[1:12] {
				if want := fmt.Sprintf("%4d %% ┤", 100-10*i); !strings.HasPrefix(line, want) {
					t.Errorf("%s: row %d begins with %.10q, want %q", name, i, line, want)
				}
			}
		}
	}
}

// TestChartRequested: a requested capacity has a label at the axis and a line up to its hit rate, and its label in the plot is in the row of
// that rate.
func TestChartRequested(t *testing.T) {
	for name, test := range map[string]struct {
		capacity, hits int64
	}{"45 %": {100, 900}, "50 %": {37, 1000}, "small": {2, 30}, "large": {290, 1650}} {
		f := fixed()
		f.Curve = []reuse.Point{point(1, 4, 4, 4, 4), point(300, 1700, 1700, 1700, 1700)}
		f.Capacities = []reuse.Point{point(test.capacity, test.hits, test.hits, test.hits, test.hits)}
		rate := float64(test.hits) / 2000
		text := chart(f, 80)
		lines := strings.Split(text, "\n")
		scale := newAxis(curvePoints(f))
		at := int(math.Round(scale.at(float64(test.capacity)) * float64(2*(80-gutter-1)-1)))

		var rates []float64
		for row, line := range lines[1:12] {
			cells := []rune(line)
			if cell := gutter + at/2; cell < len(cells) {
				for y, dots := range braille(cells[cell]) {
					if dots[at%2] {
						rates = append(rates, 1-float64(row)/10-(float64(y)-1.5)/40)
					}
				}
			}
		}
		if len(rates) < 1 || math.Abs(rates[0]-rate) > 0.0125+1e-9 || rates[len(rates)-1] > 0.03 {
			t.Errorf("%s: the line at %d images goes from %v, want %v to 0:\n%s", name, test.capacity, rates, rate, text)
		}
		if cells := []rune(lines[12]); cells[gutter+at/2] != '┬' || !slices.Contains(strings.Fields(lines[13]), compact(float64(test.capacity))) {
			t.Errorf("%s: no label of %d images at the axis:\n%s", name, test.capacity, text)
		}
		label := fmt.Sprintf("%s at %d", percent(rate), test.capacity)
		row := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, label) }) - 1
		if want := int(math.Round(10 - 10*rate)); row != want {
			t.Errorf("%s: %q is in row %d, want %d:\n%s", name, label, row, want, text)
		}
	}
}

// TestChartAxis reads the labels below a chart back and compares them with where they stand.
func TestChartAxis(t *testing.T) {
	word := regexp.MustCompile(`\S+`)
	for name, f := range watched(t) {
		lines := strings.Split(chart(f, 80), "\n")
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
			if want := gutter + scale.at(capacity)*(float64(80-gutter-1)-0.5); column != int(want) && math.Abs(float64(column)-want) > 0.76 {
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
	if got := chart(f, 80); got != "" {
		t.Errorf("a chart of nothing:\n%s", got)
	}
	if got := Mermaid(f); got != "" {
		t.Errorf("a chart of nothing:\n%s", got)
	}
}

func TestLabelled(t *testing.T) {
	for _, test := range []struct {
		width int
		want  string
	}{
		{59, "  at 1 image            60.00 % (1 of 2 slots, 3.00 % more)\n"},
		{58, "  at 1 image            60.00 % (1 of 2 slots,\n                        3.00 % more)\n"},
		{46, "  at 1 image            60.00 % (1 of 2 slots,\n                        3.00 % more)\n"},
		{45, "  at 1 image            60.00 %\n                        (1 of 2 slots,\n                        3.00 % more)\n"},
		{1, "  at 1 image            60.00 %\n                        (1 of 2 slots,\n                        3.00 % more)\n"},
	} {
		if got := labelled("at 1 image", "60.00 % (1 of 2 slots, 3.00 % more)", inFigures, test.width); got != test.want {
			t.Errorf("%d columns:\n%swant\n%s", test.width, got, test.want)
		}
	}
	if got, want := labelled("note", "One word after another.", inSentences, 34), "  note                  One word\n                        after\n                        another.\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := labelled("label", "a file (2).jsonl", inFigures, math.MaxInt), "  label                 a file (2).jsonl\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
