package stream

import (
	"context"
	"slices"
)

// HeldOut puts rows in front of another sampler's, with images of their own that no other row has: a server that got them is warm, and its cache is
// cold for all that follows. They have as many images as the other's widest row, numbered behind its pool.
type HeldOut struct {
	Of   Sampler // whose shape has no warm-up and no sessions, and whose rows are sent in their order
	Rows int     // in front, from 1
}

// Shape has the rows in front as its warm-up.
func (h HeldOut) Shape() Shape {
	shape := h.Of.Shape()
	more := h.Rows * shape.Widest
	shape.Rows += h.Rows
	shape.Slots += int64(more)
	shape.Pool += more
	shape.WarmUp, shape.HeldOut = h.Rows, true
	return shape
}

// Sample returns the stream of a seed: the other sampler's, behind the rows in front.
func (h HeldOut) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	s, err := h.Of.Sample(ctx, seed)
	if err != nil {
		return nil, err
	}
	shape := h.Of.Shape()
	front := h.Rows * shape.Widest
	media := slices.Grow([]uint32(nil), front+len(s.Media))
	for i := range front {
		media = append(media, uint32(shape.Pool+i))
	}
	s.Media = append(media, s.Media...)
	s.rows += h.Rows
	if s.Ends != nil {
		ends := make([]int64, 0, h.Rows+len(s.Ends))
		for r := range h.Rows {
			ends = append(ends, int64((r+1)*shape.Widest))
		}
		for _, end := range s.Ends {
			ends = append(ends, int64(front)+end)
		}
		s.Ends = ends
	}
	return s, nil
}
