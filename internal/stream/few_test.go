package stream

import (
	"slices"
	"testing"

	"mmjsonl/internal/random"
)

// A few images among free slots are shuffled as any numbers are.
func TestShuffleFew(t *testing.T) {
	for slots := range 300 {
		for _, few := range []int{0, 1, 2, slots / 50, slots / 3, slots} {
			if few > slots {
				continue
			}
			want := make([]uint32, slots)
			for i := range want {
				want[i] = free
				if i < few {
					want[i] = uint32(i)
				}
			}
			got := slices.Clone(want)
			d := random.New(7, random.Placement, uint64(slots))
			again := d
			if err := shuffle(t.Context(), &d, want); err != nil {
				t.Fatal(err)
			}
			if err := shuffleFew(t.Context(), &again, got, few); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) || again != d {
				t.Fatalf("%d images among %d slots: %d, want %d", few, slots, got, want)
			}
		}
	}
}
