package generator

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"

	"mmjsonl/internal/png"
	"mmjsonl/internal/random"
)

// pngBytes is the length of an image's file, in bytes.
func (s Size) pngBytes() int64 { return png.Size(int(s.Width), int(s.Height)) }

// A painter makes the images of a pool as PNG, one after another, piece by piece. Image i is a function of (seed, size, i).
type painter struct {
	seed    uint64
	size    Size
	encoder png.Encoder
	noise   noise
}

func newPainter(seed uint64, size Size) *painter {
	return &painter{seed: seed, size: size}
}

// begin starts on an image; more and append then make it.
func (p *painter) begin(image uint32) {
	p.encoder.Reset(int(p.size.Width), int(p.size.Height))
	p.noise.reset(p.seed, image)
}

// more reports whether the image has pieces left.
func (p *painter) more() bool { return p.encoder.More() }

// append appends the image's next piece, at most png.MaxPiece bytes, to dst.
func (p *painter) append(dst []byte) []byte { return p.encoder.Append(dst, p.noise.fill) }

// checksum returns the CRC-32 that the image carries, once there is no more of it.
func (p *painter) checksum() uint32 { return p.encoder.Checksum() }

// imageSums are the checksums of a pool's images. Several workers may set the same one.
type imageSums []atomic.Uint32

// digest returns the SHA-256, in hexadecimal, of the checksums, four bytes each with the highest first, in the order of the images.
func (s imageSums) digest() string {
	if len(s) == 0 {
		return ""
	}
	h := sha256.New()
	var sum [4]byte
	for i := range s {
		binary.BigEndian.PutUint32(sum[:], s[i].Load())
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// noise fills images with random bytes. No two images of a pool are alike, whatever their size: the first pixel tells the
// image's number modulo 2^24, and pools larger than that are of images with more pixels.
type noise struct {
	draws random.Draws
	first [3]byte
	begun bool
}

func (n *noise) reset(seed uint64, image uint32) {
	// An odd multiplier and an added key permute the numbers modulo 2^24.
	const odd = 0x9e3779
	pixel := image*odd + uint32(random.Mix(seed))
	*n = noise{
		draws: random.New(seed, random.Images, uint64(image)),
		first: [3]byte{byte(pixel), byte(pixel >> 8), byte(pixel >> 16)},
	}
}

// fill fills rows as a [png.Encoder] asks for them, the bytes of the filter types included.
func (n *noise) fill(rows []byte) {
	n.draws.Fill(rows)
	if !n.begun {
		n.begun = true
		copy(rows[1:], n.first[:]) // behind the filter type
	}
}
