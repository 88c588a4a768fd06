package png

import "encoding/binary"

// adler is an Adler-32 (RFC 1950, 8.2) computed eight bytes at a time in plain Go. The sum is
//
//	s1 = 1 + d[0] + d[1] + …   s2 = n·1 + n·d[0] + (n-1)·d[1] + … + 1·d[n-1]   both modulo 65521
//
// A 64-bit word holds four 16-bit lanes. Even and odd bytes are summed in a word each, lane by lane, and so are the
// prefix sums that weigh a byte by how many words follow it; the weight inside a word is added when the lanes are folded.
type adler struct {
	s1, s2 uint32
}

const (
	adlerModulus = 65521

	// A lane may not overflow between two folds: after w words a prefix sum is at most 255·w·(w-1)/2, which stays below
	// 65536 up to w = 23. Sixteen words are 128 bytes.
	wordsPerFold = 16
	bytesPerFold = 8 * wordsPerFold

	// As zlib has it: the most bytes that 32-bit sums take before they must be reduced. Here it is a multiple of a fold.
	bytesPerReduction = 5552 / bytesPerFold * bytesPerFold

	laneMask = 0x00FF00FF00FF00FF
)

func newAdler() adler { return adler{s1: 1} }

func (a *adler) sum() uint32 { return a.s2<<16 | a.s1 }

func (a *adler) write(p []byte) {
	s1, s2 := a.s1, a.s2
	for len(p) >= bytesPerFold {
		n := min(len(p), bytesPerReduction) / bytesPerFold * bytesPerFold
		for chunk := p[:n]; len(chunk) >= bytesPerFold; chunk = chunk[bytesPerFold:] {
			s1, s2 = fold(s1, s2, (*[bytesPerFold]byte)(chunk))
		}
		s1 %= adlerModulus
		s2 %= adlerModulus
		p = p[n:]
	}
	for _, b := range p { // fewer than a fold: no overflow
		s1 += uint32(b)
		s2 += s1
	}
	a.s1, a.s2 = s1%adlerModulus, s2%adlerModulus
}

// fold adds 128 bytes to the two sums.
func fold(s1, s2 uint32, p *[bytesPerFold]byte) (uint32, uint32) {
	var even, odd, evenPrefix, oddPrefix uint64 // byte lanes 0 2 4 6 and 1 3 5 7
	for i := 0; i < bytesPerFold; i += 8 {
		w := binary.LittleEndian.Uint64(p[i : i+8])
		evenPrefix += even
		oddPrefix += odd
		even += w & laneMask
		odd += w >> 8 & laneMask
	}
	// A byte in lane j of a word that v words follow is counted 8·v + (8-j) times in s2.
	inWord := weigh(even, 8, 6, 4, 2) + weigh(odd, 7, 5, 3, 1)
	s2 += bytesPerFold*s1 + 8*(weigh(evenPrefix, 1, 1, 1, 1)+weigh(oddPrefix, 1, 1, 1, 1)) + inWord
	s1 += weigh(even, 1, 1, 1, 1) + weigh(odd, 1, 1, 1, 1)
	return s1, s2
}

// weigh returns the sum of the four 16-bit lanes of w, lowest first, each times its weight.
func weigh(w uint64, w0, w1, w2, w3 uint32) uint32 {
	return uint32(w&0xFFFF)*w0 + uint32(w>>16&0xFFFF)*w1 + uint32(w>>32&0xFFFF)*w2 + uint32(w>>48)*w3
}
