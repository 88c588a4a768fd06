package text

import (
	"strings"
	"testing"

	"mmjsonl/internal/random"
)

// Each eight bits of the random numbers, the lowest first, choose a word of the vocabulary.
func TestWordsAppend(t *testing.T) {
	vocabulary := strings.Fields(vocabulary)
	distinct := map[string]bool{}
	for _, word := range vocabulary {
		distinct[word] = true
	}
	if len(distinct) != 256 {
		t.Fatalf("%d distinct words, want %d", len(distinct), 256)
	}
	words := BuiltIn()
	for n := range 600 {
		d := random.New(7, random.Text, uint64(n))
		numbers, want, eight := d, "x", uint64(0)
		for i := range n {
			if i%8 == 0 {
				eight = numbers.Next()
			}
			want += " " + vocabulary[eight>>(i%8*8)&0xff]
		}
		if got := string(words.Append([]byte("x"), &d, n)); got != want {
			t.Fatalf("%d words: got %q, want %q", n, got, want)
		}
		if d != numbers {
			t.Fatalf("%d words: the next number is %#x, want %#x", n, d.Next(), numbers.Next())
		}
	}
}

// A text's length is as the mean says, and never more than the longest words make.
func TestWordsLengths(t *testing.T) {
	const n = 1 << 16
	words := BuiltIn()
	d := random.New(1, random.Text, 0)
	length := len(words.Append(nil, &d, n))
	if mean := float64(length) / n; mean < 0.99*words.Mean() || mean > 1.01*words.Mean() || length > n*words.Most() {
		t.Errorf("a word has %.2f bytes on average, said are %.2f and at most %d", mean, words.Mean(), words.Most())
	}
}
