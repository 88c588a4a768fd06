package measure

import (
	"math/rand/v2"
	"testing"

	"mmjsonl/internal/replay"
)

// designed is a sequence of requests of three images, of which most were used within the last so many images.
func designed(rng *rand.Rand, requests, capacity int) *Sequence {
	s := new(Sequence)
	var recent []uint32
	next := uint32(0)
	for range requests {
		var request []uint32
		for len(request) < 3 {
			if len(recent) > capacity && rng.IntN(10) < 6 {
				image := recent[len(recent)-1-rng.IntN(capacity-6)]
				if request == nil || request[0] != image && request[len(request)-1] != image {
					request = append(request, image)
				}
				continue
			}
			request = append(request, next)
			next++
		}
		s.add(request, false)
		recent = append(recent, request...)
	}
	return s
}

// TestCopiesOrSmaller: hits of requests that are divided between two caches are told from those of one smaller cache, most of the time; and
// the capacity of the smaller one is found.
func TestCopiesOrSmaller(t *testing.T) {
	const capacity, trials = 100, 30
	for _, inFlight := range []int{1, 8} {
		copies, smaller := 0, 0
		for seed := range uint64(trials) {
			rng := rand.New(rand.NewPCG(seed, 4))
			s := designed(rng, 400, capacity)
			m, _ := newModel(replay.ByRequest, nil, len(s.images), nil)
			out := &Result{Concurrency: inFlight, Predicted: m.hits(s, capacity)[0]}
			c := newCurve(s)

			// Two API servers, of which requests get one or the other.
			caches := []replay.Cache{m.cache(capacity), m.cache(capacity)}
			hits := s.split(caches, func(int) int { return rng.IntN(2) })
			if fit, likely := out.copiesOf(m, s, capacity, hits, m.fit(s, hits, c.capacityFor(hits)), false); likely == 2 {
				copies++
			} else if fit != 2 && fit != 0 {
				t.Errorf("seed %d: %d hits of two caches are taken for those of %d", seed, hits, fit)
			}
			// One cache that is smaller.
			size := int64(10 + rng.IntN(80))
			hits = m.hits(s, size)[0]
			f := m.fit(s, hits, c.capacityFor(hits))
			if f.Least > size || f.Most > 0 && f.Most < size || f.Hits != hits {
				t.Errorf("seed %d: a cache of %d is taken for one of %d to %d", seed, size, f.Least, f.Most)
			}
			if _, likely := out.copiesOf(m, s, capacity, hits, f, false); likely == 0 {
				smaller++
			}
		}
		t.Logf("%d in flight: of %d trials, %d pairs and %d smaller caches were told", inFlight, trials, copies, smaller)
		if least := map[int]int{1: 26, 8: 24}[inFlight]; copies < 26 || smaller < least {
			t.Errorf("%d in flight: of %d trials, %d pairs and %d smaller caches were told", inFlight, trials, copies, smaller)
		}
	}
}
