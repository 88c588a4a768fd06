package jpeg

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"mmjsonl/internal/random"
)

const (
	// MaxSide is the largest width and height, in pixels: what libjpeg takes.
	MaxSide = 65500
	// MaxPiece is the most that one call of [Encoder.Append] appends, in bytes.
	MaxPiece = headerLength + pieceBytes + mostInRun*worstMCU
)

const (
	side         = 16  // of an MCU, in pixels
	headerLength = 623 // up to the coded MCUs
	trailer      = 2   // the end's marker
	pieceBytes   = 48 << 10

	mostInRun = 32      // MCUs that are made between two looks at the length
	flatMCU   = 4       // bytes of an MCU without AC coefficients and with the means of the one before
	loose     = 3       // bytes that the end of the coded MCUs may take more: the last byte's rest, and a byte behind each 0xff of these
	inScratch = 1 << 13 // bytes, more than mostInRun MCUs have
	// worstMCU is the most bytes of an MCU: its four blocks of three pieces and two of two, all of it 0xff with a byte behind.
	worstMCU = 2 * (4*3 + 2*2) * longest / 8

	// firstMCU is what the first MCU may take more than others: its means are far from those before it, which are zero.
	firstMCU = 40
	// The least and the most bytes of an MCU in a file, on average.
	leastMCU = 17
	mostMCU  = 66
	// What an image has by default: 1.1 to 1.9 bits a pixel.
	fromMCU = 35
	toMCU   = 61

	// fewPixels is up to how many pixels an image is of one colour, which tells its number.
	fewPixels = 256
	colours   = 1 << 14
)

// MaxImages is how many different images of a size there can be: very small ones have one of so many colours.
func MaxImages(width, height int) int64 {
	if int64(width)*int64(height) < fewPixels {
		return colours
	}
	return 1 << 32
}

// Range returns the least and the most bytes that a file of width × height pixels, each from 1 to [MaxSide], can be made to have: from about half a
// bit to about two bits a pixel.
func Range(width, height int) (least, most int64) {
	return bytesFor(width, height, leastMCU<<10), bytesFor(width, height, mostMCU<<10)
}

// lengths is how many lengths images of one size have by default. Of so many consecutive images each has another one.
const lengths = 4096

// Bytes returns the length of an image's file if nobody chooses another one, in bytes: from 1.1 to 1.9 bits a pixel.
func Bytes(seed uint64, image uint32, width, height int) int64 {
	// An odd multiplier and an added key permute the numbers.
	const odd = 0x9e3779b1
	place := int64((image*odd + uint32(random.Mix(seed))) % lengths)
	return bytesFor(width, height, fromMCU<<10+(toMCU-fromMCU)<<10*place/lengths)
}

// Total returns the sum of Bytes for the first images.
func Total(seed uint64, images, width, height int) (total int64) {
	if images >= lengths {
		total = int64(images/lengths) * Total(seed, lengths-1, width, height)
		total += int64(images/lengths) * Bytes(seed, lengths-1, width, height)
	}
	for i := range images % lengths {
		total += Bytes(seed, uint32(i), width, height)
	}
	return total
}

// bytesFor returns the length of a file whose MCUs have so many 1024ths of a byte on average.
func bytesFor(width, height int, mcu int64) int64 {
	return headerLength + trailer + loose + firstMCU + (mcus(width)*mcus(height)*mcu)>>10
}

// mcus returns how many MCUs a side has.
func mcus(pixels int) int64 { return int64(pixels+side-1) / side }

// An Encoder makes one image after another, each piece by piece. The zero value has no image to make: see [Encoder.Reset].
type Encoder struct {
	library       *library
	width, height int // in pixels
	wide, high    int // in MCUs
	left          int64
	stage         stage
	draws         random.Draws

	luminance surface    // of blocks
	rows      [4][]int32 // of it: the one above the MCUs, their two, and the one below
	chroma    [2]chroma  // of MCUs
	blocks    []block    // of a row of MCUs, as they come in the file
	activity  surface    // of MCUs
	active    []int32    // a row of it
	x, y      int        // of the next MCU

	shift        int32 // what is added to activity to meet the length
	expected     int64 // bits that the rest is expected to take with that
	steepness    int64 // how many bits more it is by one step of the shift, at the beginning
	firstPlanned int64 // what all of it was expected to take at the beginning

	coded   coded
	colour  [3]int32            // DC coefficients of an image of one colour
	scratch [inScratch + 8]byte // coded MCUs without the bytes behind 0xff
}

