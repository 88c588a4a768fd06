package measure

import (
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/replay"
)

// randomSequence is a small one, with a warm-up now and then, and requests of no image.
func randomSequence(rng *rand.Rand) *Sequence {
	s := new(Sequence)
	images, warm := 1+rng.IntN(30), rng.IntN(20)
	if rng.IntN(2) == 0 {
		warm = 0
	}
	for i := range 5 + rng.IntN(80) {
		var request []uint32
		for range rng.IntN(5) {
			// Low numbers are used more often.
			image := uint32(min(rng.IntN(images), rng.IntN(images)))
			if !slices.Contains(request, image) {
				request = append(request, image)
			}
		}
		s.add(request, i < warm)
	}
	return s
}

// TestFit compares the capacity that was searched for with the best of all capacities, each replayed.
func TestFit(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := randomSequence(rng)
		rule := []replay.Rule{replay.ByRequest, replay.ByReference}[rng.IntN(2)]
		m, err := newModel(rule, nil, 31, nil)
		if err != nil {
			t.Fatal(err)
		}
		all := int(m.all(s))
		var hits []int64
		for capacity := range all + 1 {
			c := replay.New(replay.Options{Rule: rule, Capacity: int64(capacity)})
			var n int64
			for i := range s.Len() {
				before := c.Counts().Hits
				c.Add(s.request(i))
				if !s.warmUp(i) {
					n += c.Counts().Hits - before
				}
			}
			hits = append(hits, n)
		}
		counted := int64(rng.IntN(int(hits[all]) + 1))
		if counted == 0 {
			continue
		}
		// The nearest number of hits, the greater of two that are as near; the least capacity that has it, and the greatest.
		best := int64(-1)
		for _, n := range hits {
			distance := func(n int64) int64 { return max(n-counted, counted-n) }
			if best < 0 || distance(n) < distance(best) || distance(n) == distance(best) && n > best {
				best = n
			}
		}
		want := Fit{Least: int64(slices.Index(hits, best)), Hits: best}
		for capacity, n := range hits {
			if n == best {
				want.Most = int64(capacity)
			}
		}
		if want.Most == int64(all) {
			want.Most = 0
		}
		got := m.fit(s, counted, int64(rng.IntN(40)))
		if got != want {
			t.Errorf("seed %d, rule %d, counted %d: %+v, want %+v; hits %v", seed, rule, counted, got, want, hits)
		}
		if capacity := newCurve(s).capacityFor(best); rule == replay.ByRequest && s.warm == nil && capacity != want.Least {
			t.Errorf("seed %d: the curve has %d hits at %d, want %d", seed, best, capacity, want.Least)
		}
	}
}

// TestCurve compares the hits of all capacities with replays, warm-up or not.
func TestCurve(t *testing.T) {
	for seed := range uint64(100) {
		s := randomSequence(rand.New(rand.NewPCG(seed, 2)))
		m, _ := newModel(replay.ByRequest, nil, 31, nil)
		c := newCurve(s)
		for capacity := range int64(33) {
			// A cache smaller than a request does not hold all of it, which package replay follows and an LRU stack does not.
			if capacity < 5 {
				continue
			}
			if got, want := c.hits(int(capacity)), m.hits(s, capacity)[0]; got != want {
				t.Errorf("seed %d, capacity %d: %d, want %d", seed, capacity, got, want)
			}
		}
	}
}

// TestShuffled: in a likely order each request is there once, at most as far from its place as others were in flight, and warm-ups stay in front.
func TestShuffled(t *testing.T) {
	moved := false
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 3))
		s := randomSequence(rng)
		inFlight := 1 + rng.IntN(9)
		order := s.shuffled(inFlight, rng)
		seen := make([]bool, s.Len())
		for at, i := range order {
			if seen[i] || at-i >= inFlight || i-at >= inFlight || s.warmUp(i) != s.warmUp(at) {
				t.Fatalf("seed %d: request %d at %d with %d in flight: %v", seed, i, at, inFlight, order)
			}
			seen[i] = true
			moved = moved || at != i
		}
		if inFlight == 1 && !slices.IsSorted(order) {
			t.Errorf("seed %d: one in flight was sent out of order", seed)
		}
	}
	if !moved {
		t.Error("nothing changes its place")
	}
}

// TestCopies: requests divided among caches hit less, and one cache hits what it always does.
func TestCopies(t *testing.T) {
	s := new(Sequence)
	for i := range 400 {
		s.add([]uint32{uint32(i % 20)}, false)
	}
	m, _ := newModel(replay.ByRequest, nil, 20, nil)
	if spread := m.copies(s, 20, 1); spread.Low != 380 || spread.High != 380 {
		t.Errorf("one: %+v", spread)
	}
	// In turn, each of four gets five images; at random, each all twenty.
	if spread := m.copies(s, 20, 4); spread.High != 380 || spread.Low > 330 || spread.Low < 320 {
		t.Errorf("four: %+v", spread)
	}
	if again := m.again(s, 20); again != 400 {
		t.Errorf("a second time: %d", again)
	}
}

// TestCovering: counters that were read while the phases changed cover other requests than those that were measured.
func TestCovering(t *testing.T) {
	s := new(Sequence)
	for i := range 10 {
		s.add([]uint32{uint32(i), uint32(i) + 1}[:1+i%2], i < 4)
	}
	// Images by request: 1 2 1 2 | 1 2 1 2 1 2, so 9 are measured.
	for slots, want := range map[int64]struct {
		moved int
		ok    bool
	}{9: {0, true}, 8: {1, true}, 6: {2, true}, 7: {}, 11: {-1, true}, 12: {-2, true}, 14: {-3, true}, 15: {}, 5: {3, true}, 3: {}, 0: {}, 40: {}} {
		covering, moved, ok := s.covering(slots, 3)
		if moved != want.moved || ok != want.ok {
			t.Errorf("%d images: %d moved, %v", slots, moved, ok)
		}
		if !ok {
			continue
		}
		if _, n := covering.measured(); n != slots {
			t.Errorf("%d images: %d are measured", slots, n)
		}
	}
	if _, n := s.measured(); n != 9 {
		t.Errorf("the sequence itself has changed: %d images are measured", n)
	}
}
