package stream_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// sample returns a stream, or fails.
func sample(t testing.TB, sampler stream.Sampler, seed uint64) *stream.Stream {
	t.Helper()
	s, err := sampler.Sample(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestUniformUsesThePoolCompletely(t *testing.T) {
	const seed = 20261123
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	for range 3000 {
		requests, perRequest := 1+source.IntN(40), 1+source.IntN(12)
		pool := perRequest + source.IntN(requests*perRequest-perRequest+1)
		sampler := stream.Uniform{Rows: requests, PerRow: perRequest, Pool: pool}
		streamtest.Check(t, sample(t, sampler, source.Uint64()), sampler.Shape())
	}
}

// Every image is used as often as every other, at the beginning as at the end of the file: chi-square over (tenth of the file,
// image), over many seeds, against five standard deviations of its distribution.
func TestUniformOverRowsAndImages(t *testing.T) {
	for _, c := range []struct{ requests, perRequest, pool int }{{100, 1, 20}, {100, 3, 20}, {50, 6, 10}, {40, 5, 100}, {20, 3, 4}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			t.Parallel()
			const seeds, tenths = 4000, 10
			counts := make([][]float64, tenths)
			for i := range counts {
				counts[i] = make([]float64, c.pool)
			}
			for seed := range uint64(seeds) {
				sequence := sample(t, stream.Uniform{Rows: c.requests, PerRow: c.perRequest, Pool: c.pool}, seed).Media
				for slot, image := range sequence {
					counts[slot*tenths/len(sequence)][image]++
				}
			}
			want := float64(seeds*c.requests*c.perRequest) / float64(tenths*c.pool)
			var chi float64
			for _, tenth := range counts {
				for _, n := range tenth {
					chi += (n - want) * (n - want) / want
				}
			}
			// Counts are less spread than independent draws, as rows repeat nothing, so only too large a value is a fault.
			freedom := float64(tenths * (c.pool - 1))
			if limit := freedom + 5*math.Sqrt(2*freedom); chi > limit {
				t.Fatalf("chi-square %.0f, more than %.0f", chi, limit)
			}
		})
	}
}

// There is no phase of misses followed by a phase of hits: the first uses are as far apart as those of plain draws would be.
// With P images over N slots about P·(1-(1-1/P)^N) of N plain draws are first uses; half-way, plain draws have met all but
// a fraction e^(-N/2P) of the pool.
func TestFirstUsesAreNotDealtFirst(t *testing.T) {
	const requests, pool = 1000, 200
	var early float64
	const seeds = 200
	for seed := range uint64(seeds) {
		seen := map[uint32]bool{}
		for _, image := range sample(t, stream.Uniform{Rows: requests, PerRow: 1, Pool: pool}, seed).Media[:pool] {
			seen[image] = true
		}
		early += float64(len(seen)) / seeds
	}
	want := pool * (1 - math.Exp(-1))
	if math.Abs(early-want) > 0.05*pool {
		t.Fatalf("the first %d slots hold %.1f distinct images on average, want about %.1f", pool, early, want)
	}
}

func BenchmarkSampleUniform(b *testing.B) {
	const requests, perRequest, pool = 1_000_000, 10, 100_000
	b.ReportAllocs()
	b.SetBytes(4 * requests * perRequest)
	for b.Loop() {
		if s := sample(b, stream.Uniform{Rows: requests, PerRow: perRequest, Pool: pool}, 42); len(s.Media) != requests*perRequest {
			b.Fatal(len(s.Media))
		}
	}
}
