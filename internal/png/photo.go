package png

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"mmjsonl/internal/random"
)

const (
	chunkBytes    = 8 << 10 // about so many bytes are in an IDAT
	chunkAround   = 12
	shortestChunk = 12 // of padding
	padding       = "paDd"
)

// A Photo makes one image after another that compresses as photographs do, to about half, each piece by piece. The zero value has no image to
// make: see [Photo.Reset].
//
// The first row and column are random walks. All other pixels have the filter Average, which guesses each from the pixels left of it and above;
// what the guess leaves is drawn, ready coded, from a library (see palette). So neither pixels nor filtered bytes exist while it is made. A
// person sees brushed fabric in soft colours.
type Photo struct {
	width, height int
	palette       *palette
	draws         random.Draws
	row           int
	left          int64 // bytes of the file that are not made yet
	spare         int64 // bits that the rest may take beside the least that its rows take
	first         [3]byte
	pending       uint64 // bits that are no complete byte, the first one lowest
	bits          uint
	sum, weighted uint64 // Adler-32
	crc           uint32
}

// paletteOf returns which palette an image is made from: of four consecutive images each has another one.
func paletteOf(seed uint64, image uint32) int {
	return int((image + uint32(random.Mix(seed))) % palettes)
}

// PhotoSize returns the length of an image's file in bytes. Sides are from 1 to [MaxSide].
func PhotoSize(seed uint64, image uint32, width, height int) int64 {
	return photoSize(readyPalettes()[paletteOf(seed, image)], width, height)
}

// PhotoTotal returns the sum of PhotoSize for the first images.
func PhotoTotal(seed uint64, images, width, height int) (total int64) {
	for i := range palettes {
		total += PhotoSize(seed, uint32(i), width, height) * int64((images+palettes-1-i)/palettes)
	}
	return total
}

// PhotoLongest returns the length of the longest file of a size in bytes.
func PhotoLongest(width, height int) (longest int64) {
	for _, p := range readyPalettes() {
		longest = max(longest, photoSize(p, width, height))
	}
	return longest
}

func photoSize(p *palette, width, height int) int64 {
	return int64(len(signature)+ihdrLength) + chunks(p, width, height)*chunkAround + zlibHeader + (room(p, width, height)+7)/8 + 4 + shortestChunk + chunkAround
}

// room returns how many bits the block has: what is expected, and six standard deviations. Filters and the pixels of the first row and column
// count as long ones.
func room(p *palette, width, height int) int64 {
	slow, fast := int64(width+height-1), int64(width-1)*int64(height-1)
	deviation := int64(math.Sqrt(float64(fast))) + 1
	return p.headerBits() + int64(p.codes[endOfBlock].length) + (int64(height)+3*slow)*p.longest + fast*p.mean>>16 + 6*deviation*p.spread
}

// rowsPerChunk returns how many rows are in an IDAT.
func rowsPerChunk(p *palette, width int) int {
	row := int64(width)*p.mean>>19 + 1 // bytes
	return int(max(1, chunkBytes/row))
}

func chunks(p *palette, width, height int) int64 {
	rows := rowsPerChunk(p, width)
	return int64((height + rows - 1) / rows)
}

// Reset begins an image of width × height pixels, each from 1 to [MaxSide]. It is a function of all of these; the first pixels of 2^24
// consecutive images are different.
func (e *Photo) Reset(seed uint64, image uint32, width, height int) {
	p := readyPalettes()[paletteOf(seed, image)]
	*e = Photo{width: width, height: height, palette: p, draws: random.New(seed, random.PhotoPNG, palettes+uint64(image)), sum: 1}
	e.left = photoSize(p, width, height)
	e.spare = room(p, width, height) - p.headerBits() - int64(p.codes[endOfBlock].length) - int64(height)*e.leastRow()
	const odd = 0x9e3779
	pixel := image*odd + uint32(random.Mix(seed))
	e.first = [3]byte{byte(pixel), byte(pixel >> 8), byte(pixel >> 16)}
}

// leastRow returns how many bits a row needs at least.
func (e *Photo) leastRow() int64 {
	p := e.palette
	// Its filter, its first pixel, and the others with the shortest code.
	return int64(p.codes[3].length) + 3*p.longest + 3*int64(e.width-1)*int64(p.codes[p.least].length)
}

// More reports whether the image has pieces left.
func (e *Photo) More() bool { return e.left > 0 }

// Checksum returns the CRC-32 of the CRC-32s that the chunks of compressed pixels of a complete image have.
func (e *Photo) Checksum() uint32 { return e.crc }

// Append appends the image's next piece to dst.
func (e *Photo) Append(dst []byte) []byte {
	start := len(dst)
	if e.row == e.height {
		dst = e.appendPadding(dst)
		e.left -= int64(len(dst) - start)
		return dst
	}
	if e.row == 0 {
		dst = append(dst, signature...)
		ihdr := [13]byte{8: 8, 9: 2} // bits a channel, RGB
		binary.BigEndian.PutUint32(ihdr[0:], uint32(e.width))
		binary.BigEndian.PutUint32(ihdr[4:], uint32(e.height))
		dst = appendChunk(dst, "IHDR", ihdr[:])
	}
	chunk := len(dst)
	dst = append(dst, "\x00\x00\x00\x00IDAT"...)
	if e.row == 0 {
		dst = append(dst, 0x78, 0x5e) // zlib: deflate, 32 KiB window
		for _, s := range e.palette.header {
			dst = e.put(dst, s)
		}
	}
	for range min(rowsPerChunk(e.palette, e.width), e.height-e.row) {
		dst = e.appendRow(dst)
	}
	if e.row == e.height {
		dst = e.put(dst, e.palette.codes[endOfBlock])
		if e.bits > 0 {
			dst = append(dst, byte(e.pending))
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(e.weighted<<16|e.sum))
	}
	binary.BigEndian.PutUint32(dst[chunk:], uint32(len(dst)-chunk-8))
	dst = binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[chunk+4:]))
	e.crc = crc32.Update(e.crc, crc32.IEEETable, dst[len(dst)-4:])
	e.left -= int64(len(dst) - start)
	return dst
}

