// Package streamtest holds every sampler to what package stream promises of all of them.
package streamtest

import (
	"context"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
)

// Suite tests a sampler whose stream is random: it has reuse, and more than one way to place it.
func Suite(t *testing.T, sampler stream.Sampler) {
	t.Helper()
	shape := sampler.Shape()
	sample := func(seed uint64) *stream.Stream {
		s, err := sampler.Sample(t.Context(), seed)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := sample(1)
	Check(t, s, shape)
	if again := sample(1); !slices.Equal(s.Media, again.Media) || !slices.Equal(s.Sent, again.Sent) || !slices.Equal(s.Ends, again.Ends) {
		t.Error("a seed has two streams")
	}
	if other := sample(2); slices.Equal(s.Media, other.Media) {
		t.Error("two seeds have one stream")
	} else {
		Check(t, other, shape)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sampler.Sample(ended, 1); err != context.Canceled {
		t.Errorf("the error of a context that has ended is %v", err)
	}
}

// Check fails the test unless a stream has its shape, each image of the pool is used, and no row has an image twice. It returns how often
// each image is used.
func Check(t testing.TB, s *stream.Stream, shape stream.Shape) (uses []int) {
	t.Helper()
	if s.Rows() != shape.Rows || int64(len(s.Media)) != shape.Slots {
		t.Fatalf("%d rows and %d slots, want %d and %d", s.Rows(), len(s.Media), shape.Rows, shape.Slots)
	}
	uses = make([]int, shape.Pool)
	lastRow := make([]int, shape.Pool)
	used, widest := 0, 0
	for r := range s.Rows() {
		row := s.Row(r)
		widest = max(widest, len(row))
		for _, image := range row {
			if int(image) >= shape.Pool {
				t.Fatalf("row %d has image %d of a pool of %d", r, image, shape.Pool)
			}
			if lastRow[image] == r+1 {
				t.Fatalf("row %d has image %d twice", r, image)
			}
			lastRow[image] = r + 1
			if uses[image]++; uses[image] == 1 {
				used++
			}
		}
		if shape.WarmUp > 0 && !shape.HeldOut && r == shape.WarmUp-1 && used < shape.Pool {
			t.Fatalf("the first %d rows use %d images of %d", shape.WarmUp, used, shape.Pool)
		}
	}
	if shape.HeldOut {
		for _, image := range s.Span(0, shape.WarmUp) {
			if uses[image] != 1 {
				t.Fatalf("image %d of the rows held out is used %d times", image, uses[image])
			}
		}
	}
	if s.History != nil {
		checkRequests(t, s)
	}
	if used < shape.Pool {
		t.Fatalf("%d images of %d are used", used, shape.Pool)
	}
	if widest > shape.Widest {
		t.Fatalf("a row has %d slots, want at most %d", widest, shape.Widest)
	}
	if s.Sent != nil {
		order := slices.Sorted(slices.Values(s.Sent))
		for r, row := range order {
			if int(row) != r || len(order) != s.Rows() {
				t.Fatalf("%d rows are sent, want each of %d once", len(order), s.Rows())
			}
		}
	}
	return uses
}

// checkRequests fails the test if an image is twice in what is sent with a row.
func checkRequests(t testing.TB, s *stream.Stream) {
	t.Helper()
	for r := range s.Rows() {
		request := slices.Sorted(slices.Values(s.Request(r)))
		if n := len(request); len(slices.Compact(request)) != n {
			t.Fatalf("row %d is sent with %v", r, s.Request(r))
		}
	}
}
