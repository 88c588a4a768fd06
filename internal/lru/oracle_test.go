package lru

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// recency is the order of last use as a plain list, the latest first.
type recency []uint32

func (l recency) depth(image uint32) int { return slices.Index(l, image) + 1 }

func (l *recency) touch(image uint32) {
	if i := slices.Index(*l, image); i >= 0 {
		*l = slices.Delete(*l, i, i+1)
	}
	*l = slices.Insert(*l, 0, image)
}

// cache is a literal LRU cache: a set of images with the time of their last
// use, the smallest of which goes when there is no room. It knows nothing of
// stacks or depths.
type cache struct {
	capacity int
	lastUse  map[uint32]int
	clock    int
}

func newCache(capacity int) *cache {
	return &cache{capacity: capacity, lastUse: map[uint32]int{}}
}

func (c *cache) has(image uint32) bool {
	_, ok := c.lastUse[image]
	return ok
}

func (c *cache) store(image uint32) {
	c.clock++
	if !c.has(image) && len(c.lastUse) >= c.capacity {
		if c.capacity == 0 {
			return
		}
		oldest, when := uint32(0), c.clock
		for i, t := range c.lastUse {
			if t < when {
				oldest, when = i, t
			}
		}
		delete(c.lastUse, oldest)
	}
	c.lastUse[image] = c.clock
}

// simulate runs the stream through two caches of the capacity, one that looks
// up whole requests and one that looks up single images, and counts their hits, and
// the requests of which all images hit.
func simulate(stream [][]uint32, capacity int) (byRequest, byReference, requests int64) {
	whole, single := newCache(capacity), newCache(capacity)
	for _, request := range stream {
		hits := 0
		for _, image := range request {
			if whole.has(image) {
				hits++
			}
		}
		byRequest += int64(hits)
		if hits == len(request) && hits > 0 {
			requests++
		}
		for _, image := range request {
			whole.store(image)
			if single.has(image) {
				byReference++
			}
			single.store(image)
		}
	}
	return byRequest, byReference, requests
}

// tally is what can be counted of a stream without any cache.
type tally struct {
	requests, slots, distinct, reused int64
	ages                              Ages
}

func count(stream [][]uint32) tally {
	var t tally
	last := map[uint32]int{}
	for now, request := range stream {
		t.requests++
		for _, image := range request {
			t.slots++
			if then, ok := last[image]; ok {
				t.reused++
				i := 0
				for low := 1; low <= now-then; low *= 2 {
					i++
				}
				t.ages[i]++
			} else {
				t.distinct++
			}
			last[image] = now
		}
	}
	return t
}

// check says how the curve differs from the literal caches at any capacity, or
// from the tally, or returns nil.
func check(c *Curve, stream [][]uint32) error {
	got := tally{c.Requests(), c.Slots(), c.Distinct(), c.Reused(), c.Ages()}
	want := count(stream)
	if got != want {
		return fmt.Errorf("got %+v, want %+v", got, want)
	}
	if hits := c.HitsByReference(int(want.distinct)); hits != want.reused {
		return fmt.Errorf("cache without limit: %d hits by reference, want %d", hits, want.reused)
	}
	least := map[int64]int{} // capacity for hits
	for capacity := -1; capacity <= int(want.distinct)+1; capacity++ {
		byRequest, byReference, requests := simulate(stream, max(capacity, 0))
		if _, ok := least[byRequest]; !ok {
			least[byRequest] = max(capacity, 0)
		}
		if hits := c.HitsByRequest(capacity); hits != byRequest {
			return fmt.Errorf("capacity %d: %d hits by request, want %d", capacity, hits, byRequest)
		}
		if hits := c.HitsByReference(capacity); hits != byReference {
			return fmt.Errorf("capacity %d: %d hits by reference, want %d", capacity, hits, byReference)
		}
		if got := c.WholeRequests(capacity); got != requests {
			return fmt.Errorf("capacity %d: all images of %d requests hit, want %d", capacity, got, requests)
		}
	}
	var most int64
	for hits, capacity := range least {
		most = max(most, hits)
		if got := c.CapacityFor(hits); got != capacity {
			return fmt.Errorf("%d hits: a capacity of %d, want %d", hits, got, capacity)
		}
	}
	if got := c.CapacityFor(most + 1); got != int(want.distinct) {
		return fmt.Errorf("%d hits, which are not possible: a capacity of %d, want %d", most+1, got, want.distinct)
	}
	return nil
}

// checkStream adds the stream to a curve that has to renumber often, and says how
// it differs from the oracles, or returns nil: in the order of the stack after every
// request, and in all that is counted halfway and at the end.
func checkStream(stream [][]uint32) error {
	c := Curve{stack: stack{minSlots: 64}}
	var list recency
	for i, request := range stream {
		c.Add(request)
		for _, image := range request {
			list.touch(image)
		}
		if err := checkOrder(&c.stack, list); err != nil {
			return fmt.Errorf("after request %d: %w", i, err)
		}
		if i == len(stream)/2 || i == len(stream)-1 {
			if err := check(&c, stream[:i+1]); err != nil {
				return fmt.Errorf("after request %d: %w", i, err)
			}
		}
	}
	return nil
}

// checkOrder says how the stack differs from the list, or returns nil.
func checkOrder(s *stack, want recency) error {
	if s.len() != len(want) {
		return fmt.Errorf("%d images in the stack, want %d", s.len(), len(want))
	}
	for i, image := range want {
		if depth := s.depth(image); depth != i+1 {
			return fmt.Errorf("image %d at depth %d, want %d", image, depth, i+1)
		}
	}
	return nil
}

// kinds are the ways in which streams draw their images.
var kinds = []struct {
	name string
	// draw returns the image for the slot'th slot of a stream over pool images.
	draw func(rng *rand.Rand, slot, pool int) uint32
}{
	{"uniform", func(rng *rand.Rand, _, pool int) uint32 { return uint32(rng.IntN(pool)) }},
	{"zipf", func(rng *rand.Rand, _, pool int) uint32 {
		return uint32(rand.NewZipf(rng, 1.2, 1, uint64(pool-1)).Uint64())
	}},
	{"scan", func(_ *rand.Rand, slot, pool int) uint32 { return uint32(slot % pool) }},
	{"there and back", func(_ *rand.Rand, slot, pool int) uint32 {
		return uint32(min(slot%(2*pool), 2*pool-1-slot%(2*pool)))
	}},
	{"drifting", func(rng *rand.Rand, slot, pool int) uint32 {
		return uint32((slot/7 + rng.IntN(min(pool, 5))) % pool)
	}},
	{"falling numbers", func(rng *rand.Rand, slot, pool int) uint32 {
		return uint32(max(pool-1-slot, rng.IntN(pool)))
	}},
}

// newRand is the source of a test's random choices.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
