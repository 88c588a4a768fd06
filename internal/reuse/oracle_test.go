package reuse

import (
	"math/rand/v2"
	"slices"
)

// cache is a literal LRU cache: a list of images, the one used last in front, cut off at the capacity.
type cache struct {
	capacity int
	images   []uint32
}

func (c *cache) has(image uint32) bool { return slices.Contains(c.images, image) }

func (c *cache) store(image uint32) {
	if i := slices.Index(c.images, image); i >= 0 {
		c.images = slices.Delete(c.images, i, i+1)
	}
	c.images = slices.Insert(c.images, 0, image)
	c.images = c.images[:min(len(c.images), max(c.capacity, 0))]
}

// simulate counts the hits of two caches of the capacity: one looks up a whole request and then stores it, the other looks up
// and stores one image after the other. requests are those of which the first finds all images.
func simulate(stream [][]uint32, capacity int) (byRequest, byReference, requests int64) {
	whole, single := &cache{capacity: capacity}, &cache{capacity: capacity}
	for _, request := range stream {
		hits := 0
		for _, image := range request {
			if whole.has(image) {
				hits++
			}
		}
		byRequest += int64(hits)
		if len(request) > 0 && hits == len(request) {
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

// shape is how a random stream is made.
type shape struct {
	requests, most, pool int
	repeats              bool // a request may hold an image twice
	skewed               bool
}

func (s shape) stream(rng *rand.Rand) [][]uint32 {
	stream := make([][]uint32, s.requests)
	for r := range stream {
		for range rng.IntN(s.most + 1) {
			image := uint32(rng.IntN(s.pool))
			if s.skewed {
				image = uint32(rng.IntN(1 + rng.IntN(s.pool)))
			}
			if s.repeats || !slices.Contains(stream[r], image) {
				stream[r] = append(stream[r], image)
			}
		}
	}
	return stream
}

// disorder returns the requests in a random order in which none is more than displaced places from its own.
//
// The keys of request i lie in [i, i+displaced+1): those of all requests displaced+1 or more places away are on one side.
func disorder(rng *rand.Rand, stream [][]uint32, displaced int) [][]uint32 {
	keys := make([]float64, len(stream))
	order := make([]int, len(stream))
	for i := range stream {
		keys[i] = float64(i) + rng.Float64()*float64(displaced+1)
		if rng.IntN(2) == 0 { // as far as can be, half of the time
			keys[i] = float64(i) + float64(rng.IntN(2))*(float64(displaced)+0.999)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if keys[a] < keys[b] {
			return -1
		}
		return 1
	})
	shuffled := make([][]uint32, len(stream))
	for place, i := range order {
		if max(place-i, i-place) > displaced {
			panic("the test's shuffle displaces too far")
		}
		shuffled[place] = stream[i]
	}
	return shuffled
}

// orders calls yield with every order of the requests in which none is more than displaced places from its own.
func orders(stream [][]uint32, displaced int, yield func([][]uint32)) {
	n := len(stream)
	taken := make([]bool, n)
	ordered := make([][]uint32, n)
	var place func(int)
	place = func(p int) {
		if p == n {
			yield(ordered)
			return
		}
		for i := max(p-displaced, 0); i <= min(p+displaced, n-1); i++ {
			if !taken[i] {
				taken[i] = true
				ordered[p] = stream[i]
				place(p + 1)
				taken[i] = false
			}
		}
	}
	place(0)
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
