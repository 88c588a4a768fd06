package inspect

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is how far back a zstd file may refer, and so what its reader may take: what zstd itself allows unless it is told
// otherwise.
const maxWindow = 128 << 20

// mostUnpacked bounds what comes out of a compressed file, in bytes, and with it the time to read one that is made to waste it: a terabyte
// fits into a few dozen megabytes of zstd.
const mostUnpacked = 1 << 40

// unpacked fails once more bytes than are left have come out.
type unpacked struct {
	io.ReadCloser
	left int64
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if u.left -= int64(n); u.left < 0 {
		return 0, errors.New("it unpacks to more than a terabyte, and is read no further: if that is meant, inspect it unpacked")
	}
	return n, err
}

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
		return "gzip", &unpacked{r, mostUnpacked}, nil
	case isZstd(magic):
		r, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return "", nil, err
		}
		return "zstd", &unpacked{r.IOReadCloser(), mostUnpacked}, nil
	}
	return "none", io.NopCloser(buffered), nil
}

// isZstd knows the beginning of a zstd frame, or of a frame that decoders skip, which may come first (RFC 8878, 3.1).
func isZstd(magic []byte) bool {
	return bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18})
}
