package urls

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/random"
)

// sortedURLs is what urlPool is checked against: all URLs are sorted by key, the repeated ones dropped, and the first n kept.
func sortedURLs(seed uint64, n int, offered []string) []string {
	key := func(url string) uint64 {
		hash := fnv.New64a()
		hash.Write([]byte(url))
		return random.Mix(random.Mix(random.Mix(seed)^uint64(random.URLs)) ^ hash.Sum64())
	}
	urls := slices.Clone(offered)
	slices.SortFunc(urls, func(a, b string) int {
		return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a, b))
	})
	urls = slices.Compact(urls)
	return urls[:min(n, len(urls))]
}

func choose(seed uint64, n int, offered []string) []string {
	pool := NewPool(seed, n)
	for _, url := range offered {
		pool.Add(url)
	}
	return pool.URLs()
}

func TestURLPoolProperties(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		distinct, count, n := 1+random.IntN(60), random.IntN(120), random.IntN(80)
		offered := make([]string, count)
		for i := range offered {
			offered[i] = cocoURL(random.IntN(distinct))
		}
		runSeed := random.Uint64()
		name := fmt.Sprintf("%d of %d URLs, %d distinct at most, seed %d", n, count, distinct, runSeed)

		got, want := choose(runSeed, n, offered), sortedURLs(runSeed, n, offered)
		if !slices.Equal(got, want) {
			t.Fatalf("%s: got %q, want %q", name, got, want)
		}
		// Image i does not depend on the pool's size.
		if smaller := random.IntN(n + 1); !slices.Equal(choose(runSeed, smaller, offered), got[:min(smaller, len(got))]) {
			t.Fatalf("%s: a pool of %d does not begin it", name, smaller)
		}
		// Nor on the order of the source.
		random.Shuffle(len(offered), func(i, j int) { offered[i], offered[j] = offered[j], offered[i] })
		if shuffled := choose(runSeed, n, offered); !slices.Equal(shuffled, got) {
			t.Fatalf("%s: in another order got %q, want %q", name, shuffled, got)
		}
	}
}

// URLs that share a key are told apart, whichever comes first.
func TestURLPoolSharedKey(t *testing.T) {
	t.Parallel()
	a, b := keyedURL{7, "http://h/a"}, keyedURL{7, "http://h/b"}
	if a.compare(b) >= 0 || b.compare(a) <= 0 || a.compare(a) != 0 {
		t.Errorf("compare: %d, %d, %d", a.compare(b), b.compare(a), a.compare(a))
	}
}

func TestURLPoolCounts(t *testing.T) {
	t.Parallel()
	pool := NewPool(42, 3)
	if got := pool.URLs(); len(got) != 0 || pool.Seen() != 0 {
		t.Errorf("an empty pool has %q of %d", got, pool.Seen())
	}
	for _, url := range []string{"http://h/a", "http://h/b", "http://h/a"} {
		pool.Add(url)
	}
	if got := pool.URLs(); len(got) != 2 || pool.Seen() != 3 {
		t.Errorf("got %q of %d, want two of 3", got, pool.Seen())
	}
	pool.Add("http://h/c")
	if got := pool.URLs(); len(got) != 3 || pool.Seen() != 4 {
		t.Errorf("after urls, got %q of %d, want three of 4", got, pool.Seen())
	}
	if inside, chosen := len(pool.inside), len(pool.chosen); inside != 3 || chosen != 3 {
		t.Errorf("the pool holds %d and %d URLs, want 3", inside, chosen)
	}
	for i := range 1000 {
		pool.Add(cocoURL(i))
	}
	if inside, chosen := len(pool.inside), len(pool.chosen); inside != 3 || chosen != 3 {
		t.Errorf("the pool holds %d and %d URLs, want 3", inside, chosen)
	}
}

// A seed's choice is part of every file made with it, and of every comparison of such files. This must not change.
func TestURLPoolPinned(t *testing.T) {
	t.Parallel()
	var offered []string
	for i := range 40670 {
		offered = append(offered, cocoURL(i))
	}
	want := []string{cocoURL(20572), cocoURL(11872), cocoURL(7835)}
	if got := choose(42, len(want), offered); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Over many seeds every URL is chosen equally often, two seeds share no more than chance has them share, and a URL's place
// in the pool is as often one as another.
func TestURLPoolUniform(t *testing.T) {
	t.Parallel()
	const urls, n, seeds = 50, 10, 4000
	var offered []string
	for i := range urls {
		offered = append(offered, cocoURL(i))
	}
	chosen := make(map[string]int)
	places := make(map[string]int)
	shared := 0
	var before []string
	for seed := range uint64(seeds) { // neighbours, the hardest case
		pool := choose(seed, n, offered)
		for i, url := range pool {
			chosen[url]++
			places[url] += i
			if slices.Contains(before, url) {
				shared++
			}
		}
		before = pool
	}
	within := func(name string, got, mean, variance float64) {
		if off := math.Abs(got-mean) / math.Sqrt(variance); off > 4.5 {
			t.Errorf("%s: %v, expected %v, %.1f standard deviations away", name, got, mean, off)
		}
	}
	const p = float64(n) / urls
	for _, url := range offered {
		count := float64(chosen[url])
		within("times "+url+" was chosen", count, seeds*p, seeds*p*(1-p))
		within("sum of the places of "+url, float64(places[url]), count*(n-1)/2, count*(n*n-1)/12)
	}
	// Hypergeometric for each pair of neighbours.
	const pairs = seeds - 1
	within("URLs shared with the seed before", float64(shared), pairs*n*p, pairs*n*p*(1-p)*(urls-n)/(urls-1))
}

func BenchmarkURLPool(b *testing.B) {
	offered := make([]string, 1<<16)
	for i := range offered {
		offered[i] = cocoURL(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := choose(1, 1000, offered); len(got) != 1000 {
			b.Fatalf("chose %d", len(got))
		}
	}
}

// Repeats are counted of the URLs chosen at the end, all of them and of no others, in whatever order they were offered.
func TestRepeatsAreThoseOfChosenURLs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 5))
		pool := NewPool(seed, 1+rng.IntN(6))
		times := map[string]int64{}
		for range rng.IntN(60) {
			url := fmt.Sprintf("http://h/%d", rng.IntN(10))
			times[url]++
			pool.Add(url)
		}
		want := int64(0)
		for _, url := range pool.URLs() {
			want += times[url] - 1
		}
		if got := pool.Repeats(); got != want {
			t.Errorf("seed %d: %d repeats of %q, want %d; offered %v", seed, got, pool.URLs(), want, times)
		}
	}
}