// put appends a symbol.
func (e *Photo) put(dst []byte, s symbol) []byte {
	e.pending |= s.bits << e.bits
	for e.bits += uint(s.length); e.bits >= 8; e.bits -= 8 {
		dst = append(dst, byte(e.pending))
		e.pending >>= 8
	}
	return dst
}

// literal appends a filtered byte.
func (e *Photo) literal(dst []byte, value byte) []byte {
	e.sum += uint64(value)
	e.weighted += e.sum
	return e.put(dst, e.palette.codes[value])
}

// appendRow appends the next row.
func (e *Photo) appendRow(dst []byte) []byte {
	const sub, average = 1, 3 // filters
	before, start, draws := *e, len(dst), e.draws
	if e.row == 0 {
		dst = e.literal(dst, sub)
		for _, v := range e.first {
			dst = e.literal(dst, v)
		}
		dst = e.walk(dst)
	} else {
		dst = e.literal(dst, average)
		for channel, v := range e.first {
			e.first[channel] = stepped(&draws, v)
			dst = e.literal(dst, e.first[channel]-v/2)
		}
		e.draws = draws
		for rest := e.width - 1; rest > 0; rest -= mostInRun {
			dst = e.run(dst, min(rest, mostInRun))
		}
	}
	took := int64(len(dst)-start)*8 + int64(e.bits) - int64(before.bits) - e.leastRow()
	if took > e.spare && e.row > 0 {
		// Hardly ever, as there are six standard deviations: the row gets what is shortest.
		first := e.first
		*e = before
		e.draws = draws
		dst = e.literal(dst[:start], average)
		for channel, v := range e.first {
			dst = e.literal(dst, first[channel]-v/2)
		}
		for range 3 * (e.width - 1) {
			dst = e.literal(dst, e.palette.least)
		}
		e.first = first
		took = 0
	}
	e.spare -= took
	e.sum %= 65521
	e.weighted %= 65521
	e.row++
	return dst
}

// walk appends the pixels of the first row behind the first one.
func (e *Photo) walk(dst []byte) []byte {
	pixel := e.first
	for range e.width - 1 {
		for channel, v := range pixel {
			pixel[channel] = stepped(&e.draws, v)
			dst = e.literal(dst, pixel[channel]-v)
		}
	}
	return dst
}

// stepped returns a value near another one, and away from the ends of its range.
func stepped(draws *random.Draws, value byte) byte {
	const low, high, most = 60, 195, 7
	next := int(value) + int(draws.Below(2*most+1)) - most
	switch {
	case int(value) < low:
		next = max(next, int(value)+1)
	case int(value) > high:
		next = min(next, int(value)-1)
	default:
		next = min(max(next, low), high)
	}
	return byte(next)
}

// mostInRun is how many pixels can be summed up before one of two sums of sums takes more than the 32 bits that it has.
const mostInRun = 2048

// run appends n pixels, at most mostInRun.
func (e *Photo) run(dst []byte, n int) []byte {
	at := len(dst)
	dst = extend(dst, n*mostBits/8+2*8)
	all, draws := &e.palette.pixels, e.draws
	c := coded{pending: e.pending, bits: uint64(e.bits)}
	for range n / 6 {
		r := draws.Next()
		c = c.add(&all[r%pixels]).add(&all[r>>10%pixels]).add(&all[r>>20%pixels])
		binary.LittleEndian.PutUint64(dst[at:], c.pending)
		at += c.bytes()
		c = c.rest().add(&all[r>>30%pixels]).add(&all[r>>40%pixels]).add(&all[r>>50%pixels])
		binary.LittleEndian.PutUint64(dst[at:], c.pending)
		at += c.bytes()
		c = c.rest()
	}
	for range n % 6 {
		c = c.add(&all[draws.Next()%pixels])
		binary.LittleEndian.PutUint64(dst[at:], c.pending)
		at += c.bytes()
		c = c.rest()
	}
	e.pending, e.bits, e.draws = c.pending, uint(c.bits), draws
	e.weighted += 3*uint64(n)*e.sum + 3*(c.before>>32) + c.sums&math.MaxUint32
	e.sum += c.sums >> 32
	return dst[:at]
}

// coded is pixels one after another.
type coded struct {
	pending uint64 // as Photo has it
	bits    uint64
	sums    uint64 // of all pixels
	before  uint64 // the sum of what sums was before each pixel
}

func (c coded) add(p *pixel) coded {
	return coded{c.pending | uint64(p.bits)<<(c.bits&63), c.bits + uint64(p.length), c.sums + p.sums, c.before + c.sums}
}

// bytes returns how many bytes are complete.
func (c coded) bytes() int { return int(c.bits >> 3) }

// rest returns c without them.
func (c coded) rest() coded {
	return coded{c.pending >> (c.bits &^ 7 & 63), c.bits & 7, c.sums, c.before}
}

// appendPadding appends the next part of what fills the file to its length, and the end.
func (e *Photo) appendPadding(dst []byte) []byte {
	const most = 16 << 10
	left := e.left - chunkAround
	length := min(left, most)
	if rest := left - length; rest > 0 && rest < shortestChunk {
		length -= shortestChunk
	}
	content := make([]byte, length-shortestChunk)
	e.draws.Fill(content)
	dst = appendChunk(dst, padding, content)
	if length == left {
		dst = appendChunk(dst, "IEND", nil)
	}
	return dst
}
