package jpeg_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	standard "image/jpeg"
	"math"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/jpeg"
)

// file returns an image's file.
func file(e *jpeg.Encoder, seed uint64, image uint32, width, height int, length int64) []byte {
	e.Reset(seed, image, width, height, length)
	var content []byte
	for e.More() {
		content = e.Append(content)
	}
	return content
}

// decode returns an image as the standard library reads it.
func decode(t *testing.T, content []byte) *image.YCbCr {
	t.Helper()
	decoded, err := standard.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return decoded.(*image.YCbCr)
}

// The tables are those that the standard library's encoder has.
func TestTablesAreStandard(t *testing.T) {
	var buffer bytes.Buffer
	if err := standard.Encode(&buffer, image.NewRGBA(image.Rect(0, 0, 8, 8)), &standard.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	var e jpeg.Encoder
	ours := file(&e, 1, 2, 8, 8, jpeg.Bytes(1, 2, 8, 8))
	for _, marker := range []byte{0xdb, 0xc4} {
		if got, want := segments(ours, marker), segments(buffer.Bytes(), marker); !bytes.Equal(got, want) {
			t.Errorf("segments of 0x%x are\n%x\nimage/jpeg has\n%x", marker, got, want)
		}
	}
}

// segments returns the contents of all segments of a kind before the scan; of several tables in one, those of several with one each.
func segments(content []byte, kind byte) (all []byte) {
	for at := 2; content[at+1] != 0xda; at += 2 + int(content[at+2])<<8 + int(content[at+3]) {
		if content[at+1] == kind {
			all = append(all, content[at+4:at+2+int(content[at+2])<<8+int(content[at+3])]...)
		}
	}
	return all
}

// sizes are those at which something is different: of one MCU and less, of more MCUs by one pixel, of few pixels, long and thin, usual.
var sizes = []image.Point{{1, 1}, {2, 1}, {15, 17}, {16, 16}, {17, 16}, {33, 15}, {1, 300}, {300, 1}, {3, 2000}, {2000, 3}, {100, 100}, {513, 511}, {640, 360}}

// A file has the length that was chosen, to the byte, and the standard library reads it. Little of it is padding.
func TestLengthExact(t *testing.T) {
	var e jpeg.Encoder
	for _, size := range sizes {
		least, most := jpeg.Range(size.X, size.Y)
		for i := range uint32(12) {
			length := least + (most-least)*int64(i)/11
			if i%2 == 1 {
				length = jpeg.Bytes(3, i, size.X, size.Y)
			}
			content := file(&e, 3, i, size.X, size.Y, length)
			if int64(len(content)) != length {
				t.Fatalf("%v: %d bytes, chosen were %d", size, len(content), length)
			}
			decoded := decode(t, content)
			if decoded.Bounds().Size() != size {
				t.Fatalf("%v: decoded is %v", size, decoded.Bounds())
			}
			if padded := padding(content); size.X*size.Y > 5000 && i > 0 && i < 10 && padded > 100+len(content)/200 {
				t.Errorf("%v: %d of %d bytes are padding", size, padded, len(content))
			}
		}
	}
}

// padding returns how many bytes are between the coded MCUs and the end.
func padding(content []byte) int {
	scan := bytes.Index(content, []byte{0xff, 0xda})
	for at := scan + 2; ; at++ {
		if content[at] == 0xff && content[at+1] != 0 {
			return len(content) - 2 - at
		}
	}
}

// All lengths around one can be met: also those that leave a byte or two, which no comment fits.
func TestLengthExactByOne(t *testing.T) {
	var e jpeg.Encoder
	for length := int64(3000); length < 3300; length++ {
		content := file(&e, 3, 1, 128, 96, length)
		decode(t, content)
		if int64(len(content)) != length {
			t.Fatalf("%d bytes, chosen were %d", len(content), length)
		}
	}
}

// An image is the same in whatever pieces, which are short, and after whatever image.
func TestPieces(t *testing.T) {
	var e, fresh jpeg.Encoder
	const width, height = 3000, 700
	length := jpeg.Bytes(1, 2, width, height)
	want := file(&fresh, 1, 2, width, height, length)
	file(&e, 9, 9, 40, 3000, jpeg.Bytes(9, 9, 40, 3000))
	e.Reset(1, 2, width, height, length)
	prefix := []byte("before")
	var got []byte
	for e.More() {
		piece := e.Append(prefix)
		if !bytes.HasPrefix(piece, prefix) || len(piece)-len(prefix) > jpeg.MaxPiece || len(piece) == len(prefix) {
			t.Fatalf("a piece of %d bytes", len(piece)-len(prefix))
		}
		got = append(got, piece[len(prefix):]...)
	}
	if !bytes.Equal(got, want) {
		t.Error("pieces make another image")
	}
}

// Very small images are of one colour, and no two have the same.
func TestFewPixelsDiffer(t *testing.T) {
	var e jpeg.Encoder
	least, _ := jpeg.Range(1, 1)
	if got := jpeg.MaxImages(1, 1); got != 1<<14 {
		t.Fatal(got)
	}
	seen := map[color.RGBA]uint32{}
	for i := range uint32(1 << 14) {
		c := color.RGBAModel.Convert(decode(t, file(&e, 5, i, 1, 1, least)).At(0, 0)).(color.RGBA)
		if other, ok := seen[c]; ok {
			t.Fatalf("images %d and %d are both %v", other, i, c)
		}
		seen[c] = i
	}
}

// Pixels are spread as a photograph's: over most of the range, and hardly any at its ends. Blocks are not flat, and no edges are between them.
func TestLooksLikePhotograph(t *testing.T) {
	var e jpeg.Encoder
	const width, height = 640, 480
	for i := range uint32(40) {
		m := decode(t, file(&e, 11, i, width, height, jpeg.Bytes(11, i, width, height)))
		var sum, squares, clipped, across, inside float64
		flat := 0
		for y := range height {
			row := m.Y[y*m.YStride:][:width]
			for x, v := range row {
				sum += float64(v)
				squares += float64(v) * float64(v)
				if v == 0 || v == 255 {
					clipped++
				}
				if x%8 == 0 && x > 0 && x < width-8 {
					across += math.Abs(float64(v) - float64(row[x-1]))
					inside += math.Abs(float64(row[x+4]) - float64(row[x+3]))
				}
			}
		}
		for y := 0; y < height; y += 8 {
			for x := 0; x < width; x += 8 {
				first, same := m.Y[y*m.YStride+x], true
				for k := range 64 {
					same = same && m.Y[(y+k/8)*m.YStride+x+k%8] == first
				}
				if same {
					flat++
				}
			}
		}
		const n = width * height
		deviation := math.Sqrt(squares/n - sum/n*sum/n)
		if deviation < 18 || deviation > 65 || clipped > n/100 || across > 1.8*inside || flat > n/64/100 {
			t.Errorf("image %d: deviation %.0f, %.2f %% clipped, differences of neighbours %.2f across blocks and %.2f inside, %d flat blocks",
				i, deviation, 100*clipped/n, across/n*8, inside/n*8, flat)
		}
	}
}

// Next to nothing is left for a compressor, in one image or in several.
func TestIncompressible(t *testing.T) {
	compressor, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		t.Fatal(err)
	}
	var e jpeg.Encoder
	var all []byte
	check := func(what string, content []byte) {
		if share := float64(len(compressor.EncodeAll(content, nil))) / float64(len(content)); share < 0.97 {
			t.Errorf("zstd makes %.3f of %s", share, what)
		}
	}
	for i := range uint32(20) {
		content := file(&e, 5, i, 1280, 720, jpeg.Bytes(5, i, 1280, 720))
		check(fmt.Sprint("image ", i), content)
		all = append(all, content...)
	}
	check("all of them", all)
}

