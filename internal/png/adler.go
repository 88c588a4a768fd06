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
	// The products of a fold stay in 16 bits as well: 16 words of bytes that weigh up to 4+3+2+1 make 40800.
	wordsPerFold = 16
	bytesPerFold = 8 * wordsPerFold

	// As zlib has it: the most bytes that 32-bit sums take before they must be reduced. Here it is a multiple of a fold.
	bytesPerReduction = 5552 / bytesPerFold * bytesPerFold

	evenBytes = 0x00FF00FF00FF00FF
	evenLanes = 0x0000FFFF0000FFFF

	// Factors by which the top lane of a product gets the sum of all four lanes, each times a weight, lowest lane first.
	once         = 0x0001000100010001 // 1 1 1 1
	halfOfWeight = 0x0004000300020001 // 4 3 2 1
)

func newAdler() adler { return adler{s1: 1} }

func (a *adler) sum() uint32 { return a.s2<<16 | a.s1 }

func (a *adler) write(p []byte) {
	s1, s2 := a.s1, a.s2
	for len(p) >= bytesPerFold {
		n := min(len(p), bytesPerReduction) / bytesPerFold * bytesPerFold
		s1, s2 = addFolds(s1, s2, p[:n])
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

// addFolds adds the bytes of p, whole folds, to the two sums.
func addFolds(s1, s2 uint32, p []byte) (uint32, uint32) {
	for i := 0; i <= len(p)-bytesPerFold; i += bytesPerFold {
		// Written out: a loop takes a third longer, and more where it happens to lie across a line of the processor's cache.
		fold := (*[bytesPerFold]byte)(p[i:])
		sums := lanes{}.
			add(fold[0:]).add(fold[8:]).add(fold[16:]).add(fold[24:]).
			add(fold[32:]).add(fold[40:]).add(fold[48:]).add(fold[56:]).
			add(fold[64:]).add(fold[72:]).add(fold[80:]).add(fold[88:]).
			add(fold[96:]).add(fold[104:]).add(fold[112:]).add(fold[120:])
		s1, s2 = sums.fold(s1, s2)
	}
	return s1, s2
}

// lanes are the sums of a fold's words: even has the bytes at 0 2 4 6 of each word, lane by lane; mixed those at 1 3 5 7, with an even
// one above each; and the prefix sums what these were before each word.
type lanes struct {
	even, mixed, evenPrefix, mixedPrefix uint64
}

// add adds the first word of p.
func (l lanes) add(p []byte) lanes {
	word := binary.LittleEndian.Uint64(p)
	return lanes{
		even: l.even + word&evenBytes, evenPrefix: l.evenPrefix + l.even,
		mixed: l.mixed + word>>8, mixedPrefix: l.mixedPrefix + l.mixed,
	}
}

// fold adds the fold to the two sums.
func (l lanes) fold(s1, s2 uint32) (uint32, uint32) {
	// To mask off the even bytes above the odd ones would be one step of six for each word. But sums of sums are linear, and a word has
	// room for those of 256 words, so they are taken off here, once.
	odd := l.mixed - l.even>>16<<8
	oddPrefix := l.mixedPrefix - l.evenPrefix>>16<<8

	prefix := l.evenPrefix + oddPrefix // at most 61200 a lane
	prefix = prefix&evenLanes + prefix>>16&evenLanes
	prefix += prefix >> 32

	// A byte in lane j of a word that v words follow is counted 8·v + (8-2j) times in s2 if it is even, and once less if odd.
	oddSum := uint32(odd * once >> 48)
	halves := uint32(l.even*halfOfWeight>>48) + uint32(odd*halfOfWeight>>48)
	s2 += bytesPerFold*s1 + 8*uint32(prefix) + 2*halves - oddSum
	s1 += uint32(l.even*once>>48) + oddSum
	return s1, s2
}
