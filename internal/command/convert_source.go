package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"mmjsonl/internal/format"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/problem"
)

// rowSource reads the lines of a file, plain or compressed, in the order in which they are converted. Where that depends on all of them the file is
// read twice. It takes about 40 bytes of memory for a line then, and what cannot be read twice, or at any place, is unpacked on the disk.
type rowSource struct {
	stream  io.Reader
	file    *os.File // the stream, if it can be read again and at any place; nil: it cannot
	name    string
	scratch string // folder for what is unpacked; "" is the system's

	moved string // by what lines are in another order than the file's; "": they are not

	kind   format.Kind
	plain  *os.File // unpacked; nil: it is not needed
	from   *bufio.Reader
	lines  []inspect.SequencedLine // in the order of sending; nil: as in the file, each a request of its own
	begins []int64                 // of all lines, and the end
}

// close removes what is unpacked.
func (s *rowSource) close() {
	if s.plain != nil {
		s.plain.Close()
		os.Remove(s.plain.Name()) // where it still has a name
	}
}

// order decides the order of lines, and what they follow: those of clients without sessions are in the order of sending, and the turns of a
// conversation follow those before. Lines that a client does not read then are among the faults.
func (s *rowSource) order(ctx context.Context, to format.Kind, faults *rowFaults) error {
	compression, err := s.open()
	if err != nil {
		return problem.List{problem.New("", "the file %q cannot be read: %s", s.name, err)}
	}
	hasSessions := to == format.KindSingleTurn || to == format.KindMooncake
	switch s.kind {
	case format.KindMultiTurn:
		if to == format.KindSingleTurn {
			return nil // which stay what they are
		}
	case format.KindSingleTurn, format.KindMooncake:
		if hasSessions {
			return nil
		}
	default:
		return nil // they name no sessions
	}
	if s.file == nil {
		if err := s.unpack(ctx); err != nil {
			return err
		}
	}
	sequence := inspect.NewSequence(s.kind)
	end, err := s.cut(ctx, func(number, begin int64, line []byte) error {
		s.begins = append(s.begins, begin)
		fault, err := sequence.Add(trimmed(line))
		if fault != "" {
			faults.add(number, fault)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.begins = append(s.begins, end)
	by := ""
	if faults.count == 0 { // else no rows are written, and the other lines are looked at as they come
		if s.lines, by, err = sequence.Order(); err != nil {
			return problem.List{problem.New("", "the file %q cannot be converted: %s", s.name, err)}
		}
	}
	if !slices.IsSortedFunc(s.lines, func(a, b inspect.SequencedLine) int { return int(int64(a.Number) - int64(b.Number)) }) {
		s.moved = map[string]string{"sessions": "session by session", "timestamps": "by timestamp"}[by]
	}
	if s.plain == nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := s.open(); err != nil {
			return err
		}
		if s.moved != "" && compression != "none" {
			return s.unpack(ctx)
		}
	} else if _, err := s.plain.Seek(0, io.SeekStart); err != nil {
		return err
	} else {
		s.from.Reset(s.plain)
	}
	return nil
}

// open begins to read the file, and tells the kind of its rows.
func (s *rowSource) open() (compression string, err error) {
	compression, plain, err := inspect.Decompress(s.stream)
	if err != nil {
		return "", err
	}
	s.from = bufio.NewReaderSize(plain, 1<<20)
	start, err := s.from.Peek(inspect.Sniffed)
	if err != nil && err != io.EOF {
		return "", err
	}
	s.kind, err = inspect.KindOf(bytes.TrimPrefix(start, []byte("\ufeff")), err == io.EOF)
	return compression, err
}

// unpack writes what is read to a file, which has no name where that is possible, and reads on from that.
func (s *rowSource) unpack(ctx context.Context) error {
	plain, err := os.CreateTemp(s.scratch, ".mmjsonl-convert-*")
	if err != nil {
		return fmt.Errorf("failed to unpack %q: %w", s.name, err)
	}
	s.plain = plain
	os.Remove(plain.Name())
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err = io.CopyN(plain, s.from, 8<<20); err != nil {
			break
		}
	}
	if err == io.EOF {
		_, err = plain.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("failed to unpack %q: %w", s.name, err)
	}
	s.from.Reset(plain)
	return nil
}

// each calls do with each line that is not blank, and its number in the file, from 1. follows says that it goes on with the conversation of the line before.
func (s *rowSource) each(ctx context.Context, do func(number int64, line []byte, follows bool) error) error {
	if s.moved == "" {
		next := 0
		_, err := s.cut(ctx, func(number, _ int64, line []byte) error {
			follows := false
			if next < len(s.lines) && int64(s.lines[next].Number) == number-1 {
				follows = s.lines[next].Follows
				next++
			}
			if line = trimmed(line); len(line) == 0 {
				return nil
			}
			return do(number, line, follows)
		})
		return err
	}
	at := s.plain
	if at == nil {
		at = s.file
	}
	var line []byte
	for _, l := range s.lines {
		begin, end := s.begins[l.Number], s.begins[l.Number+1]
		line = slices.Grow(line[:0], int(end-begin))[:end-begin]
		if _, err := at.ReadAt(line, begin); err != nil {
			return fmt.Errorf("failed to read line %d of %q: %w", l.Number+1, s.name, err)
		}
		if err := do(int64(l.Number)+1, trimmed(line), l.Follows); err != nil {
			return err
		}
	}
	return nil
}

// trimmed is a line without what may be around its row.
func trimmed(line []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
}

// cut calls do with each line, blank ones too, its number, from 1, and where it begins. Like aiperf it cuts at carriage returns too, but for raw_payload.
func (s *rowSource) cut(ctx context.Context, do func(number, begin int64, line []byte) error) (end int64, err error) {
	var line []byte
	for number := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return end, err
		}
		line = line[:0]
		var last error
		for {
			var part []byte
			part, last = s.from.ReadSlice('\n')
			line = append(line, part...)
			if len(line) > format.LongestRow {
				return end, fmt.Errorf("failed to read line %d of %q: it is longer than %d bytes", number+1, s.name, int64(format.LongestRow))
			}
			if !errors.Is(last, bufio.ErrBufferFull) {
				break
			}
		}
		if last != nil && last != io.EOF {
			return end, fmt.Errorf("failed to read line %d of %q: %w", number+1, s.name, last)
		}
		rest := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		begin := end
		for more := len(line) > 0; more; {
			var part []byte
			if part, rest, more = bytes.Cut(rest, []byte("\r")); more && s.kind == format.KindRawPayload {
				part, rest, more = line, nil, false
			}
			number++
			if err := do(number, begin, part); err != nil {
				return end, err
			}
			begin += int64(len(part)) + 1
		}
		end += int64(len(line))
		if last == io.EOF {
			return end, nil
		}
	}
}
