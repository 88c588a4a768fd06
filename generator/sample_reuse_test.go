package generator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
)

// bruteForceHits replays requests through an LRU cache that is a plain list, most recently used first.
func bruteForceHits(sequence []uint32, perRequest, capacity int) (byRequest, byReference int64) {
	touch := func(cache []uint32, image uint32) []uint32 {
		if i := slices.Index(cache, image); i >= 0 {
			cache = slices.Delete(cache, i, i+1)
		} else if len(cache) == capacity {
			cache = cache[:len(cache)-1]
		}
		return slices.Insert(cache, 0, image)
	}
	var whole, single []uint32
	for row := range slices.Chunk(sequence, perRequest) {
		for _, image := range row {
			if slices.Contains(whole, image) {
				byRequest++
			}
			if slices.Contains(single, image) {
				byReference++
			}
			single = touch(single, image)
		}
		for _, image := range row {
			whole = touch(whole, image)
		}
	}
	return byRequest, byReference
}

// reuseConfig is a configuration that writes nothing but rows of URLs.
func reuseConfig(t *testing.T, requests, perRequest, pool int64, reuse Reuse) Config {
	if reuse.Pattern == "" {
		reuse.Pattern = PatternUniform
	}
	if reuse.WarmUp == "" {
		reuse.WarmUp = WarmUpSpread
	}
	reuse.Concurrency = max(reuse.Concurrency, 1)
	return Config{Requests: requests, ImagesPerRequest: perRequest, Pool: pool, Reuse: reuse, Mode: ModeDataURI, Size: Size{1, 1},
		Words: 1, Seed: 42, Output: t.TempDir() + "/x.jsonl", Level: "fastest"}
}

