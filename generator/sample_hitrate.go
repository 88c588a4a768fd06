package generator

import (
	"mmjsonl/internal/lru"
	"mmjsonl/internal/random"
)

// hitQuotas say how many slots of a stream are of which kind, so that LRU caches of given capacities hit exactly what was asked.
type hitQuotas struct {
	requests, perRequest int

	classes []depthClass // reuses by their depth in the LRU stack, shallow to deep
	first   int64        // first uses, as many as the pool has images
	warmUp  bool         // the first uses come first
}

// depthClass is a range of depths in the LRU stack: 1 is the image used last.
type depthClass struct {
	from, to int // to may be larger than the stack ever gets
	quota    int64
}

// sampleHitRate returns the image of every slot. Images are numbered in the order of their first use.
//
// It is the LRU stack model (Rau 1979, Babaoglu and Ferrari 1983) with quotas instead of probabilities: a slot's class is drawn from what
// is left of the quotas, so that their totals are exact; then its depth is drawn uniformly from the class's range, and the
// image at that depth, as the stack stood before the row, stands in the slot. Where the stack is not deep enough yet for the class,
// a first use stands in for it: caches too small for the class miss either way, so their hit rate is steady from the first
// rows on. Once no first uses are left the stack is as deep as the pool is large, and each class has room for a whole row if
// from+perRequest-1 is at most the pool's size and to.
//
// Each slot takes time in the logarithm of the pool, and there are four bytes of memory a slot and about thirty an image.
func sampleHitRate(seed uint64, q hitQuotas) []uint32 {
	sequence := make([]uint32, 0, q.requests*q.perRequest)
	classes := append([]depthClass(nil), q.classes...)
	firstLeft := q.first
	lastRow := make([]uint32, q.first)
	taken := make([]int, len(classes)) // slots of this row by class
	next := uint32(0)                  // the image that has not been used yet
	var stack lru.Stack

	for r := range q.requests {
		d := random.New(seed, random.HitRate, uint64(r))
		live := stack.Len()
		clear(taken)
		start := len(sequence)
		for range q.perRequest {
			class := first
			if !q.warmUp || firstLeft == 0 {
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
			c.quota--
			taken[class]++
			width := uint32(c.room(live))
			image := stack.At(c.from + int(d.Below(width)))
			for lastRow[image] == uint32(r+1) {
				image = stack.At(c.from + int(d.Below(width)))
			}
			lastRow[image] = uint32(r + 1)
			sequence = append(sequence, image)
		}
		for _, image := range sequence[start:] {
			stack.Touch(image)
		}
	}
	return sequence
}

// first stands for a first use where a class is drawn.
const first = -1

// drawClass draws a class, or first, in proportion to what is left of them, from those that are open.
func drawClass(d *random.Draws, classes []depthClass, firstLeft int64, open func(class int) bool) int {
	sum := firstLeft
	for i, c := range classes {
		if open(i) {
			sum += c.quota
		}
	}
	pick := int64(d.Below64(uint64(sum))) - firstLeft
	if pick < 0 {
		return first
	}
	for i, c := range classes {
		if open(i) {
			if pick -= c.quota; pick < 0 {
				return i
			}
		}
	}
	return first // not reached: pick is less than the sum
}

// room is how many depths of the class there are in a stack of live images.
func (c depthClass) room(live int) int {
	return max(0, min(c.to, live)-c.from+1)
}
