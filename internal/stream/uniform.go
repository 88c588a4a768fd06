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
	// The images 0, 1, … Pool-1 and then free slots, in random order.
	sequence := make([]uint32, u.Rows*u.PerRow)
	for i := range sequence {
		sequence[i] = free
		if i < u.Pool {
			sequence[i] = uint32(i)
		}
	}
	d := random.New(seed, random.Placement, 0)
	if err := shuffle(ctx, &d, sequence); err != nil {
		return nil, err
	}
	if err := fill(ctx, seed, sequence, u.PerRow, u.Pool); err != nil {
		return nil, err
	}
	return &Stream{Media: sequence, PerRow: u.PerRow, rows: u.Rows}, nil
}

// free marks a slot without an image.
const free = ^uint32(0)

// fill draws an image for every free slot, uniformly from those of the pool that the row does not hold yet.
func fill(ctx context.Context, seed uint64, sequence []uint32, perRow, pool int) error {
	if pool == len(sequence) {
		return nil
	}
	// An image is in row r if it was last met in row r. Rows count from 1 here, so that zero is none.
	lastRow := make([]uint32, pool)
	var choices []uint32
	for r := range len(sequence) / max(1, perRow) {
		if err := cancelled(ctx, r*perRow, perRow); err != nil {
			return err
		}
		row, number := sequence[r*perRow:(r+1)*perRow], uint32(r+1)
		for _, image := range row {
			if image != free {
				lastRow[image] = number
			}
		}
		d := random.New(seed, random.Fill, uint64(r))
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
	}
	return nil
}
