package h264

import (
	"sync"

	"mmjsonl/internal/random"
)

// How many pieces there are of each kind.
const (
	dcPieces     = 1024
	acPieces     = 256
	chromaPieces = 256
)

// What coefficients are quantised by, and how far one of ±1 then moves all pixels of a macroblock, in 8ths of a grey level.
const (
	quantiser     = 32
	luminanceStep = 13
	chromaStep    = 22

	// How far means go from grey at most, in 128 8ths of a grey level: 64 grey levels, and 32.
	luminanceReach = 4
	chromaReach    = 2
)

// piece is some coefficients, coded.
type piece struct {
	code
	free  uint64    // bits that can have any value: the signs of coefficients, a negative one's being 1
	means [2]uint64 // of these, those of the coefficients that move the mean, one for each component; 0: it stays
	moves [2]int32  // how far they move it, in 8ths of a grey level
	reach int32     // how far means go from grey at most, in 128 8ths of a grey level
}

// add appends a code.
func (p *piece) add(c code) { p.code = p.then(c) }

// sign appends a sign that can be either.
func (p *piece) sign() {
	p.length++
	p.free |= 1 << (64 - p.length)
}

// mean says that the last bit is the sign of a component's mean.
func (p *piece) mean(component int, move int32) {
	p.means[component], p.moves[component] = 1<<(64-p.length), move
}

// library is what macroblocks are put together from.
type library struct {
	dc     [dcPieces]piece     // DC coefficients of luminance
	ac     [acPieces]piece     // AC coefficients of four cells
	chroma [chromaPieces]piece // DC coefficients of both components of chrominance

	// About how many bits a macroblock takes, without and with AC coefficients.
	plain, detailed int64
}

// ready returns the library. It is the same in every process: clips are made of it.
var ready = sync.OnceValue(newLibrary)

func newLibrary() *library {
	l := new(library)
	draws := random.New(0, random.Clips, 0)
	var dc, ac, chroma uint64
	for i := range l.dc {
		l.dc[i] = newDC(&draws)
		dc += l.dc[i].length
	}
	for i := range l.ac {
		l.ac[i] = newAC(&draws)
		ac += l.ac[i].length
	}
	for i := range l.chroma {
		l.chroma[i] = newChroma(&draws)
		chroma += l.chroma[i].length
	}
	l.plain = int64(intra[0][plain].length + dc/dcPieces + chroma/chromaPieces)
	l.detailed = int64(intra[0][detailed].length+dc/dcPieces+chroma/chromaPieces) + int64(4*ac/acPieces)
	return l
}

// newDC draws the first five to eight DC coefficients of luminance. None of them is zero, and the last three are ±1.
func newDC(draws *random.Draws) (p piece) {
	const (
		ones      = 3
		mostLevel = 3 // of those between
		mostFirst = 7
	)
	p.reach = luminanceReach
	count := 5 + int(draws.Below(4))
	p.add(dcTokens[count])
	for range ones {
		p.sign()
	}
	// Levels (9.2.2.1) are coded from the highest frequency on. In the code of the first one the sign is not a bit of its own.
	level := uint64(2*draws.Below(mostLevel)) + draws.Next()&1
	p.add(fixed(1, level+1))
	for place := count - ones - 2; place >= 0; place-- {
		most := uint32(mostLevel)
		if place == 0 {
			most = mostFirst
		}
		above := uint64(draws.Below(most)) // 1
		p.add(fixed(1, above+1))
		p.sign()
		if place == 0 {
			p.mean(0, luminanceStep*int32(above+1))
		}
	}
	p.add(dcGapless[count])
	return p
}

// newAC draws the AC coefficients of four cells: none or one in each, more often of a low frequency.
func newAC(draws *random.Draws) (p piece) {
	for range 4 {
		if draws.Below(8) < 3 {
			p.add(noCoefficient)
			continue
		}
		p.add(oneCoefficient)
		p.sign()
		most := uint32(len(oneAfterZeros))
		p.add(oneAfterZeros[min(draws.Below(most), draws.Below(most), draws.Below(most))])
	}
	return p
}

// newChroma draws none to three DC coefficients of each component of chrominance. All are ±1.
func newChroma(draws *random.Draws) (p piece) {
	p.reach = chromaReach
	for component := range 2 {
		count := int(draws.Below(uint32(len(chromaTokens))))
		p.add(chromaTokens[count])
		for range count {
			p.sign()
		}
		if count > 0 {
			p.mean(component, chromaStep)
		}
		p.add(chromaGapless[count])
	}
	return p
}
