package lru

import (
	"fmt"
	"testing"
)

func TestStackAgainstList(t *testing.T) {
	for _, kind := range kinds {
		for _, pool := range []int{1, 2, 3, 15, 16, 17, 63, 64, 65, 200} {
			// 64 slots for up to 200 images: every few touches renumber while
			// the stack grows, and every 32 to 600 after that.
			for _, least := range []int{64, 192, 0} {
				t.Run(fmt.Sprintf("%s/pool=%d/least=%d", kind.name, pool, least), func(t *testing.T) {
					const seed = 1
					rng := newRand(seed)
					s := stack{minSlots: least}
					var list recency
					for i := range 2500 {
						image := kind.draw(rng, i, pool)
						if got, want := s.depth(image), list.depth(image); got != want {
							t.Fatalf("seed %d, touch %d: image %d at depth %d, want %d", seed, i, image, got, want)
						}
						s.touch(image, uint32(i))
						list.touch(image)
						if i < 300 || i%37 == 0 {
							if err := checkOrder(&s, list); err != nil {
								t.Fatalf("seed %d, after touch %d: %v", seed, i, err)
							}
						}
					}
					if err := checkOrder(&s, list); err != nil {
						t.Fatalf("seed %d, at the end: %v", seed, err)
					}
				})
			}
		}
	}
}

// A pool large enough for a tree of many levels, its order known without a list:
// after scanning all images in turn, depth d holds the d'th from the end.
func TestStackLarge(t *testing.T) {
	const pool = 70_001
	var s stack
	for round := range 9 {
		for image := range uint32(pool) {
			if round > 0 {
				if depth := s.depth(image); depth != pool {
					t.Fatalf("round %d: image %d at depth %d, want %d", round, image, depth, pool)
				}
			}
			s.touch(image, 0)
		}
		for depth := 1; depth <= pool; depth++ {
			if got := s.depth(uint32(pool - depth)); got != depth {
				t.Fatalf("round %d: image %d at depth %d, want %d", round, pool-depth, got, depth)
			}
		}
	}
}

func TestStackUnknownImage(t *testing.T) {
	var s stack
	if got := s.depth(0); got != 0 {
		t.Errorf("empty stack: depth %d, want 0", got)
	}
	s.touch(5, 0)
	for _, image := range []uint32{0, 4, 6, 1 << 31} {
		if got := s.depth(image); got != 0 {
			t.Errorf("image %d: depth %d, want 0", image, got)
		}
	}
	if got := s.len(); got != 1 {
		t.Errorf("%d images, want 1", got)
	}
}

// Memory follows the number of images, not the number of touches, and nothing is
// allocated once all images have been seen.
func TestStackMemory(t *testing.T) {
	const pool = 3000
	rng := newRand(2)
	var s stack
	for i := range uint32(pool) {
		s.touch(i, 0)
	}
	// The first renumbering with all images there may still make slots.
	for range 2 * slotsPerImage * pool {
		s.touch(uint32(rng.IntN(pool)), 0)
	}
	if got := len(s.image); got < 2*pool || got > slotsPerImage*pool+64 {
		t.Errorf("%d time slots for %d images, want 2 to %d an image", got, pool, slotsPerImage)
	}
	var wrong int
	allocs := testing.AllocsPerRun(5, func() {
		for range 2 * slotsPerImage * pool {
			image := uint32(rng.IntN(pool))
			s.touch(image, 0)
			if s.depth(image) != 1 {
				wrong++
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations in the steady state, want 0", allocs)
	}
	if wrong > 0 {
		t.Errorf("%d touched images were not at depth 1", wrong)
	}
}
