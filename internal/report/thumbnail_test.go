//go:build unix

package report

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"mmjsonl/internal/files"
)

// Not parallel, so that nothing else allocates.
func TestThumbnailsOfWhatIsTooLargeAreNotMade(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	large := bytes.Clone(picture.Bytes())
	sof := bytes.Index(large, []byte{0xff, 0xc0})
	copy(large[sof+5:], "\xff\xff\xff\xff") // says that it has 65535 by 65535 pixels
	write := func(data []byte) func() error { return func() error { return os.WriteFile(path, data, 0o600) } }
	for name, make := range map[string]func() error{
		"a PNG of a gigapixel, in 130 kB": write(grayPNG(t, 1<<18, 1<<12)),
		"a PNG that is one line":          write(grayPNG(t, 1<<25, 1)),
		"a JPEG that says so":             write(large),
		"a file of a terabyte":            func() error { return os.WriteFile(path, grayPNG(t, 8, 8), 0o600) },
		"a pipe":                          func() error { return syscall.Mkfifo(path, 0o600) },
		"a folder":                        func() error { return os.Mkdir(path, 0o700) },
		"a link to zeros without end":     func() error { return os.Symlink("/dev/zero", path) },
		"nothing":                         func() error { return nil },
	} {
		if err := make(); err != nil {
			t.Fatal(err)
		}
		if name == "a file of a terabyte" {
			if err := os.Truncate(path, 1<<40); err != nil {
				t.Fatal(err)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		thumbnail := readThumbnail(files.Place{Here: path})
		runtime.ReadMemStats(&after)
		if thumbnail != nil {
			t.Errorf("%s has a thumbnail of %d bytes", name, len(thumbnail))
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
			t.Errorf("%s takes %d bytes of memory", name, took)
		}
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestThumbnailsAreSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	img := image.NewRGBA(image.Rect(0, 0, 1000, 3))
	img.Set(0, 0, color.RGBA{R: 200, A: 255})
	for name, encode := range map[string]func(io.Writer) error{
		"png":  func(w io.Writer) error { return png.Encode(w, img) },
		"jpeg": func(w io.Writer) error { return jpeg.Encode(w, img, nil) },
		"as large as allowed": func(w io.Writer) error {
			_, err := w.Write(grayPNG(t, 6<<10, 4<<10))
			return err
		},
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		small, err := jpeg.Decode(bytes.NewReader(readThumbnail(files.Place{Here: path})))
		if err != nil || small.Bounds().Dx() > thumbnailSide || small.Bounds().Dx() < thumbnailSide/2 {
			t.Errorf("%s: %v, %v", name, small, err)
		}
	}
}
