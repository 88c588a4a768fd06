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

// wordSlot holds a space, the word, padding, and in its last byte the length of space and word. Words are copied sixteen bytes at a time,
// whatever their length, and the next word overwrites the padding: no branch, no short copy.
type wordSlot [16]byte

// Of returns a source of some words: a power of two, up to 256 of them, each of at most 14 letters a-z. Fewer than 256 are in the table several
// times, each as often.
func Of(words []string) *Words {
	w := &Words{}
	letters := 0
	for i := range w.table {
		slot := &w.table[i]
		n := copy(slot[:len(slot)-1], " "+words[i%len(words)])
		slot[len(slot)-1] = byte(n)
		letters += n
	}
	w.mean = float64(letters) / float64(len(w.table))
	return w
}

// Mean is the mean length of a word and its space, in bytes.
func (w *Words) Mean() float64 { return w.mean }

// Most is at least the length of a word and its space, in bytes.
func (w *Words) Most() int { return len(wordSlot{}) }

// Append appends n words, a space before each.
func (w *Words) Append(dst []byte, d *random.Draws, n int) []byte {
	start := len(dst)
	dst = slices.Grow(dst, n*len(wordSlot{})+len(reach{}))
	dst = dst[:start+n*len(wordSlot{})+len(reach{})]
	table := &w.table
	rest := dst[start:]
	for ; n >= 8; n -= 8 {
		// Written out: a loop takes a fifth longer.
		word, at := d.Next(), uint8(0)
		eight := (*reach)(rest)
		at = eight.put(table, at, byte(word))
		at = eight.put(table, at, byte(word>>8))
		at = eight.put(table, at, byte(word>>16))
		at = eight.put(table, at, byte(word>>24))
		at = eight.put(table, at, byte(word>>32))
		at = eight.put(table, at, byte(word>>40))
		at = eight.put(table, at, byte(word>>48))
		at = eight.put(table, at, byte(word>>56))
		rest = rest[at:]
	}
	if n > 0 {
		word, at := d.Next(), uint8(0)
		for range n {
			at = (*reach)(rest).put(table, at, byte(word))
			word >>= 8
		}
		rest = rest[at:]
	}
	return dst[:len(dst)-len(rest)]
}

// reach is as long as a word needs that begins at any of 256 places: so the compiler knows, without a check at each word, that it fits.
// Eight words take less than half of it.
type reach [255 + len(wordSlot{})]byte

// put copies a word to a place and returns the place behind it.
func (r *reach) put(table *[256]wordSlot, at, word uint8) uint8 {
	slot := &table[word]
	*(*wordSlot)(r[at : int(at)+len(slot)]) = *slot
	return at + slot[len(slot)-1]
}
