package inspect

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"

	"mmjsonl/internal/format"
)

// mostPixels is the largest image that aiperf's decoder opens.
const mostPixels = 178_956_970

// checkImage finds an image's size, and whether aiperf opens it: a PNG or a JPEG that is complete.
func checkImage(file io.ReaderAt, size int64, start []byte) (width, height int32, fault fileFault) {
	width, height, err := format.ImageSize(io.LimitReader(io.NewSectionReader(file, 0, size), longestHeader))
	isPNG := bytes.HasPrefix(start, []byte("\x89PNG\r\n\x1a\n"))
	switch {
	case !isPNG && !bytes.HasPrefix(start, []byte("\xff\xd8\xff")):
		return width, height, fileFormat
	case err == io.ErrUnexpectedEOF || err == io.EOF:
		return 0, 0, fileCutShort
	case err != nil || width <= 0 || height <= 0:
		return width, height, fileFormat
	case int64(width)*int64(height) > mostPixels:
		return width, height, fileTooLarge
	case isPNG:
		return width, height, checkPNG(file, size)
	}
	return width, height, checkJPEG(file, size)
}

// longestHeader is how many bytes of an image file are read for its size: a JPEG's metadata come first, and a hostile one's never end.
const longestHeader = 4 << 20

// mostChunks is how many pieces of a PNG are looked at.
const mostChunks = 1 << 16

// checkPNG makes sure that the chunks of image data are all there.
func checkPNG(file io.ReaderAt, size int64) fileFault {
	var header [8]byte
	image := false
	for at, n := int64(8), 0; n < mostChunks; n++ {
		if _, err := file.ReadAt(header[:], at); err != nil {
			break
		}
		length := int64(binary.BigEndian.Uint32(header[:4]))
		kind := string(header[4:])
		if image && kind != "IDAT" {
			return fileGood
		}
		image = image || kind == "IDAT"
		if at += 12 + length; at > size {
			return fileCutShort
		}
		if at == size && image {
			return fileGood
		}
	}
	if image {
		return fileGood
	}
	return fileCutShort
}

// checkJPEG makes sure that a JPEG has one image, and ends.
func checkJPEG(file io.ReaderAt, size int64) fileFault {
	// What comes before the scan is bounded like the search for the size.
	counted := &counter{r: io.LimitReader(io.NewSectionReader(file, 2, size), longestHeader)}
	r := bufio.NewReader(counted)
	for {
		c, err := r.ReadByte()
		if err != nil {
			return fileCutShort
		}
		if c != 0xff {
			continue // filling, or what other decoders read over as well
		}
		marker := c
		for marker == 0xff && err == nil {
			marker, err = r.ReadByte()
		}
		if err != nil {
			return fileCutShort
		}
		if marker <= 0x01 || 0xd0 <= marker && marker <= 0xd8 {
			continue
		}
		var length [2]byte
		if _, err := io.ReadFull(r, length[:]); err != nil {
			return fileCutShort
		}
		left := int(binary.BigEndian.Uint16(length[:])) - 2
		if left < 0 {
			return fileFormat
		}
		if marker == 0xe2 {
			if body, _ := r.Peek(min(left, r.Size())); imagesOfMPO(body) > 1 {
				return fileMPO
			}
		}
		if _, err := r.Discard(left); err != nil {
			return fileCutShort
		}
		if marker == 0xda {
			break
		}
	}
	at := 2 + counted.n - int64(r.Buffered())
	// The end is usually in the last bytes.
	block := make([]byte, 4<<10)
	for to := size; to > at; to -= int64(len(block)) - 1 {
		from := max(to-int64(len(block)), at)
		piece := block[:to-from]
		if _, err := file.ReadAt(piece, from); err != nil && err != io.EOF {
			return fileClosed
		}
		if bytes.Contains(piece, []byte{0xff, 0xd9}) {
			return fileGood
		}
		if from == at {
			break
		}
		if len(block) < 1<<20 {
			block = make([]byte, 1<<20)
		}
	}
	return fileCutShort
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// imagesOfMPO returns the number of images that a segment of the Multi-Picture Format lists, or 0 if it is another.
func imagesOfMPO(segment []byte) uint32 {
	tiff, found := bytes.CutPrefix(segment, []byte("MPF\x00"))
	if !found || len(tiff) < 10 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(tiff[4:]))
	if at < 8 || at > len(tiff)-2 {
		return 0
	}
	entries := tiff[at+2:]
	for n := order.Uint16(tiff[at:]); n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		if order.Uint16(entries) == 0xb001 { // number of images
			return order.Uint32(entries[8:])
		}
	}
	return 0
}
