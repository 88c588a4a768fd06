package report

import (
	"fmt"
	"math"
	"strings"

	"mmjsonl/internal/reuse"
)

const (
	leastWidth, mostWidth = 60, 200 // of a text, in columns

	gutter    = 8  // columns for "100 %", the axis and the space around them
	chartRows = 10 // rows above that of 0 %, each of 10 %
	cellDots  = 4  // dots above one another in a character
	rowDots   = 2  // dots beside one another
)

// chart draws the hit rate by request against capacity in characters, width columns wide. It ends in a new line, and is empty where there
// are no image slots.
//
// The curve is drawn in Braille characters, whose dots are 2.5 % apart where rows are 10 %: characters for whole rows would draw
// 45 % on the line of 40 % or 50 %. Requested capacities have a dotted line down to the axis.
func chart(f *reuse.Figures, width int) string {
	points := curvePoints(f)
	if f.Slots == 0 || len(points) == 0 {
		return ""
	}
	p := newCanvas(newAxis(points), width-gutter-1) // the last label may stand out by one
	p.curve(func(at float64) float64 { return rateAt(points, f.Slots, p.scale, at) })
	for _, point := range f.Capacities {
		if p.shows(point) {
			p.drop(point, reuse.Share(point.HitsByRequest, f.Slots))
		}
	}
	cells := p.cells()
	for _, point := range f.Capacities {
		if p.shows(point) {
			p.label(cells, point, reuse.Share(point.HitsByRequest, f.Slots))
		}
	}
	return p.text(cells, f.Capacities)
}

// text is a chart of such characters, with its axes.
func (p *canvas) text(cells [][]rune, requested []reuse.Point) string {
	var b strings.Builder
	b.WriteString("LRU hit rate by request and capacity in images")
	if p.scale.log {
		b.WriteString(" (log scale)")
	}
	b.WriteString("\n")
	for row, line := range cells {
		fmt.Fprintf(&b, "%4d %% ┤%s\n", 100-100*row/chartRows, strings.TrimRight(string(line), " "))
	}
	b.WriteString(p.axis(requested))
	return b.String()
}

// canvas is what a chart is drawn into: dots, by row from the top and column from the left.
type canvas struct {
	scale   axis
	columns int // of characters
	dots    [cellDots * (chartRows + 1)][]bool
}

func newCanvas(scale axis, columns int) *canvas {
	p := &canvas{scale: scale, columns: columns}
	for i := range p.dots {
		p.dots[i] = make([]bool, rowDots*columns)
	}
	return p
}

// across is the column of dots of a place on the scale, 0 to 1.
func (p *canvas) across(at float64) int { return int(math.Round(at * float64(rowDots*p.columns-1))) }

// down is the row of dots of a hit rate: of the dots around the middle of a row of characters, that of the row's own rate is the third.
func (p *canvas) down(rate float64) int {
	return int(math.Floor((1-rate)*cellDots*chartRows + cellDots/2))
}

// curve draws a rate that is known all along the scale, as a line without gaps.
func (p *canvas) curve(rate func(at float64) float64) {
	last := p.down(rate(0))
	for x := range rowDots * p.columns {
		y := p.down(rate(float64(x) / float64(rowDots*p.columns-1)))
		p.dots[y][x] = true
		for between := min(y, last) + 1; between < max(y, last); between++ {
			p.dots[between][x] = true
		}
		last = y
	}
}

// shows reports whether a point lies on the scale.
func (p *canvas) shows(point reuse.Point) bool {
	if point.Capacity < 1 {
		return false
	}
	at := p.scale.at(float64(point.Capacity))
	return at >= 0 && at <= 1
}

// drop draws a dotted line from a point of the curve down to the axis.
func (p *canvas) drop(point reuse.Point, rate float64) {
	x := p.across(p.scale.at(float64(point.Capacity)))
	for y := p.down(rate) + 2; y < len(p.dots); y += 2 {
		p.dots[y][x] = true
	}
}

// cells are the dots as characters, by row.
func (p *canvas) cells() [][]rune {
	// The bits of Unicode's Braille patterns, by row and column in a character.
	bits := [cellDots][rowDots]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}
	cells := make([][]rune, chartRows+1)
	for row := range cells {
		cells[row] = []rune(strings.Repeat(" ", p.columns))
		for column := range cells[row] {
			pattern := rune(0)
			for y := range cellDots {
				for x := range rowDots {
					if p.dots[cellDots*row+y][rowDots*column+x] {
						pattern |= bits[y][x]
					}
				}
			}
			if pattern != 0 {
				cells[row][column] = 0x2800 + pattern
			}
		}
	}
	return cells
}

// label writes a rate and its capacity beside their point, if there is room: in the point's row, or else where the curve, which rises, is
// least in the way, to the right below the point or to the left above it.
func (p *canvas) label(cells [][]rune, point reuse.Point, rate float64) {
	words := []rune(fmt.Sprintf("%s at %s", percent(rate), compact(float64(point.Capacity))))
	row, column := p.down(rate)/cellDots, p.across(p.scale.at(float64(point.Capacity)))/rowDots
	for _, place := range []struct {
		row   int
		right bool
	}{{row, false}, {row, true}, {row + 1, true}, {row - 1, false}} {
		if place.row < 0 || place.row >= len(cells) {
			continue
		}
		line, at := cells[place.row], column
		if place.right {
			for at < p.columns && (at == column || line[at] != ' ') {
				at++
			}
			at++
		} else {
			for at >= 0 && (at == column || line[at] != ' ') {
				at--
			}
			at -= len(words)
		}
		if at < 1 || at+len(words) > p.columns {
			continue
		}
		if strings.TrimSpace(string(line[at-1:min(at+len(words)+1, p.columns)])) == "" {
			copy(line[at:], words)
			return
		}
	}
}

// axis returns the two lines below the plot, ticks and their labels, as many as there is room for: first of the requested capacities, then
// of powers of ten.
func (p *canvas) axis(requested []reuse.Point) string {
	line := []rune(strings.Repeat(" ", gutter-1) + "└" + strings.Repeat("─", p.columns))
	labels := []byte(strings.Repeat(" ", gutter+p.columns+8))
	put := func(at float64, label string) {
		column := gutter + p.across(at)/rowDots
		start := column - len(label)/2
		end := start + len(label)
		if end > gutter+p.columns+1 || strings.TrimSpace(string(labels[start-1:end+1])) != "" {
			return
		}
		line[column] = '┬'
		copy(labels[start:], label)
	}
	for _, point := range requested {
		if p.shows(point) {
			put(p.scale.at(float64(point.Capacity)), compact(float64(point.Capacity)))
		}
	}
	ticks := p.scale.ticks(p.columns / 8)
	for _, major := range []bool{true, false} {
		for _, t := range ticks {
			if t.major == major {
				put(t.at, t.label)
			}
		}
	}
	return string(line) + "\n" + strings.TrimRight(string(labels), " ") + "\n"
}
