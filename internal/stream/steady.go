package stream

import (
	"context"

	"mmjsonl/internal/random"
)

// Steady spreads the first uses evenly: the first row can only hold first uses, and every later row has as many as every other, give or
// take one. So a cache without limit hits at the same rate from the second row to the last. A slot without a first use repeats one of the
// images met before, each equally likely.
//
// It is linear in the slots and takes four bytes a slot and eight an image.
type Steady struct {
	Rows, PerRow, Pool int
}

// Shape says that all rows have the same length.
func (s Steady) Shape() Shape { return even(s.Rows, s.PerRow, s.Pool) }

// Sample returns the stream of a seed.
func (s Steady) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	rows, perRow, pool := s.Rows, s.PerRow, s.Pool
	sequence := make([]uint32, 0, rows*perRow)
	images, err := shuffledImages(ctx, seed, random.SteadyImages, pool)
	if err != nil {
		return nil, err
	}
	lastRow := make([]uint32, pool)
	met := 0 // images[:met] have been used
	for r := range rows {
		if err := cancelled(ctx, r*perRow, perRow); err != nil {
			return nil, err
		}
		d := random.New(seed, random.Steady, uint64(r))
		first := perRow
		if r > 0 {
			// Of the pool-perRow first uses that are left for the later rows, those that are due up to this one.
			first = perRow + int(int64(pool-perRow)*int64(r)/int64(rows-1)) - met
		}
		old := met
		for slot := range perRow {
			var image uint32
			// A first use comes here as likely as at any other slot of the row.
			if int(d.Below(uint32(perRow-slot))) < first {
				first--
				image = images[met]
				met++
			} else {
				image = images[d.Below(uint32(old))]
				for lastRow[image] == uint32(r+1) {
					image = images[d.Below(uint32(old))]
				}
			}
			lastRow[image] = uint32(r + 1)
			sequence = append(sequence, image)
		}
	}
	return &Stream{Media: sequence, PerRow: perRow, rows: rows}, nil
}