// The bytes of every image ever made with a seed are pinned.
func TestPinned(t *testing.T) {
	var e jpeg.Encoder
	for _, c := range []struct {
		size  image.Point
		image uint32
		want  uint32
	}{
		{image.Pt(1280, 720), 0, 0xd1d83ae6},
		{image.Pt(1280, 720), 1499, 0x822ef747},
		{image.Pt(31, 9), 7, 0xae538706},
		{image.Pt(5, 3), 7, 0xeec9f14},
	} {
		if got := crc32.ChecksumIEEE(file(&e, 42, c.image, c.size.X, c.size.Y, jpeg.Bytes(42, c.image, c.size.X, c.size.Y))); got != c.want {
			t.Errorf("image %d of %v has CRC-32 %#x, want %#x", c.image, c.size, got, c.want)
		}
	}
}

func BenchmarkEncoder(b *testing.B) {
	var e jpeg.Encoder
	var content []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Reset(1, uint32(i), 1280, 720, jpeg.Bytes(1, uint32(i), 1280, 720))
		content = content[:0]
		for e.More() {
			content = e.Append(content)
		}
		b.SetBytes(int64(len(content)))
	}
}

func BenchmarkStandard(b *testing.B) {
	var e jpeg.Encoder
	m, err := standard.Decode(bytes.NewReader(file(&e, 1, 2, 1280, 720, 180000)))
	if err != nil {
		b.Fatal(err)
	}
	var buffer bytes.Buffer
	for b.Loop() {
		buffer.Reset()
		standard.Encode(&buffer, m, &standard.Options{Quality: 85})
	}
}

// The sum of lengths is what they come to, and of 4096 images no two have the same.
func TestTotal(t *testing.T) {
	var total int64
	seen := map[int64]bool{}
	for i := range 10_000 {
		if got := jpeg.Total(7, i, 1280, 720); got != total {
			t.Fatalf("%d images have %d bytes, not %d", i, total, got)
		}
		length := jpeg.Bytes(7, uint32(i), 1280, 720)
		if bits := float64(length) * 8 / (1280 * 720); bits < 1.09 || bits > 1.95 {
			t.Fatalf("image %d has %.2f bits a pixel", i, bits)
		}
		if seen[length] && i < 4096 {
			t.Fatalf("image %d has the length of an earlier one", i)
		}
		seen[length] = true
		total += length
	}
}

// Small images differ in their pixels, whatever their length.
func TestSmallDiffer(t *testing.T) {
	var e jpeg.Encoder
	for _, size := range []image.Point{{16, 16}, {256, 1}, {17, 16}, {3, 100}, {40, 40}} {
		least, most := jpeg.Range(size.X, size.Y)
		for _, length := range []int64{least, (least + most) / 2, 0} {
			seen := map[string]uint32{}
			for i := range uint32(500) {
				chosen := length
				if chosen == 0 {
					chosen = jpeg.Bytes(5, i, size.X, size.Y)
				}
				m := decode(t, file(&e, 5, i, size.X, size.Y, chosen))
				var pixels []byte
				for y := range size.Y {
					for x := range size.X {
						c := color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
						pixels = append(pixels, c.R, c.G, c.B)
					}
				}
				if other, ok := seen[string(pixels)]; ok {
					t.Fatalf("%v of %d bytes: images %d and %d have the same pixels", size, length, other, i)
				}
				seen[string(pixels)] = i
			}
		}
	}
}
