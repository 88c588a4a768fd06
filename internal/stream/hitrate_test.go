package stream_test

import (
	"math"
	"testing"

	"mmjsonl/internal/stream"
)

func BenchmarkHitRate(b *testing.B) {
	sampler := stream.HitRate{Rows: 1_000_000, PerRow: 10, Pool: 100_000,
		Classes: []stream.DepthClass{{From: 1, To: 20_000 - 9, Quota: 6_000_000}, {From: 20_000 + 10, To: math.MaxInt32, Quota: 3_900_000}}}
	b.ReportAllocs()
	b.SetBytes(4 * 10_000_000)
	for b.Loop() {
		if s := sample(b, sampler, 42); len(s.Media) != 10_000_000 {
			b.Fatal(len(s.Media))
		}
	}
}
