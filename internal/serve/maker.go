package serve

import (
	"errors"
	"io"

	"mmjsonl/internal/media"
)

// smallImage is up to which length, in bytes, an image is made completely before it is sent.
const smallImage = 64 << 10

// maker makes images of a set, one after another. Those that wait in the set's pool belong to nobody.
type maker struct {
	set     *set
	painter media.Painter
	buffer  []byte // room for a piece
}

func newMaker(s *set) *maker {
	return &maker{set: s, painter: s.Source.Painter(), buffer: make([]byte, 0, media.MaxPiece)}
}

// measure makes an image to find its length.
func (m *maker) measure(image uint32) (length int64, err error) {
	err = m.painter.Begin(image)
	for more := err == nil; more && err == nil; {
		var piece []byte
		piece, more, err = m.painter.Append(m.buffer[:0])
		length += int64(len(piece))
	}
	return length, err
}

// appendTo appends a complete image to dst, which has the room for it.
func (m *maker) appendTo(dst []byte, image uint32) ([]byte, error) {
	err := m.painter.Begin(image)
	for more := err == nil; more && err == nil; {
		dst, more, err = m.painter.Append(dst)
	}
	return dst, err
}

// content is an image as net/http reads it: from anywhere on, without the image in memory. To go back it makes the image again.
type content struct {
	maker  *maker
	image  uint32
	length int64
	offset int64 // where the next Read reads

	begun bool
	made  int64  // where the piece ends
	piece []byte // what was made last and not yet read
	more  bool
}

func (s *set) open(image uint32) (*content, error) {
	length, err := s.length(image)
	if err != nil {
		return nil, err
	}
	return &content{maker: s.makers.Get().(*maker), image: image, length: length}, nil
}

func (c *content) Close() error {
	c.maker.set.makers.Put(c.maker)
	c.maker = nil
	return nil
}

func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.offset
	case io.SeekEnd:
		offset += c.length
	}
	if offset < 0 {
		return 0, errors.New("an image has nothing before its beginning")
	}
	c.offset = offset
	return offset, nil
}

func (c *content) Read(p []byte) (int, error) {
	if c.offset >= c.length {
		return 0, io.EOF
	}
	if !c.begun || c.offset < c.made-int64(len(c.piece)) {
		if err := c.maker.painter.Begin(c.image); err != nil {
			return 0, err
		}
		c.begun, c.made, c.piece, c.more = true, 0, nil, true
	}
	for c.offset >= c.made {
		if !c.more {
			return 0, io.ErrUnexpectedEOF
		}
		var err error
		if c.piece, c.more, err = c.maker.painter.Append(c.maker.buffer[:0]); err != nil {
			return 0, err
		}
		c.made += int64(len(c.piece))
	}
	n := copy(p, c.piece[int64(len(c.piece))-(c.made-c.offset):])
	c.offset += int64(n)
	return n, nil
}
