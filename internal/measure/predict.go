package measure

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"mmjsonl/internal/lru"
	"mmjsonl/internal/replay"
	"mmjsonl/internal/servers"
)

// model is a cache that is assumed to have counted. Its capacities are in images, or where a server's cache is known by its size, in the unit of that
// cache's weights.
type model struct {
	rule    replay.Rule
	sized   *servers.Cache // nil: capacities are in images
	weights []int64        // by image; nil: all weigh unit
	unit    int64          // 1 without sized or with weights
	images  int64          // of the file
	total   int64          // weight of all of them
	bytes   bool           // weights are bytes, though sized is nil
}

// newModel returns the model of a cache by a rule, or of a server's cache of a size. The error says that what images weigh is not known.
func newModel(rule replay.Rule, sized *servers.Cache, images int, size func(image uint32) (width, height int32)) (*model, error) {
	m := &model{rule: rule, unit: 1, images: int64(images), total: int64(images)}
	if sized == nil {
		return m, nil
	}
	var err error
	m.sized, m.rule = sized, sized.Rule
	if m.weights, err = sized.Weights(images, size); err != nil {
		return nil, err
	}
	if m.weights == nil {
		m.unit, _ = sized.Same()
		m.total = m.unit * m.images
		return m, nil
	}
	m.total = 0
	for _, weight := range m.weights {
		m.total += weight
	}
	return m, nil
}

// newByteModel returns the model of a cache whose bytes a file was made for. The error says why there is none.
func newByteModel(rule replay.Rule, f *File) (*model, error) {
	if !rule.DropsLeastUsed() {
		return nil, errors.New("the file was made for one that drops the images that were used least recently")
	}
	if f.Weigh == nil {
		return nil, errors.New("the file was made by the bytes of the images' files")
	}
	m := &model{rule: rule, unit: 1, images: int64(f.Requests.Images()), bytes: true}
	for image := range m.images {
		width, height := f.Requests.Size(uint32(image))
		bytes, ok := f.Weigh(width, height)
		if !ok || bytes < 1 || bytes > math.MaxInt64/4/m.images {
			return nil, fmt.Errorf("the file's manifest does not say it of an image of %dx%d", width, height)
		}
		m.weights = append(m.weights, bytes)
		m.total += bytes
	}
	return m, nil
}

// cache is an empty cache of a capacity.
func (m *model) cache(capacity int64) replay.Cache {
	if m.sized != nil {
		return m.sized.ReplayAt(capacity, m.weights)
	}
	return replay.New(replay.Options{Rule: m.rule, Capacity: capacity, Weights: m.weights})
}

// all is a capacity that holds everything that is ever stored.
func (m *model) all(s *Sequence) int64 {
	switch m.rule {
	case replay.Tuple: // an image is stored in every tuple that it is part of
		if m.weights == nil {
			return m.unit * int64(len(s.images))
		}
		return slices.Max(m.weights) * int64(len(s.images))
	case replay.Chunks: // the ring has gaps, and drops many at once
		return 2*m.total + 1<<30
	}
	return m.total
}

// mean is what an image weighs on average.
func (m *model) mean() float64 {
	if m.images == 0 {
		return 1
	}
	return float64(m.total) / float64(m.images)
}

// inImages is how many images a capacity holds, on average.
func (m *model) inImages(capacity int64) int64 {
	if m.weights == nil {
		return capacity / m.unit
	}
	return int64(float64(capacity) / m.mean())
}

// inBytes is a capacity in bytes, or 0 if that is not known.
func (m *model) inBytes(capacity int64) int64 {
	switch {
	case m.bytes:
		return capacity
	case m.sized == nil:
		return 0
	}
	return m.sized.InBytes(capacity)
}

// hits replays the sequence through caches of several capacities.
func (m *model) hits(s *Sequence, capacities ...int64) []int64 {
	caches := make([]replay.Cache, len(capacities))
	for i, capacity := range capacities {
		caches[i] = m.cache(capacity)
	}
	return s.replay(nil, caches...)
}

// Fit is the cache that explains counted hits.
type Fit struct {
	Least int64 // capacity, in the model's unit: the least that hits so many, or the nearest number
	Most  int64 // the greatest that hits the same; 0 if larger ones do too
	Hits  int64 // what these hit
}

// ways is in how many parts a search cuts what is left of the range, at a pass over the sequence.
const ways = 8

