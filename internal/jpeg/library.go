package jpeg

import (
	"math"
	"sync"

	"mmjsonl/internal/random"
)

const (
	classes = 16  // of activity
	pieces  = 256 // of each kind in a class

	// longest is the most bits of a piece: what fits a word beside the bits of a byte that is not complete.
	longest = 56
)

// piece is some coefficients of a block, coded: a run of zeros before each is counted from whatever coefficient came before. So pieces can
// follow each other in any combination.
type piece struct {
	bits   uint64 // from the highest bit on
	free   uint64 // those that can have any value: a coefficient's sign and the bits below its highest one
	length uint64
}

// class is the pieces of blocks with about the same activity.
type class struct {
	middle [pieces]piece // of luminance, the coefficients at places 3 to 16
	high   [pieces]piece // the others, and the end of the block
	chroma [pieces]piece // of chrominance, all from place 3 on, and the end of the block
}

// Where the pieces' coefficients are. The last place stays zero: a block that had it would need no end.
const (
	firstMiddle = 3
	firstHigh   = 17
	behindLast  = 63
)

// library is what blocks are put together from.
type library struct {
	classes [classes]class
	// cost is about how many bits an MCU of a class takes.
	cost [classes]int64

	dc [2][1024]packed // by a difference of DC coefficients plus maxDifference
	// gradient is by the two lowest AC coefficients, each plus gradients/2: the first one times gradients, and the second.
	gradient [2][gradients * gradients]packed
}

// packed is a code of at most 27 bits, the first one highest, and in the lowest five bits how many.
type packed uint32

func (c code) pack() packed { return packed(c.bits<<(32-c.length) | uint64(c.length)) }

func (p packed) length() uint64 { return uint64(p & 31) }

// bits returns the code's bits, from the highest bit on.
func (p packed) bits() uint64 { return uint64(p&^31) << 32 }

const (
	maxMean       = 190 // of a DC coefficient, either way; samples are clipped from 204 on
	maxDifference = 2 * maxMean
	maxGradient   = 15 // of the two lowest AC coefficients, either way
	gradients     = 64 // values that one has before it is made no more than that, which is more than there are
)

// costOfMeans is about how many bits the DC and the two lowest AC coefficients of an MCU take.
const costOfMeans = 4*16 + 2*9

// ready returns the library. It is the same in every process: files are made of it.
var ready = sync.OnceValue(newLibrary)

func newLibrary() *library {
	l := new(library)
	var ac [2][256]code
	for component := range 2 {
		ac[component] = huffmanAC[component].codes()
		dc := huffmanDC[component].codes()
		for difference := -maxDifference; difference <= maxDifference; difference++ {
			size := sizeOf(difference)
			l.dc[component][difference+maxDifference] = dc[size].with(difference, size).pack()
		}
		for i := range l.gradient[component] {
			l.gradient[component][i] = gradient(&ac[component], clamped(i/gradients), clamped(i%gradients)).pack()
		}
	}
	// Rounding must not depend on the processor, so there is no sum of a product: some have an instruction for it that rounds once.
	const (
		lowest = 0.07 // mean magnitude of a coefficient at frequency 1, before quantisation
		ratio  = 1.32 // from class to class
		chroma = 0.25 // chrominance against luminance
	)
	amplitude := lowest
	draws := random.New(0, random.Photo, 0)
	for c := range l.classes {
		class := &l.classes[c]
		luminance, chrominance := thresholds(0, amplitude), thresholds(1, amplitude*chroma)
		var total int64 // bits of all pieces, as many times as an MCU has them
		for i := range pieces {
			class.middle[i] = newPiece(&draws, &ac[0], &luminance, firstMiddle, firstHigh, false)
			class.high[i] = newPiece(&draws, &ac[0], &luminance, firstHigh, behindLast, true)
			class.chroma[i] = newPiece(&draws, &ac[1], &chrominance, firstMiddle, behindLast, true)
			total += int64(4*class.middle[i].length + 4*class.high[i].length + 2*class.chroma[i].length)
		}
		l.cost[c] = total/pieces + costOfMeans
		amplitude *= ratio
	}
	return l
}

// thresholds returns how likely it is, in 65536ths, that a coefficient is other than zero, and then that its magnitude is one more.
func thresholds(component int, amplitude float64) (t [64]uint16) {
	for place := 1; place < 64; place++ {
		u, v := zigzag[place]%8, zigzag[place]/8
		f := math.Sqrt(float64(u*u + v*v))
		mean := amplitude * 8 / (f * float64(step(component, place)))
		t[place] = uint16(65536 * (mean / float64(1+mean)))
	}
	return t
}

// newPiece draws the coefficients at places from first to before last.
func newPiece(draws *random.Draws, ac *[256]code, likely *[64]uint16, first, last int, end bool) piece {
	const (
		mostSize = 6 // bits of a magnitude
		// mostCode is the most bits of a code, without those of the magnitude. Longer ones begin with many ones, and hardly any of their bits are made
		// random: a compressor would find them. So an isolated coefficient is made smaller, or left out, as encoders do that weigh what it costs.
		mostCode = 11
		mostRun  = 15 // zeros before a coefficient
	)
	var p piece
	room := uint64(longest)
	if end {
		room -= uint64(ac[endOfBlock].length)
	}
	run := 0
	for place := first; place < last && run <= mostRun; place++ {
		magnitude := 0
		for magnitude < 1<<mostSize-1 && uint16(draws.Next()) < likely[place] {
			magnitude++
		}
		size := sizeOf(magnitude)
		for size > 0 && ac[run<<4|int(size)].length > mostCode {
			size--
			magnitude = 1<<size - 1
		}
		if size == 0 {
			run++
			continue
		}
		symbol := ac[run<<4|int(size)]
		if p.length+uint64(symbol.length+size) > room {
			break
		}
		p.add(symbol.with(magnitude, size))
		p.free |= (1<<size - 1) << (64 - p.length)
		run = 0
	}
	if end {
		p.add(ac[endOfBlock])
	}
	return p
}

// add appends a code.
func (p *piece) add(c code) {
	p.length += uint64(c.length)
	p.bits |= c.bits << (64 - p.length)
}

// clamped returns one of the two lowest AC coefficients.
func clamped(i int) int { return min(max(i-gradients/2, -maxGradient), maxGradient) }

// gradient returns the codes of the two lowest AC coefficients. Zeros at the end are left to whatever coefficient comes next: its run does
// not count them, so it moves to a lower frequency, which nobody sees.
func gradient(ac *[256]code, first, second int) (g code) {
	run := 0
	for _, value := range []int{first, second} {
		if value == 0 {
			run++
			continue
		}
		size := sizeOf(value)
		g = g.then(ac[run<<4|int(size)].with(value, size))
		run = 0
	}
	return g
}

// sizeOf returns how many bits a coefficient's magnitude has.
func sizeOf(value int) (size uint) {
	for magnitude := max(value, -value); magnitude > 0; magnitude >>= 1 {
		size++
	}
	return size
}
