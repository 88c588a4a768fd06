package lru

// What a histogram counts by depth.
const (
	byRequest    = iota // references, by the depth before their request
	byReference         // references, by the depth before themselves
	wholeRequest        // requests whose images were all in the stack, by the deepest
	countKinds
)

// histogram counts by depth. It takes twelve bytes a depth.
type histogram struct {
	blocks []*block            // place 0 has those not in the stack. With more depths there are more of them, and no copy, which would need twice the memory for a moment
	full   map[[2]int]int64    // by depth and kind: how often its count wrapped around
	before [][countKinds]int64 // by block, the sums of all blocks before it; nil after an add
}

// block has the counts of neighbouring depths. The countKinds of one depth lie together, as they are mostly counted together.
type block [blockSize][countKinds]uint32

// blockSize is so large that what finds the blocks stays in the processor's cache.
const blockSize = 4096

// add counts one of a kind at the depth. Call changes first.
func (h *histogram) add(depth, kind int) {
	if depth >= len(h.blocks)*blockSize {
		h.grow(depth)
	}
	place := &h.blocks[uint(depth)/blockSize][uint(depth)%blockSize][kind]
	if *place++; *place == 0 {
		h.overflow(depth, kind)
	}
}

// changes drops the sums. Call it before one or more calls of add.
func (h *histogram) changes() { h.before = nil }

// grow makes a place for the depth.
func (h *histogram) grow(depth int) {
	for depth >= len(h.blocks)*blockSize {
		h.blocks = append(h.blocks, new(block))
	}
}

// overflow records that a count of 32 bits wrapped around to 0.
func (h *histogram) overflow(depth, kind int) {
	if h.full == nil {
		h.full = map[[2]int]int64{}
	}
	h.full[[2]int{depth, kind}]++
}

// upTo is the number of a kind at depths of 1 to capacity.
func (h *histogram) upTo(capacity, kind int) int64 {
	capacity = min(capacity, len(h.blocks)*blockSize-1)
	if capacity < 1 {
		return 0
	}
	if h.before == nil {
		h.sum()
	}
	last := capacity / blockSize
	n := h.before[last][kind]
	for _, place := range h.blocks[last][:capacity%blockSize+1] {
		n += int64(place[kind])
	}
	n -= int64(h.blocks[0][0][kind])
	for of, times := range h.full {
		if depth := of[0]; 1 <= depth && depth <= capacity && of[1] == kind {
			n += times << 32
		}
	}
	return n
}

// sum counts what is in front of each block.
func (h *histogram) sum() {
	var n [countKinds]int64
	for _, block := range h.blocks {
		h.before = append(h.before, n)
		for _, place := range block {
			for kind, count := range place {
				n[kind] += int64(count)
			}
		}
	}
}