// block is what the surfaces tell of a block.
type block struct {
	mean     int32  // its DC coefficient
	gradient uint32 // its two lowest AC coefficients, as library.gradient has them
}

// Of an MCU, four blocks are of luminance, and one of each chrominance.
const (
	blocksOfLuminance = 4
	blocksOfMCU       = blocksOfLuminance + 2
)

// coded is what the next MCU's code depends on.
type coded struct {
	means   [3]int32 // DC coefficients of the blocks before
	pending uint64   // bits that are no complete byte, from the highest one on
	bits    uint64   // how many
}

// chroma is a chrominance component.
type chroma struct {
	surface surface
	rows    [3][]int32 // of it: the one above the MCUs, theirs, and the one below
}

type stage int

const (
	done stage = iota
	beginning
	coding
	padding
)

// Octaves of the surfaces, in 16ths of a quantised coefficient, and of a class.
var (
	luminanceOctaves = []octave{{1, 150 << 4}, {4, 56 << 4}, {2, 26 << 4}, {2, 13 << 4}, {2, 5 << 4}}
	chromaOctaves    = []octave{{1, 44 << 4}, {4, 14 << 4}, {2, 6 << 4}, {2, 1 << 4}}
	activityOctaves  = []octave{{1, 4 << 4}, {4, 3 << 4}, {2, 1 << 4}}
)

// Reset begins an image of width × height pixels, each from 1 to [MaxSide]. Its file will have length bytes, which is in the [Range]. It is a
// function of all of these; the images of a seed and a size are different for numbers below [MaxImages].
func (e *Encoder) Reset(seed uint64, image uint32, width, height int, length int64) {
	e.library = ready()
	e.width, e.height = width, height
	e.wide, e.high = int(mcus(width)), int(mcus(height))
	e.left = length
	e.stage = beginning
	e.x, e.y = 0, 0
	e.coded = coded{}
	e.draws = random.New(seed, random.Photo, 1+uint64(image))
	if e.few() {
		// An odd multiplier and an added key permute the numbers.
		const odd = 0x9e3779b1
		colour := (int32(image*odd+uint32(random.Mix(seed))) & (colours - 1))
		// Steps are wide enough for every colour to be another one in RGB, and narrow enough for all to be inside it.
		e.colour = [3]int32{(colour&63)*3 - 94, (colour>>6&15)*6 - 45, (colour>>10&15)*6 - 45}
		return
	}
	sub := func() random.Draws { return random.New(e.draws.Next(), random.Photo, uint64(image)) }
	e.luminance.reset(sub(), luminanceOctaves, 2*e.wide)
	for i := range e.rows {
		e.rows[i] = lengthen(e.rows[i], 2*e.wide)
	}
	for c := range e.chroma {
		e.chroma[c].surface.reset(sub(), chromaOctaves, e.wide)
		for i := range e.chroma[c].rows {
			e.chroma[c].rows[i] = lengthen(e.chroma[c].rows[i], e.wide)
		}
	}
	e.blocks = lengthen(e.blocks, blocksOfMCU*e.wide)
	e.plan(sub())
}

// few reports whether the image is of one colour.
func (e *Encoder) few() bool { return e.width*e.height < fewPixels }

// More reports whether the image has pieces left.
func (e *Encoder) More() bool { return e.stage != done }

// Append appends the image's next piece to dst.
func (e *Encoder) Append(dst []byte) []byte {
	start := len(dst)
	if e.stage == beginning {
		dst = e.appendHeader(dst)
		e.left -= int64(len(dst) - start)
		e.stage = coding
	}
	for e.stage == coding && len(dst)-start < pieceBytes {
		before := len(dst)
		dst = e.appendMCUs(dst)
		e.left -= int64(len(dst) - before)
	}
	if e.stage == padding && len(dst)-start < pieceBytes/2 {
		before := len(dst)
		dst = e.appendPadding(dst)
		e.left -= int64(len(dst) - before)
	}
	return dst
}

