package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCurveAgainstCaches(t *testing.T) {
	shapes := []struct {
		name     string
		requests int
		images   func(rng *rand.Rand) int // in a request
		distinct bool                     // no image twice in a request, as far as the pool goes
	}{
		{"k=0", 5, func(*rand.Rand) int { return 0 }, false},
		{"k=1", 200, func(*rand.Rand) int { return 1 }, false},
		{"k=3", 100, func(*rand.Rand) int { return 3 }, false},
		{"k=3 distinct", 100, func(*rand.Rand) int { return 3 }, true},
		{"k=0 to 8", 80, func(rng *rand.Rand) int { return rng.IntN(9) }, false},
		{"k=20 distinct", 20, func(*rand.Rand) int { return 20 }, true},
		{"k=150", 4, func(*rand.Rand) int { return 150 }, false},
	}
	const seed = 3
	for _, kind := range kinds {
		for _, shape := range shapes {
			for _, pool := range []int{1, 2, 7, 30, 70} {
				rng := newRand(seed)
				var stream [][]uint32
				slot := 0
				for range shape.requests {
					var request []uint32
					for range shape.images(rng) {
						image := kind.draw(rng, slot, pool)
						slot++
						if shape.distinct && slices.Contains(request, image) {
							continue
						}
						request = append(request, image)
					}
					stream = append(stream, request)
				}
				name := fmt.Sprintf("%s/%s/pool=%d", kind.name, shape.name, pool)
				t.Run(name, func(t *testing.T) {
					if err := checkStream(stream); err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
				})
			}
		}
	}
}

// Requests that renumber the stack halfway through, between short ones.
func TestCurveLongRequests(t *testing.T) {
	const seed = 4
	rng := newRand(seed)
	for _, kind := range kinds {
		for _, pool := range []int{3, 90, 200} {
			var stream [][]uint32
			slot := 0
			for _, k := range []int{63, 64, 65, 3, 150, 2, 1, 300, 0, 65} {
				request := make([]uint32, k)
				for j := range request {
					request[j] = kind.draw(rng, slot, pool)
					slot++
				}
				stream = append(stream, request)
			}
			t.Run(fmt.Sprintf("%s/pool=%d", kind.name, pool), func(t *testing.T) {
				if err := checkStream(stream); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			})
		}
	}
}

// Figures worked out by hand, so that the oracles are not the only witness.
func TestCurveByHand(t *testing.T) {
	tests := []struct {
		name        string
		stream      [][]uint32
		byRequest   []int64 // hits at capacities 1, 2, 3, …
		byReference []int64
		reused      int64
		ages        []int64 // of age 0, 1, 2 to 3, 4 to 7
	}{
		{"nothing", nil, []int64{0}, []int64{0}, 0, []int64{0, 0, 0, 0}},
		{"no images", [][]uint32{{}, {}}, []int64{0}, []int64{0}, 0, []int64{0, 0, 0, 0}},
		{"new twice in a request", [][]uint32{{0, 0}}, []int64{0, 0}, []int64{1, 1}, 1, []int64{1, 0, 0, 0}},
		{"new twice with another between", [][]uint32{{0, 1, 0}}, []int64{0, 0}, []int64{0, 1}, 1, []int64{1, 0, 0, 0}},
		{"known twice in a request", [][]uint32{{0}, {1}, {0, 0}}, []int64{0, 2, 2}, []int64{1, 2, 2}, 2, []int64{1, 0, 1, 0}},
		{"the same request again", [][]uint32{{0, 1}, {0, 1}}, []int64{1, 2, 2}, []int64{0, 2, 2}, 2, []int64{0, 2, 0, 0}},
		{"the request turned round", [][]uint32{{0, 1}, {1, 0}}, []int64{1, 2, 2}, []int64{1, 2, 2}, 2, []int64{0, 2, 0, 0}},
		{"a new image before an old one", [][]uint32{{0}, {1, 0}}, []int64{1, 1}, []int64{0, 1}, 1, []int64{0, 1, 0, 0}},
		{"after text-only requests", [][]uint32{{0}, {}, {}, {}, {0}}, []int64{1}, []int64{1}, 1, []int64{0, 0, 0, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c Curve
			for _, request := range test.stream {
				c.Add(request)
			}
			for i, want := range test.byRequest {
				if got := c.HitsByRequest(i + 1); got != want {
					t.Errorf("capacity %d: %d hits by request, want %d", i+1, got, want)
				}
			}
			for i, want := range test.byReference {
				if got := c.HitsByReference(i + 1); got != want {
					t.Errorf("capacity %d: %d hits by reference, want %d", i+1, got, want)
				}
			}
			if got := c.Reused(); got != test.reused {
				t.Errorf("%d reused, want %d", got, test.reused)
			}
			ages := c.Ages()
			if got := ages[:len(test.ages)]; !slices.Equal(got, test.ages) {
				t.Errorf("ages %v, want %v", got, test.ages)
			}
		})
	}
}

