package stream_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// As many rows have a length as was said, whatever the seed, and the pool is used completely.
func TestMixedLengthsExact(t *testing.T) {
	const seed = 3
	source := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		m := stream.Mixed{}
		for length := range 1 + source.IntN(6) {
			m.Lengths = append(m.Lengths, stream.RowsOfLength{Rows: source.IntN(20), Length: length})
		}
		shape := m.Shape()
		if shape.Slots == 0 {
			continue
		}
		m.Pool = shape.Widest + source.IntN(int(shape.Slots)-shape.Widest+1)
		s := sample(t, m, source.Uint64())
		streamtest.Check(t, s, m.Shape())
		count := make([]int, 7)
		for r := range s.Rows() {
			count[len(s.Row(r))]++
		}
		for _, l := range m.Lengths {
			if count[l.Length] != l.Rows {
				t.Fatalf("seed %d: %d rows of %d images, want %d", seed, count[l.Length], l.Length, l.Rows)
			}
		}
	}
}

func TestQuotas(t *testing.T) {
	for _, test := range []struct {
		rows    int
		weights []float64
		want    string
	}{
		{100, []float64{80, 7, 8, 5}, "[80 7 8 5]"},
		{10, []float64{1, 1, 1}, "[4 3 3]"},
		{1, []float64{0, 0.5, 0.5}, "[0 1 0]"},
		{7, []float64{0, 3}, "[0 7]"},
		{1000, []float64{79.8, 6.6, 7.6, 2.1, 1.0}, "[822 68 78 22 10]"},
	} {
		got := stream.Quotas(test.rows, test.weights)
		sum := 0
		for _, n := range got {
			sum += n
		}
		if fmt.Sprint(got) != test.want || sum != test.rows {
			t.Errorf("%d rows by %v: %v, want %s", test.rows, test.weights, got, test.want)
		}
	}
}

// The rows behind those held out are the other sampler's own.
func TestHeldOutLeavesTheRest(t *testing.T) {
	of := stream.Uniform{Rows: 50, PerRow: 3, Pool: 40}
	plain, s := sample(t, of, 5), sample(t, stream.HeldOut{Of: of, Rows: 4}, 5)
	if !slices.Equal(plain.Media, s.Span(4, 54)) {
		t.Error("the rows behind are others")
	}
}
