// Package png writes 8-bit RGB images as PNG (W3C PNG, third edition) without compressing them: noise, or what compresses as photographs do.
//
// Noise cannot be compressed, so nothing is lost by storing it: the pixels go into one IDAT chunk as stored
// deflate blocks (RFC 1951, 3.2.4), the file's length is known before its first byte, and the cost is that of two
// checksums. An image is made in pieces of at most 64 KiB, so memory does not grow with it.
//
// A photograph is made the other way round ([Photo]): what filters and compression would leave of its pixels is drawn, ready coded, and put into
// one deflate block with codes that fit it. So it costs little more than noise of the same length, and its length is known beforehand, too: a
// chunk of padding takes what an image has left of it, one or two percent.
//
// The package's oracle is image/png, which reads back every image that the tests make.
package png