// The number of the request that used an image last is kept in 32 bits.
func TestAgesAcrossWrap(t *testing.T) {
	c := Curve{requests: 1<<32 - 3}
	for _, request := range [][]uint32{{0}, {}, {}, {}, {}, {0}, {0}} {
		c.Add(request)
	}
	if got, want := c.Ages(), (Ages{1: 1, 3: 1}); got != want {
		t.Errorf("ages %v, want one of age 1 and one of age 5: %v", got, want)
	}
}

// Uniform draws of k different images of P have closed forms. By request every
// image of the pool is equally likely at every depth, so C/P of the look-ups
// hit. By reference the j'th of a request finds the j before it on top and
// cannot be one of them, so (C-j)/(P-j) hit.
func TestCurveUniformClosedForms(t *testing.T) {
	const (
		seed  = 5
		pool  = 500
		slots = 2_000_000
	)
	for _, k := range []int{1, 3, 20, 100} {
		t.Run(fmt.Sprintf("k=%d", k), func(t *testing.T) {
			rng := newRand(seed)
			all := make([]uint32, pool)
			for i := range all {
				all[i] = uint32(i)
			}
			draw := func() []uint32 {
				for j := range k {
					other := j + rng.IntN(pool-j)
					all[j], all[other] = all[other], all[j]
				}
				return all[:k]
			}
			var c Curve
			c.Add(all) // from here on every draw is independent of the stack's order
			capacities := []int{100, 150, 250, 400, pool - 1}
			var byRequest, byReference []int64
			for _, capacity := range capacities {
				byRequest = append(byRequest, c.HitsByRequest(capacity))
				byReference = append(byReference, c.HitsByReference(capacity))
			}
			for range slots / k {
				c.Add(draw())
			}
			for i, capacity := range capacities {
				var mean float64
				for j := range k {
					mean += float64(capacity-j) / float64(pool-j) / float64(k)
				}
				// Four deviations are at most 0.0014, less than the 0.002 of one
				// image of capacity, and from k = 3 on the two ways can be told apart.
				for _, semantic := range []struct {
					name      string
					got, want float64
				}{
					{"request", float64(c.HitsByRequest(capacity) - byRequest[i]), float64(capacity) / pool},
					{"reference", float64(c.HitsByReference(capacity) - byReference[i]), mean},
				} {
					got, want := semantic.got/float64(slots/k*k), semantic.want
					// Independent draws of one chance spread most, so this bounds
					// the deviation from above.
					deviation := math.Sqrt(want * (1 - want) / float64(slots/k*k))
					if math.Abs(got-want) > 4*deviation {
						t.Errorf("seed %d, capacity %d by %s: hit rate %.5f, want %.5f ± %.5f",
							seed, capacity, semantic.name, got, want, deviation)
					}
				}
			}
		})
	}
}

// A scan hits nothing below the size of the pool and everything from there on.
func TestCurveScan(t *testing.T) {
	const pool, rounds, k = 700, 30, 7
	var c Curve
	var request []uint32
	for slot := range pool * rounds {
		if request = append(request, uint32(slot%pool)); len(request) == k {
			c.Add(request)
			request = request[:0]
		}
	}
	// By request, the first image of the scan's next request stands at depth
	// pool when the request begins and its last at pool-(k-1).
	for depth := 1; depth <= pool; depth++ {
		wantByRequest := int64(max(0, depth-(pool-k))) * (pool / k) * (rounds - 1)
		if got := c.HitsByRequest(depth); got != wantByRequest {
			t.Fatalf("capacity %d: %d hits by request, want %d", depth, got, wantByRequest)
		}
		var wantByReference int64
		if depth == pool {
			wantByReference = pool * (rounds - 1)
		}
		if got := c.HitsByReference(depth); got != wantByReference {
			t.Fatalf("capacity %d: %d hits by reference, want %d", depth, got, wantByReference)
		}
	}
}

func TestCurveAllocations(t *testing.T) {
	const pool = 2000
	const seed = 6
	rng := newRand(seed)
	var c Curve
	short, long := make([]uint32, 5), make([]uint32, 150)
	add := func() {
		for range 1000 {
			for _, request := range [][]uint32{short, long} {
				for j := range request {
					request[j] = uint32(rng.IntN(pool))
				}
				c.Add(request)
			}
		}
	}
	// Every image once, then each at the greatest depth it can have by request
	// and by reference, and a few rounds to renumber with all of them there.
	for range 2 {
		for image := range uint32(pool) {
			c.Add([]uint32{image})
		}
	}
	add()
	if allocs := testing.AllocsPerRun(3, add); allocs != 0 {
		t.Errorf("%v allocations in the steady state, want 0", allocs)
	}
	// 8000 slots at most were made, so these references renumbered many times.
	if got := c.Distinct(); got != pool {
		t.Errorf("%d distinct, want %d", got, pool)
	}
}
