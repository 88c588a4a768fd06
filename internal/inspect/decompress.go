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
// zstd frames one after the other are one stream. Files of other kinds are an error that names them.
func decompress(stream io.Reader) (compression string, plain io.ReadCloser, err error) {
	buffered := bufio.NewReaderSize(stream, 64<<10)
	magic, err := buffered.Peek(8)
	if err != nil && err != io.EOF {
		return "", nil, err
	}
	switch {
	case bytes.HasPrefix(magic, gzipMagic):
		r, err := newGzipReader(buffered)
		if err != nil {
			return "", nil, fmt.Errorf("it begins like gzip: %w", err)
		}
		return "gzip", &unpacked{r, mostUnpacked}, nil
	case isZstd(magic[:min(len(magic), 4)]):
		r, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return "", nil, err
		}
		return "zstd", &unpacked{r.IOReadCloser(), mostUnpacked}, nil
	}
	for _, other := range otherFiles {
		if bytes.HasPrefix(magic, []byte(other.magic)) {
			return "", nil, errors.New(other.words)
		}
	}
	return "none", io.NopCloser(buffered), nil
}

// otherFiles are files that are not read, by their beginning, and what to do.
var otherFiles = []struct{ magic, words string }{
	{"\xfd7zXZ\x00", "it is compressed with xz: unpack it, xz -dk FILE"},
	{"BZh", "it is compressed with bzip2: unpack it, bzip2 -dk FILE"},
	{"PK\x03\x04", "it is a zip: unpack it, unzip FILE, and inspect what is in it"},
	{"PK\x05\x06", "it is a zip with nothing in it"},
	{"7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it, 7z x FILE, and inspect what is in it"},
	{"\x04\x22\x4d\x18", "it is compressed with lz4: unpack it, lz4 -dk FILE"},
	{"PAR1", "it is Parquet, not JSONL: write its rows as JSON, duckdb -c \"copy (from 'FILE') to 'rows.jsonl' (format json, array false)\""},
	{"ARROW1", "it is Arrow, not JSONL: write its rows as JSON, with pyarrow say"},
	{"\xff\xfe", "it is text in UTF-16: write it as UTF-8, iconv -f UTF-16 -t UTF-8 FILE > rows.jsonl"},
	{"\xfe\xff", "it is text in UTF-16: write it as UTF-8, iconv -f UTF-16 -t UTF-8 FILE > rows.jsonl"},
}

var gzipMagic = []byte{0x1f, 0x8b}

// gzipReader reads gzip as Python does: members one after the other, each with zeros behind it or without.
type gzipReader struct {
	from *bufio.Reader
	*gzip.Reader
}

func newGzipReader(from *bufio.Reader) (*gzipReader, error) {
	r, err := gzip.NewReader(from)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	return &gzipReader{from, r}, nil
}

func (r *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := r.Reader.Read(p)
		if n > 0 || err != io.EOF {
			if err == io.EOF {
				err = nil // of this member
			}
			return n, err
		}
		c := byte(0)
		for c == 0 {
			if c, err = r.from.ReadByte(); err != nil {
				return 0, err // the end, of the stream
			}
		}
		if err := r.from.UnreadByte(); err != nil {
			return 0, err
		}
		if err := r.Reader.Reset(r.from); err != nil {
			return 0, fmt.Errorf("it goes on behind the gzip data with something else: %w", err)
		}
		r.Reader.Multistream(false)
	}
}

// isZstd knows the beginning of a zstd frame, or of a frame that decoders skip, which may come first (RFC 8878, 3.1).
func isZstd(magic []byte) bool {
	return bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18})
}
