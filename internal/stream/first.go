package stream

import (
	"context"

	"mmjsonl/internal/random"
)

// First is as [Uniform] with all first uses in front: the pool is dealt, in random order, to the first rows, and the slots left over are
// drawn uniformly.
type First struct {
	Rows, PerRow, Pool int
	Lengths            []RowsOfLength // of rows that differ, in place of Rows and PerRow: each length has its share in front; nil: all rows have PerRow slots
}

// Shape has the rows that hold the first uses as its warm-up.
func (f First) Shape() Shape {
	if f.Lengths != nil {
		return Mixed{f.Lengths, f.Pool}.Shape().mixedInFront(f.Lengths)
	}
	return even(f.Rows, f.PerRow, f.Pool).firstUsesInFront()
}

// Sample returns the stream of a seed.
func (f First) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	return sampleAll(ctx, f, seed)
}

func (f First) begin(ctx context.Context, seed uint64) (*Stream, func(context.Context) error, error) {
	s := &Stream{Media: make([]uint32, f.Shape().Slots), PerRow: f.PerRow, rows: f.Rows}
	if f.Lengths != nil {
		var err error
		if s.Ends, err = mixedEnds(ctx, seed, frontOf(f.Lengths, f.Pool), f.Lengths); err != nil {
			return nil, nil, err
		}
	}
	sequence := s.Media
	for i := range sequence {
		sequence[i] = free
	}
	images, err := shuffledImages(ctx, seed, random.Placement, f.Pool)
	if err != nil {
		return nil, nil, err
	}
	copy(sequence, images)
	s, place := toFill(s, seed, f.Pool)
	return s, place, nil
}
