package inspect

import "mmjsonl/internal/format"

// numbers gives keys their numbers. It is a table with open addressing: as keys are hashes already, and nothing is ever taken out, a
// look-up costs one miss of the processor's cache where a map of Go's has two. It takes 27 to 54 bytes a key. Its zero value is empty.
//
// Keys are of a hash without a secret, so someone could make a file whose images all fall into one place. That makes it slow to read,
// and nothing worse.
type numbers struct {
	entries []numberEntry // a power of two, at most three quarters full
	keys    int
}

// numberEntry is a key and its number + 1, or 0 if the entry is free. The key is cut into pieces that leave no gap.
type numberEntry struct {
	key    [4]uint32
	number uint32
}

const leastEntries = 1 << 10

func pieces(k format.Key) [4]uint32 {
	return [4]uint32{uint32(k.Lo), uint32(k.Lo >> 32), uint32(k.Hi), uint32(k.Hi >> 32)}
}

// find returns the key's number, and whether it has one.
func (t *numbers) find(k format.Key) (n uint32, ok bool) {
	if t.keys == 0 {
		return 0, false
	}
	e := t.entry(pieces(k))
	return e.number - 1, e.number != 0
}

// add gives a key that has no number one, which is less than the largest uint32.
func (t *numbers) add(k format.Key, n uint32) {
	if 4*(t.keys+1) > 3*len(t.entries) {
		t.grow()
	}
	*t.entry(pieces(k)) = numberEntry{pieces(k), n + 1}
	t.keys++
}

// entry returns the key's entry, or the free one that it would get.
func (t *numbers) entry(k [4]uint32) *numberEntry {
	mask := uint32(len(t.entries) - 1)
	for i := k[0] & mask; ; i = (i + 1) & mask {
		if e := &t.entries[i]; e.number == 0 || e.key == k {
			return e
		}
	}
}

func (t *numbers) grow() {
	old := t.entries
	t.entries = make([]numberEntry, max(2*len(old), leastEntries))
	for _, e := range old {
		if e.number != 0 {
			*t.entry(e.key) = e
		}
	}
}

// clone returns a table with the same keys.
func (t *numbers) clone() numbers {
	other := *t
	other.entries = append([]numberEntry(nil), t.entries...)
	return other
}
