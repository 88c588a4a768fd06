package format

import (
	"bytes"

	"github.com/zeebo/xxh3"
)

// Key stands for a string: 128 bits of XXH3. Among 10 million different strings two have the same with a chance of 10^-25.
type Key = xxh3.Uint128

// KeyOf returns the key of a string, as a Reader finds it in rows.
func KeyOf(text string) Key { return xxh3.HashString128(text) }

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
	keepLength  want = iota // its length
	keepHead                // and its first headBytes
	keepText                // and its first textBytes
	keepHash                // and its key
	keepPayload             // likewise, but for a data URI the key of its payload
)

// headBytes are kept of a string that does not lie in memory whole. No path of Linux is longer than 4096 bytes; a
// JPEG has its size within the first tens of thousands, unless an uncommonly large preview precedes it.
const headBytes = 64 << 10

// textBytes are kept of a text.
const textBytes = 8 << 20

// payloadWithin is within how many bytes a data URI's payload begins, if it is told apart from what stands in front.
const payloadWithin = 256

// payloadAt returns where the payload of a data URI begins that has its image in base64; 0 if it is not one.
func payloadAt(start []byte) int {
	if len(start) == 0 || start[0]|0x20 != 'd' {
		return 0
	}
	start = start[:min(len(start), payloadWithin)]
	comma := bytes.IndexByte(start, ',')
	if comma < len("data:;base64") || !bytes.EqualFold(start[:len("data:")], []byte("data:")) ||
		!bytes.EqualFold(start[comma-len(";base64"):comma], []byte(";base64")) {
		return 0
	}
	return comma + 1
}

// jsonString is a string that is being read.
type jsonString struct {
	want   want
	length int64
	head   []byte // its first bytes: all, if whole
	whole  bool   // head is a part of the line, not a copy
	key    Key    // of the string, or of the payload
	header uint64 // hash of what stands in front of the payload; 0 if there is none

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
	before, most := len(t.head), headBytes
	if t.want == keepText {
		most = textBytes
	}
	t.head = append(t.head, piece[:min(len(piece), most-min(before, most))]...)
	switch {
	case t.want < keepHash:
	case t.hashing:
		h.state.Write(piece)
	case before+len(piece) >= payloadWithin:
		// Only now is it known where the payload begins.
		at := t.begin(h)
		if at < before {
			h.state.Write(t.head[at:before])
			at = before
		}
		h.state.Write(piece[at-before:])
	}
}

// begin makes the hasher ready for what the key stands for, and returns where that begins in head.
func (t *jsonString) begin(h *hasher) int {
	h.reset()
	t.hashing = true
	return t.payload()
}

// payload returns where what the key stands for begins in head, and hashes what stands in front of it.
func (t *jsonString) payload() int {
	if t.want != keepPayload {
		return 0
	}
	at := payloadAt(t.head)
	if at > 0 {
		t.header = xxh3.Hash(t.head[:at])
	}
	return at
}

// end completes the string.
func (t *jsonString) end(h *hasher) {
	switch {
	case t.want < keepHash:
		return
	case t.hashing:
		t.key = h.state.Sum128()
	default:
		t.key = xxh3.Hash128(t.head[t.payload():])
	}
	if t.header != 0 {
		t.key = salted(t.key, 2)
	}
}
