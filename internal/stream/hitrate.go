package stream

import (
	"context"
	"slices"

	"mmjsonl/internal/lru"
	"mmjsonl/internal/random"
)

// HitRate has LRU caches of given capacities hit exactly as many slots as its classes say. Images are numbered in the order of their
// first use.
//
// It is the LRU stack model (Rau 1979, Babaoglu and Ferrari 1983) with quotas instead of probabilities: a slot's class is drawn from what
// is left of the quotas, so that their totals are exact; then its depth is drawn uniformly from the class's range, and the slot gets the
// image that was at that depth before the row. Where the stack is not deep enough yet for the class, a first use takes its place: caches
// too small for the class miss either way, so their hit rate is steady from the first rows on. Once no first uses are left the stack is as
// deep as the pool is large, and each class has room for a complete row if From+PerRow-1 is at most the pool's size and To.
//
// Each slot takes time in the logarithm of the pool, and there are four bytes of memory a slot and about thirty an image.
type HitRate struct {
	Rows, PerRow, Pool int
	Classes            []DepthClass // reuses, shallow to deep; with the Pool first uses their quotas add up to the slots
	FirstUsesFirst     bool         // the first uses come before all reuses
}

// DepthClass is a range of depths in the LRU stack, the image used last being at depth 1, and how many slots reuse an image at such a depth.
type DepthClass struct {
	From, To int // To may be deeper than the stack ever gets
	Quota    int64
}

// Shape has a warm-up if the first uses come first.
func (h HitRate) Shape() Shape {
	shape := even(h.Rows, h.PerRow, h.Pool)
	if h.FirstUsesFirst {
		return shape.firstUsesInFront()
	}
	return shape
}

// Sample returns the stream of a seed.
func (h HitRate) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	sequence := make([]uint32, 0, h.Rows*h.PerRow)
	classes := slices.Clone(h.Classes)
	firstLeft := int64(h.Pool)
	lastRow := make([]uint32, h.Pool)
	taken := make([]int, len(classes)) // slots of this row by class
	next := uint32(0)                  // the image that has not been used yet
	var stack lru.Stack

	for r := range h.Rows {
		if err := cancelled(ctx, r*h.PerRow, h.PerRow); err != nil {
			return nil, err
		}
		d := random.New(seed, random.HitRate, uint64(r))
		live := stack.Len()
		clear(taken)
		start := len(sequence)
		for range h.PerRow {
			class := first
			if !h.FirstUsesFirst || firstLeft == 0 {
				class = drawClass(&d, classes, firstLeft, func(int) bool { return true })
				if class != first && classes[class].room(live) <= taken[class] {
					class = first
					if firstLeft == 0 {
						class = drawClass(&d, classes, 0, func(i int) bool { return classes[i].room(live) > taken[i] })
					}
				}
			}
			if class == first {
				firstLeft--
				lastRow[next] = uint32(r + 1)
				sequence = append(sequence, next)
				next++
				continue
			}
			c := &classes[class]
			c.Quota--
			taken[class]++
			width := uint32(c.room(live))
			image := stack.At(c.From + int(d.Below(width)))
			for lastRow[image] == uint32(r+1) {
				image = stack.At(c.From + int(d.Below(width)))
			}
			lastRow[image] = uint32(r + 1)
			sequence = append(sequence, image)
		}
		for _, image := range sequence[start:] {
			stack.Touch(image)
		}
	}
	return &Stream{Media: sequence, PerRow: h.PerRow, rows: h.Rows}, nil
}

// first means a first use where a class is drawn.
const first = -1

// drawClass draws a class, or first, in proportion to what is left of them, from those that are open.
func drawClass(d *random.Draws, classes []DepthClass, firstLeft int64, open func(class int) bool) int {
	sum := firstLeft
	for i, c := range classes {
		if open(i) {
			sum += c.Quota
		}
	}
	pick := int64(d.Below64(uint64(sum))) - firstLeft
	if pick < 0 {
		return first
	}
	for i, c := range classes {
		if open(i) {
			if pick -= c.Quota; pick < 0 {
				return i
			}
		}
	}
	return first // not reached: pick is less than the sum
}

// room is how many depths of the class there are in a stack of live images.
func (c DepthClass) room(live int) int {
	return max(0, min(c.To, live)-c.From+1)
}
