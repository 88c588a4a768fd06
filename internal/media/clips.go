package media

import (
	"fmt"
	"hash/crc32"

	"mmjsonl/internal/h264"
	"mmjsonl/internal/mp4"
	"mmjsonl/internal/random"
)

// Clips is videos: MP4 files of H.264, all of one shape. Clip i is a function of (Seed, Size, Rate, Seconds, Bytes, i).
type Clips struct {
	Seed    uint64
	Size    Size  // even sides, from 2 to [h264.MaxSide]
	Rate    int64 // frames a second
	Seconds int64 // Rate × Seconds frames have at most [h264.MaxMacroblocks] together
	Bytes   int64 // of each file, in the [Clips.Range]; 0: each another number, 0.05 to 0.13 bits a pixel of each frame
}

func (c Clips) shape() h264.Shape {
	return h264.Shape{Width: int(c.Size.Width), Height: int(c.Size.Height), Frames: int(c.Rate * c.Seconds), Rate: int(c.Rate)}
}

// MaxPool is how many different clips there can be.
func (c Clips) MaxPool() int64 { return min(h264.MaxClips(c.shape()), 1<<32-1) }

// Possible reports whether a clip is not too long.
func (c Clips) Possible() bool { return c.shape().Macroblocks() <= h264.MaxMacroblocks }

// around is the length of a file beside its frames, with a box to fill it up.
func (c Clips) around() int64 {
	sequence, picture := h264.Parameters(c.shape(), 0)
	return mp4.Overhead(int(c.Rate*c.Seconds), len(sequence)+len(picture)) + mp4.MinPadding
}

// Range returns the least and the most bytes that a file can be made to have.
func (c Clips) Range() (least, most int64) {
	least, most = h264.Range(c.shape())
	return least + c.around(), most + c.around()
}

// Item says how long a clip's file is.
func (c Clips) Item(i uint32) Item {
	bytes := c.Bytes
	if bytes == 0 {
		bytes = c.around() + h264.Bytes(c.Seed, i, c.shape())
	}
	// The names are those of the Python program.
	return Item{MIME: "video/mp4", Prefix: fmt.Sprintf("synthetic_seed%d_idx", c.Seed), Extension: fmt.Sprintf("_%s_%dfps_%ds.mp4", c.Size, c.Rate, c.Seconds),
		Size: c.Size, Bytes: bytes}
}

// Sizes is the one size.
func (c Clips) Sizes() Sizes { return Only(c.Size) }

// Longest is at least the length of the longest clip.
func (c Clips) Longest() int64 {
	if c.Bytes != 0 {
		return c.Bytes
	}
	_, most := c.Range()
	return most
}

// Total is the length of clips together.
func (c Clips) Total(clips int) int64 {
	if c.Bytes != 0 {
		return int64(clips) * c.Bytes
	}
	return int64(clips)*c.around() + h264.Total(c.Seed, clips, c.shape())
}

// Set names what clips depend on.
func (c Clips) Set() string {
	bytes := ""
	if c.Bytes != 0 {
		bytes = fmt.Sprintf("_%dB", c.Bytes)
	}
	return fmt.Sprintf("%s_%dfps_%ds%s_seed%d", c.Size, c.Rate, c.Seconds, bytes, c.Seed)
}

// Painter returns a new painter of the clips.
func (c Clips) Painter() Painter { return &clipPainter{clips: c} }

// clipPainter makes a clip as it begins with it, since a file begins with the lengths of its frames.
type clipPainter struct {
	clips        Clips
	encoder      h264.Encoder
	frames, file []byte
	left         []byte // of file
	sum          uint32
}

func (p *clipPainter) Begin(i uint32) error {
	c, shape := p.clips, p.clips.shape()
	length := c.Item(i).Bytes
	var sizes []uint32
	p.frames, sizes = p.encoder.Append(p.frames[:0], c.Seed, i, shape, length-c.around())
	f := mp4.File{Width: shape.Width, Height: shape.Height, Rate: shape.Rate, Sizes: sizes}
	f.Sequence, f.Picture = h264.Parameters(shape, int64(len(p.frames)))
	padding := mp4.MinPadding + length - c.around() - int64(len(p.frames))
	p.file = mp4.AppendHeader(p.file[:0], &f, padding, func(room []byte) {
		draws := random.New(c.Seed, random.ClipPadding, uint64(i))
		draws.Fill(room)
	})
	p.file = append(p.file, p.frames...)
	p.left, p.sum = p.file, crc32.ChecksumIEEE(p.file)
	return nil
}

func (p *clipPainter) Append(dst []byte) ([]byte, bool, error) {
	n := min(len(p.left), MaxPiece)
	dst, p.left = append(dst, p.left[:n]...), p.left[n:]
	return dst, len(p.left) > 0, nil
}

// Sum returns the CRC-32 of the file.
func (p *clipPainter) Sum() uint32 { return p.sum }
