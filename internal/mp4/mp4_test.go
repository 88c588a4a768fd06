package mp4_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"mmjsonl/internal/mp4"
)

// parents are the boxes that hold boxes, and what they have before these.
var parents = map[string]int{"moov": 0, "trak": 0, "mdia": 0, "minf": 0, "dinf": 0, "stbl": 0, "dref": 8, "stsd": 8, "avc1": 78}

// read returns the contents of all boxes that hold none, by their path.
func read(t *testing.T, path string, data []byte, boxes map[string][]byte) {
	t.Helper()
	for len(data) > 0 {
		if len(data) < 8 {
			t.Fatalf("%s ends in a box of %d bytes", path, len(data))
		}
		size, kind := int(binary.BigEndian.Uint32(data)), string(data[4:8])
		if size < 8 || size > len(data) {
			t.Fatalf("%s/%s says it has %d bytes, and there are %d", path, kind, size, len(data))
		}
		if before, ok := parents[kind]; ok {
			read(t, path+"/"+kind, data[8+before:size], boxes)
		} else if _, twice := boxes[path+"/"+kind]; twice {
			t.Fatalf("%s/%s is there twice", path, kind)
		} else {
			boxes[path+"/"+kind] = data[8:size]
		}
		data = data[size:]
	}
}

func TestAppendHeader(t *testing.T) {
	for _, padding := range []int64{0, mp4.MinPadding, 9, 5000} {
		f := &mp4.File{Width: 322, Height: 240, Rate: 8, Sequence: []byte{0x67, 66, 0xc0, 13, 1, 2}, Picture: []byte{0x68, 3}, Sizes: []uint32{7, 1, 4}}
		file := mp4.AppendHeader([]byte("before"), f, padding, func(b []byte) {
			for i := range b {
				b[i] = 'x'
			}
		})
		if !bytes.HasPrefix(file, []byte("before")) {
			t.Fatal("a file replaced what was before it")
		}
		file = file[len("before"):]
		if want := mp4.Overhead(3, 8) + padding; int64(len(file)) != want {
			t.Errorf("padding %d: there are %d bytes before the frames, said are %d", padding, len(file), want)
		}
		header := len(file)
		file = append(file, "0123456abcde"...)
		boxes := map[string][]byte{}
		read(t, "", file, boxes)
		numbers := func(path string) (all []uint32) {
			for data := boxes[path]; len(data) >= 4; data = data[4:] {
				all = append(all, binary.BigEndian.Uint32(data))
			}
			return all
		}
		const table = "/moov/trak/mdia/minf/stbl"
		for path, want := range map[string][]uint32{
			table + "/stsz":             {0, 0, 3, 7, 1, 4},
			table + "/stco":             {0, 1, uint32(header)},
			table + "/stsc":             {0, 1, 1, 3, 1},
			table + "/stts":             {0, 1, 3, 1},
			table + "/stss":             {0, 1, 1},
			"/moov/trak/mdia/minf/vmhd": {1, 0, 0},
		} {
			if got := numbers(path); !slices.Equal(got, want) {
				t.Errorf("padding %d: %s is %d, want %d", padding, path, got, want)
			}
		}
		if got := numbers("/moov/trak/mdia/mdhd"); got[3] != 8 || got[4] != 3 {
			t.Errorf("there are %d frames at %d a second", got[4], got[3])
		}
		if got := numbers("/moov/mvhd"); got[3] != 1000 || got[4] != 375 {
			t.Errorf("the file takes %d of %d", got[4], got[3])
		}
		if got := numbers("/moov/trak/tkhd"); len(got) != 21 || got[19] != 322<<16 || got[20] != 240<<16 {
			t.Errorf("the track is %d", got)
		}
		want := []byte{1, 66, 0xc0, 13, 0xff, 0xe1, 0, 6, 0x67, 66, 0xc0, 13, 1, 2, 1, 0, 2, 0x68, 3}
		if got := boxes[table+"/stsd/avc1/avcC"]; !bytes.Equal(got, want) {
			t.Errorf("the parameters are % x, want % x", got, want)
		}
		if got := string(boxes["/mdat"]); got != "0123456abcde" {
			t.Errorf("the frames are %q", got)
		}
		if got, ok := boxes["/free"]; ok != (padding > 0) || ok && string(got) != string(bytes.Repeat([]byte("x"), int(padding)-mp4.MinPadding)) {
			t.Errorf("padding %d is %q", padding, got)
		}
	}
}
