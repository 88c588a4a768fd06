// Package png writes 8-bit RGB images as PNG (W3C PNG, third edition) without compressing them.
//
// Noise cannot be compressed, so nothing is lost by storing it: the pixels go into one IDAT chunk as stored
// deflate blocks (RFC 1951, 3.2.4), the file's length is known before its first byte, and the cost is that of two
// checksums. An image is made in pieces of at most 64 KiB, so memory does not grow with it.
//
// The package's oracle is image/png, which reads back every image that the tests make.
package png
