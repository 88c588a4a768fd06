package media_test

import (
	"hash/crc32"
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

func TestNoise(t *testing.T) {
	for _, size := range []media.Size{{Width: 1, Height: 1}, {Width: 2, Height: 1}, {Width: 1, Height: 2}, {Width: 3, Height: 3}, {Width: 64, Height: 48}, {Width: 512, Height: 512}} {
		t.Run(size.String(), func(t *testing.T) {
			pool := uint32(3000)
			if size.Width > 100 {
				pool = 5
			}
			mediatest.Suite(t, media.Noise{Seed: 9, Size: size}, pool)
		})
	}
}

// The bytes of every image ever made with a seed are pinned: changing them would change files that are promised to stay.
func TestNoisePinned(t *testing.T) {
	for _, c := range []struct {
		size  media.Size
		image uint32
		crc   uint32
	}{
		{media.Size{Width: 512, Height: 512}, 0, 0x1abfda24},
		{media.Size{Width: 512, Height: 512}, 1499, 0x4b69e7e0},
		{media.Size{Width: 3, Height: 2}, 7, 0xf72fb502},
	} {
		if got := crc32.ChecksumIEEE(mediatest.Paint(t, media.Noise{Seed: 42, Size: c.size}.Painter(), c.image)); got != c.crc {
			t.Errorf("image %d of %s has CRC-32 %#x, want %#x", c.image, c.size, got, c.crc)
		}
	}
}

func BenchmarkPaint(b *testing.B) {
	source := media.Noise{Seed: 1, Size: media.Size{Width: 512, Height: 512}}
	p := source.Painter()
	buffer := make([]byte, 0, source.Longest())
	b.SetBytes(source.Longest())
	b.ReportAllocs()
	for b.Loop() {
		buffer = buffer[:0]
		_ = p.Begin(3)
		for more := true; more; {
			buffer, more, _ = p.Append(buffer)
		}
	}
	if int64(len(buffer)) != source.Longest() {
		b.Fatal(len(buffer))
	}
}
