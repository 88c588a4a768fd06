package stream

import (
	"context"
	"math/bits"
	"slices"

	"mmjsonl/internal/random"
)

// HitRate has LRU caches of given capacities hit exactly as many slots as its classes say. Images are numbered in the order of their
// first use.
//
// It is the LRU stack model (Rau 1979, Babaoglu and Ferrari 1983) with quotas instead of probabilities: a slot's class is drawn from what
// is left of the quotas, so that their totals are exact; then one of the images that were in the class's range of depths before the row
// is drawn, each equally likely. Where no image is deep enough yet for the class, a first use takes its place: caches too small for the class
// miss either way, so their hit rate is steady from the first rows on. Once no first uses are left the stack is as deep as the pool is large,
// and each class has room for a complete row if From + widest·heaviest - 1 is at most To and the weight of the pool, where the widest row has
// that many slots, and the heaviest image that weight.
//
// A slot takes constant time on average. There are four bytes of memory a slot and about nine an image.
type HitRate struct {
	Rows, PerRow, Pool int
	Lengths            []RowsOfLength // of rows that differ, in random order, in place of Rows and PerRow; nil: all rows have PerRow slots
	Weights            []int64        // by image, from 1; nil: each image weighs 1. The slice is kept and not written to
	Classes            []DepthClass   // reuses, shallow to deep; with the Pool first uses their quotas add up to the slots
	FirstUsesFirst     bool           // the first uses come before all reuses
}

// DepthClass is a range of depths in the LRU stack, and how many slots reuse an image at such a depth. An image's depth is its weight and that of
// all images used since: without weights, the image used last is at depth 1.
type DepthClass struct {
	From, To int64 // from 1; To may be deeper than the stack ever gets
	Quota    int64
}

// Shape has a warm-up if the first uses come first.
func (h HitRate) Shape() Shape {
	if h.FirstUsesFirst {
		return First{h.Rows, h.PerRow, h.Pool, h.Lengths}.Shape()
	}
	if h.Lengths != nil {
		return Mixed{h.Lengths, h.Pool}.Shape()
	}
	return even(h.Rows, h.PerRow, h.Pool)
}

// Sample returns the stream of a seed.
func (h HitRate) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	return sampleAll(ctx, h, seed)
}

func (h HitRate) begin(ctx context.Context, seed uint64) (*Stream, func(context.Context) error, error) {
	shape := h.Shape()
	s := &Stream{Media: make([]uint32, shape.Slots), PerRow: h.PerRow, rows: h.Rows}
	if h.Lengths != nil {
		var front []RowsOfLength
		if h.FirstUsesFirst {
			front = frontOf(h.Lengths, h.Pool)
		}
		var err error
		if s.Ends, err = mixedEnds(ctx, seed, front, h.Lengths); err != nil {
			return nil, nil, err
		}
	}
	s.parts = newParts(shape.Rows)
	return s, func(ctx context.Context) error { return h.place(ctx, seed, s, shape) }, nil
}

// place gives the rows their images.
func (h HitRate) place(ctx context.Context, seed uint64, s *Stream, shape Shape) error {
	sequences := random.Of(seed, random.HitDepths)
	stack := newDepths(h, shape)
	classes := slices.Clone(h.Classes)
	firstLeft, slotsLeft := int64(h.Pool), shape.Slots
	next := uint32(0) // the image that has not been used yet

	for r := range shape.Rows {
		row := s.Row(r)
		if err := cancelled(ctx, int(shape.Slots-slotsLeft), len(row)); err != nil {
			return err
		}
		d := sequences.At(uint64(r))
		spans := stack.beginRow()
		for i := range row {
			class := first
			if !h.FirstUsesFirst || firstLeft == 0 {
				class = drawClass(&d, classes, firstLeft, slotsLeft)
				if class != first && spans[class].room == 0 {
					class = first
					if firstLeft == 0 {
						class = drawOpen(&d, classes, spans)
					}
				}
			}
			slotsLeft--
			if class == first {
				firstLeft--
				row[i] = next
				stack.first()
				next++
				continue
			}
			classes[class].Quota--
			stack.draw(&d, &spans[class])
		}
		stack.endRow(row)
		s.parts.placedRow(r+1, shape.Rows)
	}
	return nil
}

// first means a first use where a class is drawn.
const first = -1

