package png

import (
	"math/bits"
	"sync"

	"mmjsonl/internal/random"
)

// A photograph's residuals, what is left of its pixels once each is guessed from its neighbours, are small numbers of a narrow distribution.
// palettes have pairs of pixels with such residuals, ready coded. They differ in how wide the distribution is.
const (
	palettes = 4
	pairs    = 4096 // in a palette
)

// palette is what images of about the same compression are made from.
type palette struct {
	pairs   [pairs]pair
	values  [pairs][6]byte // the residuals of each pair: red, green, blue, and again
	codes   [257]symbol    // of all residuals, and of the block's end
	header  []symbol       // of the block: it tells the lengths of the codes
	mean    int64          // bits of 65536 pairs
	spread  int64          // the standard deviation of their number, rounded up
	longest int64          // bits of a residual
	least   byte           // the residual with the shortest code
}

// pair is the residuals of two pixels, coded, and what they add to a checksum.
type pair struct {
	bits     uint64 // the first one lowest
	length   uint8
	sum      uint16 // of the six bytes
	weighted uint16 // the first one six times, the last one once
}

// symbol is some bits, the first one lowest.
type symbol struct {
	bits   uint64
	length uint8
}

const endOfBlock = 256

// readyPalettes are the same in every process: files are made of them.
var readyPalettes = sync.OnceValue(func() (all [palettes]*palette) {
	for i := range all {
		all[i] = newPalette(i)
	}
	return all
})

// newPalette draws the pairs, and makes a code that fits their residuals.
func newPalette(number int) *palette {
	p := new(palette)
	draws := random.New(0, random.PhotoPNG, uint64(number))
	// In 65536ths, how likely a magnitude is to be one more: what all channels of a pixel share, and what each has of its own.
	shared := []uint16{42000, 45500, 48500, 50500}[number]
	own := []uint16{27000, 31000, 35000, 38000}[number]
	residual := func(likely uint16) int {
		magnitude, r := 0, draws.Next()
		for magnitude < 14 && uint16(draws.Next()) < likely {
			magnitude++
		}
		if r&1 == 0 {
			return -magnitude
		}
		return magnitude
	}
	const mostMagnitude = 45 // of a pair in all, so that its code fits a word beside the bits of a byte that is not complete
	var sums [6]int
	residuals := make([][6]int, pairs)
	for i := range residuals {
		for total := mostMagnitude + 1; total > mostMagnitude; {
			total = 0
			for pixel := range 2 {
				common := residual(shared)
				for channel := range 3 {
					v := common + residual(own)
					residuals[i][3*pixel+channel] = v
					total += max(v, -v)
				}
			}
		}
		for k, v := range residuals[i] {
			sums[k] += v
		}
	}
	// Half of the averages of two neighbours lose a half when they are rounded down. Unless residuals make up for it, by a quarter on
	// average and exactly, images fade to black.
	for k := range sums {
		for i := 0; sums[k] != pairs/4; i = (i + 1) % pairs {
			if d := pairs/4 - sums[k]; d > 0 {
				residuals[i][k]++
				sums[k]++
			} else {
				residuals[i][k]--
				sums[k]--
			}
		}
	}
	var counts [257]int
	for i := range counts {
		counts[i] = 4 // so that the rarest codes are not too long
	}
	for i := range residuals {
		for k, v := range residuals[i] {
			p.values[i][k] = byte(v)
			counts[byte(v)]++
		}
	}
	p.makeCode(&counts)
	var total, squares int64
	for i := range p.pairs {
		one := &p.pairs[i]
		for k, v := range p.values[i] {
			c := p.codes[v]
			one.bits |= c.bits << one.length
			one.length += c.length
			one.sum += uint16(v)
			one.weighted += uint16(6-k) * uint16(v)
		}
		total += int64(one.length)
		squares += int64(one.length) * int64(one.length)
	}
	p.mean = total * 65536 / pairs
	for p.spread*p.spread*pairs*pairs < squares*pairs-total*total {
		p.spread++
	}
	return p
}

// makeCode makes the Huffman code of residuals that are so frequent (Huffman, 1952), in its canonical form, and the block's header (RFC 1951,
// 3.2.7).
func (p *palette) makeCode(counts *[257]int) {
	type node struct{ weight, left, right int }
	nodes := make([]node, 0, 2*len(counts))
	var open []int
	for _, weight := range counts {
		open = append(open, len(nodes))
		nodes = append(nodes, node{weight, -1, -1})
	}
	rarest := func() int {
		best := 0
		for i := range open {
			if nodes[open[i]].weight < nodes[open[best]].weight {
				best = i
			}
		}
		found := open[best]
		open = append(open[:best], open[best+1:]...)
		return found
	}
	for len(open) > 1 {
		a, b := rarest(), rarest()
		open = append(open, len(nodes))
		nodes = append(nodes, node{nodes[a].weight + nodes[b].weight, a, b})
	}
	var lengths [257]uint8
	var walk func(n int, depth uint8)
	walk = func(n int, depth uint8) {
		if nodes[n].left < 0 {
			lengths[n] = depth
			return
		}
		walk(nodes[n].left, depth+1)
		walk(nodes[n].right, depth+1)
	}
	walk(open[0], 0)

	next := uint16(0)
	for length := uint8(1); length <= 15; length++ {
		for value, l := range lengths {
			if l == length {
				p.codes[value] = symbol{uint64(bits.Reverse16(next) >> (16 - length)), length}
				next++
			}
		}
		next <<= 1
	}
	for value, l := range lengths[:endOfBlock] {
		p.longest = max(p.longest, int64(l))
		if l < lengths[p.least] {
			p.least = byte(value)
		}
	}

	p.header = append(p.header, symbol{0b101, 3}, // the last block, with codes of its own
		symbol{0, 5}, symbol{1, 5}, symbol{15, 4}) // 257 literals and the end, two distances, the lengths of 19 codes of lengths
	for i := range 19 {
		length := uint64(4) // all lengths up to 15 have a code of four bits
		if i < 3 {
			length = 0 // and none are repeated
		}
		p.header = append(p.header, symbol{length, 3})
	}
	for _, length := range append(lengths[:], 1, 1) { // a code of distances must be complete, although there are none
		p.header = append(p.header, symbol{uint64(bits.Reverse8(length) >> 4), 4})
	}
}

// headerBits is the length of the block's header.
func (p *palette) headerBits() (n int64) {
	for _, s := range p.header {
		n += int64(s.length)
	}
	return n
}
