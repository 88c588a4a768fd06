package generator

import (
	"bytes"
	"hash/crc32"
	stdpng "image/png"
	"testing"

	"mmjsonl/internal/png"
)

// paintWhole returns an image's bytes.
func paintWhole(p *painter, image uint32) []byte {
	var out []byte
	for p.begin(image); p.more(); {
		out = p.append(out)
	}
	return out
}

func TestImagesAreValidAndDistinct(t *testing.T) {
	for _, size := range []Size{{1, 1}, {2, 1}, {1, 2}, {3, 3}, {64, 48}} {
		painter := newPainter(9, size)
		seen := map[string]uint32{}
		for image := range uint32(3000) {
			out := paintWhole(painter, image)
			img, err := stdpng.Decode(bytes.NewReader(out))
			if err != nil || img.Bounds().Dx() != int(size.Width) || img.Bounds().Dy() != int(size.Height) {
				t.Fatalf("image %d of %s: %v", image, size, err)
			}
			if other, ok := seen[string(out)]; ok {
				t.Fatalf("images %d and %d of %s are the same", other, image, size)
			}
			seen[string(out)] = image
		}
	}
}

// With one pixel there are 2^24 images, and all of them are different: the first pixel is a permutation of the number.
func TestFirstPixelsPermute(t *testing.T) {
	var seen [maxTinyPool / 64]uint64
	var n noise
	for image := range uint32(maxTinyPool) {
		n.reset(3, image)
		pixel := uint32(n.first[0]) | uint32(n.first[1])<<8 | uint32(n.first[2])<<16
		if seen[pixel/64]&(1<<(pixel%64)) != 0 {
			t.Fatalf("image %d has the first pixel of an earlier one", image)
		}
		seen[pixel/64] |= 1 << (pixel % 64)
	}
}

// The bytes of every image ever made with a seed are pinned: changing them would change files that are promised to stay.
func TestImageBytesStayAsTheyAre(t *testing.T) {
	for _, c := range []struct {
		size  Size
		image uint32
		crc   uint32
	}{
		{Size{512, 512}, 0, 0x1abfda24},
		{Size{512, 512}, 1499, 0x4b69e7e0},
		{Size{3, 2}, 7, 0xf72fb502},
	} {
		if got := crc32.ChecksumIEEE(paintWhole(newPainter(42, c.size), c.image)); got != c.crc {
			t.Errorf("image %d of %s has CRC-32 %#x, want %#x", c.image, c.size, got, c.crc)
		}
	}
}

func BenchmarkNoise(b *testing.B) {
	var n noise
	n.reset(1, 2)
	rows := make([]byte, 64554)
	b.SetBytes(int64(len(rows)))
	b.ReportAllocs()
	for b.Loop() {
		n.fill(rows)
	}
}

func BenchmarkPaint(b *testing.B) {
	p := newPainter(1, Size{512, 512})
	buffer := make([]byte, 0, png.Size(512, 512))
	b.SetBytes(png.Size(512, 512))
	b.ReportAllocs()
	for b.Loop() {
		buffer = buffer[:0]
		for p.begin(3); p.more(); {
			buffer = p.append(buffer)
		}
	}
	if int64(len(buffer)) != png.Size(512, 512) {
		b.Fatal(len(buffer))
	}
}
