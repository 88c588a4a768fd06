package lru

import (
	"iter"
	"math/bits"
	"slices"
	"sort"
)

// Curve watches a stream of requests and knows how many of its references an
// LRU cache would have hit, at every capacity, counted by request and by
// reference (the package's documentation says what these are). Its zero value
// has seen nothing and is ready.
//
// Besides its stack, which takes at most 33 bytes an image, it takes 12 bytes for each depth up to the deepest reuse.
type Curve struct {
	stack    stack
	depthsOf histogram
	requests int64
	slots    int64
	ages     Ages

	depths []int  // of the request being added, when it began
	read   uint32 // keeps the compiler from leaving out what only reads
}

// Ages counts reuses by their age, the number of requests from the image's
// last use to this one. Ages[0] are repeats within a request. For i > 0,
// Ages[i] are the reuses of age 2^(i-1) to 2^i - 1: 1, 2 to 3, 4 to 7 and so
// on. Requests without images count in the age. Ages of 2^32 requests and more
// come out modulo that.
type Ages [33]int64

// Add counts a request's images, in their order. The
// slice is not kept.
//
// One stack serves both ways of counting, because it is the same between
// requests. Each image is looked up before any image of the request is touched.
// In its turn it is as much deeper as the request has other images before it that
// were deeper or new. Long requests, and those that repeat an image, look it up
// again instead.
func (c *Curve) Add(request []uint32) {
	c.requests++
	c.slots += int64(len(request))
	c.depthsOf.changes()
	c.depths = c.depths[:0]
	deepest, found := 0, len(request) > 0
	c.read += c.stack.readAhead(request)
	for _, image := range request {
		depth := c.stack.depth(image)
		c.depths = append(c.depths, depth)
		deepest = max(deepest, depth)
		found = found && depth != 0
	}
	for _, depth := range c.depths {
		c.depthsOf.add(depth, byRequest)
	}
	now := uint32(c.requests)
	compare := len(request) <= mostCompared
	for i, image := range request {
		depth := c.depths[i]
		switch {
		case i == 0:
		case !compare || c.stack.touchedAt(image, now):
			compare = false
			depth = c.stack.depth(image)
		case depth != 0:
			depth += deeper(c.depths[:i], depth)
		}
		c.depthsOf.add(depth, byReference)
		last := c.stack.touch(image, now)
		if depth != 0 {
			c.ages[bits.Len32(now-last)]++
		}
	}
	if found {
		c.depthsOf.add(deepest, wholeRequest)
	}
}

// mostCompared is how long requests are whose images are compared with one another: with more, looking up again is quicker.
const mostCompared = 16

// deeper counts the depths that are more than one, which is at least 1; 0 is that of a new image, and more than any.
func deeper(depths []int, than int) (n int) {
	for _, depth := range depths {
		_, less := bits.Sub64(uint64(than-1), uint64(depth-1), 0) // where a new image's is 2^64-1
		n += int(less)
	}
	return n
}

// HitsByRequest is the number of references that a cache of so many images would
// have hit if each request looked up all its images before storing any. It is
// 0 for capacities below 1, and the same for all from Distinct up.
//
// The first question after an Add, of this or HitsByReference, takes time in proportion to the deepest reuse.
func (c *Curve) HitsByRequest(capacity int) int64 { return c.depthsOf.upTo(capacity, byRequest) }

// CapacityFor is the least capacity that hits so many references by request, 0
// for none, and Distinct if no capacity does. What asking costs is said at
// HitsByRequest.
func (c *Curve) CapacityFor(hits int64) int {
	return sort.Search(int(c.Distinct()), func(capacity int) bool { return c.HitsByRequest(capacity) >= hits })
}

// HitsByReference is the number of references that a cache of so many images
// would have hit if each image were looked up and stored before the next. See
// HitsByRequest for the capacity and what asking costs.
func (c *Curve) HitsByReference(capacity int) int64 { return c.depthsOf.upTo(capacity, byReference) }

// WholeRequests is the number of requests whose images a cache of so many
// images would all have hit, by request. Requests without images do not count. See HitsByRequest for the capacity and what asking costs.
func (c *Curve) WholeRequests(capacity int) int64 { return c.depthsOf.upTo(capacity, wholeRequest) }

// Requests is the number of requests added, with and without images.
func (c *Curve) Requests() int64 { return c.requests }

// Slots is the number of references to images in all requests.
func (c *Curve) Slots() int64 { return c.slots }

// Distinct is the number of different images used.
func (c *Curve) Distinct() int64 { return int64(c.stack.len()) }

// Reused is the number of references that are not their image's first: what a
// cache without limit hits by reference. By request such a cache hits fewer
// if requests repeat within themselves an image that was new to them.
func (c *Curve) Reused() int64 { return c.slots - c.Distinct() }

// Expect makes room for images with numbers below one, all at once.
func (c *Curve) Expect(images int) {
	c.stack.uses = slices.Grow(c.stack.uses, max(images-len(c.stack.uses), 0))
}

// Uses is how often an image was used.
func (c *Curve) Uses(image uint32) int64 {
	if int64(image) >= int64(len(c.stack.uses)) {
		return 0
	}
	return c.stack.uses[image].times
}

// AllUses are the uses of each image, 0 for a number that was not used below one that was.
func (c *Curve) AllUses() iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		for image, u := range c.stack.uses {
			if !yield(image, u.times) {
				return
			}
		}
	}
}

// Ages says how long ago the reused images had been used before. The sum is
// Reused.
func (c *Curve) Ages() Ages { return c.ages }
