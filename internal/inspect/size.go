package inspect

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
)

// mostSized is how many different images are looked at for their sizes.
const mostSized = 1000

// longestHeader is how many bytes of an image file are read for its size: a JPEG's metadata come first, and a hostile one's never end.
const longestHeader = 4 << 20

// pngSize is where a PNG file has its width and height: signature, length and type of the first chunk precede them.
const pngSize = 16

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// errFormat is what aiperf answers, too.
var errFormat = errors.New("it is neither PNG nor JPEG")

// decodeSize reads an image's size from its header, as far as it is PNG or JPEG.
func decodeSize(r io.Reader) (image.Config, error) {
	start := make([]byte, len(pngSignature))
	n, err := io.ReadFull(r, start)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return image.Config{}, err
	}
	r = io.MultiReader(bytes.NewReader(start[:n]), r)
	switch {
	case bytes.Equal(start, pngSignature):
		return png.DecodeConfig(r)
	case bytes.HasPrefix(start, []byte("\xff\xd8")):
		return jpeg.DecodeConfig(r)
	}
	return image.Config{}, errFormat
}

// dataSize returns the size of the image in a data URI of which this is the beginning, or zeros if it cannot be told.
func dataSize(uri []byte) (width, height int32) {
	header, payload, found := bytes.Cut(uri, []byte(","))
	if suffix := header[max(len(header)-len(";base64"), 0):]; !found || !bytes.EqualFold(suffix, []byte(";base64")) {
		return 0, 0
	}
	// The common case without a reader's buffers.
	var start [pngSize + 8]byte
	if text := payload[:min(len(payload), base64.StdEncoding.EncodedLen(len(start)))]; len(text) == base64.StdEncoding.EncodedLen(len(start)) {
		if n, err := base64.StdEncoding.Decode(start[:], text); err == nil && n == len(start) && bytes.HasPrefix(start[:], pngSignature) {
			return side(binary.BigEndian.Uint32(start[pngSize:])), side(binary.BigEndian.Uint32(start[pngSize+4:]))
		}
	}
	config, err := decodeSize(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(payload)))
	if err != nil {
		return 0, 0
	}
	return side(uint32(config.Width)), side(uint32(config.Height))
}

func side(n uint32) int32 { return int32(min(n, math.MaxInt32)) }

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
		return 0, 0, fmt.Errorf("failed to read the image %q: %w", name, errFormat) // reading some files of /proc and /sys waits as well
	}
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	config, err := decodeSize(io.LimitReader(f, longestHeader))
	if err != nil {
		return 0, 0, fmt.Errorf("failed to read the image %q: %w", name, err)
	}
	return side(uint32(config.Width)), side(uint32(config.Height)), nil
}

// sizes collects the sizes of the first different images.
type sizes struct {
	taken      int // images that were taken in, of any kind that has a size
	paths      []string
	images     map[[2]int32]int64
	unreadable int64
	first      string // of the unreadable
}

// add takes a reference to an image that was not seen before, and reports whether there is room for more.
func (s *sizes) add(r *reference) bool {
	if s.taken == mostSized {
		return false
	}
	switch r.kind {
	case kindPath:
		if r.uuid != nil && len(r.entry) == 0 {
			return true // named by its uuid alone
		}
		s.paths = append(s.paths, string(r.entry))
	case kindDataURI:
		s.count(r.width, r.height, r.shorten(), nil)
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
	for _, path := range s.paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		width, height, err := fileSize(dir, path)
		s.count(width, height, path, err)
	}
	return nil
}
