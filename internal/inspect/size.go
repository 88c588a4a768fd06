package inspect

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"mmjsonl/internal/format"
)

// mostSized is how many different images are looked at for their sizes.
const mostSized = 1000

// longestHeader is how many bytes of an image file are read for its size: a JPEG's metadata come first, and a hostile one's never end.
const longestHeader = 4 << 20

// fileSize reads the size of an image in a file; a relative name is looked for in dir.
func fileSize(dir, name string) (width, height int32, err error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return 0, 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, 0, fmt.Errorf("%q is not a file", name) // and opening a pipe would wait for its writer
	}
	if info.Size() == 0 {
		return 0, 0, fmt.Errorf("failed to read the image %q: %w", name, format.ErrImageFormat) // reading some files of /proc and /sys waits as well
	}
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	width, height, err = format.ImageSize(io.LimitReader(f, longestHeader))
	if err != nil {
		return 0, 0, fmt.Errorf("failed to read the image %q: %w", name, err)
	}
	return width, height, nil
}

// sizes collects the sizes of the first different images.
type sizes struct {
	taken      int // images that were taken in, of any kind that has a size
	paths      []string
	images     map[[2]int32]int64
	unreadable int64
	first      string   // of the unreadable
	numbers    []uint32 // of the images at these
	sent       *Sent    // is told the sizes
}

// add takes a reference to an image that was not seen before, and reports whether there is room for more.
func (s *sizes) add(r *format.Reference, image uint32) bool {
	if s.taken == mostSized {
		return false
	}
	switch r.Kind {
	case format.EntryPath:
		if r.UUID != nil && len(r.Entry) == 0 {
			return true // named by its uuid alone
		}
		s.paths = append(s.paths, string(r.Entry))
		s.numbers = append(s.numbers, image)
	case format.EntryDataURI:
		s.count(r.Width, r.Height, r.Name(), nil)
		s.sent.size(image, r.Width, r.Height)
	default:
		return true
	}
	s.taken++
	return s.taken < mostSized
}

func (s *sizes) count(width, height int32, name string, err error) {
	if err != nil || width <= 0 || height <= 0 {
		if s.unreadable == 0 {
			s.first = name
			if err != nil {
				s.first = err.Error()
			}
		}
		s.unreadable++
		return
	}
	if s.images == nil {
		s.images = map[[2]int32]int64{}
	}
	s.images[[2]int32{width, height}]++
}

// open reads the files among the images.
func (s *sizes) open(ctx context.Context, dir string) error {
	for i, path := range s.paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		width, height, err := fileSize(dir, path)
		s.count(width, height, path, err)
		s.sent.size(s.numbers[i], width, height)
	}
	return nil
}
