//go:build !race

package serve

import "testing"

// A fetch in the fast lane allocates nothing, however the image comes. With the race detector, pools forget some of what they are given.
func TestLaneAllocations(t *testing.T) {
	for _, size := range []int64{64, 400} {
		for _, memory := range []int64{0, 8 << 20} {
			s := New(Config{Images: []Images{images("/x", size, 3)}, Memory: memory})
			fetch := oneConnection(t, s)
			for range 10 {
				fetch()
			}
			if allocs := testing.AllocsPerRun(300, fetch); allocs >= 1 {
				t.Errorf("size %d, memory %d: %v allocations", size, memory, allocs)
			}
		}
	}
}
