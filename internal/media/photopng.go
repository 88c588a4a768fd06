package media

import (
	"fmt"
	"math"

	"mmjsonl/internal/png"
)

// PhotoPNG is PNG images that compress as photographs do, to about half, all of one size: sides from 1 to [MaxSide]. Image i is a function of
// (Seed, Size, i).
type PhotoPNG struct {
	Seed uint64
	Size Size
}

// MaxPool is how many different images there can be: very small ones differ by their first pixel alone.
func (p PhotoPNG) MaxPool() int64 {
	const smallest = 16 // pixels, more than which random ones keep apart
	if p.Size.Width*p.Size.Height < smallest {
		return firstPixels
	}
	return math.MaxUint32
}

// Item says how long an image's file is.
func (p PhotoPNG) Item(i uint32) Item {
	return Item{MIME: "image/png", Prefix: imagePrefix, Extension: ".png", Size: p.Size, Bytes: png.PhotoSize(p.Seed, i, int(p.Size.Width), int(p.Size.Height))}
}

// Sizes is the one size.
func (p PhotoPNG) Sizes() Sizes { return Only(p.Size) }

// Longest is the length of the longest image that there can be.
func (p PhotoPNG) Longest() int64 { return png.PhotoLongest(int(p.Size.Width), int(p.Size.Height)) }

// Total is the length of images together.
func (p PhotoPNG) Total(images int) int64 {
	return png.PhotoTotal(p.Seed, images, int(p.Size.Width), int(p.Size.Height))
}

// Set names the size, the content, the second version of its bytes, and the seed.
func (p PhotoPNG) Set() string { return fmt.Sprintf("%s_photo2_seed%d", p.Size, p.Seed) }

// Painter returns a new painter of the images.
func (p PhotoPNG) Painter() Painter { return &photoPNGPainter{source: p} }

type photoPNGPainter struct {
	source  PhotoPNG
	encoder png.Photo
}

func (p *photoPNGPainter) Begin(i uint32) error {
	p.encoder.Reset(p.source.Seed, i, int(p.source.Size.Width), int(p.source.Size.Height))
	return nil
}

func (p *photoPNGPainter) Append(dst []byte) ([]byte, bool, error) {
	dst = p.encoder.Append(dst)
	return dst, p.encoder.More(), nil
}

// Sum returns the CRC-32 of the CRC-32s of the compressed pixels.
func (p *photoPNGPainter) Sum() uint32 { return p.encoder.Checksum() }
