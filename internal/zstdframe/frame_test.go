package zstdframe

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// A frame under test, and what it should hold.
type frame struct {
	packed  []byte
	content []byte
	text    TextEncoder
}

func (f *frame) appendText(p []byte) {
	f.packed = f.text.Append(f.packed, p)
	f.content = append(f.content, p...)
}

func (f *frame) appendBase64(p []byte) {
	f.packed = AppendBase64(f.packed, p)
	f.content = base64.StdEncoding.AppendEncode(f.content, p)
}

func (f *frame) appendRepeat(distance, length int) {
	f.packed = AppendRepeat(f.packed, int64(distance), int64(length))
	for range length {
		f.content = append(f.content, f.content[len(f.content)-distance])
	}
}

// whole returns the frame, with a header for this window and the content's length or, if it is not known, none.
func (f *frame) whole(window int64, known bool) []byte {
	length := int64(-1)
	if known {
		length = int64(len(f.content))
	}
	return AppendEnd(append(AppendHeader(nil, window, length), f.packed...))
}

// check decodes the frame in one go and as a stream, its length known and not.
func (f *frame) check(t *testing.T, window int64) {
	t.Helper()
	for _, known := range []bool{true, false} {
		packed := f.whole(window, known)
		goroutines := 1 // with one, streams are read by other code than with two
		if known {
			goroutines = 2
		}
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(goroutines))
		if err != nil {
			t.Fatal(err)
		}
		defer decoder.Close()
		content, err := decoder.DecodeAll(packed, nil)
		if err != nil {
			t.Fatalf("decoding %d bytes at once: %v", len(f.content), err)
		}
		f.compare(t, content)
		// Small frames in memory would be decoded at once again.
		if err := decoder.Reset(struct{ io.Reader }{bytes.NewReader(packed)}); err != nil {
			t.Fatal(err)
		}
		content, err = io.ReadAll(decoder)
		if err != nil {
			t.Fatalf("decoding a stream of %d bytes: %v", len(f.content), err)
		}
		f.compare(t, content)
	}
}

func (f *frame) compare(t *testing.T, content []byte) {
	t.Helper()
	if bytes.Equal(content, f.content) {
		return
	}
	at := 0
	for at < min(len(content), len(f.content)) && content[at] == f.content[at] {
		at++
	}
	t.Fatalf("decoded %d bytes, want %d; they differ at %d", len(content), len(f.content), at)
}

// Bytes of three kinds: that cannot be coded shorter, that can, and of one value.
func noise(source *rand.Rand, n int) []byte {
	p := make([]byte, 0, n+7)
	for len(p) < n {
		p = binary.LittleEndian.AppendUint64(p, source.Uint64())
	}
	return p[:n]
}

func words(source *rand.Rand, n int) []byte {
	var p []byte
	for len(p) < n {
		p = append(p, [...]string{"the ", "caption ", "says ", "nothing ", "of ", "it "}[source.IntN(6)]...)
	}
	return p[:n]
}

func run(_ *rand.Rand, n int) []byte { return bytes.Repeat([]byte{'x'}, n) }

var kinds = map[string]func(*rand.Rand, int) []byte{"noise": noise, "words": words, "run": run}

func newSource(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 6)) }

// Lengths at which blocks begin, end, or change their form.
var lengths = []int{0, 1, 2, 3, 4, 11, 12, 13, 34, 35, 36, 37, 38, 68, 69, 70, 130, 131, 132, 258, 259, 1023, 1024, 65538, 65539,
	131069, 131070, 131071, 131072, 131073, 131074, 131075, 131076, 262143, 262144, 262145, 262146, 393216, 400000}

func TestTextOfEachLength(t *testing.T) {
	for name, kind := range kinds {
		for _, n := range lengths {
			var f frame
			f.appendText(kind(newSource(uint64(n)), n))
			f.check(t, Window(int64(n)))
			if blocks := n/maxBlock + 1; len(f.packed) > n+3*blocks {
				t.Errorf("%d bytes of %s take %d", n, name, len(f.packed))
			}
		}
	}
}

func TestBase64OfEachLength(t *testing.T) {
	lengths := append([]int{leastBase - 1, leastBase, leastBase + 1, leastBase + 23, leastBase + 24, mostBase - 24, mostBase - 1,
		mostBase, mostBase + 1, mostBase + leastBase - 1, mostBase + leastBase, 787072}, lengths...)
	for _, n := range lengths {
		var f frame
		f.appendBase64(noise(newSource(uint64(n)), n))
		f.check(t, Window(int64(len(f.content))))
		if blocks := n/mostBase + 1; len(f.packed) > n+n/3+4+3*blocks || n >= mostBase && float64(len(f.packed)) > 1.005*float64(n) {
			t.Errorf("base64 of %d bytes takes %d", n, len(f.packed))
		}
	}
}

