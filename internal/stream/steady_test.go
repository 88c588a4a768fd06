package stream_test

import (
	"math"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// Under steady first uses the number of images met after a row is off the straight line by less than one.
func TestSteadyIsAStraightLine(t *testing.T) {
	for _, c := range []struct{ n, k, pool int }{{500, 3, 150}, {100, 1, 37}, {40, 7, 280}, {40, 7, 7}, {1, 4, 4}, {1000, 2, 3}, {2, 3, 5}} {
		sampler := stream.Steady{Rows: c.n, PerRow: c.k, Pool: c.pool}
		s := sample(t, sampler, 42)
		streamtest.Check(t, s, sampler.Shape())
		seen := map[uint32]bool{}
		for r := range c.n {
			for _, image := range s.Row(r) {
				seen[image] = true
			}
			line := float64(c.k)
			if r > 0 {
				line += float64(c.pool-c.k) * float64(r) / float64(c.n-1)
			}
			if off := math.Abs(float64(len(seen)) - line); off >= 1 {
				t.Fatalf("%v: after row %d %d images have been used, %.2f off the line", c, r, len(seen), off)
			}
		}
	}
}
