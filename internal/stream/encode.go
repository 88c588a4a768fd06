package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Write writes a stream for [Read]: each of its numbers in as many bytes as the largest one of its kind needs.
func (s *Stream) Write(w io.Writer) error {
	var lengths []uint32
	for r := range s.Ends {
		lengths = append(lengths, uint32(len(s.Row(r))))
	}
	var errs []error
	for _, numbers := range [][]uint32{{uint32(s.PerRow)}, lengths, s.Sessions, s.History, s.Sent, s.Media} {
		errs = append(errs, writeNumbers(w, numbers))
	}
	return errors.Join(errs...)
}

// Read reads a stream of a shape, as [Stream.Write] wrote it, for rows from one up to before another: the slots of others have image 0. An
// error says that it is not of that shape; it may be another stream of the same.
func Read(r io.Reader, shape Shape, from, to int) (*Stream, error) {
	s := &Stream{rows: shape.Rows}
	rows := int64(shape.Rows)
	var perRow, lengths []uint32
	for _, kind := range []struct {
		numbers      *[]uint32
		count, below int64
	}{
		{&perRow, 1, int64(shape.Widest) + 1},
		{&lengths, rows, int64(shape.Widest) + 1},
		{&s.Sessions, rows, int64(shape.Sessions)},
		{&s.History, rows, rows},
		{&s.Sent, rows, rows},
	} {
		var err error
		if *kind.numbers, err = readNumbers(r, kind.count, kind.below, 0, kind.count); err != nil {
			return nil, err
		}
	}
	for row, first := range s.History {
		if int64(first) > int64(row) {
			return nil, fmt.Errorf("row %d is sent with row %d, which follows it", row, first)
		}
	}
	slots := int64(0)
	for _, length := range lengths {
		slots += int64(length)
		s.Ends = append(s.Ends, slots)
	}
	if len(perRow) > 0 {
		s.PerRow = int(perRow[0])
	}
	if lengths == nil {
		slots = int64(s.PerRow) * int64(s.rows)
	}
	if slots != shape.Slots {
		return nil, fmt.Errorf("the rows have %d slots, and there are %d", slots, shape.Slots)
	}
	var err error
	s.Media, err = readNumbers(r, slots, int64(shape.Pool), s.begin(from), s.begin(to))
	if err == nil && int64(len(s.Media)) != slots {
		err = errors.New("no images")
	}
	return s, err
}

// encodeStep is how many numbers are encoded at once.
const encodeStep = 1 << 14

// writeNumbers writes how many bytes each number has, and then all of them; of none, 0.
func writeNumbers(w io.Writer, numbers []uint32) error {
	width := 0
	if len(numbers) > 0 {
		for width = 1; width < 4 && slices.Max(numbers) >= 1<<(8*width); width++ {
		}
	}
	buf := []byte{byte(width)}
	for step := range slices.Chunk(numbers, encodeStep) {
		for _, n := range step {
			switch width {
			case 1:
				buf = append(buf, byte(n))
			case 2:
				buf = append(buf, byte(n), byte(n>>8))
			case 3:
				buf = append(buf, byte(n), byte(n>>8), byte(n>>16))
			default:
				buf = binary.LittleEndian.AppendUint32(buf, n)
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	_, err := w.Write(buf)
	return err
}

// readNumbers reads so many numbers, or none if that is what was written, and of these the ones from one up to before another; the rest is 0. All
// of them have to be below a bound.
func readNumbers(r io.Reader, count, below, from, to int64) ([]uint32, error) {
	var width [1]byte
	if _, err := io.ReadFull(r, width[:]); err != nil {
		return nil, err
	}
	size := int(width[0])
	switch {
	case size == 0:
		return nil, nil
	case size > 4:
		return nil, fmt.Errorf("numbers of %d bytes", size)
	}
	numbers := make([]uint32, count) // of which the system gives no memory that is not written to
	if _, err := io.CopyN(io.Discard, r, from*int64(size)); err != nil {
		return nil, err
	}
	buf := make([]byte, size*encodeStep)
	for step := range slices.Chunk(numbers[from:to], encodeStep) {
		text := buf[:size*len(step)]
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, err
		}
		for i := range step {
			switch b := text[i*size:]; size {
			case 1:
				step[i] = uint32(b[0])
			case 2:
				step[i] = uint32(b[0]) | uint32(b[1])<<8
			case 3:
				step[i] = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
			default:
				step[i] = binary.LittleEndian.Uint32(b)
			}
		}
		if most := slices.Max(step); int64(most) >= below {
			return nil, fmt.Errorf("the number %d, where all are below %d", most, below)
		}
	}
	_, err := io.CopyN(io.Discard, r, (count-to)*int64(size))
	return numbers, err
}
