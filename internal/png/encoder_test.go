package png

import (
	"bytes"
	"fmt"
	"hash/adler32"
	"image/color"
	stdpng "image/png"
	"math/rand/v2"
	"testing"
)

// encode makes a whole image whose bytes come from fill.
func encode(width, height int, fill func([]byte)) []byte {
	var e Encoder
	var out []byte
	for e.Reset(width, height); e.More(); {
		before := len(out)
		out = e.Append(out, fill)
		if len(out)-before > MaxPiece {
			panic(fmt.Sprintf("a piece of %d bytes, at most %d are promised", len(out)-before, MaxPiece))
		}
	}
	return out
}

func TestImagesReadBackByTheStandardLibrary(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 2}, {2, 1}, {3, 7}, {512, 512}, {640, 320}, {512, 43}, {512, 42}, {MaxSide, 3}, {1, MaxSide}} {
		width, height := size[0], size[1]
		t.Run(fmt.Sprintf("%dx%d", width, height), func(t *testing.T) {
			t.Parallel()
			source := rand.NewChaCha8([32]byte{byte(width), byte(height)})
			var made []byte // the rows as they were asked for, filter bytes included
			out := encode(width, height, func(rows []byte) {
				source.Read(rows)
				made = append(made, rows...)
			})
			if got, want := int64(len(out)), Size(width, height); got != want {
				t.Fatalf("the image has %d bytes, Size says %d", got, want)
			}
			img, err := stdpng.Decode(bytes.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
				t.Fatalf("read back as %v", b)
			}
			for y := range height {
				row := made[y*stride(width)+1:]
				for x := range width {
					want := color.RGBA{row[3*x], row[3*x+1], row[3*x+2], 255}
					if got := color.RGBAModel.Convert(img.At(x, y)); got != want {
						t.Fatalf("pixel %d,%d is %v, want %v", x, y, got, want)
					}
				}
			}
		})
	}
}

func TestAppendKeepsWhatStoodBefore(t *testing.T) {
	var e Encoder
	e.Reset(2, 2)
	fill := func(rows []byte) { copy(rows, bytes.Repeat([]byte{7}, len(rows))) }
	out := e.Append([]byte("before"), fill)
	if !bytes.Equal(out, append([]byte("before"), encode(2, 2, fill)...)) {
		t.Fatalf("got %q", out)
	}
}

func TestAdlerIsTheStandardLibrarys(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	for _, fill := range []string{"random", "255", "0"} {
		for range 200 {
			p := make([]byte, source.IntN(70000))
			for i := range p {
				switch fill {
				case "random":
					p[i] = byte(source.Uint32())
				case "255":
					p[i] = 255
				}
			}
			a := newAdler()
			cut := source.IntN(len(p) + 1)
			a.write(p[:cut])
			a.write(p[cut:])
			if got, want := a.sum(), adler32.Checksum(p); got != want {
				t.Fatalf("%s, %d bytes cut at %d: %08x, want %08x", fill, len(p), cut, got, want)
			}
		}
	}
}

func BenchmarkAdler(b *testing.B) {
	p := make([]byte, 64554)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	a := newAdler()
	for b.Loop() {
		a.write(p)
	}
}

func BenchmarkEncode512(b *testing.B) {
	out := make([]byte, 0, Size(512, 512))
	fill := func([]byte) {}
	b.SetBytes(Size(512, 512))
	b.ReportAllocs()
	var e Encoder
	for b.Loop() {
		out = out[:0]
		for e.Reset(512, 512); e.More(); {
			out = e.Append(out, fill)
		}
	}
	if int64(len(out)) != Size(512, 512) {
		b.Fatalf("made %d bytes", len(out))
	}
}