// plan makes a plan or fails.
func plan(t *testing.T, c Config) *Plan {
	t.Helper()
	p, err := NewPlan(t.Context(), c, Environment{Places: files.Places{Dir: "/"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// points are hit rates in hundredths by capacity.
func points(capacityAndRate ...int64) (hits []HitPoint) {
	for pair := range slices.Chunk(capacityAndRate, 2) {
		hits = append(hits, HitPoint{pair[0], big.NewRat(pair[1], 100)})
	}
	return hits
}

func TestHitRatesAreExact(t *testing.T) {
	for _, c := range []struct {
		n, k, pool  int64
		hits        []HitPoint
		concurrency int64
		warmUp      WarmUp
	}{
		{n: 500, k: 3, pool: 200, hits: points(50, 60)},
		{n: 500, k: 3, hits: points(50, 60)},
		{n: 500, k: 3, hits: points(50, 60), warmUp: WarmUpFirst},
		{n: 1000, k: 1, pool: 300, hits: points(1, 10, 2, 20, 100, 55)},
		{n: 1000, k: 2, hits: points(10, 20, 40, 50, 120, 80)},
		{n: 400, k: 10, pool: 500, hits: points(30, 33, 120, 71), warmUp: WarmUpFirst},
		{n: 2000, k: 2, pool: 400, hits: points(100, 60), concurrency: 8},
		{n: 2000, k: 1, pool: 300, hits: points(40, 30, 120, 70), concurrency: 4},
		{n: 50, k: 20, pool: 20, hits: points(39, 98)},
		{n: 300, k: 3, pool: 300, hits: points(50, 0)},
		{n: 10, k: 3, pool: 30, hits: points(7, 0)},
		{n: 7, k: 3, hits: points(9, 33)},
	} {
		t.Run(fmt.Sprintf("%dx%d,P=%d,%v,W=%d,%s", c.n, c.k, c.pool, c.hits, c.concurrency, c.warmUp), func(t *testing.T) {
			t.Parallel()
			p := plan(t, reuseConfig(t, c.n, c.k, c.pool, Reuse{Hits: c.hits, Concurrency: c.concurrency, WarmUp: c.warmUp}))
			sequence := p.sample()
			for image, uses := range checkRows(t, sequence, p.Requests, p.ImagesPerRequest, p.Pool) {
				if uses == 0 {
					t.Fatalf("image %d is never used", image)
				}
			}
			for _, point := range c.hits {
				want := nearest(point.Rate, p.Slots())
				byRequest, byReference := bruteForceHits(sequence, p.ImagesPerRequest, int(point.Capacity))
				if byRequest != want || byReference != want {
					t.Errorf("a cache of %d hits %d by request and %d by reference, want %d of %d", point.Capacity, byRequest, byReference, want, p.Slots())
				}
				if c.concurrency > 1 {
					checkReordered(t, sequence, p.ImagesPerRequest, int(c.concurrency), int(point.Capacity), want)
				}
			}
			if c.warmUp == WarmUpFirst {
				seen := map[uint32]bool{}
				for _, image := range sequence[:min(len(sequence), int(p.WarmUpRequests)*p.ImagesPerRequest)] {
					seen[image] = true
				}
				if len(seen) != p.Pool || p.WarmUpRequests != (int64(p.Pool)+c.k-1)/c.k {
					t.Errorf("the first %d rows hold %d of %d images", p.WarmUpRequests, len(seen), p.Pool)
				}
			}
		})
	}
}

// checkReordered shuffles the requests in windows of as many as are in flight, and looks for the same hits.
func checkReordered(t *testing.T, sequence []uint32, perRequest, concurrency, capacity int, want int64) {
	t.Helper()
	for seed := range uint64(20) {
		source := rand.New(rand.NewPCG(seed, 1))
		var shuffled []uint32
		rows := slices.Collect(slices.Chunk(sequence, perRequest))
		for window := range slices.Chunk(rows, concurrency) {
			source.Shuffle(len(window), func(i, j int) { window[i], window[j] = window[j], window[i] })
			shuffled = append(shuffled, slices.Concat(window...)...)
		}
		byRequest, byReference := bruteForceHits(shuffled, perRequest, capacity)
		if byRequest != want || byReference != want {
			t.Fatalf("shuffled with seed %d a cache of %d hits %d by request and %d by reference, want %d", seed, capacity, byRequest, byReference, want)
		}
	}
}

// Hits and first uses come all along the file, not in phases: each tenth has about as many as any other.
func TestHitRatesAreSpread(t *testing.T) {
	const tenths, capacity = 10, 200
	p := plan(t, reuseConfig(t, 20_000, 3, 2000, Reuse{Hits: points(capacity, 60)}))
	sequence := p.sample()
	var hits, firsts [tenths]float64
	seen := make([]bool, p.Pool)
	for i := range tenths {
		to := len(sequence) / tenths * (i + 1)
		all, _ := bruteForceHits(sequence[:to], 3, capacity)
		hits[i] = float64(all)
		for j := range i {
			hits[i] -= hits[j]
		}
		for _, image := range sequence[to-len(sequence)/tenths : to] {
			if !seen[image] {
				seen[image] = true
				firsts[i]++
			}
		}
	}
	slots := float64(len(sequence)) / tenths
	for i := range tenths {
		// Five standard deviations. Until the stack is deeper than the capacity only first uses can miss, so the first tenth
		// has about that many of them more.
		if math.Abs(hits[i]-0.6*slots) > 5*math.Sqrt(0.24*slots) {
			t.Errorf("tenth %d has %.0f hits of %.0f, want about 60 %%: %.0f", i, hits[i], slots, hits)
		}
		want := float64(p.Pool-capacity) / tenths
		if i == 0 {
			want += capacity
		}
		if math.Abs(firsts[i]-want) > 5*math.Sqrt(want) {
			t.Errorf("tenth %d has %.0f first uses, want about %.0f: %.0f", i, firsts[i], want, firsts)
		}
	}
}

func TestImpossibleHitRatesAreRefusedWithTheirBound(t *testing.T) {
	for _, c := range []struct {
		n, k, pool int64
		reuse      Reuse
		want       string
	}{
		{100, 3, 100, Reuse{Hits: points(50, 70)}, "the bound is 1 - 100/300 = 0.6666"},
		{100, 3, 0, Reuse{Hits: points(4, 50)}, "give at least 5"},
		{100, 3, 0, Reuse{Hits: points(50, 50), Concurrency: 8}, "give at least 99"},
		{1000, 3, 52, Reuse{Hits: points(50, 50)}, "at least 55 different images"},
		{100, 3, 0, Reuse{Hits: points(50, 100)}, "give at most 0.99"},
		{100, 3, 0, Reuse{Hits: points(50, 50, 20, 60)}, "ascending capacity"},
		{100, 3, 0, Reuse{Hits: points(20, 50, 50, 40)}, "never hits less"},
		{100, 3, 0, Reuse{Hits: points(20, 30, 22, 40)}, "too close to the point at 20"},
		{100, 3, 0, Reuse{Hits: points(0, 30)}, "give one from 1"},
		{100, 3, 0, Reuse{Hits: points(20, 101)}, "from 0 to 1"},
		{100, 3, 0, Reuse{Hits: points(20, 50), Pattern: PatternZipf}, "contradict"},
		{100, 3, 0, Reuse{Rate: big.NewRat(999, 1000)}, "give at most 0.99"},
		{100, 3, 10, Reuse{Rate: big.NewRat(1, 2)}, "contradict"},
		{100, 3, 0, Reuse{Pattern: PatternSteady, WarmUp: WarmUpFirst}, "contradict"},
		{100, 3, 0, Reuse{ZipfExponent: math.NaN()}, "from 0 to 10"},
		{100, 3, 0, Reuse{Concurrency: -1}, ""},
	} {
		config := reuseConfig(t, c.n, c.k, c.pool, c.reuse)
		if c.want == "" {
			config.Reuse.Concurrency, c.want = c.reuse.Concurrency, "give at least 1"
		}
		_, err := NewPlan(context.Background(), config, Environment{Places: files.Places{Dir: "/"}}, nil)
		var problems problem.List
		if !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want one problem with %q", c.reuse, err, c.want)
		}
	}
}

// Everything that is accepted is exact, and everything else is refused: over many random configurations.
func TestRandomHitRates(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 5))
	accepted := 0
	for range 1500 {
		n, k := 1+source.Int64N(60), 1+source.Int64N(6)
		reuse := Reuse{Concurrency: 1 + source.Int64N(3)*source.Int64N(2)}
		capacity, rate := int64(0), int64(0)
		for range 1 + source.IntN(3) {
			capacity += 1 + source.Int64N(30)
			rate += source.Int64N(40)
			reuse.Hits = append(reuse.Hits, points(capacity, min(rate, 100))...)
		}
		if source.IntN(2) == 0 {
			reuse.WarmUp = WarmUpFirst
		}
		config := reuseConfig(t, n, k, source.Int64N(2)*(k+source.Int64N(n*k)), reuse)
		config.Seed = source.Uint64()
		p, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}}, nil)
		if err != nil {
			continue
		}
		accepted++
		sequence := p.sample()
		checkRows(t, sequence, p.Requests, p.ImagesPerRequest, p.Pool)
		for _, point := range reuse.Hits {
			want := nearest(point.Rate, p.Slots())
			byRequest, byReference := bruteForceHits(sequence, p.ImagesPerRequest, int(point.Capacity))
			if byRequest != want || byReference != want {
				t.Fatalf("%+v: a cache of %d hits %d and %d, want %d", config, point.Capacity, byRequest, byReference, want)
			}
		}
	}
	if accepted < 300 {
		t.Fatalf("only %d configurations were accepted", accepted)
	}
}

