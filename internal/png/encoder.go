package png

import (
	"encoding/binary"
	"hash/crc32"
)

// MaxSide is the largest width and height, in pixels. It keeps a row inside one stored block and the whole image
// inside one IDAT chunk.
const MaxSide = 16384

// MaxPiece is the most that one call of [Encoder.Append] appends, in bytes.
const MaxPiece = headerLength + maxStored + blockHeader + trailerLength

const (
	signature = "\x89PNG\r\n\x1a\n"

	maxStored   = 65535 // content of a stored block
	blockHeader = 5

	ihdrLength    = 4 + 4 + 13 + 4 // length, type, content, CRC
	zlibHeader    = 2
	headerLength  = len(signature) + ihdrLength + 4 + 4 + zlibHeader // up to the first stored block
	trailerLength = 4 + 4 + 12                                       // Adler-32, the IDAT's CRC, IEND
)

// Size returns the length in bytes of an image of width × height pixels, each from 1 to [MaxSide].
func Size(width, height int) int64 {
	rows := rowsPerBlock(width)
	blocks := (height + rows - 1) / rows
	return int64(headerLength) + int64(height)*int64(stride(width)) + int64(blocks)*blockHeader + trailerLength
}

// stride is the length of a row in the IDAT: its filter type, then three bytes a pixel.
func stride(width int) int { return 1 + 3*width }

// rowsPerBlock makes stored blocks end where rows end, so that a block's filter bytes are at known places.
func rowsPerBlock(width int) int { return maxStored / stride(width) }

// An Encoder makes one image after another, each piece by piece. The zero value has no image to make: see [Encoder.Reset].
type Encoder struct {
	width  int
	height int
	row    int // rows made so far
	crc    uint32
	adler  adler
}

// Reset begins an image of width × height pixels, each from 1 to [MaxSide].
func (e *Encoder) Reset(width, height int) {
	*e = Encoder{width: width, height: height, adler: newAdler()}
}

// More reports whether the image has pieces left.
func (e *Encoder) More() bool { return e.row < e.height }

// Checksum returns the CRC-32 of its pixels that a complete image carries, as they are encoded.
func (e *Encoder) Checksum() uint32 { return e.crc }

// Append appends the image's next piece to dst. It calls pixels once, to fill the piece's rows from the top: each
// row is one byte that pixels may leave as it likes, then three bytes a pixel, red, green, blue.
func (e *Encoder) Append(dst []byte, pixels func(rows []byte)) []byte {
	checked := len(dst) // from where the IDAT's CRC has yet to be computed
	if e.row == 0 {
		dst = e.appendHeader(dst)
		checked = len(dst) - zlibHeader - 4
	}

	rows := min(rowsPerBlock(e.width), e.height-e.row)
	e.row += rows
	length := rows * stride(e.width)
	final := byte(0)
	if !e.More() {
		final = 1
	}
	dst = append(dst, final)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(length))
	dst = binary.LittleEndian.AppendUint16(dst, ^uint16(length))

	start := len(dst)
	dst = extend(dst, length)
	block := dst[start:]
	pixels(block)
	for i := 0; i < length; i += stride(e.width) {
		block[i] = 0 // filter type None
	}
	e.adler.write(block)

	if !e.More() {
		dst = binary.BigEndian.AppendUint32(dst, e.adler.sum())
	}
	e.crc = crc32.Update(e.crc, crc32.IEEETable, dst[checked:])
	if !e.More() {
		dst = binary.BigEndian.AppendUint32(dst, e.crc)
		dst = appendChunk(dst, "IEND", nil)
	}
	return dst
}

func (e *Encoder) appendHeader(dst []byte) []byte {
	dst = append(dst, signature...)
	var ihdr [13]byte
	binary.BigEndian.PutUint32(ihdr[0:], uint32(e.width))
	binary.BigEndian.PutUint32(ihdr[4:], uint32(e.height))
	ihdr[8] = 8 // bits a channel
	ihdr[9] = 2 // RGB
	dst = appendChunk(dst, "IHDR", ihdr[:])

	idat := Size(e.width, e.height) - int64(headerLength) - trailerLength + zlibHeader + 4
	dst = binary.BigEndian.AppendUint32(dst, uint32(idat))
	dst = append(dst, "IDAT"...)
	return append(dst, 0x78, 0x01) // zlib: deflate, 32 KiB window, fastest
}

func appendChunk(dst []byte, kind string, content []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(content)))
	start := len(dst)
	dst = append(dst, kind...)
	dst = append(dst, content...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

// extend lengthens dst by n bytes of any content.
func extend(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst[:len(dst)+n]
	}
	return append(dst, make([]byte, n)...)
}
