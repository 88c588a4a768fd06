package media

import (
	"fmt"
	"hash/crc32"
	"math"

	"mmjsonl/internal/jpeg"
)

// PhotoJPEG is JPEG images that compress as photographs do, all of one size: sides from 1 to [jpeg.MaxSide]. Image i is a function of (Seed, Size,
// Bytes, i).
type PhotoJPEG struct {
	Seed  uint64
	Size  Size
	Bytes int64 // of each file, in [jpeg.Range]; 0: each another number, 1.1 to 1.9 bits a pixel
}

// MaxPool is how many different images there can be.
func (p PhotoJPEG) MaxPool() int64 {
	return min(jpeg.MaxImages(int(p.Size.Width), int(p.Size.Height)), math.MaxUint32)
}

// Item says how long an image's file is.
func (p PhotoJPEG) Item(i uint32) Item {
	bytes := p.Bytes
	if bytes == 0 {
		bytes = jpeg.Bytes(p.Seed, i, int(p.Size.Width), int(p.Size.Height))
	}
	return Item{MIME: "image/jpeg", Prefix: imagePrefix, Extension: ".jpg", Size: p.Size, Bytes: bytes}
}

// Sizes is the one size.
func (p PhotoJPEG) Sizes() Sizes { return Only(p.Size) }

// Longest is the length of the longest image that there can be.
func (p PhotoJPEG) Longest() int64 {
	if p.Bytes != 0 {
		return p.Bytes
	}
	_, most := jpeg.Range(int(p.Size.Width), int(p.Size.Height))
	return most
}

// Total is the length of images together.
func (p PhotoJPEG) Total(images int) int64 {
	if p.Bytes != 0 {
		return int64(images) * p.Bytes
	}
	return jpeg.Total(p.Seed, images, int(p.Size.Width), int(p.Size.Height))
}

// Set names the size, the format, the second version of its bytes, and the seed.
func (p PhotoJPEG) Set() string {
	if p.Bytes != 0 {
		return fmt.Sprintf("%s_jpeg2_%dB_seed%d", p.Size, p.Bytes, p.Seed)
	}
	return fmt.Sprintf("%s_jpeg2_seed%d", p.Size, p.Seed)
}

// Painter returns a new painter of the images.
func (p PhotoJPEG) Painter() Painter { return &photoJPEGPainter{source: p} }

type photoJPEGPainter struct {
	source  PhotoJPEG
	encoder jpeg.Encoder
	sum     uint32
}

func (p *photoJPEGPainter) Begin(i uint32) error {
	item := p.source.Item(i)
	p.encoder.Reset(p.source.Seed, i, int(item.Size.Width), int(item.Size.Height), item.Bytes)
	p.sum = 0
	return nil
}

func (p *photoJPEGPainter) Append(dst []byte) ([]byte, bool, error) {
	start := len(dst)
	dst = p.encoder.Append(dst)
	p.sum = crc32.Update(p.sum, crc32.IEEETable, dst[start:])
	return dst, p.encoder.More(), nil
}

// Sum returns the CRC-32 of the file.
func (p *photoJPEGPainter) Sum() uint32 { return p.sum }
