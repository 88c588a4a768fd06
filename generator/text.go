package generator

import "strings"

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
func appendWords(dst []byte, d *draws, n int) []byte {
	start := len(dst)
	dst = extend(dst, n*maxPerWord)
	rest := dst[start:] // moving a slice costs one check of its bounds a word, an index two
	for n > 0 {
		random := d.next()
		for range min(n, 8) {
			slot := &wordTable[byte(random)]
			*(*wordSlot)(rest) = *slot
			rest = rest[slot[len(slot)-1]:]
			random >>= 8
		}
		n -= min(n, 8)
	}
	return dst[:len(dst)-len(rest)]
}

// extend lengthens dst by n bytes of any content.
func extend(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst[:len(dst)+n]
	}
	return append(dst, make([]byte, n)...)
}
