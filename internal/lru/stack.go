package lru

import "math/bits"

// stack orders images by their last use. Its zero value is empty and ready.
//
// Each touch takes the next of a row of time slots, and the image gives up the
// slot it had. The images in slots after an image's own are those used since,
// so its depth is a count of used slots. A bitmap marks them, and counts has the
// sums over the bitmap's units. That is the method of Bennett and Kruskal ("LRU
// stack processing", IBM Journal of Research and Development 19(4), 1975) with 256
// slots to a leaf. When the slots run out, those in use are moved together to the
// start, which bounds memory by the number of images however long the stream
// (Olken, "Efficient methods for calculating the success function of fixed space
// replacement policies", LBL-12370, 1981).
//
// It takes at most 33 bytes an image, beyond a few kilobytes.
type stack struct {
	uses  []use       // by image
	image []uint32    // by time slot: the image that took it
	used  [][4]uint64 // bitmap, in units of 256 slots: the slot's image has not been touched since; one spare unit at the end
	live  int         // images touched so far, and so bits set in used
	next  uint32      // the first free time slot

	// counts is of the units of used before the one that holds slot next. That
	// unit changes with every touch and is entered when it is full, once instead
	// of 256 times.
	counts counts

	minSlots int // lower bound of len(image) other than leastSlots; for tests
}

// use is the last use of an image, and how often it was used. The numbers lie together because they are used together.
type use struct {
	slot  uint32 // 1 + its time slot; 0 if the image was never used
	time  uint32 // as the caller of touch has it
	times int64
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

// readAhead reads from memory what depth will need for some images, so that their cache misses overlap. The result has no meaning.
func (s *stack) readAhead(images []uint32) (n uint32) {
	for _, image := range images {
		if int(image) < len(s.uses) {
			n += s.uses[image].slot
		}
	}
	return n
}

// depth is the image's place in the order of last use: 1 for the image touched
// last, len for the one touched longest ago, 0 for one never touched.
func (s *stack) depth(image uint32) int {
	if int(image) >= len(s.uses) || s.uses[image].slot == 0 {
		return 0
	}
	slot := s.uses[image].slot - 1
	return s.live - s.counts.before(uint(slot)/unitBits) - onesBelow(&s.used[slot/unitBits], slot%unitBits)
}

// onesBelow counts the bits of a unit below one.
func onesBelow(unit *[4]uint64, bit uint32) int {
	m := &below[bit%unitBits]
	return bits.OnesCount64(unit[0]&m[0]) + bits.OnesCount64(unit[1]&m[1]) + bits.OnesCount64(unit[2]&m[2]) + bits.OnesCount64(unit[3]&m[3])
}

// ones counts the bits of a unit.
func ones(unit *[4]uint64) int {
	return bits.OnesCount64(unit[0]) + bits.OnesCount64(unit[1]) + bits.OnesCount64(unit[2]) + bits.OnesCount64(unit[3])
}

// below[i] has the bits of a unit below bit i.
var below = func() (masks [unitBits][4]uint64) {
	for i := range masks {
		for j := range i {
			masks[i][j/64] |= 1 << (j % 64)
		}
	}
	return masks
}()

// touch makes the image the most recently used, at depth 1, and returns the time
// of its last use, 0 for a new one. Times are the caller's. A new image takes
// room for all numbers up to its own.
func (s *stack) touch(image, time uint32) (last uint32) {
	if int(s.next) == len(s.image) {
		s.renumber()
	}
	if n := int(image) + 1; n > len(s.uses) {
		s.uses = append(s.uses, make([]use, n-len(s.uses))...)
	}
	now := s.next / unitBits
	u := &s.uses[image]
	if u.slot == 0 {
		s.live++
	} else {
		old := u.slot - 1
		s.used[old/unitBits][old%unitBits/64] &^= 1 << (old % 64)
		if old/unitBits != now {
			s.counts.cleared(uint(old / unitBits))
		}
	}
	last = u.time
	*u = use{s.next + 1, time, u.times + 1}
	s.image[s.next] = image
	s.used[now][s.next%unitBits/64] |= 1 << (s.next % 64)
	s.next++
	if s.next%unitBits == 0 {
		s.counts.set(uint(now), ones(&s.used[now]))
	}
	return last
}

// touchedAt reports whether the image was last touched at a time.
func (s *stack) touchedAt(image, time uint32) bool {
	return int(image) < len(s.uses) && s.uses[image].time == time
}

// renumber moves the slots in use to the start, in their order, and makes more
// slots if fewer than half would be free.
func (s *stack) renumber() {
	n := 0
	for unit, words := range s.used {
		for word, rest := range words {
			for ; rest != 0; rest &= rest - 1 {
				// n has not overtaken the slot read, so nothing unread is lost.
				image := s.image[unit*unitBits+word*64+bits.TrailingZeros64(rest)]
				s.image[n] = image
				n++
				s.uses[image].slot = uint32(n)
			}
		}
	}
	if 2*n >= len(s.image) {
		least := leastSlots
		if s.minSlots > 0 {
			least = s.minSlots
		}
		units := (max(slotsPerImage*n, least) + unitBits - 1) / unitBits
		image := make([]uint32, units*unitBits)
		copy(image, s.image[:n])
		s.image = image
		s.used = make([][4]uint64, units+1)
		s.counts = newCounts(units)
	}
	s.next = uint32(n)

	full := n / unitBits
	clear(s.used)
	for unit := range full {
		s.used[unit] = [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	}
	s.used[full] = below[n%unitBits]

	s.counts.reset(full)
}
