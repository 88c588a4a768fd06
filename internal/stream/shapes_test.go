package stream_test

import (
	"fmt"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// hardShapes are those at which a plain way to sample takes a time that grows with the square of the slots: hardly a slot is free, rows
// hold nearly all of the pool, or all of it.
var hardShapes = []stream.Uniform{
	{Rows: 100_000, PerRow: 1, Pool: 100_000},
	{Rows: 100_000, PerRow: 1, Pool: 99_000},
	{Rows: 150_000, PerRow: 2, Pool: 100_000},
	{Rows: 2, PerRow: 50_000, Pool: 50_001},
	{Rows: 300_000, PerRow: 3, Pool: 3},
}

// Each takes some milliseconds, and by such a plain way minutes; BenchmarkUniformHardShapes tells.
func TestUniformHardShapes(t *testing.T) {
	for _, sampler := range hardShapes {
		streamtest.Check(t, sample(t, sampler, 42), sampler.Shape())
	}
}

func BenchmarkUniformHardShapes(b *testing.B) {
	for _, sampler := range hardShapes {
		b.Run(fmt.Sprintf("%dx%d of %d", sampler.Rows, sampler.PerRow, sampler.Pool), func(b *testing.B) {
			for b.Loop() {
				sample(b, sampler, 42)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(sampler.Shape().Slots), "ns/slot")
		})
	}
}
