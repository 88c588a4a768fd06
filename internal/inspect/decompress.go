package inspect

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is how far back a zstd file may refer, and so what its reader may take: what zstd itself allows unless it is told
// otherwise.
const maxWindow = 128 << 20

// What comes out of a compressed file is bounded by the file's own size, and with it the time to read one that is made to waste it: a terabyte
// fits into a few dozen megabytes of zstd, and a hundred million lines into a few kilobytes.
type unpackedLimits struct {
	bytes  bound
	lines  bound // or requests, of which a line may have several
	images bound // references
}

var defaultUnpacked = unpackedLimits{
	bytes:  bound{free: 16 << 30, ratio: 4096}, // all rows may have the same large image
	lines:  bound{free: 10_000_000, ratio: 16}, // and have to differ in something
	images: bound{free: 50_000_000, ratio: 64},
}

// bound is how much may come out of a compressed file: what is free, or so much for each of its bytes.
type bound struct{ free, ratio int64 }

// exceeded returns an error if more comes out than may.
func (b bound) exceeded(n int64, what string, compressed int64) error {
	if most := max(b.free, b.ratio*compressed); n > most {
		return fmt.Errorf("%d bytes of it unpack to more than %d %s, and it is read no further: if that is meant, unpack it, and inspect what is in it",
			compressed, most, what)
	}
	return nil
}

// unpacked is what comes out of a compressed file.
type unpacked struct {
	io.ReadCloser
	from  *packed
	bytes int64 // that came out
	bound bound // of them
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	u.bytes += int64(n)
	if exceeded := u.bound.exceeded(u.bytes, "bytes", u.from.bytes.Load()); exceeded != nil {
		return 0, exceeded
	}
	return n, err
}

// packed is a compressed file, and counts what was read of it.
type packed struct {
	io.Reader
	bytes atomic.Int64 // zstd reads ahead in a goroutine of its own
}

func (c *packed) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

// Decompress returns what is in a stream, and how that was compressed: gzip, zstd or none. What comes out is bounded by the stream's own size.
func Decompress(stream io.Reader) (compression string, plain io.ReadCloser, err error) {
	return decompress(stream, defaultUnpacked.bytes)
}

// decompress tells by its beginning how a stream is compressed, and returns its name and what is in it. Several gzip members or
// zstd frames one after the other are one stream. Files of other kinds are an error that names them.
func decompress(stream io.Reader, bytesOut bound) (compression string, plain io.ReadCloser, err error) {
	from := &packed{Reader: stream}
	buffered := bufio.NewReaderSize(from, 64<<10)
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
		return "gzip", &unpacked{ReadCloser: r, from: from, bound: bytesOut}, nil
	case isZstd(magic[:min(len(magic), 4)]):
		r, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return "", nil, err
		}
		return "zstd", &unpacked{ReadCloser: r.IOReadCloser(), from: from, bound: bytesOut}, nil
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
