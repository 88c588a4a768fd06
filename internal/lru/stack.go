package lru

import "math/bits"

// stack orders images by their last use. Its zero value is empty and ready.
//
// Each touch takes the next of a row of time slots, and the image gives up the
// slot it had. The images in slots after an image's own are those used since,
// so its depth is a count of used slots. A bitmap marks them, and a
// Fenwick tree (Fenwick 1994) holds the sums over the bitmap's words. That is
// the method of Bennett and Kruskal ("LRU stack processing", IBM Journal of
// Research and Development 19(4), 1975) with 64 slots to a leaf. When the slots
// run out, those in use are moved together to the start, which bounds memory by
// the number of images however long the stream (Olken, "Efficient methods for
// calculating the success function of fixed space replacement policies",
// LBL-12370, 1981).
//
// It takes at most 23 bytes an image, beyond a few kilobytes.
type stack struct {
	slot  []uint32 // by image: 1 + its time slot, 0 if never touched
	image []uint32 // by time slot: the image that took it
	used  []uint64 // bitmap: the slot's image has not been touched since; one spare word at the end
	live  int      // images touched so far, and so bits set in used
	next  int      // the first free time slot

	// tree is a Fenwick tree, counted from 1, over the words of used before the
	// one that holds slot next. That word changes with every touch and is
	// entered when it is full, once instead of 64 times.
	tree []int32

	minSlots int // lower bound of len(image) other than leastSlots; for tests
}

const (
	// leastSlots keeps renumbering rare for a handful of images.
	leastSlots = 1024
	// slotsPerImage is how many time slots an image gets when more are made.
	// Renumbering comes after at least half of them were touched, so it
	// costs each touch a few slots' worth of sweeping.
	slotsPerImage = 4
)

// len is the number of different images touched so far, and the depth of the one
// that was used longest ago.
func (s *stack) len() int { return s.live }

// depth is the image's place in the order of last use: 1 for the image touched
// last, len for the one touched longest ago, 0 for one never touched.
func (s *stack) depth(image uint32) int {
	if int(image) >= len(s.slot) || s.slot[image] == 0 {
		return 0
	}
	slot := s.slot[image] - 1
	word := int(slot / 64)
	older := bits.OnesCount64(s.used[word] & (1<<(slot%64) - 1))
	for i := word; i > 0; i &= i - 1 {
		older += int(s.tree[i])
	}
	return s.live - older
}

// touch makes the image the most recently used, at depth 1. A new image takes
// room for all numbers up to its own.
func (s *stack) touch(image uint32) {
	if s.next == len(s.image) {
		s.renumber()
	}
	if n := int(image) + 1; n > len(s.slot) {
		s.slot = append(s.slot, make([]uint32, n-len(s.slot))...)
	}
	now := s.next / 64
	if old := s.slot[image]; old == 0 {
		s.live++
	} else {
		word := int(old-1) / 64
		s.used[word] &^= 1 << ((old - 1) % 64)
		if word != now {
			s.enter(word, -1)
		}
	}
	s.slot[image] = uint32(s.next) + 1
	s.image[s.next] = image
	s.used[now] |= 1 << (s.next % 64)
	s.next++
	if s.next%64 == 0 {
		s.enter(now, int32(bits.OnesCount64(s.used[now])))
	}
}

// enter adds change to the tree's count of the word.
func (s *stack) enter(word int, change int32) {
	for i := word + 1; i < len(s.tree); i += i & -i {
		s.tree[i] += change
	}
}

// renumber moves the slots in use to the start, in their order, and makes more
// slots if fewer than half would be free.
func (s *stack) renumber() {
	n := 0
	for word, rest := range s.used {
		for ; rest != 0; rest &= rest - 1 {
			// n has not overtaken the slot read, so nothing unread is lost.
			image := s.image[word*64+bits.TrailingZeros64(rest)]
			s.image[n] = image
			n++
			s.slot[image] = uint32(n)
		}
	}
	if 2*n >= len(s.image) {
		least := leastSlots
		if s.minSlots > 0 {
			least = s.minSlots
		}
		words := (max(slotsPerImage*n, least) + 63) / 64
		image := make([]uint32, words*64)
		copy(image, s.image[:n])
		s.image = image
		s.used = make([]uint64, words+1)
		s.tree = make([]int32, words+1)
	}
	s.next = n

	full := n / 64
	clear(s.used)
	for word := range full {
		s.used[word] = ^uint64(0)
	}
	s.used[full] = 1<<(n%64) - 1

	clear(s.tree)
	for i := 1; i < len(s.tree); i++ {
		if i <= full {
			s.tree[i] += 64
		}
		if parent := i + i&-i; parent < len(s.tree) {
			s.tree[parent] += s.tree[i]
		}
	}
}
