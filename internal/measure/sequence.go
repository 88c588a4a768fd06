package measure

import (
	"math/rand/v2"
	"slices"

	"mmjsonl/internal/replay"
)

// Sequence is the images of requests in an order, with those of a warm-up among them.
type Sequence struct {
	images []uint32 // of all requests, one behind the other
	ends   []int    // by request: where its images end
	warm   []bool   // by request: it belongs to the warm-up, which fills the cache and is not counted; nil: none does
}

// add appends a request.
func (s *Sequence) add(request []uint32, warmUp bool) {
	s.images = append(s.images, request...)
	s.ends = append(s.ends, len(s.images))
	if warmUp && s.warm == nil {
		s.warm = make([]bool, len(s.ends)-1)
	}
	if s.warm != nil {
		s.warm = append(s.warm, warmUp)
	}
}

// Len is how many requests there are.
func (s *Sequence) Len() int { return len(s.ends) }

func (s *Sequence) request(i int) []uint32 {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.images[from:s.ends[i]]
}

func (s *Sequence) warmUp(i int) bool { return s.warm != nil && s.warm[i] }

// measured returns how many requests are counted, and their images.
func (s *Sequence) measured() (requests, slots int64) {
	for i := range s.Len() {
		if !s.warmUp(i) {
			requests++
			slots += int64(len(s.request(i)))
		}
	}
	return requests, slots
}

// without returns the sequence without some requests.
func (s *Sequence) without(leave func(request int) bool) *Sequence {
	rest := new(Sequence)
	for i := range s.Len() {
		if !leave(i) {
			rest.add(s.request(i), s.warmUp(i))
		}
	}
	return rest
}

// covering returns the sequence with another end of its warm-up, so that so many images are measured, and how many requests that moves out of the
// measurement, or into it, where the number is negative. A client reads counters when a phase begins, and requests are looked up at that
// moment. ok is false if no end nearby has just so many.
func (s *Sequence) covering(slots int64, nearby int) (covering *Sequence, moved int, ok bool) {
	if s.warm == nil {
		return nil, 0, false
	}
	begin, sum := s.Len(), int64(0) // the measurement begins where so many images are left
	for begin > 0 && sum < slots {
		begin--
		sum += int64(len(s.request(begin)))
	}
	first := slices.Index(s.warm, false)
	if first < 0 || sum != slots || begin-first > nearby || first-begin > nearby {
		return nil, 0, false
	}
	covering = &Sequence{images: s.images, ends: s.ends, warm: make([]bool, s.Len())}
	for i := range begin {
		covering.warm[i] = true
	}
	return covering, begin - first, true
}

// replay gives the requests to caches, in an order, and returns the hits of each in the measured ones. order nil is the sequence's own. An order
// has the numbers of requests.
func (s *Sequence) replay(order []int, caches ...replay.Cache) []int64 {
	hits := make([]int64, len(caches))
	add := func(i int) {
		request, warm := s.request(i), s.warmUp(i)
		for j, c := range caches {
			before := c.Counts()
			c.Add(request)
			if !warm {
				after := c.Counts()
				hits[j] += after.Hits - after.Front - before.Hits + before.Front
			}
		}
	}
	if order == nil {
		for i := range s.Len() {
			add(i)
		}
	}
	for _, i := range order {
		add(i)
	}
	return hits
}

// split gives each request to one of several caches of the same kind, at random or in turn, and returns the hits of all together.
func (s *Sequence) split(caches []replay.Cache, pick func(request int) int) (hits int64) {
	for i := range s.Len() {
		c := caches[pick(i)]
		before := c.Counts()
		c.Add(s.request(i))
		if after := c.Counts(); !s.warmUp(i) {
			hits += after.Hits - after.Front - before.Hits + before.Front
		}
	}
	return hits
}

// shuffled returns an order in which requests that were in flight together change places: windows of as many as were in flight, each
// shuffled. The first is shorter by chance, and the warm-up has windows of its own.
func (s *Sequence) shuffled(inFlight int, rng *rand.Rand) []int {
	order := make([]int, s.Len())
	for i := range order {
		order[i] = i
	}
	length := 1 + rng.IntN(inFlight)
	for from := 0; from < len(order); {
		to := min(from+length, len(order))
		if i := slices.IndexFunc(order[from:to], func(i int) bool { return s.warmUp(i) != s.warmUp(from) }); i > 0 {
			to = from + i
		}
		rng.Shuffle(to-from, func(i, j int) { order[from+i], order[from+j] = order[from+j], order[from+i] })
		from, length = to, inFlight
	}
	return order
}