func (e *Encoder) appendHeader(dst []byte) []byte {
	dst = append(dst, 0xff, 0xd8)                                                          // start of image
	dst = append(dst, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0) // square pixels, no thumbnail
	for component := range 2 {
		dst = append(dst, 0xff, 0xdb, 0, 67, byte(component))
		for place := range 64 {
			dst = append(dst, byte(step(component, place)))
		}
	}
	dst = append(dst, 0xff, 0xc0, 0, 17, 8) // baseline, 8 bits a sample
	dst = binary.BigEndian.AppendUint16(dst, uint16(e.height))
	dst = binary.BigEndian.AppendUint16(dst, uint16(e.width))
	dst = append(dst, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1) // luminance twice each way; which quantisation table
	for component := range 2 {
		for class, h := range []huffman{huffmanDC[component], huffmanAC[component]} {
			dst = append(dst, 0xff, 0xc4, 0, byte(3+16+len(h.values)), byte(class<<4|component))
			dst = append(dst, h.counts...)
			dst = append(dst, h.values...)
		}
	}
	return append(dst, 0xff, 0xda, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0) // which Huffman tables; all coefficients at once
}

// plan finds the shift with which the coded MCUs are expected to fill the file, and goes back to the first row.
func (e *Encoder) plan(draws random.Draws) {
	const bins = classes << 4 * 2
	var counts [bins]int64
	e.activity.reset(draws, activityOctaves, e.wide)
	for range e.high {
		for _, a := range e.activity.next() {
			counts[min(max(a+bins/2, 0), bins-1)]++
		}
	}
	low, high := 0, bins-1
	for counts[low] == 0 {
		low++
	}
	for counts[high] == 0 {
		high--
	}
	cost := func(shift int32) (total int64) {
		for a := low; a <= high; a++ {
			total += counts[a] * e.library.cost[classOf(int32(a)-bins/2+shift)]
		}
		return total
	}
	room := e.room(e.left - headerLength)
	least, most := int32(-classes<<4), int32(2*classes<<4)
	for least < most {
		if middle := (least + most) >> 1; cost(middle) < room {
			least = middle + 1
		} else {
			most = middle
		}
	}
	e.shift = least
	e.expected = cost(least)
	e.firstPlanned = e.expected
	e.steepness = max(cost(least+16)-cost(least-16), 1)
	e.activity.reset(draws, activityOctaves, e.wide)
}

// room returns how many bits MCUs can take if the rest of the file is left: of bytes that are random one in 256 is 0xff.
func (e *Encoder) room(left int64) int64 { return (left - trailer - loose) * 8 * 256 / 257 }

func classOf(activity int32) int32 { return min(max(activity, 0), classes<<4-1) >> 4 }

// nextRow makes the surfaces' next rows, if MCUs are at the beginning of a row.
func (e *Encoder) nextRow() {
	last := e.y == e.high-1
	r := &e.rows
	r[0], r[1], r[2], r[3] = r[2], r[3], r[0], r[1]
	if e.y == 0 {
		copy(r[1], e.luminance.next())
		copy(r[0], r[1])
	}
	copy(r[2], e.luminance.next())
	if last {
		copy(r[3], r[2])
	} else {
		copy(r[3], e.luminance.next())
	}
	for c := range e.chroma {
		c := &e.chroma[c]
		c.rows[0], c.rows[1], c.rows[2] = c.rows[1], c.rows[2], c.rows[0]
		if e.y == 0 {
			copy(c.rows[1], c.surface.next())
			copy(c.rows[0], c.rows[1])
		}
		if last {
			copy(c.rows[2], c.rows[1])
		} else {
			copy(c.rows[2], c.surface.next())
		}
	}
	for half := range 2 {
		e.setBlocks(2*half, 2, &slopes[0], r[half], r[half+1], r[half+2])
	}
	for c := range e.chroma {
		rows := &e.chroma[c].rows
		e.setBlocks(blocksOfLuminance+c, 1, &slopes[1], rows[0], rows[1], rows[2])
	}
	e.active = e.activity.next()
}

// setBlocks sets the blocks of a row of a surface, of which each MCU has one or two from the first one on.
func (e *Encoder) setBlocks(first, each int, slopes *[2]int32, above, row, below []int32) {
	above, below = above[:len(row)], below[:len(row)]
	left, at := row[0], first
	for x, here := range row {
		right := row[min(x+1, len(row)-1)]
		e.blocks[at] = block{meanOf(here), gradientOf(left-right, slopes[0])*gradients + gradientOf(above[x]-below[x], slopes[1])}
		left = here
		at++
		if each == 1 || x&1 == 1 {
			at += blocksOfMCU - each
		}
	}
}

