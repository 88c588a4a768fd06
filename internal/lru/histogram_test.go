package lru

import (
	"math"
	"testing"
)

// A place that has counted as far as it can goes on, and questions between additions see all of them.
func TestHistogram(t *testing.T) {
	var h histogram
	if got := h.upTo(5, byRequest); got != 0 {
		t.Errorf("%d in an empty histogram", got)
	}
	plain := map[int]int64{}
	add := func(depth int, times uint32) {
		h.changes()
		h.add(depth, byReference)
		h.blocks[depth/blockSize][depth%blockSize][byReference] += times - 1
		plain[depth] += int64(times)
	}
	for _, depth := range []int{0, 1, 4095, 4096, 5000, 20000} {
		add(depth, math.MaxUint32)
	}
	for _, depth := range []int{0, 1, 4096, 20000, 20000, 7} {
		h.changes()
		h.add(depth, byReference)
		plain[depth]++
		want := int64(0)
		for capacity := range 21000 {
			if capacity > 0 {
				want += plain[capacity]
			}
			if got := h.upTo(capacity, byReference); got != want {
				t.Fatalf("%d up to depth %d, want %d", got, capacity, want)
			}
			if got := h.upTo(capacity, byRequest); got != 0 {
				t.Fatalf("%d by request", got)
			}
		}
	}
}