// Under steady first uses the number of images met after a row is off the straight line by less than one.
func TestSteadyIsAStraightLine(t *testing.T) {
	for _, c := range []struct{ n, k, pool int }{{500, 3, 150}, {100, 1, 37}, {40, 7, 280}, {40, 7, 7}, {1, 4, 4}, {1000, 2, 3}, {2, 3, 5}} {
		sequence := sampleSteady(42, c.n, c.k, c.pool)
		for image, uses := range checkRows(t, sequence, c.n, c.k, c.pool) {
			if uses == 0 {
				t.Fatalf("%v: image %d is never used", c, image)
			}
		}
		seen := map[uint32]bool{}
		for r := range c.n {
			for _, image := range sequence[r*c.k : (r+1)*c.k] {
				seen[image] = true
			}
			line := float64(c.k)
			if r > 0 {
				line += float64(c.pool-c.k) * float64(r) / float64(c.n-1)
			}
			if off := math.Abs(float64(len(seen)) - line); off >= 1 {
				t.Fatalf("%v: after row %d %d images have been used, %.2f off the line", c, r, len(seen), off)
			}
		}
	}
}

// Zipf's shares by chi-square. The uses are rounded, not drawn, so the statistic is far below that of draws: each image is
// off by less than one use.
func TestZipfShares(t *testing.T) {
	for _, c := range []struct {
		n, k, pool int
		s          float64
	}{{5000, 5, 200, 1}, {5000, 3, 100, 0.6}, {2000, 1, 50, 2}, {300, 4, 90, 0}, {3000, 2, 500, 0.99}} {
		sequence := sampleUses(42, c.n, c.k, zipfUses(c.n, c.k, c.pool, c.s))
		uses := checkRows(t, sequence, c.n, c.k, c.pool)
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
		uses := zipfUses(n, k, pool, s)
		sum := 0
		for i, u := range uses {
			if u < 1 || int(u) > n || i > 0 && u > uses[i-1] {
				t.Fatalf("n %d, k %d, P %d, s %v: image %d is used %d times, the one before %d", n, k, pool, s, i, u, uses[max(0, i-1)])
			}
			sum += int(u)
		}
		if sum != n*k {
			t.Fatalf("n %d, k %d, P %d, s %v: %d uses", n, k, pool, s, sum)
		}
		for image, got := range checkRows(t, sampleUses(source.Uint64(), n, k, uses), n, k, pool) {
			if got != int(uses[image]) {
				t.Fatalf("n %d, k %d, P %d, s %v: image %d is used %d times, want %d", n, k, pool, s, image, got, uses[image])
			}
		}
	}
}

// An image's uses are anywhere in the file: their mean row is the middle, over many seeds.
func TestZipfUsesAreSpread(t *testing.T) {
	const n, k, pool, seeds = 100, 3, 20, 2000
	uses := zipfUses(n, k, pool, 1)
	sums := make([]float64, pool)
	for seed := range uint64(seeds) {
		for slot, image := range sampleUses(seed, n, k, uses) {
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
	uses := zipfUses(n, k, pool, 0)
	together := 0
	for seed := range uint64(seeds) {
		for row := range slices.Chunk(sampleUses(seed, n, k, uses), k) {
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

func BenchmarkSampleHitRate(b *testing.B) {
	p := hitQuotas{requests: 1_000_000, perRequest: 10, first: 100_000,
		classes: []depthClass{{1, 20_000 - 9, 6_000_000}, {20_000 + 10, maxSlots, 3_900_000}}}
	b.ReportAllocs()
	b.SetBytes(4 * 10_000_000)
	for b.Loop() {
		if s := sampleHitRate(42, p); len(s) != 10_000_000 {
			b.Fatal(len(s))
		}
	}
}
