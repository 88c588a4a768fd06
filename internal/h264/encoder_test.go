package h264_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"mmjsonl/internal/h264"
)

// read reads all frames of a clip.
func read(t *testing.T, s h264.Shape, data []byte, sizes []uint32) (frames []frame) {
	t.Helper()
	defer func() {
		if fault := recover(); fault != nil {
			t.Fatalf("%+v, frame %d: %v", s, len(frames), fault)
		}
	}()
	stream := readParameters(h264.Parameters(s, int64(len(data))))
	if stream.width != s.Width || stream.height != s.Height {
		fail("frames have %dx%d pixels", stream.width, stream.height)
	}
	if len(sizes) != s.Frames {
		fail("there are %d frames", len(sizes))
	}
	for i, size := range sizes {
		frames = append(frames, readFrame(stream, data[:size], i))
		data = data[size:]
	}
	if len(data) > 0 {
		fail("%d bytes are no frame's", len(data))
	}
	return frames
}

var shapes = []h264.Shape{
	{Width: 2, Height: 2, Frames: 1, Rate: 1}, {Width: 16, Height: 16, Frames: 5, Rate: 5}, {Width: 48, Height: 18, Frames: 40, Rate: 30},
	{Width: 322, Height: 242, Frames: 20, Rate: 8}, {Width: 320, Height: 240, Frames: 32, Rate: 8}, {Width: 640, Height: 360, Frames: 4, Rate: 30},
}

// A clip is one that a reader understands, fills nearly what it may have, and is a function of what it is made from.
func TestEncoder(t *testing.T) {
	var e, other h264.Encoder
	for _, s := range shapes {
		least, most := h264.Range(s)
		for _, target := range []int64{least, least + (most-least)/50, (least + most) / 4, (least + most) / 2, most} {
			t.Run(fmt.Sprintf("%dx%d/%d bytes", s.Width, s.Height, target), func(t *testing.T) {
				data, sizes := e.Append([]byte("before"), 7, 3, s, target)
				if !bytes.HasPrefix(data, []byte("before")) {
					t.Fatal("a clip replaced what was before it")
				}
				data = data[len("before"):]
				frames := read(t, s, data, sizes)
				// What is fixed is taken at its most; at the end there is no room for a macroblock at its most.
				if bound := target - target/50 - int64(s.Frames)*10 - 800; int64(len(data)) > target || int64(len(data)) < bound {
					t.Errorf("it has %d bytes, want %d to %d", len(data), bound, target)
				}
				if again, _ := other.Append(nil, 7, 3, s, target); !bytes.Equal(again, data) {
					t.Error("another encoder makes another clip")
				}
				for i, f := range frames {
					if target == most && i > 0 && f.detailed < f.coded*9/10 {
						t.Errorf("of %d macroblocks of frame %d %d have AC coefficients", f.coded, i, f.detailed)
					}
				}
			})
		}
	}
}

// Clips of a seed are different, and so are those of two seeds.
func TestClipsDiffer(t *testing.T) {
	var e h264.Encoder
	seen := map[string]string{}
	for _, s := range []h264.Shape{{Width: 16, Height: 16, Frames: 1, Rate: 1}, {Width: 32, Height: 16, Frames: 2, Rate: 1}, {Width: 64, Height: 48, Frames: 3, Rate: 8}} {
		least, _ := h264.Range(s)
		for i := range min(h264.MaxClips(s), 2000) {
			data, _ := e.Append(nil, 1, uint32(i), s, least)
			name := fmt.Sprintf("clip %d of %+v", i, s)
			if other, ok := seen[string(data)]; ok {
				t.Fatalf("%s is %s", name, other)
			}
			seen[string(data)] = name
		}
	}
	s := h264.Shape{Width: 64, Height: 48, Frames: 3, Rate: 8}
	one, _ := e.Append(nil, 1, 0, s, 2000)
	two, _ := e.Append(nil, 2, 0, s, 2000)
	if bytes.Equal(one, two) {
		t.Error("two seeds make the same clip")
	}
}

