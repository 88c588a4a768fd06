package inspect

import (
	"errors"

	"mmjsonl/internal/format"
)

// Sequence puts the lines of a file into the order in which a client sends their requests, one at a time.
type Sequence struct {
	kind   Kind
	reader format.Reader
	batch  format.Batch
	rows   rows
	lines  []uint32 // by row: its line
	own    []uint32 // by row: its references, if conversations grow
	next   uint32   // line
}

// SequencedLine is a line in the order of sending.
type SequencedLine struct {
	Number  uint32 // in the file, from 0
	Follows bool   // its requests are of the same conversation as those of the line before
}

// errLines is that there are more lines than are put in order.
var errLines = errors.New("the file has more than four billion lines")

// NewSequence returns an empty sequence of rows of a kind.
func NewSequence(kind Kind) *Sequence {
	return &Sequence{kind: kind, reader: format.Reader{Kind: kind}, rows: rows{timed: kind == format.KindMooncake}}
}

// Add adds the file's next line, and says why the client does not read it, or "". A blank line is not sent.
func (s *Sequence) Add(line []byte) (fault string, err error) {
	if s.next == none {
		return "", errLines
	}
	number := s.next
	s.next++
	s.batch.Reset()
	s.batch.Trim()
	s.reader.Read(format.Line{Text: line}, &s.batch)
	if s.batch.BadCount > 0 {
		return s.batch.Bad[0].Reason, nil
	}
	for i := range s.batch.Requests {
		r := &s.batch.Requests[i]
		if !s.rows.add(r, int64(number)) {
			continue
		}
		s.lines = append(s.lines, number)
		if s.kind.Grows() {
			s.own = append(s.own, uint32(r.References))
		}
	}
	return "", nil
}

// Order returns the lines with requests in the order of sending, and what that is: "file", "sessions" or "timestamps". An error says that the turns of
// conversations, each with those before it, would be too many.
func (s *Sequence) Order() (lines []SequencedLine, by string, err error) {
	p := newPlan(&s.rows, s.kind.Grows(), 1, Sending{FixedSchedule: s.rows.schedule(s.kind)})
	if p.grows && p.previous != nil {
		row := 0
		if p.growth(mostGrown, func() uint64 { row++; return uint64(s.own[row-1]) }) < 0 {
			return nil, "", errors.New("its conversations are too long: their turns, each with the images of the turns before, would make more than " +
				"256 times as much\nmake its conversations shorter")
		}
	}
	before := uint32(none) // row
	p.each(func(row uint32) bool {
		line := SequencedLine{Number: s.lines[row], Follows: before != none && p.previous != nil && p.previous[row] == before}
		if before == none || s.lines[before] != line.Number {
			lines = append(lines, line)
		}
		before = row
		return true
	})
	return lines, p.order(s.kind, 0).By, nil
}
