package format

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
)

// pngSize is where a PNG file has its width and height: signature, length and type of the first chunk precede them.
const pngSize = 16

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// ErrImageFormat is what aiperf answers, too.
var ErrImageFormat = errors.New("it is neither PNG nor JPEG")

// ImageSize reads an image's size in pixels from its header, if it is PNG or JPEG.
func ImageSize(r io.Reader) (width, height int32, err error) {
	start := make([]byte, len(pngSignature))
	n, err := io.ReadFull(r, start)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return 0, 0, err
	}
	r = io.MultiReader(bytes.NewReader(start[:n]), r)
	var config image.Config
	switch {
	case bytes.Equal(start, pngSignature):
		config, err = png.DecodeConfig(r)
	case bytes.HasPrefix(start, []byte("\xff\xd8")):
		config, err = jpeg.DecodeConfig(r)
	default:
		err = ErrImageFormat
	}
	if err != nil {
		return 0, 0, err
	}
	return side(uint32(config.Width)), side(uint32(config.Height)), nil
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
	width, height, err := ImageSize(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(payload)))
	if err != nil {
		return 0, 0
	}
	return width, height
}

func side(n uint32) int32 { return int32(min(n, math.MaxInt32)) }
