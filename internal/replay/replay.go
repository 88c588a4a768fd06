package replay

import "fmt"

// Rule is the order in which a cache works on a request.
type Rule int

const (
	// ByRequest looks up all images before any is stored. Then all become the newest, in the request's order, and those that were missing
	// are stored. A repeat of an image that was missing hits, as it has been stored by then. A request that is larger than
	// the cache may drop an image that it found itself, before its turn: such a request fails there, and has no effect from there on.
	ByRequest Rule = iota
	// ByReference looks up and stores one image after the other.
	ByReference
	// HitsFirst looks up one image after the other, and each that is found becomes the newest. Then the missing ones are
	// stored. A repeat of a missing image misses again.
	HitsFirst
	// HitsFirstOnce is HitsFirst, but a request's repeats are not looked up again: they count as hits.
	HitsFirstOnce
	// Tuple takes all images of a request, in their order, for one key, which weighs as much as all of them. All hit or none does.
	Tuple
	// AllOrNone is ByRequest, but images count as hits only if all of their request were found.
	AllOrNone
	// Chunks stores images one behind the other in a ring of bytes, in the order in which they are first stored. If there is no room, it
	// drops the oldest until twice Options.LargestItem is free, up to the first that the request itself holds. If there is still no room,
	// the image is not stored.
	Chunks
	// TwoTiers is a cache ByReference of Options.Front, and behind it another that is asked for what the first did not find: HitsFirst,
	// with a request cut where its images fill the first cache.
	TwoTiers
)

// DropsLeastUsed reports whether a cache of the rule drops images one by one, those first that were used least recently: only of such a cache can a
// hit rate be requested.
func (r Rule) DropsLeastUsed() bool {
	switch r {
	case ByRequest, ByReference, HitsFirst, HitsFirstOnce:
		return true
	}
	return false
}

// Options are what a Cache has to know beforehand.
type Options struct {
	Rule     Rule
	Capacity int64   // in the weights' unit; of the cache behind, for TwoTiers; 0 or less stores nothing
	Weights  []int64 // by image, none negative; nil: each image weighs Weight. The slice is kept and not written to
	Weight   int64   // of each image, without Weights; 0: 1
	// LargestItem is half of what Chunks drops at least. It stores no image of more than 8 above it: what stands in front of each in the ring is
	// part of its weight, and not compared.
	LargestItem int64
	// Front is the capacity of the cache in front, for TwoTiers.
	Front int64
}

// Counts are what a cache did so far.
type Counts struct {
	Requests int64 // with images
	Lookups  int64 // images looked up: all, but those behind the place where a request failed
	Hits     int64 // of these, found
	Whole    int64 // requests of which all images were found
	Front    int64 // of the hits, those of the cache in front, for TwoTiers; the cache behind was asked for the other look-ups
	Failed   int64 // requests that failed, see ByRequest
}

// Cache is a cache that sees a sequence of requests.
type Cache interface {
	// Add gives the cache a request. Images have weights, if there are any. The slice is not kept.
	Add(request []uint32)
	Counts() Counts
}

// New returns an empty cache.
func New(o Options) Cache {
	if o.Weight == 0 {
		o.Weight = 1
	}
	switch o.Rule {
	case ByRequest, AllOrNone:
		return &byRequest{queue: newQueue(o), allOrNone: o.Rule == AllOrNone}
	case ByReference:
		return &byReference{queue: newQueue(o)}
	case HitsFirst:
		return &hitsFirst{queue: newQueue(o)}
	case HitsFirstOnce:
		return &hitsFirst{queue: newQueue(o), once: true}
	case Tuple:
		return newTuple(o)
	case Chunks:
		return newChunks(o)
	case TwoTiers:
		return newTwoTiers(o)
	}
	panic(fmt.Sprintf("replay: rule %d is not defined", o.Rule))
}

// byRequest is the rules ByRequest and AllOrNone.
type byRequest struct {
	queue
	counts    Counts
	allOrNone bool
	found     []bool // of the request being added: whether each was there when it began
}

func (c *byRequest) Counts() Counts { return c.counts }

func (c *byRequest) Add(request []uint32) {
	if len(request) == 0 {
		return
	}
	c.counts.Requests++
	c.found = c.found[:0]
	for _, image := range request {
		c.found = append(c.found, c.touch(image))
	}
	whole := true
	var lookups, hits int64
	for i, image := range request {
		lookups++
		switch {
		case c.touch(image):
			hits++
			whole = whole && c.found[i]
		case c.found[i] && !c.allOrNone:
			c.counts.Failed++
			c.counts.Lookups += lookups
			c.counts.Hits += hits
			return
		default:
			whole = whole && c.found[i]
			c.store(image)
		}
	}
	c.counts.Lookups += lookups
	if whole {
		c.counts.Whole++
	}
	switch {
	case !c.allOrNone:
		c.counts.Hits += hits
	case whole:
		c.counts.Hits += lookups
	}
}

type byReference struct {
	queue
	counts Counts
}

func (c *byReference) Counts() Counts { return c.counts }

func (c *byReference) Add(request []uint32) {
	if len(request) == 0 {
		return
	}
	var hits int64
	for _, image := range request {
		if c.touch(image) {
			hits++
		} else {
			c.store(image)
		}
	}
	c.counts.add(int64(len(request)), hits)
}

// add counts a request.
func (c *Counts) add(lookups, hits int64) {
	c.Requests++
	c.Lookups += lookups
	c.Hits += hits
	if hits == lookups {
		c.Whole++
	}
}

// hitsFirst is the rules HitsFirst and HitsFirstOnce.
type hitsFirst struct {
	queue
	counts  Counts
	once    bool
	seen    marks // of the request being added, for once
	missing []uint32
}

func (c *hitsFirst) Counts() Counts { return c.counts }

func (c *hitsFirst) Add(request []uint32) {
	if len(request) == 0 {
		return
	}
	var hits int64
	c.missing = c.missing[:0]
	if c.once {
		c.seen.begin()
	}
	for _, image := range request {
		if c.once && !c.seen.mark(image) || c.touch(image) {
			hits++
		} else {
			c.missing = append(c.missing, image)
		}
	}
	for _, image := range c.missing {
		if !c.touch(image) {
			c.store(image)
		}
	}
	c.counts.add(int64(len(request)), hits)
}
