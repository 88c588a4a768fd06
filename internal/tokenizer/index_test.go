package tokenizer

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// An index has what a map has, however much more is put into it than it was made for.
func TestIndex(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for _, room := range []int{0, 1, 100, 5000} {
		x, want := newIndex(room), map[string]int32{}
		for range 3000 {
			text, number := fmt.Sprint(random.IntN(2000)), random.Int32()
			x.set([]byte(text), number)
			want[text] = number
		}
		x.set(nil, 7)
		want[""] = 7
		for i := -1; i < 2500; i++ {
			text := fmt.Sprint(i)
			if i < 0 {
				text = ""
			}
			number, ok := x.getString(text)
			if wanted, wantOK := want[text]; ok != wantOK || number != wanted {
				t.Fatalf("seed %d, room for %d: %q has %d, %t, want %d, %t", seed, room, text, number, ok, wanted, wantOK)
			}
		}
	}
}