// Every pair of neighbouring symbols, in each place of a step and of a stream.
func TestBase64OfEachSymbol(t *testing.T) {
	var symbols []byte
	for first := range 64 {
		for second := range 64 {
			symbols = append(symbols, alphabet[first], alphabet[second])
		}
	}
	p, err := base64.StdEncoding.DecodeString(string(symbols))
	if err != nil {
		t.Fatal(err)
	}
	for shift := range 2 * Base64Step {
		var f frame
		f.appendBase64(append(noise(newSource(uint64(shift)), shift), p...))
		f.check(t, Window(int64(len(f.content))))
	}
}

func TestRepeatOfEachLength(t *testing.T) {
	for _, n := range append(lengths, 100, 101, 102, 103, 104, 105, 786436) {
		if 0 < n && n < minRepeat {
			continue
		}
		for _, distance := range []int{1, 2, 3, 4, 5, 12, 13, 131072, 131073} {
			var f frame
			f.appendText(noise(newSource(uint64(n)), max(distance, 3)))
			before := len(f.packed)
			f.appendRepeat(distance, n)
			f.appendText([]byte("after"))
			f.check(t, Window(int64(len(f.content))))
			// The lengths between 35 and 130 take up to four blocks.
			if got, most := len(f.packed)-before-3-len("after"), 15*(n/maxBlock+4); got > most {
				t.Errorf("%d bytes from %d back take %d, at most %d expected", n, distance, got, most)
			}
		}
	}
}

func TestRepeatOfAWholeBlockTakesFifteenBytes(t *testing.T) {
	if got := len(AppendRepeat(nil, maxWindow, 8*maxBlock)); got != 8*15 {
		t.Errorf("eight blocks from the far end of the window take %d bytes, want 120", got)
	}
}

// Content much longer than the window, and repeats that reach all across it.
func TestRepeatFromTheWindowsEdge(t *testing.T) {
	for _, window := range []int64{maxBlock, 1 << 20} {
		for _, short := range []int{0, 1, 2} { // of the edge
			source := newSource(uint64(window))
			var f frame
			f.appendText(noise(source, int(window)))
			for range 4 {
				f.appendRepeat(int(window)-short, int(window)/3)
				f.appendText(words(source, source.IntN(2000)))
				f.appendBase64(noise(source, source.IntN(200000)))
				f.appendRepeat(int(window)-short, int(window)+minRepeat)
			}
			f.check(t, window)
		}
	}
}

func TestRepeatFromTheLargestWindowsEdge(t *testing.T) {
	source := newSource(1)
	first := noise(source, 1<<20)
	packed := AppendHeader(nil, maxWindow, -1)
	packed = AppendBase64(packed, first[:1<<20/3*3])
	encoded := base64.StdEncoding.EncodeToString(first[:1<<20/3*3])
	packed = AppendRepeat(packed, 4, maxWindow-int64(len(encoded)))
	packed = AppendRepeat(packed, maxWindow, int64(len(encoded)))
	packed = AppendRepeat(packed, maxWindow, 1000) // of the four symbols that fill the window
	packed = AppendEnd(packed)

	decoder, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	last := encoded[len(encoded)-4:]
	for _, part := range []struct {
		name   string
		wanted func(n int) string
		length int
	}{
		{"the beginning", func(int) string { return encoded }, len(encoded)},
		{"what fills the window", func(n int) string { return string(bytes.Repeat([]byte(last), n/4)) }, maxWindow - len(encoded)},
		{"the beginning again", func(int) string { return encoded }, len(encoded)},
		{"what filled the window", func(n int) string { return string(bytes.Repeat([]byte(last), n/4)) }, 1000},
	} {
		got := make([]byte, part.length)
		if _, err := io.ReadFull(decoder, got); err != nil {
			t.Fatalf("%s: %v", part.name, err)
		}
		if string(got) != part.wanted(part.length) {
			t.Fatalf("%s differs", part.name)
		}
	}
	if n, err := decoder.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Fatalf("at the end: %d bytes, %v", n, err)
	}
}

