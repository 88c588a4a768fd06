package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/reuse"
)

// side is several files side by side, at capacities at which the hit rate of each is known.
type side struct {
	all        []*Report
	capacities []int64
	rates      []map[int64]float64 // of each file
	limits     []float64           // of each file, without limit
}

// mostSideCapacities is for how many capacities a table has room that nobody requested.
const mostSideCapacities = 5

// newSide lays files side by side: at the requested capacities, or else at round ones.
func newSide(all []*Report) *side {
	s := &side{all: all}
	var largest, enough int64 // enough is where larger caches hit no more of any file
	for _, r := range all {
		f := r.Figures
		rates := map[int64]float64{}
		for _, p := range slices.Concat(f.Fixed, f.Capacities) {
			rates[p.Capacity] = reuse.Share(p.HitsByRequest, f.Slots)
		}
		s.rates = append(s.rates, rates)
		s.limits = append(s.limits, reuse.Share(unlimited(f).HitsByRequest, f.Slots))
		largest = max(largest, f.Distinct)
		if len(f.Needed) > 0 {
			enough = max(enough, f.Needed[len(f.Needed)-1].Capacity)
		}
	}
	known := func(c int64) bool {
		return !slices.ContainsFunc(s.rates, func(rates map[int64]float64) bool { _, ok := rates[c]; return !ok })
	}
	for _, p := range ascending(all[0].Figures.Capacities) {
		if known(p.Capacity) && p.Capacity > 0 {
			s.capacities = append(s.capacities, p.Capacity)
		}
	}
	if len(s.capacities) > 0 {
		return s
	}
	for power := int64(10); power <= largest; power *= 10 {
		for _, c := range []int64{power, 2 * power, 5 * power} {
			if c <= largest && known(c) && (len(s.capacities) == 0 || s.capacities[len(s.capacities)-1] < enough) {
				s.capacities = append(s.capacities, c)
			}
		}
	}
	if extra := len(s.capacities) - mostSideCapacities; extra > 0 {
		s.capacities = s.capacities[extra:]
	}
	return s
}

// cells are the hit rates of a file, in words: at the capacities, and without limit.
func (s *side) cells(file int) (cells []string) {
	if s.all[file].Figures.Slots == 0 {
		return slices.Repeat([]string{"no images"}, len(s.capacities)+1)
	}
	for _, c := range s.capacities {
		cells = append(cells, percent(s.rates[file][c]))
	}
	return append(cells, percent(s.limits[file]))
}

// served reports whether a server's cache was asked about.
func (s *side) served() bool { return s.all[0].server != nil }

// heads are those of the columns of cells.
func (s *side) heads() (heads []string) {
	for _, c := range s.capacities {
		heads = append(heads, "at "+grouped(c))
	}
	return append(heads, "no limit")
}

// serverCell is what the server's cache hits of a file.
func (s *side) serverCell(file int) string {
	if replayed := s.all[file].replayed; replayed != nil && s.all[file].Figures.Slots > 0 {
		return percent(replayed.HitRate)
	}
	return "not known"
}

// widest is the capacity at which the files differ most, the first requested one if there are any.
func (s *side) widest() (capacity int64, ok bool) {
	if len(s.capacities) == 0 {
		return 0, false
	}
	if len(s.all[0].Figures.Capacities) > 0 {
		return s.capacities[0], true
	}
	spread := func(c int64) float64 {
		least, most := 1.0, 0.0
		for _, rates := range s.rates {
			least, most = min(least, rates[c]), max(most, rates[c])
		}
		return most - least
	}
	return slices.MaxFunc(s.capacities, func(a, b int64) int { return cmp.Compare(spread(a), spread(b)) }), true
}

