package lru

import (
	"math/bits"
	"testing"
)

// The counts match a plain bitmap after words are set and bits are cleared, for bitmaps of one block to several classes.
func TestCounts(t *testing.T) {
	rng := newRand(5)
	for _, words := range []int{1, 15, 16, 17, 255, 256, 300, 4096, 3*fan*fan*fan + 77} {
		bitmap := make([]uint64, words)
		c := newCounts(words)
		full := rng.IntN(words + 1)
		c.reset(full)
		for word := range full {
			bitmap[word] = ^uint64(0)
		}
		check := func() {
			t.Helper()
			want := 0
			for word, set := range bitmap {
				if got := c.before(uint(word)); got != want {
					t.Fatalf("%d words, the first %d full: %d bits before word %d, want %d", words, full, got, word, want)
				}
				want += bits.OnesCount64(set)
			}
		}
		check()
		for word := full; word < words; word++ {
			bitmap[word] = rng.Uint64() & rng.Uint64()
			c.set(uint(word), bits.OnesCount64(bitmap[word]))
		}
		check()
		for range 20 * words {
			word := rng.IntN(words)
			if bitmap[word] != 0 {
				bitmap[word] &= bitmap[word] - 1
				c.cleared(uint(word))
			}
		}
		check()
		c.reset(0)
		clear(bitmap)
		check()
	}
}
