package png_test

import (
	"bytes"
	"hash/crc32"
	"image"
	"image/color"
	standard "image/png"
	"math"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/png"
)

// photo returns an image's file.
func photo(e *png.Photo, seed uint64, number uint32, width, height int) []byte {
	e.Reset(seed, number, width, height)
	var content []byte
	for e.More() {
		content = e.Append(content)
	}
	return content
}

func decodePhoto(t *testing.T, content []byte) *image.RGBA {
	t.Helper()
	decoded, err := standard.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return decoded.(*image.RGBA)
}

// A file has the length that was said before, and the standard library reads it.
func TestPhotoSize(t *testing.T) {
	var e png.Photo
	for _, size := range []image.Point{{1, 1}, {2, 1}, {1, 2}, {3, 3}, {1, 500}, {500, 1}, {2, 300}, {64, 48}, {3000, 2}, {513, 511}, {16384, 3}, {640, 360}} {
		var total int64
		for i := range uint32(9) {
			content := photo(&e, 3, i, size.X, size.Y)
			if got, want := int64(len(content)), png.PhotoSize(3, i, size.X, size.Y); got != want || want > png.PhotoLongest(size.X, size.Y) {
				t.Fatalf("image %d of %v has %d bytes, said were %d", i, size, got, want)
			}
			if got := png.PhotoTotal(3, int(i), size.X, size.Y); got != total {
				t.Fatalf("%d images of %v have %d bytes, said are %d", i, size, total, got)
			}
			total += int64(len(content))
			decoded := decodePhoto(t, content)
			if decoded.Bounds().Size() != size {
				t.Fatalf("decoded is %v, want %v", decoded.Bounds(), size)
			}
			if raw := 3 * size.X * size.Y; raw > 300_000 {
				if share := float64(len(content)) / float64(raw); share < 0.45 || share > 0.6 {
					t.Errorf("image %d of %v has %.3f of the bytes of its pixels", i, size, share)
				}
				if padded := len(content) - bytes.LastIndex(content, []byte("paDd")); size.X > 2 && size.Y > 2 && padded > len(content)/50+200 && size.X < 10*size.Y {
					t.Errorf("image %d of %v: %d of %d bytes are padding", i, size, padded, len(content))
				}
			}
		}
	}
}

func TestPhotoPieces(t *testing.T) {
	var e, fresh png.Photo
	for _, size := range []image.Point{{700, 300}, {16384, 4}} {
		want := photo(&fresh, 1, 2, size.X, size.Y)
		photo(&e, 9, 9, 40, 300)
		e.Reset(1, 2, size.X, size.Y)
		prefix := []byte("before")
		var got []byte
		for e.More() {
			piece := e.Append(prefix)
			if !bytes.HasPrefix(piece, prefix) || len(piece)-len(prefix) > png.MaxPiece || len(piece) == len(prefix) {
				t.Fatalf("a piece of %d bytes", len(piece)-len(prefix))
			}
			got = append(got, piece[len(prefix):]...)
		}
		if !bytes.Equal(got, want) {
			t.Error("pieces make another image")
		}
	}
}

// Pixels stay away from the ends of their range, however large the image; neighbours are alike, and are not the same.
func TestPhotoLooksLikePhotograph(t *testing.T) {
	var e png.Photo
	for i := range uint32(8) {
		m := decodePhoto(t, photo(&e, 5, i, 900, 1200))
		var sum, squares, steps, jumps float64
		for y := range 1200 {
			for x := range 900 {
				c := m.RGBAAt(x, y)
				v := float64(c.G)
				sum += v
				squares += v * v
				if x > 0 {
					d := math.Abs(v - float64(m.RGBAAt(x-1, y).G))
					steps += d
					if d > 120 {
						jumps++
					}
				}
			}
		}
		const n = 900 * 1200
		mean, deviation := sum/n, math.Sqrt(squares/n-sum/n*sum/n)
		if mean < 70 || mean > 185 || deviation < 10 || deviation > 60 || steps/n < 2 || steps/n > 30 || jumps > n/1000 {
			t.Errorf("image %d: mean %.0f, deviation %.0f, neighbours differ by %.1f, %.0f jumps", i, mean, deviation, steps/n, jumps)
		}
	}
}

// Nothing is left for compressors: neither in the file nor, for another encoder, in its pixels.
func TestPhotoIncompressible(t *testing.T) {
	compressor, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		t.Fatal(err)
	}
	var e png.Photo
	var all []byte
	for i := range uint32(4) {
		content := photo(&e, 5, i, 512, 512)
		all = append(all, content...)
		var again bytes.Buffer
		encoder := standard.Encoder{CompressionLevel: standard.BestCompression}
		if err := encoder.Encode(&again, decodePhoto(t, content)); err != nil {
			t.Fatal(err)
		}
		if share := float64(again.Len()) / float64(len(content)); share < 0.97 {
			t.Errorf("image/png makes %.3f of image %d", share, i)
		}
	}
	if share := float64(len(compressor.EncodeAll(all, nil))) / float64(len(all)); share < 0.97 {
		t.Errorf("zstd makes %.3f of four images", share)
	}
}

// The first pixel tells the image.
func TestPhotoFirstPixel(t *testing.T) {
	var e png.Photo
	seen := map[color.RGBA]bool{}
	for i := range uint32(5000) {
		c := decodePhoto(t, photo(&e, 5, i*3355, 1, 1)).RGBAAt(0, 0)
		if seen[c] {
			t.Fatalf("image %d has the pixel of an earlier one", i)
		}
		seen[c] = true
	}
}

// The bytes of every image ever made with a seed are pinned.
func TestPhotoPinned(t *testing.T) {
	var e png.Photo
	for _, c := range []struct {
		size  image.Point
		image uint32
		want  uint32
	}{{image.Pt(512, 512), 0, 0x23a5d55d}, {image.Pt(1280, 720), 1499, 0x118e7cda}, {image.Pt(31, 9), 7, 0x9f9b53bd}} {
		if got := crc32.ChecksumIEEE(photo(&e, 42, c.image, c.size.X, c.size.Y)); got != c.want {
			t.Errorf("image %d of %v has CRC-32 %#x, want %#x", c.image, c.size, got, c.want)
		}
	}
}

func BenchmarkPhoto(b *testing.B) {
	var e png.Photo
	var content []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Reset(1, uint32(i), 512, 512)
		content = content[:0]
		for e.More() {
			content = e.Append(content)
		}
		b.SetBytes(3 * 512 * 512)
	}
}

// BenchmarkPhotoStandard encodes such an image by the standard library.
func BenchmarkPhotoStandard(b *testing.B) {
	var e png.Photo
	m, err := standard.Decode(bytes.NewReader(photo(&e, 1, 2, 512, 512)))
	if err != nil {
		b.Fatal(err)
	}
	var buffer bytes.Buffer
	encoder := standard.Encoder{CompressionLevel: standard.BestSpeed}
	b.SetBytes(3 * 512 * 512)
	for b.Loop() {
		buffer.Reset()
		if err := encoder.Encode(&buffer, m); err != nil {
			b.Fatal(err)
		}
	}
}