// The signs of the first frame tell a clip's number: 8 clips have all that there are of one macroblock, which chance would not do.
func TestSignsTellTheNumber(t *testing.T) {
	var e h264.Encoder
	for _, s := range []h264.Shape{{Width: 16, Height: 16, Frames: 1, Rate: 1}, {Width: 32, Height: 16, Frames: 1, Rate: 1}, {Width: 64, Height: 48, Frames: 1, Rate: 8}} {
		least, most := h264.Range(s)
		for _, target := range []int64{least, most} {
			seen := map[string]bool{}
			clips := min(h264.MaxClips(s), 500)
			for i := range clips {
				data, sizes := e.Append(nil, 1, uint32(i), s, target)
				last := read(t, s, data, sizes)[0].last
				seen[fmt.Sprint(last[:min(len(last), 3*11)])] = true
			}
			if int64(len(seen)) != clips {
				t.Errorf("%+v: %d clips have %d different signs", s, clips, len(seen))
			}
		}
	}
}

// The sizes that nobody chooses are possible, and no two consecutive clips have the same one.
func TestBytes(t *testing.T) {
	for _, s := range shapes {
		least, most := h264.Range(s)
		for i := range uint32(200) {
			if n := h264.Bytes(5, i, s); n < least || n > most {
				t.Fatalf("clip %d of %+v has %d bytes, possible are %d to %d", i, s, n, least, most)
			}
		}
	}
	s := h264.Shape{Width: 320, Height: 240, Frames: 32, Rate: 8}
	if h264.Bytes(5, 0, s) == h264.Bytes(5, 1, s) {
		t.Error("clips have the same length")
	}
}

// Means go up as often as down, so that clips stay away from black and white.
func TestMeansStayInTheMiddle(t *testing.T) {
	var e h264.Encoder
	s := h264.Shape{Width: 640, Height: 480, Frames: 10, Rate: 8}
	_, most := h264.Range(s)
	data, sizes := e.Append(nil, rand.Uint64(), 0, s, most/2)
	var up, all [3]int
	for _, f := range read(t, s, data, sizes) {
		for c := range up {
			up[c] += f.positives[c]
			all[c] += f.moving[c]
		}
	}
	for c := range up {
		if share := float64(up[c]) / float64(all[c]); share < 0.47 || share > 0.53 {
			t.Errorf("of the moves of component %d %.3f go up", c, share)
		}
	}
}

// The level is the lowest one that the standard allows (table A-1).
func TestLevel(t *testing.T) {
	for _, test := range []struct {
		s     h264.Shape
		bytes int64
		want  int
	}{
		{h264.Shape{Width: 176, Height: 144, Frames: 15, Rate: 15}, 1000, 10},
		{h264.Shape{Width: 176, Height: 144, Frames: 15, Rate: 15}, 10000, 11}, // 80 kbit/s
		{h264.Shape{Width: 320, Height: 240, Frames: 32, Rate: 8}, 30000, 11},
		{h264.Shape{Width: 1280, Height: 720, Frames: 30, Rate: 30}, 100000, 31},
		{h264.Shape{Width: 1920, Height: 1080, Frames: 30, Rate: 30}, 100000, 40},
		{h264.Shape{Width: 4096, Height: 16, Frames: 1, Rate: 1}, 5000, 40}, // its side
		{h264.Shape{Width: 4096, Height: 4096, Frames: 8, Rate: 30}, 100000, 60},
	} {
		sequence, _ := h264.Parameters(test.s, test.bytes)
		if got := int(sequence[3]); got != test.want {
			t.Errorf("%+v has the level %d, want %d", test.s, got, test.want)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	s := h264.Shape{Width: 320, Height: 240, Frames: 32, Rate: 8}
	var e h264.Encoder
	var data []byte
	b.ReportAllocs()
	for i := uint32(0); b.Loop(); i++ {
		bytes := h264.Bytes(1, i, s)
		if data, _ = e.Append(data[:0], 1, i, s, bytes); int64(len(data)) > bytes {
			b.Fatal(len(data))
		}
		b.SetBytes(int64(len(data)))
	}
}

// The sum of many lengths is the one that adding them up has.
func TestTotal(t *testing.T) {
	s := h264.Shape{Width: 320, Height: 240, Frames: 32, Rate: 8}
	total := int64(0)
	for i := range 10000 {
		if i%999 == 0 {
			if got := h264.Total(5, i, s); got != total {
				t.Fatalf("%d clips have %d bytes together, want %d", i, got, total)
			}
		}
		total += h264.Bytes(5, uint32(i), s)
	}
}
