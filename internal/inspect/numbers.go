package inspect

import "mmjsonl/internal/format"

// numbers gives images their numbers, 0 for the first. It is a table with open addressing: as keys are hashes already, and nothing is
// ever taken out, a look-up costs one miss of the processor's cache where a map of Go's has two. It takes 48 to 96 bytes an
// image. Its zero value is empty.
//
// Keys are of a hash without a secret, so someone could make a file whose images all fall into one place. That makes it slow to read,
// and nothing worse.
type numbers struct {
	entries []numberEntry // a power of two, at most half full
	images  uint32
}

type numberEntry struct {
	key  format.Key
	used bool
	n    uint32
}

const leastEntries = 1 << 10

// number returns the number of the image with the key, and whether it is new.
func (t *numbers) number(k format.Key) (n uint32, isNew bool) {
	if 2*int(t.images) >= len(t.entries) {
		t.grow()
	}
	e := t.find(k)
	if e.used {
		return e.n, false
	}
	*e = numberEntry{k, true, t.images}
	t.images++
	return e.n, true
}

// find returns the key's entry, or the free one that it would get.
func (t *numbers) find(k format.Key) *numberEntry {
	mask := uint64(len(t.entries) - 1)
	for i := k.Lo & mask; ; i = (i + 1) & mask {
		if e := &t.entries[i]; !e.used || e.key == k {
			return e
		}
	}
}

func (t *numbers) grow() {
	old := t.entries
	t.entries = make([]numberEntry, max(2*len(old), leastEntries))
	for _, e := range old {
		if e.used {
			*t.find(e.key) = e
		}
	}
}