// appendMCUs appends some MCUs.
func (e *Encoder) appendMCUs(dst []byte) []byte {
	if e.few() {
		return e.appendColour(dst)
	}
	if e.x == 0 {
		e.nextRow()
	}
	rest := int64(e.high-e.y)*int64(e.wide) - int64(e.x)
	spare := e.left - trailer - loose - rest*flatMCU // bytes beyond what the rest needs at least
	run := min(e.wide-e.x, mostInRun, int(max(spare/worstMCU, 1)))

	// The shift that has the rest fill the file.
	shift := e.shift
	if e.expected > 0 {
		// Of all that was planned, the rest has a part; so its steepness is that part of all of it. One step is 16th of a class.
		over := e.room(e.left) - e.expected
		steep := max(mulDiv(e.steepness, e.expected, e.firstPlanned), 1)
		shift += int32(min(max(over*32/steep, -classes<<4), classes<<4))
	}

	start, before := len(dst), e.coded
	dst = e.code(dst, run, shift)
	for less := shift; run == 1 && int64(len(dst)-start) > spare+flatMCU; {
		e.coded = before
		if less < -classes<<4 { // nothing is left to lower
			dst = e.flat(dst[:start])
			break
		}
		less -= classes << 4 / 4
		dst = e.code(dst[:start], run, less)
	}
	for _, a := range e.active[e.x : e.x+run] {
		e.expected -= e.library.cost[classOf(a+e.shift)]
	}
	if e.x += run; e.x == e.wide {
		e.x = 0
		e.y++
	}
	if e.y == e.high {
		dst = e.appendRest(dst)
		e.stage = padding
	}
	return dst
}

// mulDiv returns a·b/c for b up to c.
func mulDiv(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	quotient, _ := bits.Div64(high, low, uint64(c))
	return int64(quotient)
}

// code appends the next MCUs, a part of a row, at a shift of activity.
func (e *Encoder) code(dst []byte, run int, shift int32) []byte {
	l := e.library
	scratch := &e.scratch
	draws, means := e.draws, e.coded.means
	w := writer{e.coded.pending, e.coded.bits}
	at := uint(0)
	blocks := e.blocks[blocksOfMCU*e.x:]
	for _, active := range e.active[e.x : e.x+run] {
		class := &l.classes[classOf(active+shift)]
		mcu := (*[blocksOfMCU]block)(blocks)
		blocks = blocks[blocksOfMCU:]
		for i := range blocksOfLuminance {
			b := mcu[i]
			w = w.put(l.dc[0][(b.mean-means[0]+maxDifference)&1023]).put(l.gradient[0][b.gradient%(gradients*gradients)])
			means[0] = b.mean
			binary.BigEndian.PutUint64(scratch[at%inScratch:], w.pending)
			at += w.bytes()
			r := draws.Next()
			w = w.rest().piece(&class.middle[uint8(r)], r)
			binary.BigEndian.PutUint64(scratch[at%inScratch:], w.pending)
			at += w.bytes()
			r = draws.Next()
			w = w.rest().piece(&class.high[uint8(r)], r)
			binary.BigEndian.PutUint64(scratch[at%inScratch:], w.pending)
			at += w.bytes()
			w = w.rest()
		}
		for i := range 2 {
			b := mcu[blocksOfLuminance+i]
			w = w.put(l.dc[1][(b.mean-means[1+i]+maxDifference)&1023]).put(l.gradient[1][b.gradient%(gradients*gradients)])
			means[1+i] = b.mean
			binary.BigEndian.PutUint64(scratch[at%inScratch:], w.pending)
			at += w.bytes()
			r := draws.Next()
			w = w.rest().piece(&class.chroma[uint8(r)], r)
			binary.BigEndian.PutUint64(scratch[at%inScratch:], w.pending)
			at += w.bytes()
			w = w.rest()
		}
	}
	e.draws, e.coded = draws, coded{means, w.pending, w.bits}
	return appendStuffed(dst, scratch[:at])
}

// writer is bits that are not written yet, from the highest one on, and how many.
type writer struct{ pending, bits uint64 }

func (w writer) put(p packed) writer {
	return writer{w.pending | p.bits()>>(w.bits&63), w.bits + p.length()}
}

// piece puts a piece with random bits.
func (w writer) piece(p *piece, random uint64) writer {
	return writer{w.pending | (p.bits^random&p.free)>>(w.bits&63), w.bits + p.length}
}

// bytes returns how many bytes are complete.
func (w writer) bytes() uint { return uint(w.bits >> 3) }

