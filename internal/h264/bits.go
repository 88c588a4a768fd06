package h264

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// code is up to 64 bits, from the highest one on.
type code struct {
	bits   uint64
	length uint64
}

// then returns a code with another one behind it.
func (c code) then(next code) code {
	return code{c.bits | next.bits>>(c.length&63), c.length + next.length}
}

// fixed is a number of a certain length.
func fixed(value, length uint64) code { return code{value << ((64 - length) & 63), length} }

// read is a code as the standard's tables have it: 00011.
func read(digits string) (c code) {
	for _, digit := range digits {
		c = c.then(fixed(uint64(digit-'0'), 1))
	}
	return c
}

// unsigned is a number in the code ue(v), below 2^31.
func unsigned(value uint64) code {
	length := uint64(bits.Len64(value + 1))
	return fixed(value+1, 2*length-1)
}

// signed is a number in the code se(v).
func signed(value int) code {
	if value > 0 {
		return unsigned(uint64(2*value - 1))
	}
	return unsigned(uint64(-2 * value))
}

// writer puts codes together.
type writer struct {
	buf     []byte // with room for a word behind what is written
	at      int
	pending uint64 // bits that are no complete byte, from the highest one on
	count   uint64 // how many
}

// reset begins anew, with room for so many bytes.
func (w *writer) reset(room int) {
	if len(w.buf) < room+8 {
		w.buf = make([]byte, room+8)
	}
	w.at, w.pending, w.count = 0, 0, 0
}

// put appends a code of at most 56 bits: what fits a word beside the bits of a byte that is not complete.
func (w *writer) put(c code) {
	w.pending |= c.bits >> (w.count & 63)
	w.count += c.length
	binary.BigEndian.PutUint64(w.buf[w.at:], w.pending)
	w.at += int(w.count >> 3)
	w.pending <<= w.count &^ 7 & 63
	w.count &= 7
}

// written is how many bits there are.
func (w *writer) written() int64 { return int64(w.at)*8 + int64(w.count) }

// end completes the last byte (7.3.2.11) and returns everything.
func (w *writer) end() []byte {
	w.put(fixed(1, 1))
	if w.count > 0 {
		w.put(code{0, 8 - w.count})
	}
	return w.buf[:w.at]
}

// appendUnit appends a NAL unit of a type byte and a payload: a byte goes between two zeros and what would look like the beginning of a unit (7.4.1).
func appendUnit(dst []byte, kind byte, payload []byte) []byte {
	dst = append(dst, kind)
	for {
		i := bytes.Index(payload, []byte{0, 0})
		if i < 0 || i+2 == len(payload) {
			return append(dst, payload...)
		}
		dst = append(dst, payload[:i+2]...)
		payload = payload[i+2:]
		if payload[0] <= 3 {
			dst = append(dst, 3)
		}
	}
}