// interleave makes a frame as the numbers that draw returns say: text, base64 and repeats in any order. Draw returns
// a number below n.
func interleave(f *frame, source *rand.Rand, steps int, window int64, draw func(n int) int) {
	length := func() int {
		switch draw(4) {
		case 0:
			return draw(200)
		case 1:
			return draw(5000)
		case 2:
			return lengths[draw(len(lengths))]
		default:
			return draw(150000)
		}
	}
	for range steps {
		switch draw(4) {
		case 0:
			f.appendText(words(source, length()))
		case 1:
			f.appendText(noise(source, length()))
		case 2:
			f.appendBase64(noise(source, length()))
		default:
			reach := int(min(window, int64(len(f.content))))
			n := length()
			if reach == 0 || n < minRepeat {
				continue
			}
			f.appendRepeat(1+draw(reach), n)
		}
	}
}

func TestAnyOrder(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			source := newSource(seed)
			window := int64(maxBlock) << source.IntN(4)
			var f frame
			interleave(&f, source, 1+source.IntN(20), window, source.IntN)
			f.check(t, window)
			f.check(t, max(window, Window(int64(len(f.content)))))
		})
	}
}

// FuzzAnyOrder lets the fuzzer choose the steps.
func FuzzAnyOrder(f *testing.F) {
	f.Fuzz(func(t *testing.T, choices []byte) {
		choices = choices[:min(len(choices), 64)]
		draw := func(n int) int { // as many bytes choose as n has
			var chosen int
			for bound := 1; bound < n && len(choices) > 0; bound <<= 8 {
				chosen = chosen<<8 | int(choices[0])
				choices = choices[1:]
			}
			return chosen % n
		}
		var made frame
		for len(choices) > 0 && len(made.content) < 1<<20 {
			interleave(&made, newSource(uint64(len(choices))), 1, maxBlock, draw)
		}
		made.check(t, maxBlock)
		made.check(t, max(maxBlock, Window(int64(len(made.content)))))
	})
}

// Blocks of a frame do not know of each other: made apart and put together they are the same frame.
func TestPartsMadeApart(t *testing.T) {
	source := newSource(3)
	text, image := words(source, 5000), noise(source, 200001)
	var together frame
	together.appendText(text)
	together.appendBase64(image)
	together.appendText(text)
	together.appendRepeat(10000, 7000)

	var first, last TextEncoder
	apart := AppendRepeat(last.Append(nil, text), 10000, 7000)
	apart = append(AppendBase64(first.Append(nil, text), image), apart...)
	if !bytes.Equal(apart, together.packed) {
		t.Error("a frame made of parts differs from one made in one go")
	}
	together.check(t, Window(int64(len(together.content))))
}

func TestWhatStoodBeforeIsKept(t *testing.T) {
	source := newSource(4)
	text, image := words(source, 300), noise(source, 100000)
	var encoder TextEncoder
	for name, appendTo := range map[string]func([]byte) []byte{
		"header": func(dst []byte) []byte { return AppendHeader(dst, maxWindow, 7) },
		"text":   func(dst []byte) []byte { return encoder.Append(dst, text) },
		"base64": func(dst []byte) []byte { return AppendBase64(dst, image) },
		"repeat": func(dst []byte) []byte { return AppendRepeat(dst, 1000, 300000) },
		"end":    AppendEnd,
	} {
		alone := appendTo(nil)
		for _, room := range []int{0, len(alone) - 1, len(alone), len(alone) + 1, 1 << 20} {
			dst := append(make([]byte, 0, len("before")+room), "before"...)
			if got := appendTo(dst); string(got) != "before"+string(alone) {
				t.Errorf("%s with room for %d bytes changed what stood before, or itself", name, room)
			}
		}
	}
}

func TestWindow(t *testing.T) {
	for content, want := range map[int64]int64{
		-1: maxWindow, 0: 1024, 1: 1024, 1024: 1024, 1025: 2048, 131072: 131072, 131073: 262144,
		maxWindow - 1: maxWindow, maxWindow: maxWindow, maxWindow + 1: maxWindow, 1 << 50: maxWindow,
	} {
		window := Window(content)
		if window != want {
			t.Errorf("the window of %d bytes is %d, want %d", content, window, want)
		}
		var header zstd.Header
		if err := header.Decode(AppendEnd(AppendHeader(nil, window, content))); err != nil {
			t.Fatal(err)
		}
		if header.WindowSize != uint64(want) || header.HasFCS != (content >= 0) || header.HasCheckSum || header.SingleSegment ||
			header.HasFCS && header.FrameContentSize != uint64(content) {
			t.Errorf("header of %d bytes is read as %+v", content, header)
		}
	}
}

// A pool is rows of one image each, as a generator would write them.
type pool struct {
	rows, images int
	imageBytes   int
	draw         func(row int) (image int)

	packed  func([]byte) // is given the frame, row by row
	content func([]byte) // the same of the content, if not nil

	drawn int64 // bytes of the different images drawn
	sent  int64 // bytes of images, each time it was too far back to be repeated
}

