package lru

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// references makes slots image numbers, row after row of k different ones.
func references(slots, k, pool int, draw func(*rand.Rand) uint32) []uint32 {
	rng := newRand(7)
	stream := make([]uint32, slots)
	for i := range stream {
	again:
		stream[i] = draw(rng)
		for _, earlier := range stream[i-i%k : i] {
			if stream[i] == earlier {
				goto again
			}
		}
	}
	return stream
}

func uniform(pool int) func(*rand.Rand) uint32 {
	return func(rng *rand.Rand) uint32 { return uint32(rng.IntN(pool)) }
}

// BenchmarkCurve counts ten million references from an empty curve to the asked
// hits. Its bytes an image are all that was allocated on the way and, live, what
// is left at the end.
func BenchmarkCurve(b *testing.B) {
	const slots = 10_000_000
	for _, run := range []struct {
		name    string
		k, pool int
		draw    func(*rand.Rand) uint32 // nil: uniform
	}{
		{"uniform/k=1/P=100k", 1, 100_000, nil},
		{"uniform/k=3/P=1k", 3, 1000, nil},
		{"uniform/k=3/P=100k", 3, 100_000, nil},
		{"uniform/k=10/P=100k", 10, 100_000, nil},
		{"uniform/k=3/P=1M", 3, 1_000_000, nil},
		{"uniform/k=20/P=100k", 20, 100_000, nil},
		{"uniform/k=1000/P=100k", 1000, 100_000, nil},
		{"zipf/k=3/P=100k", 3, 100_000, func(rng *rand.Rand) uint32 {
			// The share of the first i images, log(i)/log(P), turned round.
			return uint32(math.Exp(rng.Float64()*math.Log(100_001))) - 1
		}},
	} {
		b.Run(run.name, func(b *testing.B) {
			draw := run.draw
			if draw == nil {
				draw = uniform(run.pool)
			}
			stream := references(slots, run.k, run.pool, draw)
			b.SetBytes(4 * slots)
			b.ReportAllocs()
			var before, after runtime.MemStats
			var c *Curve
			runtime.GC()
			runtime.ReadMemStats(&before)
			for b.Loop() {
				c = new(Curve)
				for i := 0; i < len(stream); i += run.k {
					c.Add(stream[i:min(i+run.k, len(stream))])
				}
				if c.HitsByRequest(run.pool) != c.Reused() || c.HitsByReference(run.pool) != c.Reused() {
					b.Fatal("a cache for all images does not hit all reuses")
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(b.N)*slots/b.Elapsed().Seconds(), "refs/s")
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(c.Distinct()), "live-B/image")
			runtime.KeepAlive(stream)
		})
	}
}
