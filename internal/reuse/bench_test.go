package reuse

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"mmjsonl/internal/lru"
)

// BenchmarkWatcher sees ten million slots, from nothing to the figures, beside the curve that is its main part. Live bytes are
// what is left at the end.
func BenchmarkWatcher(b *testing.B) {
	const slots, pool = 10_000_000, 100_000
	for _, k := range []int{3, 10} {
		rng := newRand(7)
		stream := make([]uint32, 0, slots)
		for len(stream) < slots {
			row := stream[len(stream)-len(stream)%k:]
			if image := uint32(rng.IntN(pool)); !slices.Contains(row, image) {
				stream = append(stream, image)
			}
		}
		requests := func(add func([]uint32)) {
			for i := 0; i < slots; i += k {
				add(stream[i:min(i+k, slots)])
			}
		}
		run := func(name string, once func() (seen any, distinct int64)) {
			b.Run(fmt.Sprintf("%s/k=%d", name, k), func(b *testing.B) {
				b.SetBytes(4 * slots)
				b.ReportAllocs()
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				var seen any
				for b.Loop() {
					var distinct int64
					if seen, distinct = once(); distinct != pool {
						b.Fatalf("%d images, want %d", distinct, pool)
					}
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(b.N)*slots/b.Elapsed().Seconds(), "slots/s")
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/pool, "live-B/image")
				runtime.KeepAlive(seen)
				runtime.KeepAlive(stream)
			})
		}
		run("curve", func() (any, int64) {
			c := new(lru.Curve)
			requests(c.Add)
			return c, c.Distinct()
		})
		run("watcher", func() (any, int64) {
			w := NewWatcher(Options{Capacities: []int64{200}, Concurrency: 8})
			requests(w.Add)
			return w, w.Figures().Distinct
		})
		run("watcher, 4 replicas", func() (any, int64) {
			w := NewWatcher(Options{Capacities: []int64{200}, Concurrency: 8, Replicas: 4})
			requests(w.Add)
			return w, w.Figures().Distinct
		})
	}
}
