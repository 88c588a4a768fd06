package stream_test

import (
	"math"
	"math/rand/v2"
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

// Of rows of different lengths, the images met after each row are off the straight line over the slots by less than one, and the first row is one of the
// longest.
func TestSteadyMixedIsAStraightLine(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	for range 1000 {
		lengths, shape := randomLengths(source)
		sampler := stream.Steady{Lengths: lengths, Pool: shape.Pool}
		s := sample(t, sampler, source.Uint64())
		streamtest.Check(t, s, sampler.Shape())
		begin, slots := float64(shape.Widest), 0
		if len(s.Row(0)) != shape.Widest {
			t.Fatalf("%+v: the first row has %d images", sampler, len(s.Row(0)))
		}
		seen, count := map[uint32]bool{}, map[int]int{}
		for r := range s.Rows() {
			count[len(s.Row(r))]++
			slots += len(s.Row(r))
			for _, image := range s.Row(r) {
				seen[image] = true
			}
			line := begin
			if r > 0 && slots > shape.Widest {
				line += (float64(shape.Pool) - begin) * (float64(slots) - begin) / (float64(shape.Slots) - begin)
			}
			if off := math.Abs(float64(len(seen)) - line); off >= 1 {
				t.Fatalf("%+v: after row %d %d images have been used, %.2f off the line", sampler, r, len(seen), off)
			}
		}
		for _, l := range lengths {
			if count[l.Length] != l.Rows {
				t.Fatalf("%+v: %d rows of %d", sampler, count[l.Length], l.Length)
			}
		}
	}
}
