package inspect

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is how far back a zstd file may refer, and so what its reader may take: what zstd itself allows unless it is told
// otherwise.
const maxWindow = 128 << 20

// decompress tells by its beginning how a stream is compressed, and returns its name and what is in it. Several gzip members or
// zstd frames one after the other are one stream.
func decompress(stream io.Reader) (compression string, plain io.ReadCloser, err error) {
	buffered := bufio.NewReaderSize(stream, 64<<10)
	magic, err := buffered.Peek(4)
	if err != nil && err != io.EOF {
		return "", nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		r, err := gzip.NewReader(buffered)
		if err != nil {
			return "", nil, fmt.Errorf("it begins like gzip: %w", err)
		}
		return "gzip", r, nil
	case isZstd(magic):
		r, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return "", nil, err
		}
		return "zstd", r.IOReadCloser(), nil
	}
	return "none", io.NopCloser(buffered), nil
}

// isZstd knows the beginning of a zstd frame, or of a frame that decoders skip, which may come first (RFC 8878, 3.1).
func isZstd(magic []byte) bool {
	return bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18})
}
