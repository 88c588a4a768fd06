package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mmjsonl/internal/format"
)

// What comes out of a compressed file is bounded by its own size, to the byte.
func TestUnpackedIsBounded(t *testing.T) {
	text := strings.Repeat(twoRows, 100)
	for _, kind := range []string{"gzip", "zstd"} {
		packed := compressed(t, kind, text)
		for _, test := range []struct {
			bound bound
			fails bool
		}{
			{bound{free: int64(len(text))}, false},
			{bound{free: int64(len(text)) - 1}, true},
			{bound{ratio: int64(len(text)/len(packed)) + 1}, false},
			{bound{ratio: int64(len(text) / len(packed))}, true},
		} {
			_, plain, err := decompress(bytes.NewReader(packed), test.bound)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(plain)
			if test.fails && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d bytes of it unpack to more than", len(packed)))) {
				t.Errorf("%s within %+v: %v", kind, test.bound, err)
			}
			if !test.fails && (err != nil || string(got) != text) {
				t.Errorf("%s within %+v: %d bytes, %v", kind, test.bound, len(got), err)
			}
		}
	}
}

// A few kilobytes that unpack to lines, requests or images without end are read for seconds, and not to their end. What is as large itself is.
func TestUnpackedRowsAreBounded(t *testing.T) {
	few := defaultLimits
	few.unpacked.lines, few.unpacked.images = bound{100_000, 1}, bound{300_000, 1}
	image := strings.Repeat(`"a",`, 2000) + `"a"`
	for name, test := range map[string]struct {
		block  string // repeated
		times  int
		limits limits
		what   string
	}{
		"blank lines":               {strings.Repeat("\n", 1<<20), 10, defaultLimits, "10000000 lines"},
		"carriage returns":          {strings.Repeat("\r", 1<<10), 100, few, "100000 lines"},
		"bad lines":                 {strings.Repeat("1\n", 1<<10), 100, few, "100000 lines"},
		"images":                    {`{"text":"a","images":[` + image + "]}\n", 200, few, "300000 images"},
		"requests of few lines":     {`{"session_id":"s","turns":[` + strings.Repeat(`{"text":"a"},`, 1000) + `{"text":"a"}]}` + "\n", 110, few, "100000 lines"},
		"as many lines as are free": {strings.Repeat(`{"text":"a"}`+"\n", 1000), 100, few, ""},
	} {
		for _, kind := range []string{"gzip", "zstd", ""} {
			packed := compressed(t, kind, strings.Repeat(test.block, test.times))
			if kind == "" && test.limits == defaultLimits {
				continue // it takes a while
			}
			_, err := read(t.Context(), name, bytes.NewReader(packed), Options{}, test.limits)
			fails := test.what != "" && kind != ""
			if !fails && err != nil || fails && (err == nil || !strings.Contains(err.Error(), "bytes of it unpack to more than "+test.what)) {
				t.Errorf("%s in %d bytes of %s: %v", name, len(packed), kind, err)
			}
		}
	}
}

// A conversation of n turns sends about n²/2 images: beyond a bound the turns count alone, and the file says so. Many short ones are no problem.
func TestLongConversationsAreBounded(t *testing.T) {
	for _, test := range []struct {
		conversations, turns int
		slots                int64
		alone                bool
	}{{1, 30_000, 30_000, true}, {1, 400, 400 * 401 / 2, false}, {300, 100, 300 * 100 * 101 / 2, false}} {
		var text strings.Builder
		for i := range test.conversations {
			fmt.Fprintf(&text, `{"session_id":"%d","turns":[`, i)
			for turn := range test.turns {
				fmt.Fprintf(&text, `%.*s{"text":"a","images":["http://h/%d"]}`, min(turn, 1), ",", turn%7)
			}
			text.WriteString("]}\n")
		}
		began := time.Now()
		r := inspectText(t, text.String(), Options{}, defaultLimits)
		noted := slices.ContainsFunc(r.Order.Notes, func(note string) bool { return strings.Contains(note, "conversations are too long") })
		if slots := r.Slots; slots != test.slots || noted != test.alone || strings.Contains(r.Order.Words, "its own images alone") != test.alone {
			t.Errorf("%d conversations of %d turns: %d slots, want %d, %q, %q", test.conversations, test.turns, slots, test.slots, r.Order.Words, r.Order.Notes)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%d conversations of %d turns took %v", test.conversations, test.turns, took)
		}
	}
}

// An image file has its size within its first megabytes, or has none: what is behind is not read, and a file without bytes, which can be one of
// the kernel's that waits, is not even opened.
func TestImageFilesAreReadToABound(t *testing.T) {
	dir := t.TempDir()
	sof := picture(t, "jpeg", 3, 2)
	sof = sof[bytes.Index(sof, []byte{0xff, 0xc0}):]
	for name, test := range map[string]struct {
		begin string
		at    int64 // where the size stands
		found bool
	}{
		"metadata of a megabyte":           {"\xff\xd8\xff\xe0\x00\x02", 1 << 20, true},
		"metadata of a terabyte":           {"\xff\xd8\xff\xe0\x00\x02", 1 << 40, false},
		"segments without end":             {"\xff\xd8\xff\xe1\xff\xff", 1 << 40, false},
		"PNG with a chunk of a terabyte":   {"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", 1 << 40, false},
		"neither, and a terabyte of zeros": {"GIF89a", 1 << 40, false},
	} {
		f, err := os.Create(filepath.Join(dir, "x"))
		if err == nil {
			_, err = f.WriteString(test.begin)
		}
		if err == nil {
			_, err = f.WriteAt(sof, test.at)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		fs := files{dir: dir, open: OpenFile}
		found := fs.look(&freshFile{path: "x"}, format.Key{}, new(fileRoom))
		if (found.fault == fileGood) != test.found || test.found && (found.width != 3 || found.height != 2) || time.Since(begin) > 5*time.Second {
			t.Errorf("%s: %+v, after %v", name, found, time.Since(begin))
		}
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
	fs := files{dir: dir, open: OpenFile}
	if found := fs.look(&freshFile{path: "/proc/kmsg"}, format.Key{}, new(fileRoom)); found.fault != fileEmpty {
		t.Errorf("the kernel's messages were opened: %+v", found)
	}
}
