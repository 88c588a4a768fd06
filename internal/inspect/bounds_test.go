package inspect

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mmjsonl/internal/format"
)

// What comes out of a compressed file is bounded, to the byte.
func TestUnpackedIsBounded(t *testing.T) {
	for _, kind := range []string{"gzip", "zstd"} {
		_, plain, err := decompress(bytes.NewReader(compressed(t, kind, twoRows)))
		if err != nil {
			t.Fatal(err)
		}
		bounded, ok := plain.(*unpacked)
		if !ok || bounded.left != mostUnpacked {
			t.Fatalf("%s: %T without a bound", kind, plain)
		}
		bounded.left = int64(len(twoRows))
		if got, err := io.ReadAll(bounded); err != nil || string(got) != twoRows {
			t.Errorf("%s: %q, %v", kind, got, err)
		}
	}
	bounded := &unpacked{io.NopCloser(strings.NewReader(twoRows)), int64(len(twoRows)) - 1}
	if _, err := io.ReadAll(bounded); err == nil || !strings.Contains(err.Error(), "more than a terabyte") {
		t.Errorf("one byte too many: %v", err)
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
		found := fs.look(&freshFile{path: "x"}, format.Key{})
		if (found.fault == fileGood) != test.found || test.found && (found.width != 3 || found.height != 2) || time.Since(begin) > 5*time.Second {
			t.Errorf("%s: %+v, after %v", name, found, time.Since(begin))
		}
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
	fs := files{dir: dir, open: OpenFile}
	if found := fs.look(&freshFile{path: "/proc/kmsg"}, format.Key{}); found.fault != fileEmpty {
		t.Errorf("the kernel's messages were opened: %+v", found)
	}
}
