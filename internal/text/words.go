package text

import (
	"slices"
	"strings"
	"sync"

	"mmjsonl/internal/random"
)

// BuiltIn returns the words of the program's own vocabulary: each is one token in the usual vocabularies of language models.
var BuiltIn = sync.OnceValue(func() *Words { return Of(Vocabulary()) })

// Vocabulary returns the words of the program's own vocabulary, in alphabetical order.
func Vocabulary() []string { return strings.Fields(vocabulary) }

// Words are up to 256 words, drawn independently and uniformly: eight bits choose a word.
type Words struct {
	table [256]wordSlot
	mean  float64
}

// wordSlot holds a space and a word, with padding behind. All of it is copied whatever its length, and the next word overwrites the padding: no
// branch, no short copy.
type wordSlot struct {
	text   [16]byte
	length uint64 // of space and word
	_      uint64 // 32 bytes are found by a shift
}

// Of returns a source of some words: a power of two, up to 256 of them, each of at most 14 letters a-z. Fewer than 256 are in the table several
// times, each as often.
func Of(words []string) *Words {
	w := &Words{}
	letters := 0
	for i := range w.table {
		slot := &w.table[i]
		n := copy(slot.text[:], " "+words[i%len(words)])
		slot.length = uint64(n)
		letters += n
	}
	w.mean = float64(letters) / float64(len(w.table))
	return w
}

// Mean is the mean length of a word and its space, in bytes.
func (w *Words) Mean() float64 { return w.mean }

// Most is at least the length of a word and its space, in bytes.
func (w *Words) Most() int { return len(wordSlot{}.text) }

// Append appends n words, a space before each.
func (w *Words) Append(dst []byte, d *random.Draws, n int) []byte {
	dst = slices.Grow(dst, n*len(wordSlot{}.text)+beyond)
	length := copyWords(dst[len(dst):cap(dst)], &w.table, d, n)
	return dst[:len(dst)+length]
}
