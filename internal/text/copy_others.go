//go:build !amd64 || purego

package text

import "mmjsonl/internal/random"

// beyond is how far behind n of the longest words copyWords may write.
const beyond = len(reach{})

// copyWords copies n words to the start of dst, which has room for as many of the longest and what is beyond, and returns how long they are together.
func copyWords(dst []byte, table *[256]wordSlot, d *random.Draws, n int) int {
	rest := dst
	for ; n >= 8; n -= 8 {
		// Written out: a loop takes a fifth longer.
		word, eight, at := d.Next(), (*reach)(rest), 0
		at += eight.put(table, at, byte(word))
		at += eight.put(table, at, byte(word>>8))
		at += eight.put(table, at, byte(word>>16))
		at += eight.put(table, at, byte(word>>24))
		at += eight.put(table, at, byte(word>>32))
		at += eight.put(table, at, byte(word>>40))
		at += eight.put(table, at, byte(word>>48))
		at += eight.put(table, at, byte(word>>56))
		rest = rest[at:]
	}
	if n > 0 {
		word := d.Next()
		for range n {
			rest = rest[(*reach)(rest).put(table, 0, byte(word)):]
			word >>= 8
		}
	}
	return len(dst) - len(rest)
}

// reach is as long as eight words need whose lengths are any bytes: so the compiler knows, without a check at each word, that it fits.
type reach [8*255 + len(wordSlot{}.text)]byte

// put copies a word to a place and returns its length.
func (r *reach) put(table *[256]wordSlot, at int, word byte) int {
	slot := &table[word]
	copy(r[at:at+len(slot.text)], slot.text[:])
	return int(uint8(slot.length))
}
