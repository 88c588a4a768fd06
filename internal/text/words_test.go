package text

import (
	"bytes"
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

// Words are copied within their room, also the longest.
func TestWordsRoom(t *testing.T) {
	words := Of([]string{"abcdefghijklmn", "opqrstuvwxyzab"})
	for n := range 40 {
		room := n*len(wordSlot{}.text) + beyond
		behind := bytes.Repeat([]byte{0xff}, room+64)
		d := random.New(3, random.Text, uint64(n))
		if got := copyWords(behind[:room:room], &words.table, &d, n); got != 15*n {
			t.Errorf("%d words of 14 letters are %d bytes with their spaces, want %d", n, got, 15*n)
		}
		if !bytes.Equal(behind[room:], bytes.Repeat([]byte{0xff}, 64)) {
			t.Errorf("%d words: bytes behind their room were written", n)
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
