package lru

import "testing"

// The counts match a plain bitmap after units are set and bits are cleared, for bitmaps of one block to several classes.
func TestCounts(t *testing.T) {
	rng := newRand(5)
	for _, units := range []int{1, 15, 16, 17, 255, 256, 300, 2048, 3*fan*fan*fanGroups + 77} {
		bitmap := make([][4]uint64, units)
		c := newCounts(units)
		full := rng.IntN(units + 1)
		c.reset(full)
		for unit := range full {
			for word := range bitmap[unit] {
				bitmap[unit][word] = ^uint64(0)
			}
		}
		check := func() {
			t.Helper()
			want := 0
			for unit := range bitmap {
				if got := c.before(uint(unit)); got != want {
					t.Fatalf("%d units, the first %d full: %d bits before unit %d, want %d", units, full, got, unit, want)
				}
				want += ones(&bitmap[unit])
			}
		}
		check()
		for unit := full; unit < units; unit++ {
			for word := range bitmap[unit] {
				bitmap[unit][word] = rng.Uint64() & rng.Uint64()
			}
			c.set(uint(unit), ones(&bitmap[unit]))
		}
		check()
		for range 20 * units {
			unit, word := rng.IntN(units), rng.IntN(4)
			if w := &bitmap[unit][word]; *w != 0 {
				*w &= *w - 1
				c.cleared(uint(unit))
			}
		}
		check()
		c.reset(0)
		clear(bitmap)
		check()
	}
}

// onesBelow counts the bits of a unit below each bit.
func TestOnesBelow(t *testing.T) {
	rng := newRand(6)
	unit := [4]uint64{rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64()}
	want := 0
	for bit := range uint32(unitBits) {
		if got := onesBelow(&unit, bit); got != want {
			t.Fatalf("%d bits below bit %d, want %d", got, bit, want)
		}
		want += int(unit[bit/64] >> (bit % 64) & 1)
	}
	if got := ones(&unit); got != want {
		t.Errorf("%d bits in all, want %d", got, want)
	}
}
