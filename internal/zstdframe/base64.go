package zstdframe

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// Base64Step is the number of bytes that the parts of something longer should have a multiple of: see [AppendBase64].
const Base64Step = 4 * packStep

const (
	packStep  = 6                // bytes: eight symbols, and whole bytes before and after
	leastBase = 16 * Base64Step  // bytes; with fewer the tree costs more than it saves
	mostBase  = maxBlock / 4 * 3 // bytes
	alphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	lastCoded = 'z'                 // the symbol with the highest number
	treeBytes = 1 + (lastCoded+1)/2 // a header, then a weight in each half of a byte
	jumpBytes = 3 * 2               // the lengths of the first three streams
)

var (
	base64Tree  = newBase64Tree()
	base64Codes = newBase64Codes()
)

// newBase64Tree returns the description of a tree that gives six bits to each symbol of the alphabet: it states the weights of
// the symbols 0 to 'y', in four bits each, here 1 or, for symbols that do not occur, 0. That of 'z' is what is missing to
// a power of two (RFC 8878, 4.2.1).
func newBase64Tree() (tree [treeBytes]byte) {
	tree[0] = 127 + lastCoded
	for _, symbol := range []byte(alphabet) {
		if symbol != lastCoded {
			tree[1+symbol/2] |= 1 << (4 * (1 - symbol%2)) // the even one is in the upper half
		}
	}
	return tree
}

// newBase64Codes returns the codes of two neighbouring symbols for the twelve bits that base64 makes these symbols from.
// Codes of one length are handed out in the order of the symbols (4.2.1.3), which is not that of base64.
func newBase64Codes() (codes [1 << 12]uint16) {
	sorted := []byte(alphabet)
	slices.Sort(sorted)
	var code [1 << 6]uint16
	for value := range code {
		code[value] = uint16(bytes.IndexByte(sorted, alphabet[value]))
	}
	for i := range codes {
		codes[i] = code[i>>6]<<6 | code[i&63]
	}
	return codes
}

// AppendBase64 appends, as content, the standard base64 of p, padded unless len(p) is a multiple of three. Parts of something
// longer, up to the last, need a multiple of three bytes, and take least with a multiple of [Base64Step]: each 96 KiB of a part,
// and what is then left, costs 81 bytes, and a remainder its base64 as it is.
func AppendBase64(dst, p []byte) []byte {
	for len(p) >= leastBase {
		n := min(len(p), mostBase)
		n -= n % Base64Step
		dst = appendPacked(dst, p[:n])
		p = p[n:]
	}
	if len(p) > 0 {
		dst = appendBlockHeader(dst, rawBlock, base64.StdEncoding.EncodedLen(len(p)))
		dst = base64.StdEncoding.AppendEncode(dst, p)
	}
	return dst
}

// appendPacked appends the base64 of p, a multiple of Base64Step from leastBase to mostBase, as a block of literals in four
// streams of equal length (3.1.1.3.1.6).
func appendPacked(dst, p []byte) []byte {
	quarter := len(p) / 4
	stream := quarter + 1 // a byte for the mark
	dst = appendLiteralsHeader(dst, len(p)/3*4, treeBytes+jumpBytes+4*stream)
	dst = append(dst, base64Tree[:]...)
	for range 3 {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(stream))
	}
	start := len(dst)
	dst = slices.Grow(dst, 4*stream+1)[:start+4*stream+1]
	for i := range 4 {
		pack(dst[start+i*stream:], p[i*quarter:(i+1)*quarter])
	}
	dst[len(dst)-1] = noSequences
	return dst
}

// pack makes a Huffman stream of the base64 of src, a multiple of packStep, in len(src)+1 bytes. It may write one byte more.
//
// Streams are read from their end, from the highest bit down: first a one that marks the end, then the codes in order
// (4.2.2). So a stream is one long number, lowest byte first, and base64 reads src as one long number, highest byte first;
// both have six bits a symbol. Hence src is taken from behind, and twelve bits of it become twelve bits of the stream.
func pack(dst, src []byte) {
	for len(src) >= 8 {
		last := binary.BigEndian.Uint64(src[len(src)-8:]) // the step, and two bytes before it
		binary.LittleEndian.PutUint64(dst, pairs(last))   // the step, and two bytes that are overwritten
		src = src[:len(src)-packStep]
		dst = dst[packStep:]
	}
	first := uint64(binary.BigEndian.Uint32(src))<<16 | uint64(binary.BigEndian.Uint16(src[4:]))
	binary.LittleEndian.PutUint64(dst, pairs(first))
	dst[packStep] = 1
}

// pairs replaces the symbols in the lower 48 bits of v by their codes, and nothing in the upper ones.
func pairs(v uint64) uint64 {
	const mask = 1<<12 - 1
	return uint64(base64Codes[v>>36&mask])<<36 | uint64(base64Codes[v>>24&mask])<<24 |
		uint64(base64Codes[v>>12&mask])<<12 | uint64(base64Codes[v&mask])
}
