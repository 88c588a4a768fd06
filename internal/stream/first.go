package stream

import (
	"context"

	"mmjsonl/internal/random"
)

// First is as [Uniform] with all first uses in front: the pool is dealt, in random order, to the first rows, and the slots left over are
// drawn uniformly.
type First struct {
	Rows, PerRow, Pool int
}

// Shape has the rows that hold the first uses as its warm-up.
func (f First) Shape() Shape {
	return even(f.Rows, f.PerRow, f.Pool).firstUsesInFront()
}

// Sample returns the stream of a seed.
func (f First) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	sequence := make([]uint32, f.Rows*f.PerRow)
	for i := range sequence {
		sequence[i] = free
	}
	images, err := shuffledImages(ctx, seed, random.Placement, f.Pool)
	if err != nil {
		return nil, err
	}
	copy(sequence, images)
	s := &Stream{Media: sequence, PerRow: f.PerRow, rows: f.Rows}
	return s, fill(ctx, seed, s, f.Pool)
}
