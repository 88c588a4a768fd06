package format

import (
	"bytes"
	"encoding/base64"
	"image"
	"testing"
)

// FuzzImageSize reads the size of any image: as the standard library does, from a file and from a data URI alike.
func FuzzImageSize(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		width, height, err := ImageSize(bytes.NewReader(data))
		want, format, wantErr := image.DecodeConfig(bytes.NewReader(data))
		if (err == nil) != (wantErr == nil && (format == "png" || format == "jpeg")) || err == nil && (int(width) != want.Width || int(height) != want.Height) {
			t.Fatalf("%dx%d, %v; the standard library: %s, %dx%d, %v", width, height, err, format, want.Width, want.Height, wantErr)
		}
		inURI, inURIHeight := dataSize([]byte("data:image/png;base64," + base64.StdEncoding.EncodeToString(data)))
		if inURI < 0 || inURIHeight < 0 || err == nil && (inURI != width || inURIHeight != height) {
			t.Fatalf("in a data URI %dx%d, in a file %dx%d", inURI, inURIHeight, width, height)
		}
	})
}