// Side writes several files side by side for a terminal or a log: a table, and one chart with a line for each.
func Side(w io.Writer, all []*Report, width int) error {
	width = min(max(width, leastWidth), mostWidth)
	s := newSide(all)
	var b strings.Builder
	table := s.table()
	for tableWidth(table) > width && len(s.capacities) > 1 && len(all[0].Figures.Capacities) == 0 { // nobody asked for these
		s.capacities = s.capacities[1:]
		table = s.table()
	}
	b.WriteString("LRU hit rate by request, at capacities in images\n")
	writeTable(&b, table, width)
	if text := sideChart(s, width); text != "" {
		b.WriteString("\n" + text)
	}
	for _, r := range all {
		if r.badRowCount > 0 {
			b.WriteString("\n" + escape.Printable(r.Name))
			r.writeBadRows(&b)
		}
	}
	if s.served() {
		b.WriteString("\n")
		writeServer(&b, all[0].server, nil, nil, width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table is the table of a terminal, row by row; the first has the heads of the columns.
func (s *side) table() [][]string {
	heads := append([]string{"file", "slots", "distinct"}, s.heads()...)
	if s.served() {
		heads = append(heads, s.all[0].server.Name)
	}
	table := [][]string{heads}
	for i, r := range s.all {
		row := append([]string{letter(i) + "  " + escape.Printable(r.Name), grouped(r.Figures.Slots), grouped(r.Figures.Distinct)}, s.cells(i)...)
		if s.served() {
			row = append(row, s.serverCell(i))
		}
		table = append(table, row)
	}
	return table
}

// columnWidths are how wide the columns of a table are.
func columnWidths(rows [][]string) []int {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for column, words := range row {
			wide[column] = max(wide[column], utf8.RuneCountInString(words))
		}
	}
	return wide
}

// tableWidth is how many columns of a terminal a table takes.
func tableWidth(rows [][]string) (width int) {
	for _, wide := range columnWidths(rows) {
		width += wide + 2
	}
	return width
}

// letter stands for a file in a chart: A to Z, then A again.
func letter(file int) string { return string(rune('A' + file%26)) }

// writeTable writes rows in columns, numbers to the right. Where the columns are too many for the width, the names are in lines of their own.
func writeTable(b *strings.Builder, rows [][]string, width int) {
	wide, alone := columnWidths(rows), tableWidth(rows) > width
	for _, row := range rows {
		if alone {
			b.WriteString("  " + row[0] + "\n  ")
		} else {
			fmt.Fprintf(b, "  %s", row[0]+strings.Repeat(" ", wide[0]-utf8.RuneCountInString(row[0])))
		}
		for column := 1; column < len(row); column++ {
			fmt.Fprintf(b, "  %*s", wide[column], row[column])
		}
		b.WriteString("\n")
	}
}

// sideChart draws a line for each file, with its letter on it.
func sideChart(s *side, width int) string {
	var points [][]reuse.Point
	var files []int
	var ends []reuse.Point
	for i, r := range s.all {
		if of := curvePoints(r.Figures); len(of) > 0 && r.Figures.Slots > 0 {
			points, files = append(points, of), append(files, i)
			ends = append(ends, of[0], of[len(of)-1])
		}
	}
	if len(points) == 0 {
		return ""
	}
	ends = ascending(ends)
	p := newCanvas(newAxis(ends), width-gutter-1)
	rate := func(line int, at float64) float64 {
		of, slots := points[line], s.all[files[line]].Figures.Slots
		first, last := p.scale.at(float64(of[0].Capacity)), p.scale.at(float64(of[len(of)-1].Capacity))
		switch {
		case at >= last: // a larger cache hits no more
			return reuse.Share(of[len(of)-1].HitsByRequest, slots)
		case at < first && p.scale.log:
			return reuse.Share(of[0].HitsByRequest, slots) * at / max(first, 1e-9)
		}
		return rateAt(of, slots, p.scale, at)
	}
	for line := range points {
		p.curve(func(at float64) float64 { return rate(line, at) })
	}
	cells := p.cells()
	for line, file := range files {
		// Letters of one line are apart, and those of several lines not above each other.
		for column := 2 + 3*line; column < p.columns; column += 3*len(points) + 6 {
			at := float64(rowDots*column) / float64(rowDots*p.columns-1)
			cells[p.down(rate(line, at))/cellDots][column] = rune(letter(file)[0])
		}
	}
	return p.text(cells, s.all[0].Figures.Capacities)
}