// drawClass draws a class, or first, in proportion to what is left of them: slotsLeft together.
func drawClass(d *random.Draws, classes []DepthClass, firstLeft, slotsLeft int64) int {
	pick := int64(d.Below64(uint64(slotsLeft))) - firstLeft
	if pick < 0 {
		return first
	}
	// Without a branch on what is random: the processor would guess wrong.
	class := 0
	for i := range classes {
		pick -= classes[i].Quota
		class += int(uint64(^pick) >> 63) // one more for each class that pick is beyond
	}
	return class
}

// drawOpen draws a class from those that have room, in proportion to what is left of them.
func drawOpen(d *random.Draws, classes []DepthClass, spans []span) int {
	some := slices.Clone(classes)
	sum := int64(0)
	for i := range some {
		if spans[i].room == 0 {
			some[i].Quota = 0
		}
		sum += some[i].Quota
	}
	return drawClass(d, some, 0, sum)
}

// depths is an LRU stack that knows which images are in the ranges of some classes, and not at which depth an image is.
//
// Each use of an image takes the next of a row of time slots, and the image gives up the slot it had. The images from a depth on up are those
// in the slots from some slot on, which a mark has: it moves on as images come to the top. So an image of a class is found by drawing a slot
// between two marks until one is in use. When the slots run out, those in use are moved together to the start.
type depths struct {
	weights []int64  // by image; nil: each weighs 1
	image   []uint32 // by time slot, from 1: the image that took it
	used    []uint64 // bitmap: the slot's image has not been used since
	next    int      // the first free time slot
	widest  int      // slots that the next row may take
	live    int      // images used so far
	wasted  int      // draws that found no image, since slots were moved

	total  int64 // the weight of all images
	marks  []mark
	ranges []markRange // by class
	spans  []span      // likewise, of the row at hand
	slots  []uint32    // of the row's images before it; 0 for first uses
}

// mark is the images at the top of the stack that together weigh at most its limit, as many as there can be.
type mark struct {
	limit  int64
	weight int64 // of these images; where each weighs 1, it is their number, and not here
	images int
	at     uint32 // they are in the slots from this one on
}

// markRange is the images that one mark has and another does not.
type markRange struct{ upper, lower int }

// span is where the images of a class are that a row can use.
type span struct {
	from, width uint32 // the range of their time slots; some slots in it are not in use
	room        int    // images in the range that the row does not have yet
}

// leastSpare keeps moving slots rare for a handful of images.
const leastSpare = 1024

func newDepths(h HitRate, shape Shape) *depths {
	s := &depths{weights: h.Weights, next: 1, widest: shape.Widest}
	slots := 1 + 2*shape.Pool + shape.Widest + leastSpare
	s.image = make([]uint32, slots)
	s.used = make([]uint64, slots/64+1)
	s.slots = make([]uint32, 0, shape.Widest)
	for image := range shape.Pool {
		s.total += s.weight(uint32(image))
	}
	markOf := func(limit int64) int {
		for i, m := range s.marks {
			if m.limit == limit {
				return i
			}
		}
		s.marks = append(s.marks, mark{limit: limit, at: 1})
		return len(s.marks) - 1
	}
	for _, c := range h.Classes {
		s.ranges = append(s.ranges, markRange{upper: markOf(c.From - 1), lower: markOf(c.To)})
	}
	return s
}

func (s *depths) weight(image uint32) int64 {
	if s.weights == nil {
		return 1
	}
	return s.weights[image]
}

// beginRow returns where the images of each class are for a row.
func (s *depths) beginRow() []span {
	s.spans = s.spans[:0]
	for _, r := range s.ranges {
		upper, lower := &s.marks[r.upper], &s.marks[r.lower]
		s.spans = append(s.spans, span{from: lower.at, width: upper.at - lower.at, room: max(lower.images-upper.images, 0)})
	}
	return s.spans
}

// first has the row at hand use an image for the first time.
func (s *depths) first() {
	s.slots = append(s.slots, 0)
	s.live++
}

// draw has the row at hand use an image of a span that has room, each equally likely. endRow looks up which one.
func (s *depths) draw(d *random.Draws, of *span) {
	of.room--
	slot := s.find(d, of)
	s.used[slot/64] &^= 1 << (slot % 64) // the row does not get it again
	s.slots = append(s.slots, slot)
}

