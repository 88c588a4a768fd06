package servers

import (
	"fmt"
	"math"
	"slices"

	"mmjsonl/internal/replay"
)

// Requests are those of a file, in the order in which they are sent.
type Requests interface {
	// Images is the number of different images; they are numbered from 0.
	Images() int
	// Size returns an image's size in pixels, or zeros if it is not known.
	Size(image uint32) (width, height int32)
	// Each calls send with the images of each request, until it returns false. The slice is valid for the call.
	Each(send func(request []uint32) bool)
}

// Measure replays requests through the cache. likely are capacities in images that need not be right, for what Replayed.Needed is about: with
// good ones it is found sooner. The error says which images' weights cannot be told.
func (c *Cache) Measure(requests Requests, likely []int64) (*Replayed, error) {
	m := measure{cache: c, requests: requests}
	if err := m.weigh(); err != nil {
		return nil, err
	}
	counts := m.replay([]int64{c.Capacity()})[0]
	r := c.Replayed(counts, m.slots)
	if c.CountsTokens() {
		r.LeastTokens, r.MostTokens = m.least, m.most
	}
	r.LeastBytes, r.MostBytes = c.InBytes(m.least), c.InBytes(m.most)
	if m.least == m.most && m.most > 0 {
		images := c.Images(m.most)
		r.Images = &images
	}
	r.Needed = append(r.Needed, m.needed(likely)...)
	return r, nil
}

// measure is a replay of requests.
type measure struct {
	cache       *Cache
	requests    Requests
	weights     []int64 // nil: all the same
	least, most int64   // weights
	total       int64   // of all images
	images      int64
	slots       int64 // once replayed
}

// weigh finds the images' weights.
func (m *measure) weigh() (err error) {
	m.images = int64(m.requests.Images())
	if weight, ok := m.cache.Same(); ok {
		m.least, m.most, m.total = weight, weight, weight*m.images
		return nil
	}
	if m.weights, err = m.cache.Weights(m.requests.Images(), m.requests.Size); err != nil {
		return err
	}
	for _, weight := range m.weights {
		m.total += weight
	}
	if len(m.weights) > 0 {
		m.least, m.most = slices.Min(m.weights), slices.Max(m.weights)
	}
	return nil
}

// Weights returns what each of so many images weighs, whose sizes in pixels are zeros if they are not known; nil if all have the weight of
// Same. The error says which weights cannot be told.
func (c *Cache) Weights(images int, size func(image uint32) (width, height int32)) ([]int64, error) {
	if _, ok := c.Same(); ok {
		return nil, nil
	}
	weights := make([]int64, images)
	known := map[[2]int32]int64{}
	var unknown, rejected int64
	var first error
	for image := range weights {
		width, height := size(uint32(image))
		if width < 1 || height < 1 {
			unknown++
			continue
		}
		weight, ok := known[[2]int32{width, height}]
		if !ok {
			var err error
			if weight, err = c.Weight(int64(width), int64(height)); err != nil {
				if rejected++; first == nil {
					first = err
				}
				continue
			}
			known[[2]int32{width, height}] = weight
		}
		weights[image] = weight
	}
	if rejected > 0 {
		return nil, fmt.Errorf("%w (%d of %d images): leave them out, or give --bytes-per-image", first, rejected, images)
	}
	if unknown > 0 {
		return nil, fmt.Errorf("the size of %d of %d images is not known, and so is not what they take in the cache: give --image-size, or --bytes-per-image", unknown, images)
	}
	return weights, nil
}

// replay replays the requests through caches of several capacities at once.
func (m *measure) replay(capacities []int64) []replay.Counts {
	caches := make([]replay.Cache, len(capacities))
	for i, capacity := range capacities {
		caches[i] = m.cache.ReplayAt(capacity, m.weights)
	}
	m.slots = 0
	m.requests.Each(func(request []uint32) bool {
		m.slots += int64(len(request))
		for _, c := range caches {
			c.Add(request)
		}
		return true
	})
	counts := make([]replay.Counts, len(caches))
	for i, c := range caches {
		counts[i] = c.Counts()
	}
	return counts
}

// Need is a size of the cache that hits a part of what one that holds all images hits.
type Need struct {
	Percent  int     `json:"percent_of_possible_hits"`
	Hits     int64   `json:"hits"` // of this size
	HitRate  float64 `json:"hit_rate"`
	Bytes    int64   `json:"cache_bytes,omitempty"`
	Tokens   int64   `json:"cache_tokens,omitempty"` // of a cache that counts tokens
	capacity int64   // in the unit of weights
}

const (
	// mostReplayed bounds the look-ups that are spent on what is needed: a second or two.
	mostReplayed = 20_000_000
	// precision is how far the least size may be below the one that was found, as its part.
	precision = 200
)

// needed finds what parts of the possible hits need: sizes that were replayed and hit so much, of which none much smaller does. It returns nil
// if there are too many requests to try sizes, or nothing can hit.
func (m *measure) needed(likely []int64) []Need {
	unit := int64(1)
	if m.weights == nil {
		unit = m.most // sizes between two whole numbers of images are alike
	}
	if m.total == 0 || m.slots == 0 {
		return nil
	}
	// What was tried, by capacity.
	hits := replay.Tried{0: 0}
	var spent int64
	try := func(capacities []int64) bool {
		capacities = hits.Open(capacities, math.MaxInt64)
		if spent += m.slots * int64(len(capacities)); spent > mostReplayed {
			return false
		}
		for i, counts := range m.replay(capacities) {
			hits[capacities[i]] = counts.Hits - counts.Front
		}
		return true
	}
	all := m.total
	switch m.cache.Rule {
	case replay.Chunks: // its ring has gaps, and drops many at once
		all = 2*m.total + 4*m.cache.largest
	case replay.Tuple: // an image is stored as often as it is in different requests
		all = m.slots * m.most
	}
	first := []int64{all}
	for _, images := range likely {
		mean := m.total / m.images
		first = append(first, (images-1)*mean/unit*unit, images*mean/unit*unit, (images+images/16+1)*mean/unit*unit)
	}
	if !try(first) {
		return nil
	}
	possible := hits[all]
	if possible == 0 {
		return nil
	}
	parts := []int{25, 50, 75, 90, 100}
	bracket := func(part int) (below, enough int64) {
		return hits.Bracket((possible*int64(part)+99)/100, all)
	}
	for {
		var next []int64
		for _, part := range parts {
			below, enough := bracket(part)
			if enough-below <= max(unit, m.tolerance(enough)) {
				continue
			}
			const ways = 8
			for i := range int64(ways - 1) {
				next = append(next, (below+(enough-below)/ways*(i+1))/unit*unit)
			}
			if enough-below < ways*unit {
				for capacity := below + unit; capacity < enough; capacity += unit {
					next = append(next, capacity)
				}
			}
		}
		before := len(hits)
		if len(next) == 0 || !try(next) || len(hits) == before {
			break
		}
	}
	var needs []Need
	for _, part := range parts {
		_, enough := bracket(part)
		n := Need{Percent: part, Hits: hits[enough], HitRate: ratio(hits[enough], m.slots), Bytes: m.cache.InBytes(enough), capacity: enough}
		if m.cache.CountsTokens() {
			n.Tokens = enough
		}
		needs = append(needs, n)
	}
	return needs
}

// tolerance is how much of a size need not be told: nothing where images are alike.
func (m *measure) tolerance(capacity int64) int64 {
	if m.weights == nil {
		return 0
	}
	return capacity / precision
}
