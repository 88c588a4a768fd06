package lru

// counts has, for each unit of a bitmap, the number of bits set in all units before it. A unit has 256 bits, in four words. Callers report one cleared
// bit at a time, and set bits once per unit, when the unit is full.
//
// Sixteen units make a block, sixteen blocks a group, and eight groups a class of 2^19 bits. Each unit has a prefix sum within its block, each block
// within its group, and each group within its class; a Fenwick tree (Fenwick 1994) has the sums of classes. A query adds three numbers, and walks the
// tree only if there are several classes. An update changes the prefix sums of its block, group and class, four or two at a time in a 64-bit register,
// and has no branch that the processor could mispredict.
type counts struct {
	blocks  [][4]uint64 // by block, four numbers of 16 bits in each word: the sums of its units
	groups  [][4]uint64 // likewise, those of its blocks
	classes [][4]uint64 // two numbers of 32 bits in each word: those of its groups
	tree    []int32     // counted from 1; empty if there is one class
}

const (
	unitBits  = 256
	fan       = 16 // units of a block, and blocks of a group
	fanGroups = 8  // groups of a class
)

// behind16[i] and behind32[i] have a 1 in each of the numbers after number i, which have 16 or 32 bits.
var (
	behind16 = func() (masks [fan][4]uint64) {
		for i := range masks {
			for j := i + 1; j < fan; j++ {
				masks[i][j/4] |= 1 << (j % 4 * 16)
			}
		}
		return masks
	}()
	behind32 = func() (masks [fanGroups][4]uint64) {
		for i := range masks {
			for j := i + 1; j < fanGroups; j++ {
				masks[i][j/2] |= 1 << (j % 2 * 32)
			}
		}
		return masks
	}()
)

func newCounts(units int) (c counts) {
	blocks := (units + fan - 1) / fan
	groups := (blocks + fan - 1) / fan
	classes := (groups + fanGroups - 1) / fanGroups
	c.blocks, c.groups, c.classes = make([][4]uint64, blocks), make([][4]uint64, groups), make([][4]uint64, classes)
	if classes > 1 {
		c.tree = make([]int32, classes)
	}
	return c
}

// before returns the number of bits set in all units before this one.
func (c *counts) before(unit uint) int {
	block, group, class := unit/fan, unit/(fan*fan), unit/(fan*fan*fanGroups)
	sum := c.blocks[block][unit%fan/4]>>(unit%4*16&63)&0xffff +
		c.groups[group][block%fan/4]>>(block%4*16&63)&0xffff +
		c.classes[class][group%fanGroups/2]>>(group%2*32&63)&0xffffffff
	n := int(sum)
	for ; class > 0; class &= class - 1 {
		n += int(c.tree[class])
	}
	return n
}

// cleared updates the counts after one bit of a unit was cleared. It does what set does for -1 bits, written out because every reuse calls it.
func (c *counts) cleared(unit uint) {
	block, group, class := unit/fan, unit/(fan*fan), unit/(fan*fan*fanGroups)
	w, m := &c.blocks[block], &behind16[unit%fan]
	w[0] -= m[0]
	w[1] -= m[1]
	w[2] -= m[2]
	w[3] -= m[3]
	w, m = &c.groups[group], &behind16[block%fan]
	w[0] -= m[0]
	w[1] -= m[1]
	w[2] -= m[2]
	w[3] -= m[3]
	w, m = &c.classes[class], &behind32[group%fanGroups]
	w[0] -= m[0]
	w[1] -= m[1]
	w[2] -= m[2]
	w[3] -= m[3]
	c.toTree(class, -1)
}

// set updates the counts after bits were set in a unit that had none.
func (c *counts) set(unit uint, bits int) {
	block, group, class := unit/fan, unit/(fan*fan), unit/(fan*fan*fanGroups)
	for i, m := range behind16[unit%fan] {
		c.blocks[block][i] += m * uint64(bits)
	}
	for i, m := range behind16[block%fan] {
		c.groups[group][i] += m * uint64(bits)
	}
	for i, m := range behind32[group%fanGroups] {
		c.classes[class][i] += m * uint64(bits)
	}
	c.toTree(class, int32(bits))
}

// toTree adds bits of a class to the sums of classes.
func (c *counts) toTree(class uint, bits int32) {
	for class++; class < uint(len(c.tree)); class += class & -class {
		c.tree[class] += bits
	}
}

// reset makes the counts those of a bitmap whose first units are full and whose others are empty.
func (c *counts) reset(full int) {
	clear(c.blocks)
	clear(c.groups)
	clear(c.classes)
	clear(c.tree)
	for unit := range full {
		c.set(uint(unit), unitBits)
	}
}