// find draws slots of a span until one is in use. About every second one is, and at a branch on that the processor would guess wrong: so four draws are
// looked at together, and those behind the first that finds one are not made.
func (s *depths) find(d *random.Draws, of *span) uint32 {
	width := uint64(of.width)
	for {
		a, b, c, e := (d.Ahead(1)>>32)*width, (d.Ahead(2)>>32)*width, (d.Ahead(3)>>32)*width, (d.Ahead(4)>>32)*width
		if min(uint32(a), uint32(b), uint32(c), uint32(e)) < of.width {
			break // one of them may have to be drawn again
		}
		slots := [4]uint32{of.from + uint32(a>>32), of.from + uint32(b>>32), of.from + uint32(c>>32), of.from + uint32(e>>32)}
		inUse := s.inUse(slots[0]) | s.inUse(slots[1])<<1 | s.inUse(slots[2])<<2 | s.inUse(slots[3])<<3
		if inUse == 0 {
			s.wasted += 4
			d.Skip(4)
			continue
		}
		which := bits.TrailingZeros64(inUse)
		s.wasted += which
		d.Skip(uint64(which) + 1)
		return slots[which&3]
	}
	for {
		slot := of.from + d.Below(of.width)
		if s.inUse(slot) != 0 {
			return slot
		}
		s.wasted++
	}
}

// inUse is 1 for a slot whose image has not been used since, else 0.
func (s *depths) inUse(slot uint32) uint64 { return s.used[slot/64] >> (slot % 64) & 1 }

// use sets the bits of time slots from one up to before another.
func (s *depths) use(from, to int) {
	for from < to {
		n := min(64-from%64, to-from)
		s.used[from/64] |= (1<<n - 1) << (from % 64)
		from += n
	}
}

// endRow enters the images drawn in the row, and puts all of the row at the top, in their order.
func (s *depths) endRow(row []uint32) {
	// Looked up here and not by draw, so that cache misses overlap.
	for i, slot := range s.slots {
		if slot != 0 {
			row[i] = s.image[slot]
		}
	}
	copy(s.image[s.next:], row)
	s.use(s.next, s.next+len(row))
	s.next += len(row)
	for i := range s.marks {
		m := &s.marks[i]
		switch {
		case m.limit == 0:
			m.at = uint32(s.next)
		case m.limit >= s.total:
			m.images = s.live
		// All slots are compared with where the mark was before the row: an image that the mark had then keeps its weight in it.
		case s.weights == nil:
			for _, slot := range s.slots {
				m.images += int((uint64(slot) - uint64(m.at)) >> 63) // 1 if slot < m.at, without a branch
			}
			s.dropAlike(m)
		default:
			for j, slot := range s.slots {
				if slot < m.at {
					m.weight += s.weights[row[j]]
					m.images++
				}
			}
			s.drop(m)
		}
	}
	s.slots = s.slots[:0]
	if s.next+s.widest > len(s.image) || s.wasted > 2*s.live+leastSpare {
		s.move()
	}
}

// dropAlike is drop where each image weighs 1.
func (s *depths) dropAlike(m *mark) {
	left := m.images - int(m.limit)
	if left <= 0 {
		return
	}
	word := m.at / 64
	rest := s.used[word] &^ (1<<(m.at%64) - 1)
	for {
		n := bits.OnesCount64(rest)
		if n >= left {
			break
		}
		left -= n
		word++
		rest = s.used[word]
	}
	for ; left > 1; left-- {
		rest &= rest - 1
	}
	m.at = word*64 + uint32(bits.TrailingZeros64(rest)) + 1
	m.images = int(m.limit)
}

// drop moves a mark on until its images weigh no more than its limit.
func (s *depths) drop(m *mark) {
	if m.weight <= m.limit {
		return
	}
	word := m.at / 64
	rest := s.used[word] &^ (1<<(m.at%64) - 1)
	for m.weight > m.limit {
		for rest == 0 {
			word++
			rest = s.used[word]
		}
		slot := word*64 + uint32(bits.TrailingZeros64(rest))
		rest &= rest - 1
		m.weight -= s.weight(s.image[slot])
		m.images--
		m.at = slot + 1
	}
}

// move moves the slots in use to the start, in their order.
func (s *depths) move() {
	to := 1
	for word, rest := range s.used {
		for ; rest != 0; rest &= rest - 1 {
			s.image[to] = s.image[word*64+bits.TrailingZeros64(rest)]
			to++
		}
	}
	clear(s.used)
	s.use(1, to)
	for i := range s.marks {
		s.marks[i].at = uint32(to - s.marks[i].images)
	}
	s.next, s.wasted = to, 0
}
