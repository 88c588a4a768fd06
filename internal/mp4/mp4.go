package mp4

import "encoding/binary"

// File is a file's only track.
type File struct {
	Width, Height int // in pixels, up to 65535
	Rate          int // frames a second
	// Sequence and Picture are the parameter sets of the stream, each as a NAL unit.
	Sequence, Picture []byte
	// Sizes are the lengths of the frames, in bytes: NAL units, each with its length in four bytes before it. The first one alone depends on no other.
	Sizes []uint32
}

// MinPadding is the least bytes that padding of a file can have, beside none.
const MinPadding = 8

// Overhead is the length of a file without its frames and padding, in bytes, for so many frames and bytes of parameter sets.
func Overhead(frames, parameters int) int64 {
	const (
		boxes     = 28 + 8 + 108 + 8 + 92 + 8 + 32 + 38 + 8 + 20 + 36 + 8 + 16 + 86 + 8 + 11 + 24 + 20 + 28 + 20 + 20 + 8
		eachFrame = 4
	)
	return boxes + int64(parameters) + eachFrame*int64(frames)
}

// AppendHeader appends what comes before the frames, with padding of so many bytes: 0, or from [MinPadding] on. fill fills it.
func AppendHeader(dst []byte, f *File, padding int64, fill func([]byte)) []byte {
	start := len(dst)
	frames := uint32(len(f.Sizes))
	var total uint64
	for _, size := range f.Sizes {
		total += uint64(size)
	}
	b := boxes{dst}
	b.box("ftyp", func() {
		b.text("isom")
		b.u32(0x200)
		b.text("isomavc1mp41")
	})
	const scale = 1000 // of the file's own times, a second
	milliseconds := uint32(uint64(frames) * scale / uint64(f.Rate))
	var offset int // of where the offset of the frames is
	b.box("moov", func() {
		b.box("mvhd", func() {
			b.u32(0, 0, 0, scale, milliseconds, 1<<16) // no times; played as fast as it is
			b.u16(1<<8, 0)                             // as loud
			b.u32(0, 0)
			b.matrix()
			b.u32(0, 0, 0, 0, 0, 0, 2) // the next track's number
		})
		b.box("trak", func() {
			b.box("tkhd", func() {
				b.u32(3, 0, 0, 1, 0, milliseconds, 0, 0) // enabled and shown; its number
				b.u16(0, 0, 0, 0)
				b.matrix()
				b.u32(uint32(f.Width)<<16, uint32(f.Height)<<16)
			})
			b.box("mdia", func() {
				b.box("mdhd", func() {
					b.u32(0, 0, 0, uint32(f.Rate), frames) // a frame is the unit of time
					b.u16(0x55c4, 0)                       // no language
				})
				b.box("hdlr", func() {
					b.u32(0, 0)
					b.text("vide")
					b.u32(0, 0, 0)
					b.text("video\x00")
				})
				b.box("minf", func() {
					b.box("vmhd", func() { b.u32(1, 0, 0) })
					b.box("dinf", func() {
						b.box("dref", func() {
							b.u32(0, 1)
							b.box("url ", func() { b.u32(1) }) // in this very file
						})
					})
					b.box("stbl", func() {
						b.box("stsd", func() {
							b.u32(0, 1)
							b.box("avc1", func() { b.entry(f) })
						})
						b.box("stts", func() { b.u32(0, 1, frames, 1) })
						b.box("stss", func() { b.u32(0, 1, 1) })
						b.box("stsc", func() { b.u32(0, 1, 1, frames, 1) }) // all of them in one chunk
						b.box("stsz", func() { b.u32(0, 0, frames); b.u32(f.Sizes...) })
						b.box("stco", func() {
							b.u32(0, 1)
							offset = len(b.dst)
							b.u32(0)
						})
					})
				})
			})
		})
	})
	if padding > 0 {
		at := len(b.dst)
		b.box("free", func() { b.dst = append(b.dst, make([]byte, padding-MinPadding)...) })
		fill(b.dst[at+MinPadding:])
	}
	b.u32(uint32(total + 8))
	b.text("mdat")
	binary.BigEndian.PutUint32(b.dst[offset:], uint32(len(b.dst)-start))
	return b.dst
}

// boxes are the boxes of a file, one inside another.
type boxes struct{ dst []byte }

func (b *boxes) box(kind string, content func()) {
	start := len(b.dst)
	b.u32(0)
	b.text(kind)
	content()
	binary.BigEndian.PutUint32(b.dst[start:], uint32(len(b.dst)-start))
}

func (b *boxes) text(s string) { b.dst = append(b.dst, s...) }

func (b *boxes) u32(values ...uint32) {
	for _, v := range values {
		b.dst = binary.BigEndian.AppendUint32(b.dst, v)
	}
}

func (b *boxes) u16(values ...uint16) {
	for _, v := range values {
		b.dst = binary.BigEndian.AppendUint16(b.dst, v)
	}
}

// matrix is the one that changes nothing.
func (b *boxes) matrix() { b.u32(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30) }

// entry is what there is of the frames' coding.
func (b *boxes) entry(f *File) {
	b.u16(0, 0, 0, 1) // where the frames are: the first reference
	b.u32(0, 0, 0, 0)
	b.u16(uint16(f.Width), uint16(f.Height))
	b.u32(72<<16, 72<<16, 0) // dots an inch
	b.u16(1)
	b.dst = append(b.dst, make([]byte, 32)...) // no name
	b.u16(24, 0xffff)
	b.box("avcC", func() {
		b.dst = append(b.dst, 1, f.Sequence[1], f.Sequence[2], f.Sequence[3], 0xff, 0xe1) // lengths have four bytes; one sequence
		b.u16(uint16(len(f.Sequence)))
		b.dst = append(b.dst, f.Sequence...)
		b.dst = append(b.dst, 1)
		b.u16(uint16(len(f.Picture)))
		b.dst = append(b.dst, f.Picture...)
	})
}
