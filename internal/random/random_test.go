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
