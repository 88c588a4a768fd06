package random

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// Fill gives the numbers one after another, whatever the length: also where it ends within four of them, or within one.
func TestFillIsTheNumbersInTurn(t *testing.T) {
	for length := range 140 {
		filled := New(5, Images, 7)
		one := filled
		got := make([]byte, length+8)
		filled.Fill(got[:length])
		var want []byte
		for len(want) < length {
			want = binary.LittleEndian.AppendUint64(want, one.Next())
		}
		if !bytes.Equal(got[:length], want[:length]) {
			t.Errorf("%d bytes: got %x, want %x", length, got[:length], want[:length])
		}
		if !bytes.Equal(got[length:], make([]byte, 8)) {
			t.Errorf("%d bytes: it wrote behind them: %x", length, got[length:])
		}
		if filled != one {
			t.Errorf("%d bytes: the counter is at %#x, want %#x", length, filled.state, one.state)
		}
	}
}

// The numbers are part of every file ever made with a seed.
func TestDrawsPinned(t *testing.T) {
	d := New(42, Text, 7)
	got := []uint64{d.Next(), d.Next(), uint64(d.Below(1000)), d.Below64(1 << 40), Mix(42)}
	want := []uint64{0xeb0f13fa23b883be, 0x800aa897a9f39a8b, 0x29e, 0xe316abc149, 0xbdd732262feb6e95}
	if !slices.Equal(got, want) {
		t.Errorf("got %#x, want %#x", got, want)
	}
}

// Numbers that are looked at ahead are those that come, and can be skipped.
func TestDrawsAhead(t *testing.T) {
	d := New(1, Text, 2)
	for n := range uint64(5) {
		next, skipped := d, d
		skipped.Skip(n)
		for range n {
			next.Next()
		}
		if next != skipped {
			t.Errorf("%d skipped: %v, want %v", n, skipped, next)
		}
		if got, want := d.Ahead(n+1), next.Next(); got != want {
			t.Errorf("%d ahead: %#x, want %#x", n+1, got, want)
		}
	}
}

// Numbers below a bound are those of Lemire's way to draw, also where many are drawn again.
func TestDrawsBelow(t *testing.T) {
	for _, n := range []uint32{1, 2, 3, 1000, 1<<31 + 1, 3 << 30, 1<<32 - 1} {
		d := New(3, Fill, uint64(n))
		numbers := d
		for range 1000 {
			product := (numbers.Next() >> 32) * uint64(n)
			for uint32(product) < -n%n {
				product = (numbers.Next() >> 32) * uint64(n)
			}
			if got := d.Below(n); got != uint32(product>>32) || d != numbers {
				t.Fatalf("%d below %d, want %d", got, n, product>>32)
			}
		}
	}
}
