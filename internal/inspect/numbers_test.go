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
		got, ok := table.find(k)
		if ok != seen || ok && got != number {
			t.Fatalf("%v: got %d, %v; want %d, %v", k, got, ok, number, seen)
		}
		if !seen {
			want[k] = uint32(len(want))
			table.add(k, want[k])
		}
	}
	other := table.clone()
	other.add(format.Key{Lo: 1, Hi: 1 << 40}, 7)
	if _, ok := table.find(format.Key{Lo: 1, Hi: 1 << 40}); ok {
		t.Error("a key that the clone was given")
	}
	var zero format.Key
	table = numbers{}
	if _, ok := table.find(zero); ok {
		t.Error("an empty table has the key of zeros")
	}
	table.add(zero, 0)
	if n, ok := table.find(zero); n != 0 || !ok {
		t.Errorf("the key of zeros: %d, %v", n, ok)
	}
}