// rest returns w without them.
func (w writer) rest() writer { return writer{w.pending << (w.bits &^ 7 & 63), w.bits & 7} }

// meanOf returns a DC coefficient.
func meanOf(value int32) int32 { return min(max((value+8)>>4, -maxMean), maxMean) }

// gradientOf returns one of the two lowest AC coefficients plus gradients/2, from a difference of means two blocks apart.
func gradientOf(difference, slope int32) uint32 {
	return uint32((difference*slope+1<<17)>>18 + gradients/2)
}

// slopes are what a difference of means is multiplied by for the two lowest AC coefficients of a component: T.81, K.8.1, has 0.14236 of the
// quantisation step of DC by theirs; in 2^18ths, for differences in 16ths.
var slopes = func() (s [2][2]int32) {
	for component := range s {
		for i := range s[component] {
			s[component][i] = int32(37319 * step(component, 0) / step(component, 1+i) / 16)
		}
	}
	return s
}()

// The codes of a block of the same mean as the one before and without AC coefficients.
const (
	flatLuminance, flatLuminanceBits     = 0b001010, 6
	flatChrominance, flatChrominanceBits = 0b0000, 4
)

// flat appends an MCU without AC coefficients and with the means of the one before.
func (e *Encoder) flat(dst []byte) []byte {
	c := code{}
	for range 4 {
		c = c.then(code{flatLuminance, flatLuminanceBits})
	}
	for range 2 {
		c = c.then(code{flatChrominance, flatChrominanceBits})
	}
	return e.put(dst, c)
}

// put appends a code.
func (e *Encoder) put(dst []byte, c code) []byte {
	e.coded.pending |= c.bits << (64 - e.coded.bits - uint64(c.length))
	e.coded.bits += uint64(c.length)
	for ; e.coded.bits >= 8; e.coded.bits -= 8 {
		dst = appendStuffed(dst, []byte{byte(e.coded.pending >> 56)})
		e.coded.pending <<= 8
	}
	return dst
}

// appendColour appends all MCUs of an image of one colour.
func (e *Encoder) appendColour(dst []byte) []byte {
	for i := range e.wide * e.high {
		if i > 0 {
			dst = e.flat(dst)
			continue
		}
		for component, mean := range e.colour {
			table := min(component, 1)
			dc := e.library.dc[table][mean+maxDifference]
			dst = e.put(dst, code{dc.bits() >> (64 - dc.length()), uint(dc.length())})
			if component == 0 {
				dst = e.put(dst, code{0b1010, 4})
				for range 3 {
					dst = e.put(dst, code{flatLuminance, flatLuminanceBits})
				}
			} else {
				dst = e.put(dst, code{0b00, 2})
			}
		}
	}
	e.stage = padding
	return e.appendRest(dst)
}

// appendRest completes the last byte of the coded MCUs.
func (e *Encoder) appendRest(dst []byte) []byte {
	if e.coded.bits == 0 {
		return dst
	}
	return appendStuffed(dst, []byte{byte(e.coded.pending>>56) | 0xff>>e.coded.bits})
}

// appendStuffed appends coded MCUs, with a zero behind each 0xff.
func appendStuffed(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, 0xff)
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(append(dst, raw[:i+1]...), 0)
		raw = raw[i+1:]
	}
}

// appendPadding appends comments or what is left of them, and the end. Few bytes are filled with 0xff, as T.81, B.1.1.2, allows before a marker.
func (e *Encoder) appendPadding(dst []byte) []byte {
	const shortest, longest = 4, 16 << 10 // bytes of a comment
	for left := e.left - trailer; left > 0; {
		if left < shortest {
			dst = append(dst, 0xff)
			left--
			continue
		}
		length := min(left, longest)
		if rest := left - length; rest > 0 && rest < shortest {
			length -= shortest
		}
		dst = append(dst, 0xff, 0xfe)
		dst = binary.BigEndian.AppendUint16(dst, uint16(length-2))
		dst = e.appendLetters(dst, int(length-shortest))
		if left -= length; left > 0 {
			return dst
		}
	}
	e.stage = done
	return append(dst, 0xff, 0xd9)
}

// appendLetters appends random letters.
func (e *Encoder) appendLetters(dst []byte, n int) []byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for r := uint64(0); n > 0; n-- {
		if n%8 == 0 || r == 0 {
			r = e.draws.Next()
		}
		dst = append(dst, letters[r&63])
		r >>= 6
	}
	return dst
}
