package zstdframe

import (
	"encoding/binary"
	"math/bits"

	"github.com/klauspost/compress/huff0"
)

// All in bytes.
const (
	minWindow = 1 << 10
	maxWindow = 128 << 20 // the most that the zstd command reads without being told to
	maxBlock  = 128 << 10 // content of a block, where the window is not smaller (RFC 8878, 3.1.1.2.4)
	minRepeat = 3         // the shortest match (3.1.1.3.2.1.1)
)

// Window returns the window, in bytes, for content of at most so many bytes: the next power of two from 1 KiB to 128 MiB, and
// 128 MiB if content is negative, for content of unknown length.
func Window(content int64) int64 {
	if content < 0 || content > maxWindow {
		return maxWindow
	}
	window := int64(minWindow)
	for window < content {
		window *= 2
	}
	return window
}

// AppendHeader appends the frame's header (3.1.1.1). The window, in bytes, is a power of two from 1 KiB to 128 MiB, and not less
// than 128 KiB unless the content is no longer than it, as [Window] has it. Content is the content's exact length in bytes, or
// negative to leave it out.
func AppendHeader(dst []byte, window, content int64) []byte {
	const (
		magic     = 0xFD2FB528
		eightByte = 3 << 6 // Frame_Content_Size_Flag: the length has eight bytes
	)
	dst = binary.LittleEndian.AppendUint32(dst, magic)
	var descriptor byte // no dictionary, no checksum, and a window of its own rather than a single segment
	if content >= 0 {
		descriptor = eightByte
	}
	// The window is given as an exponent, from 1 KiB, and eighths of that, and none are used here.
	exponent := bits.TrailingZeros64(uint64(window / minWindow))
	dst = append(dst, descriptor, byte(exponent<<3))
	if content >= 0 {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(content))
	}
	return dst
}

// AppendEnd ends the frame, with an empty last block.
func AppendEnd(dst []byte) []byte {
	const last = 1
	return append(dst, last, 0, 0)
}

// Types of blocks (3.1.1.2.2).
const (
	rawBlock        = 0
	compressedBlock = 2
)

// appendBlockHeader appends the header of a block whose own bytes, as they follow, are size (3.1.1.2).
func appendBlockHeader(dst []byte, kind, size int) []byte {
	header := kind<<1 | size<<3
	return append(dst, byte(header), byte(header>>8), byte(header>>16))
}

// A block of Huffman-coded literals is the literals' header, coded bytes, and the number of sequences.
const (
	literalsHeader = 5
	noSequences    = 0
)

// appendLiteralsHeader begins a block of nothing but literals: the tree and four streams of so many coded bytes follow, then
// noSequences (3.1.1.3.1.1).
func appendLiteralsHeader(dst []byte, literals, coded int) []byte {
	const (
		compressed = 2      // Literals_Block_Type: with a tree
		longSizes  = 3 << 2 // Size_Format: four streams, both sizes of 18 bits
	)
	dst = appendBlockHeader(dst, compressedBlock, literalsHeader+coded+1)
	header := compressed | longSizes | uint64(literals)<<4 | uint64(coded)<<22
	dst = append(dst, byte(header))
	return binary.LittleEndian.AppendUint32(dst, uint32(header>>8))
}

// A TextEncoder appends text. The zero value is ready; it must not be used by two goroutines at once.
type TextEncoder struct {
	scratch huff0.Scratch
}

// Append appends p, which may be any bytes, as content.
func (t *TextEncoder) Append(dst, p []byte) []byte {
	for len(p) > 0 {
		n := min(len(p), maxBlock)
		dst = t.appendBlock(dst, p[:n])
		p = p[n:]
	}
	return dst
}

func (t *TextEncoder) appendBlock(dst, p []byte) []byte {
	t.scratch.Reuse = huff0.ReusePolicyNone
	// It fails only by finding nothing to gain.
	coded, _, err := huff0.Compress4X(p, &t.scratch)
	if err != nil || literalsHeader+len(coded)+1 >= len(p) {
		return append(appendBlockHeader(dst, rawBlock, len(p)), p...)
	}
	dst = append(appendLiteralsHeader(dst, len(p), len(coded)), coded...)
	return append(dst, noSequences)
}

// AppendRepeat appends, as content, length bytes from distance bytes back. The length is 0 or at least 3, the shortest repeat
// that the format has. The distance is from 1 to the window's length and not past the content's beginning; with a distance
// below the length the repeat repeats itself.
func AppendRepeat(dst []byte, distance, length int64) []byte {
	const (
		emptyLiterals = 0 // header of raw literals, none (3.1.1.3.1.1)
		oneSequence   = 1
		allRLE        = 1<<6 | 1<<4 | 1<<2 // each code has a table of one symbol, which costs no bits (3.1.1.3.2.1)
		noLiterals    = 0                  // code of literal length 0
	)
	// Values up to 3 mean offsets used before; the code is the value's binary logarithm (3.1.1.3.2.1.1, 3.1.1.5).
	offset := uint64(distance) + 3
	offsetBits := bits.Len64(offset) - 1
	for length > 0 {
		n := matchLength(length)
		length -= n
		code, base, matchBits := matchCode(n)

		// Read from its end: a one that marks the end, then what the offset and the length are above their codes' bases.
		stream := 1<<(offsetBits+matchBits) | (offset-1<<offsetBits)<<matchBits | uint64(n-base)
		streamBytes := (offsetBits+matchBits)/8 + 1

		dst = appendBlockHeader(dst, compressedBlock, 6+streamBytes)
		dst = append(dst, emptyLiterals, oneSequence, allRLE, noLiterals, byte(offsetBits), code)
		dst = binary.LittleEndian.AppendUint64(dst, stream)[:len(dst)+streamBytes]
	}
	return dst
}

// Codes of match lengths (3.1.1.3.2.1.1) are one for each length from 3 to 34, and later one for each doubling. Lengths between
// are made of shorter ones here, which avoids the table.
const (
	longestSingle   = 34
	shortestDoubled = 128 + 3 // code 43, seven bits
)

// matchLength returns how much of a repeat of so many bytes the next match takes.
func matchLength(left int64) int64 {
	n := min(left, maxBlock)
	if n < shortestDoubled {
		n = min(n, longestSingle)
	}
	if rest := left - n; 0 < rest && rest < minRepeat {
		n -= minRepeat // leaves a match to make
	}
	return n
}

// matchCode returns the code of a length that matchLength chose, the least length it means, and its number of extra bits.
func matchCode(n int64) (code byte, base int64, extraBits int) {
	if n <= longestSingle {
		return byte(n - 3), n, 0
	}
	extraBits = bits.Len64(uint64(n-3)) - 1
	return byte(36 + extraBits), 1<<extraBits + 3, extraBits
}
