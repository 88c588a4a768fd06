package report

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"mmjsonl/internal/reuse"
)

// several are reports of streams that reuse differently, the first of them in its own requests alone.
func several(t *testing.T, requested ...int64) []*Report { return streams(t, true, requested...) }

// streams are such reports; within says that requests repeat an image of their own, too.
func streams(t *testing.T, within bool, requested ...int64) []*Report {
	t.Helper()
	var all []*Report
	for i, pool := range []uint32{3000, 500, 60} {
		w := reuse.NewWatcher(reuse.Options{Capacities: requested})
		for n := range uint32(1000) {
			request := []uint32{(n * 7919) % pool, pool + (n*104729)%pool, 2*pool + n%pool}
			if within {
				request = append(request, request[0]) // by reference this hits, and by request not always
			}
			w.Add(request)
		}
		all = append(all, &Report{Name: fmt.Sprintf("folder/file-%d.jsonl", i), Figures: w.Figures()})
	}
	return all
}

// hitRate is the file's rate at a capacity, as the figures have it.
func hitRate(t *testing.T, f *reuse.Figures, capacity int64) string {
	t.Helper()
	points := slices.Concat(f.Fixed, f.Capacities)
	i := slices.IndexFunc(points, func(p reuse.Point) bool { return p.Capacity == capacity })
	if i < 0 {
		t.Fatalf("nothing is known of a capacity of %d", capacity)
	}
	return percent(points[i].HitRate)
}

// The table of a terminal has each file's own rates, whatever the width, and no line is wider than that.
func TestSide(t *testing.T) {
	for _, requested := range [][]int64{nil, {30, 150}} {
		all := several(t, requested...)
		for _, width := range []int{60, 80, 120, 200} {
			var b bytes.Buffer
			if err := Side(&b, all, width); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			lines := strings.Split(text, "\n")
			for _, line := range lines {
				if utf8.RuneCountInString(line) > width {
					t.Errorf("width %d: %q", width, line)
				}
			}
			capacities := regexp.MustCompile(`at ([\d,]+)`).FindAllStringSubmatch(strings.Join(lines[1:3], "\n"), -1)
			if len(capacities) == 0 || requested != nil && len(capacities) != len(requested) {
				t.Fatalf("width %d: capacities %v in\n%s", width, capacities, text)
			}
			for i, r := range all {
				at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "  "+letter(i)+"  "+r.Name) })
				if at < 0 {
					t.Fatalf("width %d: no row of %s in\n%s", width, r.Name, text)
				}
				var want []string
				for _, c := range capacities {
					n, err := strconv.ParseInt(strings.ReplaceAll(c[1], ",", ""), 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					want = append(want, hitRate(t, r.Figures, n))
				}
				want = append(want, percent(reuse.Share(unlimited(r.Figures).HitsByRequest, r.Figures.Slots)))
				got := regexp.MustCompile(`[<>]? ?[\d.]+ %`).FindAllString(lines[at]+lines[at+1], len(want))
				for i := range got {
					got[i] = strings.TrimSpace(got[i])
				}
				if !slices.Equal(got, want) {
					t.Errorf("width %d: %s has %q, want %q", width, r.Name, got, want)
				}
			}
		}
	}
}

// The letters of a chart lie on their file's line, in the row of its rate there.
func TestSideChartLetters(t *testing.T) {
	all := streams(t, false)
	text := sideChart(newSide(all), 100)
	for i, r := range all {
		if !strings.Contains(text, letter(i)) {
			t.Errorf("no line of %s:\n%s", r.Name, text)
		}
	}
	// All on the right hit what a cache without limit does.
	lines := strings.Split(text, "\n")
	for i, r := range all {
		rate := 100 * reuse.Share(unlimited(r.Figures).HitsByRequest, r.Figures.Slots)
		last := -1
		for row, line := range lines[1:12] {
			if at := strings.LastIndex(line, letter(i)); at > 0 && strings.HasSuffix(strings.TrimRight(line, "⠤⠒⠉⣀⠶⠭⠛"), letter(i)) {
				last = 100 - 10*row
			}
		}
		if last < 0 || float64(last) < rate-5.01 || float64(last) > rate+5.01 {
			t.Errorf("the line of %s ends in the row of %d %%, and its rate is %.2f:\n%s", r.Name, last, rate, text)
		}
	}
}

