package stream_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// Zipf's shares by chi-square. The uses are rounded, not drawn, so the statistic is far below that of draws: each image is
// off by less than one use.
func TestZipfShares(t *testing.T) {
	for _, c := range []struct {
		n, k, pool int
		s          float64
	}{{5000, 5, 200, 1}, {5000, 3, 100, 0.6}, {2000, 1, 50, 2}, {300, 4, 90, 0}, {3000, 2, 500, 0.99}} {
		sampler := stream.Zipf{Rows: c.n, PerRow: c.k, Pool: c.pool, Exponent: c.s}
		uses := streamtest.Check(t, sample(t, sampler, 42), sampler.Shape())
		var chi, total float64
		for i := range c.pool {
			total += math.Pow(float64(i+1), -c.s)
		}
		for i, n := range uses {
			want := math.Pow(float64(i+1), -c.s) / total * float64(c.n*c.k)
			if want > 1 && want < float64(c.n) {
				chi += (float64(n) - want) * (float64(n) - want) / want
			}
		}
		// What bounds give to some images the others share, so a few per cent of the degrees of freedom may remain.
		if chi > 0.05*float64(c.pool) {
			t.Errorf("%v: chi-square %.2f", c, chi)
		}
	}
}

func TestZipfUsesKeepTheirBounds(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		n, k := 1+source.IntN(60), 1+source.IntN(10)
		pool := k + source.IntN(n*k-k+1)
		s := source.Float64() * 10
		sampler := stream.Zipf{Rows: n, PerRow: k, Pool: pool, Exponent: s}
		uses := streamtest.Check(t, sample(t, sampler, source.Uint64()), sampler.Shape())
		sum := 0
		for i, u := range uses {
			if u < 1 || u > n || i > 0 && u > uses[i-1] {
				t.Fatalf("n %d, k %d, P %d, s %v: image %d is used %d times, the one before %d", n, k, pool, s, i, u, uses[max(0, i-1)])
			}
			sum += u
		}
		if sum != n*k {
			t.Fatalf("n %d, k %d, P %d, s %v: %d uses", n, k, pool, s, sum)
		}
	}
}

// An image's uses are anywhere in the file: their mean row is the middle, over many seeds.
func TestZipfUsesAreSpread(t *testing.T) {
	const n, k, pool, seeds = 100, 3, 20, 2000
	sampler := stream.Zipf{Rows: n, PerRow: k, Pool: pool, Exponent: 1}
	uses := streamtest.Check(t, sample(t, sampler, 0), sampler.Shape())
	sums := make([]float64, pool)
	for seed := range uint64(seeds) {
		for slot, image := range sample(t, sampler, seed).Media {
			sums[image] += float64(slot / k)
		}
	}
	for image, sum := range sums {
		count := float64(uses[image]) * seeds
		if mean := sum / count; math.Abs(mean-(n-1)/2.0) > 5*n/math.Sqrt(12*count) {
			t.Errorf("the uses of image %d are in row %.2f on average, want %.1f", image, mean, (n-1)/2.0)
		}
	}
}

// Images in different shares meet in a row about as often as chance has it.
func TestZipfImagesMeet(t *testing.T) {
	const n, k, pool, seeds = 200, 2, 10, 500
	sampler := stream.Zipf{Rows: n, PerRow: k, Pool: pool}
	together := 0
	for seed := range uint64(seeds) {
		for row := range slices.Chunk(sample(t, sampler, seed).Media, k) {
			if slices.Contains(row, 0) && slices.Contains(row, 1) {
				together++
			}
		}
	}
	want := float64(n*seeds) / (pool * (pool - 1) / 2)
	if got := float64(together); got < 0.85*want || got > 1.15*want {
		t.Errorf("images 0 and 1 met %.0f times, want about %.0f", got, want)
	}
}
