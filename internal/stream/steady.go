package stream

import (
	"context"

	"mmjsonl/internal/random"
)

// Steady spreads the first uses evenly: the first row can only hold first uses, and every later row has as many a slot as every other, give or take one a
// row. So a cache without limit hits at the same rate from the second row to the last. A slot without a first use repeats one of the images met before,
// each equally likely.
//
// Of rows of different lengths, which are in random order, the first one is one of the longest: all others find enough images to repeat.
//
// It is linear in the slots and takes four bytes a slot and eight an image.
type Steady struct {
	Rows, PerRow, Pool int
	Lengths            []RowsOfLength // of rows that differ, in place of Rows and PerRow; nil: all rows have PerRow slots
}

// Shape counts the rows.
func (s Steady) Shape() Shape {
	if s.Lengths != nil {
		return Mixed{s.Lengths, s.Pool}.Shape()
	}
	return even(s.Rows, s.PerRow, s.Pool)
}

// Sample returns the stream of a seed.
func (s Steady) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	shape, pool := s.Shape(), s.Pool
	out := &Stream{PerRow: s.PerRow, rows: s.Rows, Media: make([]uint32, shape.Slots)}
	if s.Lengths != nil {
		var err error
		if out.Ends, err = mixedEnds(ctx, seed, nil, s.Lengths); err != nil {
			return nil, err
		}
		longestFirst(out.Ends)
	}
	images, err := shuffledImages(ctx, seed, random.SteadyImages, pool)
	if err != nil {
		return nil, err
	}
	lastRow := make([]uint32, pool)
	met, slots := 0, int64(0) // images[:met] have been used, in so many slots
	begin := int64(len(out.Row(0)))
	for r := range shape.Rows {
		row := out.Row(r)
		if err := cancelled(ctx, int(slots), len(row)); err != nil {
			return nil, err
		}
		slots += int64(len(row))
		d := random.New(seed, random.Steady, uint64(r))
		first := len(row)
		if r > 0 && len(row) > 0 {
			// Of the first uses that are left for the slots after the first row, those that are due up to the end of this one.
			first = int(begin+(int64(pool)-begin)*(slots-begin)/(shape.Slots-begin)) - met
		}
		old := met
		for slot := range row {
			var image uint32
			// A first use comes here as likely as at any other slot of the row.
			if int(d.Below(uint32(len(row)-slot))) < first {
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
			row[slot] = image
		}
	}
	return out, nil
}

// longestFirst exchanges the first row with the first of those that are longest.
func longestFirst(ends []int64) {
	length := func(r int) int64 {
		if r == 0 {
			return ends[0]
		}
		return ends[r] - ends[r-1]
	}
	longest := 0
	for r := range ends {
		if length(r) > length(longest) {
			longest = r
		}
	}
	more := length(longest) - ends[0]
	for r := range ends[:longest] {
		ends[r] += more
	}
}
