package png

import (
	"math/bits"
	"slices"
	"sync"

	"mmjsonl/internal/random"
)

// A photograph's residuals, what is left of its pixels once each is guessed from its neighbours, are small numbers of a narrow distribution.
// palettes have pixels with such residuals, ready coded. They differ in how wide the distribution is.
//
// A compressor looks for bytes that come again. The code of a pixel has about twelve bits, and to name an earlier one takes more than that: so nothing is
// gained by finding it. Pieces of two pixels would be found.
const (
	palettes = 4
	pixels   = 1024 // in a palette, which stays in the processor's first cache
	mostBits = 18   // of a pixel's code: three fit a word beside the bits of a byte that is not complete
)

// palette is what images of about the same compression are made from.
type palette struct {
	pixels  [pixels]pixel
	codes   [257]symbol // of all residuals, and of the block's end
	header  []symbol    // of the block: it tells the lengths of the codes
	mean    int64       // bits of 65536 pixels
	spread  int64       // the standard deviation of their number, rounded up
	longest int64       // bits of a residual
	least   byte        // the residual with the shortest code
}

// pixel is the residuals of one, coded, and what they add to a checksum.
type pixel struct {
	bits   uint32 // the first one lowest
	length uint32
	sums   uint64 // in the upper half the sum of the three bytes; in the lower half three times the first, two times the second and the third
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

// newPalette draws the pixels, and makes a code that fits their residuals.
func newPalette(number int) *palette {
	p := new(palette)
	draws := random.New(0, random.PhotoPNG, uint64(number))
	// In 65536ths, how likely a magnitude is to be one more: what all channels of a pixel share, and what each has of its own.
	shared := []uint16{47500, 51000, 54000, 55500}[number]
	own := []uint16{31500, 36000, 40000, 43000}[number]
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
	var residuals [pixels][3]int
	draw := func(i int) {
		common := residual(shared)
		for channel := range residuals[i] {
			residuals[i][channel] = common + residual(own)
		}
	}
	for i := range residuals {
		draw(i)
	}
	// Pixels with too long a code are drawn again, which changes the code, so it takes a few turns.
	for long := true; long; {
		balance(&residuals)
		p.makeCode(&residuals)
		long = false
		for i, r := range residuals {
			p.pixels[i] = p.code(r)
			if p.pixels[i].length > mostBits {
				draw(i)
				long = true
			}
		}
	}
	var total, squares int64
	for _, one := range p.pixels {
		total += int64(one.length)
		squares += int64(one.length) * int64(one.length)
	}
	p.mean = total * 65536 / pixels
	for p.spread*p.spread*pixels*pixels < squares*pixels-total*total {
		p.spread++
	}
	return p
}

// balance changes some residuals by one. Half of the averages of two neighbours lose a half when they are rounded down: unless residuals make up
// for it, by a quarter on average and exactly, images fade to black.
func balance(residuals *[pixels][3]int) {
	for channel := range 3 {
		sum := 0
		for i := range residuals {
			sum += residuals[i][channel]
		}
		for i := 0; sum != pixels/4; i++ {
			step := 1
			if sum > pixels/4 {
				step = -1
			}
			residuals[i%pixels][channel] += step
			sum += step
		}
	}
}

// code returns a pixel with such residuals.
func (p *palette) code(residuals [3]int) (one pixel) {
	for channel, v := range residuals {
		c := p.codes[byte(v)]
		one.bits |= uint32(c.bits) << one.length
		one.length += uint32(c.length)
		one.sums += uint64(byte(v))<<32 + uint64(3-channel)*uint64(byte(v))
	}
	return one
}

// makeCode makes the Huffman code of residuals that are so frequent (Huffman, 1952), in its canonical form, and the block's header (RFC 1951,
// 3.2.7).
func (p *palette) makeCode(residuals *[pixels][3]int) {
	var counts [257]int
	for i := range counts {
		counts[i] = 1 // filters and first pixels can be any byte, though they hardly ever are
	}
	for i := range residuals {
		for _, v := range residuals[i] {
			counts[byte(v)] += 4 // and not more, so that no code is longer than 15 bits
		}
	}
	// The two rarest are joined until one is left. Values are in order, and what is joined comes in order, so the rarest is the first of one of the two.
	const joined = 2*len(counts) - 1
	var order [len(counts)]int
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order[:], func(a, b int) int { return counts[a] - counts[b] })
	var weights, parents, depths [joined]int
	for i, value := range order {
		weights[i] = counts[value]
	}
	value, pair := 0, len(order)
	for next := len(order); next < joined; next++ {
		for range 2 {
			rarest := &pair
			if pair == next || value < len(order) && weights[value] <= weights[pair] {
				rarest = &value
			}
			weights[next] += weights[*rarest]
			parents[*rarest] = next
			*rarest++
		}
	}
	var lengths [len(counts)]uint8
	for i := joined - 2; i >= 0; i-- {
		depths[i] = depths[parents[i]] + 1
		if i < len(order) {
			lengths[order[i]] = uint8(depths[i])
		}
	}

	p.header, p.longest, p.least = nil, 0, 0
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
