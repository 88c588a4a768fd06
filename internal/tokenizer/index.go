package tokenizer

import (
	"bytes"
	"hash/maphash"
)

// index has a number for each of many texts. In place of a map's 32 bytes a text it has 8 and the text's own, so that a vocabulary's stays in a
// processor's cache: that makes it several times as fast to fill.
type index struct {
	texts   []byte // one after the other
	entries []indexEntry
	places  []uint32 // by hash: 1 more than the entry, and the next place if it is another text's; 0: none
}

type indexEntry struct {
	end    uint32 // of its text, which begins where the one before ends
	number int32
}

var indexSeed = maphash.MakeSeed()

// newIndex makes one with room for about so many texts.
func newIndex(texts int) *index {
	x := &index{entries: make([]indexEntry, 0, texts), texts: make([]byte, 0, 8*texts)}
	x.spread(texts)
	return x
}

// spread makes places for so many texts and those that there are, of which it leaves half free at the least.
func (x *index) spread(texts int) {
	size := 16
	for size < 2*texts {
		size *= 2
	}
	x.places = make([]uint32, size)
	for i := range x.entries {
		place, _ := x.find(x.text(i))
		x.places[place] = uint32(i) + 1
	}
}

func (x *index) text(entry int) []byte {
	from := uint32(0)
	if entry > 0 {
		from = x.entries[entry-1].end
	}
	return x.texts[from:x.entries[entry].end]
}

// find returns where a text is, or where it would be.
func (x *index) find(text []byte) (place int, found bool) {
	mask := len(x.places) - 1
	for place = int(maphash.Bytes(indexSeed, text)) & mask; ; place = (place + 1) & mask {
		if at := x.places[place]; at == 0 || bytes.Equal(x.text(int(at)-1), text) {
			return place, at != 0
		}
	}
}

// set gives a text its number.
func (x *index) set(text []byte, number int32) {
	place, found := x.find(text)
	if found {
		x.entries[x.places[place]-1].number = number
		return
	}
	x.texts = append(x.texts, text...)
	x.entries = append(x.entries, indexEntry{uint32(len(x.texts)), number})
	x.places[place] = uint32(len(x.entries))
	if 2*len(x.entries) > len(x.places) {
		x.spread(2 * len(x.entries))
	}
}

// get returns a text's number, if it has one.
func (x *index) get(text []byte) (number int32, ok bool) {
	place, found := x.find(text)
	if !found {
		return 0, false
	}
	return x.entries[x.places[place]-1].number, true
}

// getString is get for a string.
func (x *index) getString(text string) (number int32, ok bool) { return x.get([]byte(text)) }
