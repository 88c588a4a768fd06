// Package streamtest holds every sampler to what package stream promises of all of them.
package streamtest

import (
	"bytes"
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
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
	checkEncoding(t, s, shape)
	checkBegin(t, sampler, s)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sampler.Sample(ended, 1); err != context.Canceled {
		t.Errorf("the error of a context that has ended is %v", err)
	}
}

// checkBegin fails the test unless a stream that is begun comes to have the images of the one that was sampled, and has those of the rows that were
// waited for. The race detector sees to it that nobody needs to wait for more.
func checkBegin(t *testing.T, sampler stream.Sampler, sampled *stream.Stream) {
	t.Helper()
	s, place, err := stream.Begin(t.Context(), sampler, 1)
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for from := range 3 {
		readers.Go(func() {
			for r := from; r < s.Rows(); r += 3 {
				if err := s.Wait(t.Context(), r+1); err != nil {
					t.Error(err)
				}
				if !slices.Equal(s.Row(r), sampled.Row(r)) {
					t.Errorf("row %d has %d, want %d", r, s.Row(r), sampled.Row(r))
					return
				}
			}
		})
	}
	if place != nil {
		if err := place(t.Context()); err != nil {
			t.Error(err)
		}
	}
	readers.Wait()

	ended, cancel := context.WithCancel(t.Context())
	s, place, err = stream.Begin(ended, sampler, 1)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := s.Wait(ended, s.Rows()); err != context.Canceled {
		t.Errorf("the error of waiting in a context that has ended is %v", err)
	}
	if place != nil {
		if err := place(ended); err != context.Canceled {
			t.Errorf("the error of placing in a context that has ended is %v", err)
		}
	}
}

// checkEncoding fails the test unless a stream is read as it was written, and what is no such stream is an error or has the shape all the same.
func checkEncoding(t *testing.T, s *stream.Stream, shape stream.Shape) {
	t.Helper()
	var content bytes.Buffer
	if err := s.Write(&content); err != nil {
		t.Fatal(err)
	}
	if most := 4*shape.Slots + 16*int64(shape.Rows) + 100; int64(content.Len()) > most {
		t.Errorf("the stream takes %d bytes, more than %d", content.Len(), most)
	}
	again, err := stream.Read(bytes.NewReader(content.Bytes()), shape, 0, shape.Rows)
	if err != nil {
		t.Fatal(err)
	}
	public := func(s *stream.Stream) (fields []any) {
		for i := range reflect.ValueOf(s).Elem().NumField() {
			if reflect.TypeFor[stream.Stream]().Field(i).IsExported() {
				fields = append(fields, reflect.ValueOf(s).Elem().Field(i).Interface())
			}
		}
		return fields
	}
	if again.Rows() != s.Rows() || !reflect.DeepEqual(public(again), public(s)) {
		t.Errorf("a stream was written and read back as %+v", again)
	}
	from, to := shape.Rows/3, shape.Rows/3*2
	part, err := stream.Read(bytes.NewReader(content.Bytes()), shape, from, to)
	if err != nil || !slices.Equal(part.Span(from, to), s.Span(from, to)) || part.Rows() != s.Rows() || len(part.Media) != len(s.Media) {
		t.Errorf("rows %d to %d were read back otherwise, %v", from, to, err)
	}
	for end := range min(content.Len(), 50) {
		if _, err := stream.Read(bytes.NewReader(content.Bytes()[:end]), shape, 0, shape.Rows); err == nil {
			t.Errorf("the first %d bytes are read", end)
		}
	}
	if _, err := stream.Read(bytes.NewReader(content.Bytes()[:content.Len()-1]), shape, 0, 1); err == nil {
		t.Error("all but the last byte are read")
	}
	source := rand.New(rand.NewPCG(20261127, 0))
	for range 200 {
		damaged := slices.Clone(content.Bytes())
		damaged[source.IntN(len(damaged))] ^= 1 << source.IntN(8)
		if again, err := stream.Read(bytes.NewReader(damaged), shape, 0, shape.Rows); err == nil {
			checkBounds(t, again, shape)
		}
	}
}

// checkBounds fails the test unless the numbers of a stream can be used with a shape.
func checkBounds(t *testing.T, s *stream.Stream, shape stream.Shape) {
	t.Helper()
	if s.Rows() != shape.Rows || int64(len(s.Media)) != shape.Slots {
		t.Fatalf("%d rows and %d slots, want %d and %d", s.Rows(), len(s.Media), shape.Rows, shape.Slots)
	}
	slots := 0
	for r := range s.Rows() {
		slots += len(s.Row(r))
		if len(s.Row(r)) > shape.Widest || len(s.Request(r)) < len(s.Row(r)) {
			t.Errorf("row %d has %d images and is sent with %d", r, len(s.Row(r)), len(s.Request(r)))
		}
		if s.Sessions != nil && int(s.Sessions[r]) >= shape.Sessions || s.Sent != nil && int(s.Sent[r]) >= shape.Rows {
			t.Errorf("row %d has the session %d and is sent in place of row %d", r, s.Sessions[r], s.Sent[r])
		}
	}
	if slots != len(s.Media) || len(s.Media) > 0 && int(slices.Max(s.Media)) >= shape.Pool {
		t.Errorf("the rows have %d slots of %d, with images up to %d", slots, len(s.Media), slices.Max(s.Media))
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
