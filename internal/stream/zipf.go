package stream

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"mmjsonl/internal/random"
)

// Zipf uses some images more often than others: image i has a share of the slots in proportion to 1/(i+1)^Exponent, as exactly as whole
// uses allow, in random rows at random slots. Rows of different lengths are in random order.
//
// It is linear in the slots and takes four bytes a slot, eight a row and twelve an image.
type Zipf struct {
	Rows, PerRow, Pool int
	Exponent           float64        // from 0, at which all images have the same share
	Lengths            []RowsOfLength // of rows that differ, in place of Rows and PerRow; nil: all rows have PerRow slots
}

// Shape counts the rows.
func (z Zipf) Shape() Shape {
	if z.Lengths != nil {
		return Mixed{z.Lengths, z.Pool}.Shape()
	}
	return even(z.Rows, z.PerRow, z.Pool)
}

// Sample returns the stream of a seed.
func (z Zipf) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	if z.Lengths != nil {
		return z.sampleMixed(ctx, seed)
	}
	uses, err := zipfUses(ctx, z.Rows, z.PerRow, z.Pool, z.Exponent)
	if err != nil {
		return nil, err
	}
	sequence, err := sampleUses(ctx, seed, z.Rows, z.PerRow, uses)
	return &Stream{Media: sequence, PerRow: z.PerRow, rows: z.Rows}, err
}

// Share is the share of the slots, from 0 to 1, that image i should have.
func (z Zipf) Share(i int) float64 {
	sum := 0.0
	for j := range z.Pool {
		sum += zipfWeight(j, z.Exponent)
	}
	return zipfWeight(i, z.Exponent) / sum
}

// zipfUses returns how often each image of a pool is used when image i has a share of the slots in proportion to 1/(i+1)^exponent:
// to within one use what it should be, except that every image is used at least once and, as a row never has it twice, at
// most once a row. What those bounds take from or give to some images, the others share in proportion. The sum is the number
// of slots.
func zipfUses(ctx context.Context, rows, perRow, pool int, exponent float64) ([]uint32, error) {
	slots := rows * perRow
	weights := make([]float64, pool)
	for i := range weights {
		weights[i] = zipfWeight(i, exponent)
	}
	bounded := func(scale, weight float64) float64 { return min(max(scale*weight, 1), float64(rows)) }

	// The scale at which the bounded uses add up to the slots: the sum grows with it, from the pool's size at 1. By bisection of
	// the scale's logarithm, to the last bit.
	low, high := 1.0, float64(rows)/weights[pool-1]
	for {
		middle := math.Sqrt(low) * math.Sqrt(high)
		if middle <= low || middle >= high {
			break
		}
		sum := 0.0
		for i, w := range weights {
			if err := cancelled(ctx, i, 1); err != nil {
				return nil, err
			}
			sum += bounded(middle, w)
		}
		if sum <= float64(slots) {
			low = middle
		} else {
			high = middle
		}
	}

	// Whole uses first; those still missing go to the images whose fraction is largest (Hamilton's method).
	uses := make([]uint32, pool)
	missing := slots
	for i, w := range weights {
		uses[i] = uint32(bounded(low, w))
		missing -= int(uses[i])
		weights[i] = bounded(low, w) - float64(uses[i])
	}
	byFraction := make([]uint32, pool)
	for i := range byFraction {
		byFraction[i] = uint32(i)
	}
	slices.SortStableFunc(byFraction, func(a, b uint32) int { return cmp.Compare(weights[b], weights[a]) })
	for missing > 0 {
		for _, i := range byFraction {
			if missing > 0 && int(uses[i]) < rows {
				uses[i]++
				missing--
			}
		}
	}
	return uses, nil
}

// sampleUses returns the image of every slot such that image i is in uses[i] different rows, in random rows at random
// slots. uses are from 1 to rows each and add up to the slots.
//
// The uses of all images, image by image in random order, are cut into layers of a row's slot each: one use for every row, in
// random order of the rows. An image's uses inside a layer are in different rows then. Those that go on in the next layer come
// first there, and are given rows that do not have the image yet. Exchanging each slot with a random one, where that puts no
// image twice into a row, then undoes that images of one layer never meet.
func sampleUses(ctx context.Context, seed uint64, requests, perRow int, uses []uint32) ([]uint32, error) {
	sequence := make([]uint32, requests*perRow)
	order, err := shuffledImages(ctx, seed, random.UsesImages, len(uses))
	if err != nil {
		return nil, err
	}
	rows := make([]uint32, requests)
	for i := range rows {
		rows[i] = uint32(i)
	}
	next, left := 0, int(uses[order[0]]) // the image whose uses are being placed, and how many are left
	for layer := range perRow {
		d := random.New(seed, random.UsesLayer, uint64(layer))
		// The rows that the image got in the layer before are the last ones in rows; the others are free for it.
		got := int(uses[order[next]]) - left
		free := rows[:requests-got]
		if err := errors.Join(shuffle(ctx, &d, free), shuffle(ctx, &d, rows[min(left, len(free)):])); err != nil {
			return nil, err
		}
		for _, row := range rows {
			if left == 0 {
				next++
				left = int(uses[order[next]])
			}
			sequence[int(row)*perRow+layer] = order[next]
			left--
		}
		if left == 0 && next+1 < len(order) {
			next++
			left = int(uses[order[next]])
		}
	}
	return sequence, exchange(ctx, seed, sequence, perRow)
}

// exchange exchanges every slot with a random one unless that puts an image twice into a row.
func exchange(ctx context.Context, seed uint64, sequence []uint32, perRow int) error {
	// With many slots in a row there are many layers, and comparing whole rows would cost more than it mixes.
	const most = 64
	d := random.New(seed, random.UsesExchange, 0)
	for i := range sequence {
		if err := cancelled(ctx, i, 1); err != nil {
			return err
		}
		j := int(d.Below(uint32(len(sequence))))
		a := sequence[i/perRow*perRow:][:perRow]
		b := sequence[j/perRow*perRow:][:perRow]
		if i/perRow != j/perRow && (perRow > most || slices.Contains(a, sequence[j]) || slices.Contains(b, sequence[i])) {
			continue
		}
		sequence[i], sequence[j] = sequence[j], sequence[i]
	}
	if perRow > most {
		for r := range len(sequence) / perRow {
			d := random.New(seed, random.UsesRow, uint64(r))
			if err := shuffle(ctx, &d, sequence[r*perRow:][:perRow]); err != nil {
				return err
			}
		}
	}
	return nil
}

// zipfWeight is the weight of image i.
func zipfWeight(i int, exponent float64) float64 { return math.Pow(float64(i+1), -exponent) }
