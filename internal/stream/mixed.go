package stream

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"mmjsonl/internal/random"
)

// Mixed is as [Uniform] for rows of different lengths: each image is at a slot drawn uniformly from all of them, and the slots left over are drawn
// uniformly. Which rows have which length is random; how many have it is exact. The pool has at least as many images as the widest row.
type Mixed struct {
	Lengths []RowsOfLength
	Pool    int
}

// RowsOfLength is how many rows have a length.
type RowsOfLength struct{ Rows, Length int }

// Shape counts the rows of all lengths.
func (m Mixed) Shape() Shape {
	shape := Shape{Pool: m.Pool}
	for _, l := range m.Lengths {
		shape.Rows += l.Rows
		shape.Slots += int64(l.Rows) * int64(l.Length)
		if l.Rows > 0 {
			shape.Widest = max(shape.Widest, l.Length)
		}
	}
	return shape
}

// Sample returns the stream of a seed.
func (m Mixed) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	return sampleAll(ctx, m, seed)
}

func (m Mixed) begin(ctx context.Context, seed uint64) (*Stream, func(context.Context) error, error) {
	shape := m.Shape()
	ends, err := mixedEnds(ctx, seed, nil, m.Lengths)
	if err != nil {
		return nil, nil, err
	}
	s := &Stream{Ends: ends}
	if s.Media, err = dealt(ctx, seed, int(shape.Slots), m.Pool); err != nil {
		return nil, nil, err
	}
	s, place := toFill(s, seed, m.Pool)
	return s, place, nil
}

// mixedEnds returns where the slots of each row end: rows of some lengths come in front, and each part is in random order.
func mixedEnds(ctx context.Context, seed uint64, front, all []RowsOfLength) ([]int64, error) {
	var lengths []uint32
	d := random.New(seed, random.RowLengths, 0)
	for _, part := range [][]RowsOfLength{front, without(all, front)} {
		from := len(lengths)
		for _, l := range part {
			lengths = slices.Grow(lengths, l.Rows)
			for range l.Rows {
				lengths = append(lengths, uint32(l.Length))
			}
		}
		if err := shuffle(ctx, &d, lengths[from:]); err != nil {
			return nil, err
		}
	}
	ends := make([]int64, len(lengths))
	end := int64(0)
	for r, length := range lengths {
		end += int64(length)
		ends[r] = end
	}
	return ends, nil
}

// frontOf returns the least part of rows that has as many slots as the pool has images, with the share of each length rounded up.
func frontOf(all []RowsOfLength, pool int) (front []RowsOfLength) {
	rows := Mixed{Lengths: all}.Shape().Rows
	share := func(part int) (some []RowsOfLength, slots int64) {
		for _, l := range all {
			n := (part*l.Rows + rows - 1) / max(rows, 1)
			some = append(some, RowsOfLength{n, l.Length})
			slots += int64(n) * int64(l.Length)
		}
		return some, slots
	}
	front, _ = share(sort.Search(rows, func(part int) bool {
		_, slots := share(part)
		return slots >= int64(pool)
	}))
	return front
}

// without returns the rows that are left of all without some of them.
func without(all, some []RowsOfLength) (left []RowsOfLength) {
	left = slices.Clone(all)
	for i, l := range some {
		left[i].Rows -= l.Rows
	}
	return left
}

// mixedInFront returns the shape with a warm-up: frontOf, if that leaves any slots to measure.
func (s Shape) mixedInFront(all []RowsOfLength) Shape {
	front := frontOf(all, s.Pool)
	if rest := (Mixed{Lengths: without(all, front)}).Shape(); rest.Slots > 0 {
		s.WarmUp = s.Rows - rest.Rows
	}
	return s
}

// Quotas divides rows among lengths by weights, none of them negative and one above 0: each gets its share, rounded so that all are divided, the
// largest fractions up (Hamilton's method).
func Quotas(rows int, weights []float64) []int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	quotas := make([]int, len(weights))
	order := make([]int, len(weights))
	rest := make([]float64, len(weights))
	left := rows
	for i, w := range weights {
		share := float64(rows) * (w / sum)
		quotas[i] = min(int(share), left)
		rest[i] = share - float64(quotas[i])
		if w == 0 {
			rest[i] = -1
		}
		left -= quotas[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for i := 0; left > 0; i = (i + 1) % len(order) {
		if weights[order[i]] > 0 {
			quotas[order[i]]++
			left--
		}
	}
	return quotas
}
