package lru

// counts has, for each word of a bitmap, the number of bits set in all words before it. Callers report one cleared bit at a time, and set bits once per
// word, when the word is full.
//
// Sixteen words make a block, sixteen blocks a group, and sixteen groups a class of 2^18 bits. Each word has a prefix sum within its block, each block
// within its group, and each group within its class; a Fenwick tree (Fenwick 1994) has the sums of classes. A query adds three numbers, and walks the
// tree only if there are several classes. An update changes sixteen prefix sums per level, four or two at a time in a 64-bit register, and has no
// branch that the processor could mispredict.
type counts struct {
	words  []uint64 // four numbers of 16 bits in each
	blocks []uint64 // likewise
	groups []uint64 // two numbers of 32 bits in each; empty if there is one group
	tree   []int32  // counted from 1
}

const fan = 16

// behind16[i] and behind32[i] have a 1 in each of the sixteen numbers after number i, which have 16 or 32 bits.
var behind16 = func() (masks [fan][4]uint64) {
	for i := range masks {
		for j := i + 1; j < fan; j++ {
			masks[i][j/4] |= 1 << (j % 4 * 16)
		}
	}
	return masks
}()

var behind32 = func() (masks [fan][8]uint64) {
	for i := range masks {
		for j := i + 1; j < fan; j++ {
			masks[i][j/2] |= 1 << (j % 2 * 32)
		}
	}
	return masks
}()

func newCounts(words int) (c counts) {
	blocks := (words + fan - 1) / fan
	groups := (blocks + fan - 1) / fan
	c.words, c.blocks = make([]uint64, blocks*fan/4), make([]uint64, groups*fan/4)
	if groups > 1 {
		classes := (groups + fan - 1) / fan
		c.groups, c.tree = make([]uint64, classes*fan/2), make([]int32, classes)
	}
	return c
}

// before returns the number of bits set in all words before this one.
func (c *counts) before(word uint) int {
	block, group, class := word/fan, word/(fan*fan), word/(fan*fan*fan)
	n := int(c.words[word/4]>>(word%4*16)&0xffff) + int(c.blocks[block/4]>>(block%4*16)&0xffff)
	if group == 0 {
		return n
	}
	n += int(c.groups[group/2] >> (group % 2 * 32) & 0xffffffff)
	for ; class > 0; class &= class - 1 {
		n += int(c.tree[class])
	}
	return n
}

// cleared updates the counts after one bit of a word was cleared. It does what set does for -1 bits, written out because every reuse calls it.
func (c *counts) cleared(word uint) {
	block, group, class := word/fan, word/(fan*fan), word/(fan*fan*fan)
	w, m := (*[4]uint64)(c.words[block*4:]), &behind16[word%fan]
	w[0] -= m[0]
	w[1] -= m[1]
	w[2] -= m[2]
	w[3] -= m[3]
	w, m = (*[4]uint64)(c.blocks[group*4:]), &behind16[block%fan]
	w[0] -= m[0]
	w[1] -= m[1]
	w[2] -= m[2]
	w[3] -= m[3]
	if len(c.groups) == 0 {
		return
	}
	g, n := (*[8]uint64)(c.groups[class*8:]), &behind32[group%fan]
	g[0] -= n[0]
	g[1] -= n[1]
	g[2] -= n[2]
	g[3] -= n[3]
	g[4] -= n[4]
	g[5] -= n[5]
	g[6] -= n[6]
	g[7] -= n[7]
	for class++; class < uint(len(c.tree)); class += class & -class {
		c.tree[class]--
	}
}

// set updates the counts after bits were set in a word that had none.
func (c *counts) set(word uint, bits int) {
	block, group, class := word/fan, word/(fan*fan), word/(fan*fan*fan)
	for i, m := range behind16[word%fan] {
		c.words[block*4+uint(i)] += m * uint64(bits)
	}
	for i, m := range behind16[block%fan] {
		c.blocks[group*4+uint(i)] += m * uint64(bits)
	}
	if len(c.groups) == 0 {
		return
	}
	for i, m := range behind32[group%fan] {
		c.groups[class*8+uint(i)] += m * uint64(bits)
	}
	for class++; class < uint(len(c.tree)); class += class & -class {
		c.tree[class] += int32(bits)
	}
}

// reset makes the counts those of a bitmap whose first words are full and whose others are empty.
func (c *counts) reset(full int) {
	clear(c.words)
	clear(c.blocks)
	clear(c.groups)
	clear(c.tree)
	for word := range full {
		c.set(uint(word), 64)
	}
}
