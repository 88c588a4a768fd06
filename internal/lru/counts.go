package lru

// counts knows how many bits of a bitmap are set in front of any of its words. Single bits are cleared, again and again; they are set by the word.
//
// Each word has the number of bits in front of it in its block of sixteen words, each block those in front of it in its group of sixteen, each group
// those in its class of sixteen, and a Fenwick tree (Fenwick 1994) has the classes, of 2^18 bits. So a count is a sum of three numbers and hardly ever
// more. A bit that is cleared is taken off the numbers behind it, four or two to a register and under masks: with no branch that the processor could
// guess wrong, as it does at each look into a tree of words.
type counts struct {
	words  []uint64 // four numbers of 16 bits in each
	blocks []uint64 // likewise
	groups []uint64 // two numbers of 32 bits in each; empty if there is one group
	tree   []int32  // counted from 1
}

const fan = 16

// behind16 and behind32 have a one in each of sixteen numbers of so many bits that is behind one of them.
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

// before is how many bits are set in front of a word that there is.
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

// cleared is told that a bit of a word is no longer set.
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

// set is told that so many bits of a word are set, none of which were.
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

// reset has all bits set of so many words, and no others.
func (c *counts) reset(full int) {
	clear(c.words)
	clear(c.blocks)
	clear(c.groups)
	clear(c.tree)
	for word := range full {
		c.set(uint(word), 64)
	}
}
