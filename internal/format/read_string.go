package format

import "github.com/zeebo/xxh3"

// Key stands for a string: 128 bits of XXH3. Among 10 million different strings two have the same with a chance of 10^-25.
type Key = xxh3.Uint128

// hasher hashes one string at a time that comes in pieces.
type hasher struct{ state *xxh3.Hasher }

func (h *hasher) reset() {
	if h.state == nil {
		h.state = xxh3.New()
	}
	h.state.Reset()
}

// What a reader wants to know of a string.
type want int

const (
	keepLength want = iota // its length
	keepHead               // and its first headBytes
	keepHash               // and its key
)

// headBytes are kept of a string that does not lie in memory whole. No path of Linux is longer than 4096 bytes; a
// JPEG has its size within the first tens of thousands, unless an uncommonly large preview precedes it.
const headBytes = 64 << 10

// jsonString is a string that is being read.
type jsonString struct {
	want   want
	length int64
	head   []byte // its first bytes: all, if whole
	whole  bool   // head is a part of the line, not a copy
	key    Key

	hashing bool
}

// reset makes it ready for another string; the room of a copied head is used again.
func (t *jsonString) reset(want want) {
	head := t.head[:0]
	if t.whole {
		head = nil
	}
	*t = jsonString{want: want, head: head}
}

// add takes the string's next piece, which stays as it is until keep; that comes between two pieces.
func (t *jsonString) add(piece []byte, h *hasher) {
	first := t.length == 0
	t.length += int64(len(piece))
	if t.want == keepLength {
		return
	}
	if first {
		t.head, t.whole = piece, true
		return
	}
	t.copy(piece, h)
}

// keep copies what has not been copied, as the piece where it lies is about to change.
func (t *jsonString) keep(h *hasher) {
	if t.whole {
		piece := t.head
		t.head, t.whole = nil, false
		t.copy(piece, h)
	}
}

func (t *jsonString) copy(piece []byte, h *hasher) {
	t.head = append(t.head, piece[:min(len(piece), headBytes-min(len(t.head), headBytes))]...)
	if t.want == keepHash {
		if !t.hashing {
			h.reset()
			t.hashing = true
		}
		h.state.Write(piece)
	}
}

// end completes the string.
func (t *jsonString) end(h *hasher) {
	switch {
	case t.want != keepHash:
	case t.hashing:
		t.key = h.state.Sum128()
	default:
		t.key = xxh3.Hash128(t.head)
	}
}
