package stream

import (
	"context"

	"mmjsonl/internal/random"
)

// Uniform places every image once, at a slot drawn uniformly from all of them, so that the pool is used completely and reuse is exactly
// 1 - Pool/slots. It fills the slots left over with uniform draws from the pool. Neither step looks at the order of rows or of images, so
// neither the first rows nor the first images are in any way special. PerRow ≤ Pool ≤ Rows·PerRow.
//
// Both steps are linear in the slots; they take four bytes a slot and four an image.
type Uniform struct {
	Rows, PerRow, Pool int
}

// Shape says that all rows have the same length.
func (u Uniform) Shape() Shape { return even(u.Rows, u.PerRow, u.Pool) }

// Sample returns the stream of a seed.
func (u Uniform) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	return sampleAll(ctx, u, seed)
}

func (u Uniform) begin(ctx context.Context, seed uint64) (*Stream, func(context.Context) error, error) {
	sequence, err := dealt(ctx, seed, u.Rows*u.PerRow, u.Pool)
	if err != nil {
		return nil, nil, err
	}
	s, place := toFill(&Stream{Media: sequence, PerRow: u.PerRow, rows: u.Rows}, seed, u.Pool)
	return s, place, nil
}

// toFill returns a stream and what fills its free slots, or nil if it has none.
func toFill(s *Stream, seed uint64, pool int) (*Stream, func(context.Context) error) {
	if pool == len(s.Media) {
		return s, nil
	}
	s.parts = newParts(s.Rows())
	return s, func(ctx context.Context) error { return fill(ctx, seed, s, pool) }
}

// dealt returns the images 0, 1, … pool-1 and then free slots, in random order.
func dealt(ctx context.Context, seed uint64, slots, pool int) ([]uint32, error) {
	sequence := make([]uint32, slots)
	for i := range sequence {
		sequence[i] = free
		if i < pool {
			sequence[i] = uint32(i)
		}
	}
	d := random.New(seed, random.Placement, 0)
	if int64(pool)*leastForEach > int64(slots) {
		return sequence, shuffle(ctx, &d, sequence)
	}
	return sequence, shuffleFew(ctx, &d, sequence, pool)
}

// leastForEach is how many slots an image there are at least where it is quicker to know which of them are taken.
const leastForEach = 32

// shuffleFew is shuffle of a sequence in which all but the first few are free. Most of its steps exchange two free slots, which a bitmap tells: it
// stays in the processor's cache, where the sequence does not.
func shuffleFew(ctx context.Context, d *random.Draws, sequence []uint32, few int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	taken := make([]uint64, len(sequence)/64+1)
	for i := range few {
		taken[i/64] |= 1 << (i % 64)
	}
	for i := len(sequence) - 1; i > 0; i-- {
		if err := cancelled(ctx, i, 1); err != nil {
			return err
		}
		j := d.Below(uint32(i) + 1)
		word := &taken[j/64]
		here, there := taken[i/64]>>(i%64)&1, *word>>(j%64)&1
		if here|there == 0 {
			continue
		}
		*word ^= (here ^ there) << (j % 64) // which slot i is taken by nobody asks again
		sequence[i], sequence[j] = sequence[j], sequence[i]
	}
	return nil
}

// free marks a slot without an image.
const free = ^uint32(0)

// fill draws an image for every free slot, uniformly from those of the pool that the row does not hold yet.
func fill(ctx context.Context, seed uint64, s *Stream, pool int) error {
	// An image is in row r if it was last met in row r. Rows count from 1 here, so that zero is none.
	lastRow := make([]uint32, pool)
	var choices []uint32
	sequences := random.Of(seed, random.Fill)
	taken := 0
	for r := range s.Rows() {
		row, number := s.Row(r), uint32(r+1)
		perRow := len(row)
		if err := cancelled(ctx, taken, perRow); err != nil {
			return err
		}
		taken += perRow
		for _, image := range row {
			if image != free {
				lastRow[image] = number
			}
		}
		d := sequences.At(uint64(r))
		if 2*perRow > pool {
			// Most of the pool goes into every row: drawing again and again would be slow, choosing from what is left is not.
			choices = choices[:0]
			for image, last := range lastRow {
				if last != number {
					choices = append(choices, uint32(image))
				}
			}
		}
		for i, image := range row {
			if image != free {
				continue
			}
			if 2*perRow > pool {
				j := d.Below(uint32(len(choices)))
				row[i] = choices[j]
				choices[j] = choices[len(choices)-1]
				choices = choices[:len(choices)-1]
				continue
			}
			image = d.Below(uint32(pool))
			for lastRow[image] == number {
				image = d.Below(uint32(pool))
			}
			lastRow[image] = number
			row[i] = image
		}
		s.parts.placedRow(r+1, s.Rows())
	}
	return nil
}
