package media

import (
	"fmt"
	"math"

	"mmjsonl/internal/png"
	"mmjsonl/internal/random"
)

const (
	// MaxSide is the largest width and height of an image, in pixels.
	MaxSide = png.MaxSide
	// MaxPiece is the most bytes that a painter appends at once.
	MaxPiece = png.MaxPiece
)

// Noise is PNG images of random pixels, all of one size: sides from 1 to [MaxSide]. Image i is a function of (Seed, Size, i).
type Noise struct {
	Seed uint64
	Size Size
}

// MaxPool is how many different images there can be: very small ones differ by their first pixel alone.
func (n Noise) MaxPool() int64 {
	const smallest = 4 // pixels, more than which random bytes keep apart
	if n.Size.Width*n.Size.Height < smallest {
		return firstPixels
	}
	return math.MaxUint32
}

// Item says that all images are of one size and length.
func (n Noise) Item(uint32) Item {
	return Item{MIME: "image/png", Prefix: imagePrefix, Extension: ".png", Size: n.Size, Bytes: n.Longest()}
}

// Sizes is the one size.
func (n Noise) Sizes() Sizes { return Only(n.Size) }

// Longest is the length of each image.
func (n Noise) Longest() int64 { return png.Size(int(n.Size.Width), int(n.Size.Height)) }

// Total is the length of images together.
func (n Noise) Total(images int) int64 { return int64(images) * n.Longest() }

// Set names the size and the seed.
func (n Noise) Set() string { return fmt.Sprintf("%s_seed%d", n.Size, n.Seed) }

// Painter returns a new painter of the images.
func (n Noise) Painter() Painter { return &noisePainter{source: n} }

// noisePainter draws pixels and has them encoded.
type noisePainter struct {
	source  Noise
	encoder png.Encoder
	noise   noise
}

func (p *noisePainter) Begin(image uint32) error {
	p.encoder.Reset(int(p.source.Size.Width), int(p.source.Size.Height))
	p.noise.reset(p.source.Seed, image)
	return nil
}

func (p *noisePainter) Append(dst []byte) ([]byte, bool, error) {
	dst = p.encoder.Append(dst, p.noise.fill)
	return dst, p.encoder.More(), nil
}

// Sum returns the CRC-32 that the image carries.
func (p *noisePainter) Sum() uint32 { return p.encoder.Checksum() }

// firstPixels is how many values a pixel has.
const firstPixels = 1 << 24

// noise fills images with random bytes. No two images of a pool are the same, whatever their size: the first pixel tells the image's number
// modulo 2^24, and larger pools have images of more pixels.
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
