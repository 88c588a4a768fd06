package inspect

import (
	"math/rand/v2"
	"testing"

	"mmjsonl/internal/format"
)

// TestNumbers holds the table to a map, with keys of which many fall into the same places.
func TestNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 0))
	var table numbers
	want := map[format.Key]uint32{}
	for range 200_000 {
		k := format.Key{Lo: rng.Uint64N(4000) * leastEntries, Hi: rng.Uint64N(10)}
		if rng.IntN(2) == 0 {
			k = format.Key{Lo: rng.Uint64(), Hi: 0}
		}
		number, seen := want[k]
		if !seen {
			number = uint32(len(want))
			want[k] = number
		}
		if got, isNew := table.number(k); got != number || isNew == seen {
			t.Fatalf("%v: got %d, new %v; want %d, %v", k, got, isNew, number, !seen)
		}
	}
	var zero format.Key
	if n, isNew := new(numbers).number(zero); n != 0 || !isNew {
		t.Errorf("the key of zeros: %d, %v", n, isNew)
	}
}
