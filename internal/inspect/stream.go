package inspect

import "encoding/binary"

// stream holds the images of rows, one row after the other, in a byte or a few for each. Its zero value is empty.
type stream struct {
	blocks [][]byte // each of streamBlock bytes, but for the last; no number lies in two
	rows   int
	bytes  int64
	full   bool // there was too much, and nothing is held
}

const (
	streamBlock = 1 << 18
	// mostStream bounds the bytes of a stream.
	mostStream = 256 << 20
)

// add adds a row's images.
func (s *stream) add(row []uint32) {
	if s.full {
		return
	}
	s.rows++
	last := len(s.blocks) - 1
	if last < 0 || cap(s.blocks[last])-len(s.blocks[last]) < (len(row)+1)*binary.MaxVarintLen32 {
		s.number(uint64(len(row)))
		for _, image := range row {
			s.number(uint64(image))
		}
		return
	}
	block := s.blocks[last]
	before := len(block)
	block = binary.AppendUvarint(block, uint64(len(row)))
	for _, image := range row {
		if image < 0x80 {
			block = append(block, byte(image))
			continue
		}
		block = binary.AppendUvarint(block, uint64(image))
	}
	s.blocks[last] = block
	s.bytes += int64(len(block) - before)
}

func (s *stream) number(n uint64) {
	last := len(s.blocks) - 1
	if last < 0 || len(s.blocks[last]) > streamBlock-binary.MaxVarintLen32 {
		s.blocks = append(s.blocks, make([]byte, 0, streamBlock))
		last++
	}
	before := len(s.blocks[last])
	s.blocks[last] = binary.AppendUvarint(s.blocks[last], n)
	s.bytes += int64(len(s.blocks[last]) - before)
}

// clone returns a stream that begins with the same rows.
func (s *stream) clone() stream {
	other := *s
	other.blocks = make([][]byte, len(s.blocks))
	for i, block := range s.blocks {
		other.blocks[i] = append(make([]byte, 0, streamBlock), block...)
	}
	return other
}

// cursor reads a stream.
type cursor struct {
	*stream
	block, at int
}

// place returns the cursor's place as a number.
func (c *cursor) place() uint64 { return uint64(c.block)<<32 | uint64(c.at) }

func (c *cursor) seek(place uint64) { c.block, c.at = int(place>>32), int(uint32(place)) }

// next appends the images of the next row, of which there must be one.
func (c *cursor) next(row []uint32) []uint32 {
	for n := c.read(); n > 0; n-- {
		row = append(row, uint32(c.read()))
	}
	return row
}

// skip goes over the next row.
func (c *cursor) skip() {
	for n := c.read(); n > 0; n-- {
		c.read()
	}
}

func (c *cursor) read() uint64 {
	if c.at >= len(c.blocks[c.block]) {
		c.block, c.at = c.block+1, 0
	}
	block := c.blocks[c.block]
	if b := block[c.at]; b < 0x80 {
		c.at++
		return uint64(b)
	}
	n, size := binary.Uvarint(block[c.at:])
	c.at += size
	return n
}

// places returns where each row begins.
func (s *stream) places() []uint64 {
	places := make([]uint64, s.rows)
	c := cursor{stream: s}
	for i := range places {
		places[i] = c.place()
		c.skip()
	}
	return places
}
