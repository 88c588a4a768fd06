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
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/replay"
	"mmjsonl/internal/stream/streamtest"
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
	return Config{
		Requests: RequestsConfig{Count: requests, Images: perRequest, Pool: pool},
		Reuse:    reuse,
		Media:    MediaConfig{Mode: ModeDataURI, Sizes: media.Only(media.Size{Width: 1, Height: 1})},
		Text:     TextConfig{Tokens: 1},
		Seed:     42,
		Output:   OutputConfig{Path: t.TempDir() + "/x.jsonl", Level: "fastest"},
	}
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

// sequenceOf returns the image in every slot of a plan, once its stream keeps what all streams keep.
func sequenceOf(t *testing.T, p *Plan) []uint32 {
	t.Helper()
	s, err := p.Stream.Sample(t.Context(), p.Seed)
	if err != nil {
		t.Fatal(err)
	}
	streamtest.Check(t, s, p.Stream.Shape())
	return s.Media
}

// points are hit rates in hundredths by capacity.
func points(capacityAndRate ...int64) (hits []HitPoint) {
	for pair := range slices.Chunk(capacityAndRate, 2) {
		hits = append(hits, HitPoint{Capacity: pair[0], Rate: big.NewRat(pair[1], 100)})
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
			sequence := sequenceOf(t, p)
			for _, point := range c.hits {
				rate := point.Rate
				want := (2*rate.Num().Int64()*p.Shape().Slots + rate.Denom().Int64()) / (2 * rate.Denom().Int64()) // to the nearest
				byRequest, byReference := bruteForceHits(sequence, p.Shape().Widest, int(point.Capacity))
				if byRequest != want || byReference != want {
					t.Errorf("a cache of %d hits %d by request and %d by reference, want %d of %d", point.Capacity, byRequest, byReference, want, p.Shape().Slots)
				}
				if c.concurrency > 1 {
					checkReordered(t, sequence, p.Shape().Widest, int(c.concurrency), int(point.Capacity), want)
				}
			}
			if c.warmUp == WarmUpFirst {
				seen := map[uint32]bool{}
				for _, image := range sequence[:min(len(sequence), p.Shape().WarmUp*p.Shape().Widest)] {
					seen[image] = true
				}
				if len(seen) != p.Shape().Pool || int64(p.Shape().WarmUp) != (int64(p.Shape().Pool)+c.k-1)/c.k {
					t.Errorf("the first %d rows hold %d of %d images", p.Shape().WarmUp, len(seen), p.Shape().Pool)
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

// orders are those in which servers work on a request.
var orders = []replay.Rule{replay.ByRequest, replay.ByReference, replay.HitsFirst}

// checkOrders replays a plan's rows through caches of all orders, and looks for the requested hits.
func checkOrders(t *testing.T, p *Plan, capacity, want int64, weights []int64) {
	t.Helper()
	s, err := p.Stream.Sample(t.Context(), p.Seed)
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range orders {
		cache := replay.New(replay.Options{Rule: order, Capacity: capacity, Weights: weights})
		for r := range s.Rows() {
			cache.Add(s.Row(r))
		}
		if hits := cache.Counts().Hits; hits != want {
			t.Fatalf("order %d: a cache of %d hits %d of %d slots, want %d", order, capacity, hits, p.Shape().Slots, want)
		}
	}
}

// randomMix is requests of up to five different numbers of images.
func randomMix(source *rand.Rand) (mix []ImagesShare) {
	for range 1 + source.IntN(5) {
		if images := source.Int64N(8); !slices.ContainsFunc(mix, func(s ImagesShare) bool { return s.Images == images }) {
			mix = append(mix, ImagesShare{images, float64(1 + source.IntN(9))})
		}
	}
	return mix
}

// Requests of different numbers of images: everything that is accepted is exact in all orders, with and without a warm-up.
func TestHitRatesOfMixtures(t *testing.T) {
	const seed = 6
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	accepted, warm := 0, 0
	for range 600 {
		reuse := Reuse{Concurrency: 1 + source.Int64N(3)*source.Int64N(2), Hits: points(10+source.Int64N(60), source.Int64N(70))}
		if source.IntN(2) == 0 {
			reuse.WarmUp = WarmUpFirst
		}
		config := reuseConfig(t, 1+source.Int64N(300), 0, source.Int64N(2)*source.Int64N(300), reuse)
		config.Requests.Mix, config.Seed = randomMix(source), source.Uint64()
		p, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}}, nil)
		if err != nil || len(p.Targets) == 0 {
			continue
		}
		accepted++
		if p.Shape().WarmUp > 0 {
			warm++
		}
		sequenceOf(t, p)
		checkOrders(t, p, reuse.Hits[0].Capacity, nearest(reuse.Hits[0].Rate, p.Shape().Slots), nil)
	}
	if accepted < 100 || warm < 10 {
		t.Fatalf("only %d configurations were accepted, %d of them with a warm-up", accepted, warm)
	}
}

// Hits and first uses come all along the file, not in phases: each tenth has about as many as any other.
func TestHitRatesAreSpread(t *testing.T) {
	const tenths, capacity = 10, 200
	p := plan(t, reuseConfig(t, 20_000, 3, 2000, Reuse{Hits: points(capacity, 60)}))
	sequence := sequenceOf(t, p)
	var hits, firsts [tenths]float64
	seen := make([]bool, p.Shape().Pool)
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
		want := float64(p.Shape().Pool-capacity) / tenths
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
		{1000, 3, 52, Reuse{Hits: points(50, 50)}, "at least 55 images"},
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
		sequence := sequenceOf(t, p)
		for _, point := range reuse.Hits {
			want := nearest(point.Rate, p.Shape().Slots)
			byRequest, byReference := bruteForceHits(sequence, p.Shape().Widest, int(point.Capacity))
			if byRequest != want || byReference != want {
				t.Fatalf("%+v: a cache of %d hits %d and %d, want %d", config, point.Capacity, byRequest, byReference, want)
			}
		}
	}
	if accepted < 300 {
		t.Fatalf("only %d configurations were accepted", accepted)
	}
}
