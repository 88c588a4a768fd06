package generator

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Repeats are counted of the URLs chosen at the end, all of them and of no others, in whatever order they were offered.
func TestRepeatsAreThoseOfChosenURLs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 5))
		pool := newURLPool(seed, 1+rng.IntN(6))
		times := map[string]int64{}
		for range rng.IntN(60) {
			url := fmt.Sprintf("http://h/%d", rng.IntN(10))
			times[url]++
			pool.add(url)
		}
		want := int64(0)
		for _, url := range pool.urls() {
			want += times[url] - 1
		}
		if got := pool.repeats(); got != want {
			t.Errorf("seed %d: %d repeats of %q, want %d; offered %v", seed, got, pool.urls(), want, times)
		}
	}
}