// What is shown under the pointer is what the figures say, for each file; so are the rows of the table that can be saved.
func TestPageValues(t *testing.T) {
	for _, all := range [][]*Report{several(t), several(t, 30, 150), several(t, 40)[1:2]} {
		var b bytes.Buffer
		if err := Page(&b, all, ""); err != nil {
			t.Fatal(err)
		}
		elements := parse(t, b.String())
		saved := 0
		for _, e := range named(elements, "a") {
			content, ok := strings.CutPrefix(e.attrs["href"], "data:text/csv;charset=utf-8;base64,")
			if !ok {
				continue
			}
			saved++
			text, err := base64.StdEncoding.DecodeString(content)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
			if err != nil || len(rows) < 3 {
				t.Fatalf("%v, %d rows", err, len(rows))
			}
			for _, row := range rows[1:] {
				i := slices.IndexFunc(all, func(r *Report) bool { return r.fileName() == row[0] })
				of := slices.IndexFunc(curvePoints(all[i].Figures), func(p reuse.Point) bool { return strconv.FormatInt(p.Capacity, 10) == row[1] })
				if p := curvePoints(all[i].Figures)[of]; row[2] != strconv.FormatFloat(p.HitRate, 'f', -1, 64) || row[3] != strconv.FormatInt(p.HitsByRequest, 10) {
					t.Errorf("the row %q of %+v", row, p)
				}
			}
		}
		if saved != 2 {
			t.Errorf("%d links to a table", saved)
		}
		shown, capacity, file := 0, int64(0), 0
		for _, e := range named(elements, "text") {
			if !strings.HasSuffix(e.path, "svg/g/text") || !strings.HasPrefix(e.attrs["class"], "label") || e.attrs["y"] != "0" {
				continue
			}
			var err error
			if m := regexp.MustCompile(`^at ([\d,]+) images?(?:: (.*))?$`).FindStringSubmatch(e.text); m != nil {
				if capacity, err = strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64); err != nil {
					t.Fatal(err)
				}
				file = 0
				if len(all) == 1 {
					shown++
					of := slices.IndexFunc(curvePoints(all[0].Figures), func(p reuse.Point) bool { return p.Capacity == capacity })
					if want := percent(curvePoints(all[0].Figures)[of].HitRate); m[2] != want {
						t.Errorf("%q, want %q", e.text, want)
					}
				}
			} else if len(all) > 1 {
				shown++
				if want := hitRate(t, all[file].Figures, capacity) + "  " + all[file].fileName(); e.text != want {
					t.Errorf("at %d it shows %q, want %q", capacity, e.text, want)
				}
				file++
			}
		}
		if shown < 5 || len(all) > 1 && shown < 60 {
			t.Errorf("only %d values are shown", shown)
		}
	}
}

// A spreadsheet takes nothing of a saved table for a formula.
func TestInertCell(t *testing.T) {
	for words, want := range map[string]string{"": "", "a=b": "a=b", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx"} {
		if got := inertCell(words); got != want {
			t.Errorf("%q became %q", words, got)
		}
	}
}

func TestLead(t *testing.T) {
	w := reuse.NewWatcher(reuse.Options{Capacities: []int64{3, 1}})
	for range 10 {
		w.Add([]uint32{0})
		w.Add([]uint32{1})
		w.Add([]uint32{2})
	}
	all := streams(t, false)
	for want, r := range map[string]*Report{
		"A cache of 1 image hits 0.00 %, and one of 3 hits 90.00 %, the most possible. Nine tenths of that need 3 images.": {Figures: w.Figures()},
		"No image repeats in a later request: a cache of any size hits nothing.":                                           all[0],
		"No request has an image, so there is nothing that a cache of images could hit.":                                   {Figures: &reuse.Figures{Requests: 3}},
	} {
		if got := strings.ReplaceAll(r.lead(), "\u00a0", " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The bars under a curve have its whole height together, at the places of its points.
func TestDistanceBars(t *testing.T) {
	for name, f := range watched(t) {
		points := curvePoints(f)
		if len(points) < 2 {
			continue
		}
		total := 0.0
		for _, b := range distanceBars(f, points, axis{high: float64(points[len(points)-1].Capacity)}) {
			share := regexp.MustCompile(`: (.*) % of the slots$`).FindStringSubmatch(b.Words)
			if share == nil {
				t.Fatalf("%s: %q", name, b.Words)
			}
			n, err := strconv.ParseFloat(strings.TrimPrefix(share[1], "< "), 64)
			if err != nil {
				t.Fatal(err)
			}
			total += n
		}
		if want := 100 * reuse.Share(points[len(points)-1].HitsByRequest, f.Slots); total < want-1.5 || total > want+1.5 {
			t.Errorf("%s: the bars have %.2f %% of the slots, and the curve %.2f", name, total, want)
		}
	}
}

// Names of files mean nothing on a page about several, nor in the drawings that can be saved.
func TestPageEscapesSeveral(t *testing.T) {
	shapes := func(name string) (shapes []string) {
		all := several(t)
		for i := range all {
			all[i].Name = name + letter(i)
		}
		var b bytes.Buffer
		if err := Page(&b, all, "1"); err != nil {
			t.Fatal(err)
		}
		documents, drawings := []string{b.String()}, 0
		for len(documents) > 0 {
			for _, e := range parse(t, documents[0]) {
				shapes = append(shapes, e.path)
				if content, ok := strings.CutPrefix(e.attrs["href"], "data:image/svg+xml;base64,"); ok {
					drawing, err := base64.StdEncoding.DecodeString(content)
					if err != nil {
						t.Fatal(err)
					}
					documents = append(documents, string(drawing))
					drawings++
				}
			}
			documents = documents[1:]
		}
		if drawings != 2 {
			t.Errorf("%d drawings can be saved", drawings)
		}
		return shapes
	}
	want := shapes("plain")
	for _, name := range []string{"<script>alert(1)<script>", "</text></svg><b>", "\"'&lt;", "]]>"} {
		if got := shapes(strings.ReplaceAll(name, "/", "\\")); !slices.Equal(got, want) {
			t.Errorf("%q changes the elements of the page", name)
		}
	}
}
