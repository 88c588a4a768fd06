package generator

import (
	"strings"

	"mmjsonl/internal/random"
)

// A slot of the word table: a space, the word, padding, and in its last byte the length of space and word. Words are copied
// sixteen bytes at a time, whatever their length, and the next word overwrites the padding: no branch, no short copy.
type wordSlot [16]byte

var (
	wordTable  = newWordTable()
	meanWord   = float64(len(vocabulary)+1) / float64(len(wordTable)) // bytes of a word and its space
	maxPerWord = len(wordSlot{})
)

func newWordTable() (table [256]wordSlot) {
	for i, word := range strings.Fields(vocabulary) {
		slot := &table[i]
		n := copy(slot[:len(slot)-1], " "+word)
		slot[len(slot)-1] = byte(n)
	}
	return table
}

// appendWords appends n words, a space before each, drawn independently and uniformly: eight bits choose a word.
func appendWords(dst []byte, d *random.Draws, n int) []byte {
	start := len(dst)
	dst = extend(dst, n*maxPerWord+len(reach{}))
	rest := dst[start:]
	for ; n >= 8; n -= 8 {
		// Written out: a loop takes a fifth longer.
		word, at := d.Next(), uint8(0)
		eight := (*reach)(rest)
		at = eight.put(at, byte(word))
		at = eight.put(at, byte(word>>8))
		at = eight.put(at, byte(word>>16))
		at = eight.put(at, byte(word>>24))
		at = eight.put(at, byte(word>>32))
		at = eight.put(at, byte(word>>40))
		at = eight.put(at, byte(word>>48))
		at = eight.put(at, byte(word>>56))
		rest = rest[at:]
	}
	if n > 0 {
		word, at := d.Next(), uint8(0)
		for range n {
			at = (*reach)(rest).put(at, byte(word))
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
func (r *reach) put(at, word uint8) uint8 {
	slot := &wordTable[word]
	*(*wordSlot)(r[at : int(at)+len(slot)]) = *slot
	return at + slot[len(slot)-1]
}

// extend lengthens dst by n bytes of any content.
func extend(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst[:len(dst)+n]
	}
	return append(dst, make([]byte, n)...)
}