// fit finds the capacities with which the sequence has so many hits. likely is a capacity that need not be right: with a good one the search
// is shorter.
func (m *model) fit(s *Sequence, counted, likely int64) Fit {
	all := m.all(s)
	known := replay.Tried{0: 0}
	try := func(capacities ...int64) {
		capacities = known.Open(capacities, all)
		for i, n := range m.hits(s, capacities...) {
			known[capacities[i]] = n
		}
	}
	// least finds the least capacity with so many hits at least; all + unit if there is none.
	least := func(hits int64) int64 {
		for {
			below, enough := known.Bracket(hits, all+m.unit)
			if enough-below <= max(m.unit, m.tolerance(enough)) || below < 0 {
				return enough
			}
			var next []int64
			for i := range int64(ways - 1) {
				next = append(next, (below+(enough-below)*(i+1)/ways)/m.unit*m.unit)
			}
			before := len(known)
			try(next...)
			if len(known) == before { // what is left is shorter than that
				try(below + m.unit)
			}
			if len(known) == before {
				return enough
			}
		}
	}
	try(all, likely-m.unit, likely, likely+m.unit)
	f := Fit{Least: least(counted)}
	if f.Least > all {
		return Fit{Least: all, Hits: known[all]}
	}
	if below := f.Least - m.unit; below >= 0 {
		try(below)
		if counted-known[below] < known[f.Least]-counted { // between two capacities, this one is nearer
			f.Least = least(known[below])
		}
	}
	f.Hits = known[f.Least]
	if beyond := least(f.Hits + 1); beyond <= all {
		f.Most = beyond - m.unit
	}
	return f
}

// tolerance is how much of a capacity need not be told: nothing where images weigh the same.
func (m *model) tolerance(capacity int64) int64 {
	if m.weights == nil {
		return 0
	}
	return capacity / 1000
}

// curve is what LRU caches hit by request in the measured requests, at every capacity in images.
type curve struct{ all, warm lru.Curve }

// newCurve watches a sequence. The requests of a warm-up are taken for its first ones.
func newCurve(s *Sequence) *curve {
	c := new(curve)
	warm := 0
	for i := range s.Len() {
		if s.warmUp(i) {
			warm++
		}
	}
	for i := range s.Len() {
		c.all.Add(s.request(i))
		if i < warm {
			c.warm.Add(s.request(i))
		}
	}
	return c
}

func (c *curve) hits(capacity int) int64 {
	distinct := int(c.all.Distinct())
	return c.all.HitsByRequest(min(capacity, distinct)) - c.warm.HitsByRequest(min(capacity, int(c.warm.Distinct())))
}

// capacityFor is the least capacity in images that hits so many.
func (c *curve) capacityFor(hits int64) int64 {
	return int64(sort.Search(int(c.all.Distinct()), func(capacity int) bool { return c.hits(capacity) >= hits }))
}

// Spread is what replays in several orders hit.
type Spread struct {
	Replays int   `json:"replays"`
	Low     int64 `json:"low_hits"`
	High    int64 `json:"high_hits"`
}

// Bounds of replays in other orders: at least the fewer, at most the more, and so many look-ups in between.
const (
	leastReplays, mostReplays = 9, 41
	mostReplayed              = 10_000_000
)

func replays(s *Sequence) int {
	return int(max(min(mostReplayed/max(int64(len(s.images)), 1), mostReplays), leastReplays))
}

// reordered replays the sequence in orders that requests in flight may cause.
func (m *model) reordered(s *Sequence, capacity int64, inFlight int) Spread {
	spread := Spread{Replays: replays(s)}
	for i := range spread.Replays {
		rng := rand.New(rand.NewPCG(uint64(i), 0x6d6d6a736f6e6c))
		spread.add(i, s.replay(s.shuffled(inFlight, rng), m.cache(capacity))[0])
	}
	return spread
}

func (s *Spread) add(i int, hits int64) {
	if i == 0 {
		s.Low, s.High = hits, hits
	}
	s.Low, s.High = min(s.Low, hits), max(s.High, hits)
}

// copies replays the sequence through several caches of a capacity each, among which requests are divided in turn or at random.
func (m *model) copies(s *Sequence, capacity int64, n int) Spread {
	spread := Spread{Replays: replays(s)}
	for i := range spread.Replays {
		caches := make([]replay.Cache, n)
		for j := range caches {
			caches[j] = m.cache(capacity)
		}
		rng := rand.New(rand.NewPCG(uint64(i), uint64(n)))
		pick := func(int) int { return rng.IntN(n) }
		if i == 0 {
			pick = func(request int) int { return request % n }
		}
		spread.add(i, s.split(caches, pick))
	}
	return spread
}

// again replays the sequence through a cache that has seen all of it before.
func (m *model) again(s *Sequence, capacity int64) int64 {
	c := m.cache(capacity)
	for i := range s.Len() {
		c.Add(s.request(i))
	}
	return s.replay(nil, c)[0]
}