func (p *pool) write() {
	encoded := int64(base64.StdEncoding.EncodedLen(p.imageBytes))
	stands := make(map[int]int64) // where an image was last
	var at int64
	var text TextEncoder
	buf := AppendHeader(nil, maxWindow, -1)
	for r := range p.rows {
		image := p.draw(r)
		pixels := func() []byte { return noise(newSource(uint64(image)), p.imageBytes) }
		before := fmt.Appendf(nil, `{"text":"%s","images":["data:image/png;base64,`, words(newSource(uint64(r)), 1400+r%200))
		const after = "\"]}\n"
		if p.content != nil {
			p.content(before)
			p.content(base64.StdEncoding.AppendEncode(nil, pixels()))
			p.content([]byte(after))
		}

		buf = text.Append(buf, before)
		at += int64(len(before))
		last, stood := stands[image]
		stands[image] = at
		if stood && at-last <= maxWindow {
			buf = AppendRepeat(buf, at-last, encoded)
		} else {
			if !stood {
				p.drawn += int64(p.imageBytes)
			}
			p.sent += int64(p.imageBytes)
			for rest := pixels(); len(rest) > 0; { // in the pieces that an image comes in
				n := min(len(rest), 64554)
				if n < len(rest) {
					n -= n % Base64Step
				}
				buf = AppendBase64(buf, rest[:n])
				rest = rest[n:]
			}
		}
		buf = text.Append(buf, []byte(after))
		at += encoded + int64(len(after))
		p.packed(buf)
		buf = buf[:0]
	}
	p.packed(AppendEnd(buf))
}

// newPools returns 256 rows over a pool of 64 images of 512×512 pixels. Drawn at random, some come again only after more than
// a window, and no frame can avoid sending them again.
func newPools() map[string]*pool {
	source := newSource(64)
	return map[string]*pool{
		"at random":   {rows: 256, images: 64, imageBytes: 787072, draw: func(int) int { return source.IntN(64) }},
		"round robin": {rows: 256, images: 64, imageBytes: 787072, draw: func(row int) int { return row % 64 }},
	}
}

func TestSizeOfRowsFromAPool(t *testing.T) {
	for name, p := range newPools() {
		var packed int64
		p.packed = func(part []byte) { packed += int64(len(part)) }
		p.write()
		ratio := float64(packed) / float64(p.sent)
		t.Logf("%s: %d bytes of images, %d with those that came again too late, packed %d, %.4f", name, p.drawn, p.sent, packed, ratio)
		if ratio > 1.01 {
			t.Errorf("%s: %d bytes for %d bytes of images, a ratio of %.4f", name, packed, p.sent, ratio)
		}
	}
}

func TestNothingIsAllocatedInTheSteadyState(t *testing.T) {
	source := newSource(5)
	text, image := words(source, 3000), noise(source, mostBase)
	buf := make([]byte, 0, 1<<20)
	var encoder TextEncoder
	encoder.Append(buf, text)
	runtime.GC()
	for name, appendTo := range map[string]func([]byte) []byte{
		"text":   func(dst []byte) []byte { return encoder.Append(dst, text) },
		"base64": func(dst []byte) []byte { return AppendBase64(dst, image) },
		"tail":   func(dst []byte) []byte { return AppendBase64(dst, image[:100]) },
		"repeat": func(dst []byte) []byte { return AppendRepeat(dst, 1000, 1<<20) },
	} {
		if n := testing.AllocsPerRun(20, func() { appendTo(buf) }); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkBase64(b *testing.B) {
	image := noise(newSource(1), 64554/Base64Step*Base64Step)
	buf := AppendBase64(nil, image)
	b.SetBytes(int64(base64.StdEncoding.EncodedLen(len(image))))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendBase64(buf[:0], image)
	}
	if len(buf) < len(image) || len(buf) > len(image)+100 {
		b.Fatalf("%d bytes became %d", len(image), len(buf))
	}
}

func BenchmarkRepeat(b *testing.B) {
	const length = 1049432 // base64 of an image of 787,072 bytes
	buf := AppendRepeat(nil, 100<<20, length)
	b.SetBytes(length)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendRepeat(buf[:0], 100<<20, length)
	}
	if len(buf) > 150 {
		b.Fatalf("%d bytes", len(buf))
	}
}

func BenchmarkText(b *testing.B) {
	text := words(newSource(1), 1500)
	var encoder TextEncoder
	buf := encoder.Append(nil, text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		buf = encoder.Append(buf[:0], text)
	}
	if len(buf) > len(text) {
		b.Fatalf("%d bytes became %d", len(text), len(buf))
	}
}
