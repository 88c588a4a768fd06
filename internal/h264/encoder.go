package h264

import (
	"encoding/binary"
	"math/bits"

	"mmjsonl/internal/random"
)

const (
	// MaxSide is the largest width and height, in pixels.
	MaxSide = 4096
	// MaxMacroblocks is the most macroblocks that all frames of a clip can have together: 1165 frames of 1280×720.
	MaxMacroblocks = 1 << 22

	side = 16 // of a macroblock, in pixels
)

// Shape is what a clip's frames are. The sides are even.
type Shape struct {
	Width, Height int // in pixels, from 2 to [MaxSide]
	Frames        int // from 1
	Rate          int // frames a second
}

func (s Shape) wide() int { return (s.Width + side - 1) / side }
func (s Shape) high() int { return (s.Height + side - 1) / side }

// Macroblocks is how many macroblocks all frames have together.
func (s Shape) Macroblocks() int64 { return int64(s.wide()) * int64(s.high()) * int64(s.Frames) }

// MaxClips is how many different clips of a shape there can be: small ones have few macroblocks that tell their number.
func MaxClips(s Shape) int64 { return 1 << min(32, numberBits*s.wide()*s.high()) }

const (
	numberBits = 3 // of a clip's number, which a macroblock of the first frame tells

	lengthBytes = 4      // before each frame: its length
	frameBits   = 8 * 16 // of a frame beside its macroblocks, at most: that length, a type, a header, a run to the end, the last byte's rest
	flatBits    = 8      // of an intra macroblock without coefficients
	spareBits   = 8 * 16 // for bytes that go between zeros
	// worstBits are the most of a macroblock and of a run before it: that run, the beginning, DC, AC and chrominance.
	worstBits = 33 + 11 + 45 + 4*48 + 20
)

// Range returns the least and the most bytes that the frames of a clip can be made to have together: from where nothing changes to where every
// macroblock of every frame has AC coefficients.
func Range(s Shape) (least, most int64) {
	frame, frames := int64(s.wide()*s.high()), int64(s.Frames)
	fixed := frames*frameBits + 4*spareBits
	tellers := min(frame, 32/numberBits+1) * worstBits // macroblocks that tell the number
	least = fixed + tellers + frame*flatBits
	most = max(least, fixed+frame*frames*ready().detailed) + worstBits
	return least / 8, most / 8
}

// Bytes returns the length of a clip's frames if nobody chooses another one, in bytes: from 0.05 to 0.13 bits a pixel of each frame. Of some
// thousand consecutive clips each has another one, where frames are large enough.
func Bytes(seed uint64, clip uint32, s Shape) int64 {
	return bytesAt(s, int64((clip*odd+uint32(random.Mix(seed)))%lengths))
}

// lengths is how many lengths clips of one shape have if nobody chooses one.
const lengths = 4096

func bytesAt(s Shape, place int64) int64 {
	least, most := Range(s)
	from, to := s.Macroblocks()*12/8, s.Macroblocks()*32/8
	return min(least+from+(to-from)*place/lengths, most)
}

// Total returns the sum of Bytes for the first clips.
func Total(seed uint64, clips int, s Shape) (total int64) {
	var all int64 // of as many clips as there are lengths
	for place := range int64(lengths) {
		all += bytesAt(s, place)
	}
	total = int64(clips/lengths) * all
	for i := clips / lengths * lengths; i < clips; i++ {
		total += Bytes(seed, uint32(i), s)
	}
	return total
}

// odd permutes the numbers of clips, as a multiplier, with an added key.
const odd = 0x9e3779b1

// An Encoder makes clips, one after another. Its zero value is ready.
type Encoder struct {
	library *library
	shape   Shape
	draws   random.Draws
	number  uint32 // what macroblocks of the first frame tell, bits that are left
	left    int    // how many of these

	most    int64 // bits of the clip
	used    int64 // bits of it that are written
	plan    int64 // bits of each macroblock of the frame
	ahead   int64 // bits that were planned so far and not used
	writer  writer
	means   []means // of the macroblocks of the frame before, and from the left top on of this one
	changes bool    // macroblocks change, at this place of a frame
	until   int64   // ahead becomes so many
}

// means are about what a macroblock's pixels are on average, in 8ths of grey levels from the middle one.
type means [3]int32

// Append appends the frames of a clip, each with its length before it, and returns the lengths of all, these included. Together they are at most
// so many bytes, which are in the [Range], and not much less. The clips of a seed and a shape are different for numbers below [MaxClips].
func (e *Encoder) Append(dst []byte, seed uint64, clip uint32, s Shape, most int64) (extended []byte, sizes []uint32) {
	start := len(dst)
	for spare := int64(spareBits); ; spare *= 2 {
		dst, sizes = e.append(dst[:start], seed, clip, s, most*8-spare)
		if int64(len(dst)-start) <= most {
			return dst, sizes
		}
	}
}

func (e *Encoder) append(dst []byte, seed uint64, clip uint32, s Shape, most int64) ([]byte, []uint32) {
	frame := int64(s.wide() * s.high())
	e.library, e.shape, e.most, e.used, e.ahead = ready(), s, most, 0, 0
	e.draws = random.New(seed, random.Clips, 1+uint64(clip))
	e.changes, e.until = false, 0
	e.number, e.left = clip*odd+uint32(random.Mix(seed)), 32
	if int64(cap(e.means)) < frame {
		e.means = make([]means, frame)
	}
	e.means = e.means[:frame]
	clear(e.means)

	// The first frame has four times the bits of another one, as far as that is possible.
	each := (most - int64(s.Frames)*frameBits) / frame
	first := min(max(4*each/int64(s.Frames+3), flatBits), e.library.detailed)
	others := max(each-first, 0) / int64(max(s.Frames-1, 1))

	sizes := make([]uint32, s.Frames)
	for i := range sizes {
		begin := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		e.plan = others
		rest := int64(s.Frames-1-i) * frameBits
		if i == 0 {
			e.plan = first
		}
		e.writer.reset(int(frame*worstBits+frameBits) / 8)
		before := e.ahead
		planned := e.plan * frame
		if i == 0 {
			e.intraSlice(rest)
			dst = appendUnit(dst, 3<<5|5, e.writer.end())
		} else {
			e.predictedSlice(i, rest)
			dst = appendUnit(dst, 2<<5|1, e.writer.end())
		}
		binary.BigEndian.PutUint32(dst[begin:], uint32(len(dst)-begin-lengthBytes))
		sizes[i] = uint32(len(dst) - begin)
		taken := int64(sizes[i]) * 8
		e.used += taken
		e.ahead = before + planned + frameBits - taken
	}
	return dst, sizes
}

// intraSlice writes the first frame. rest is how many bits the frames after it take at least.
func (e *Encoder) intraSlice(rest int64) {
	w := &e.writer
	w.put(unsigned(0).then(unsigned(7)).then(unsigned(0))) // from the first macroblock on; all slices of I; the parameters
	w.put(fixed(0, 4).then(unsigned(0)))                   // frame_num, idr_pic_id
	w.put(fixed(0, 2).then(signed(0)))                     // how the frame is kept; the quantiser is as in the parameters
	wide, count := e.shape.wide(), len(e.means)
	for i := range count {
		e.ahead += e.plan
		start := w.written()
		least := rest + int64(count-i)*flatBits
		switch room := e.most - e.used - frameBits - start - least; {
		case room < worstBits:
			w.put(intra[0][flat])
			e.means[i] = e.around(i, wide)
		case e.ahead < e.library.plain/2 && e.left == 0:
			w.put(intra[0][flat])
			e.means[i] = e.around(i, wide)
		default:
			e.macroblock(i, wide, intra[0][:])
		}
		e.ahead -= w.written() - start
	}
}

// predictedSlice writes a frame after the first one.
func (e *Encoder) predictedSlice(frame int, rest int64) {
	w := &e.writer
	w.put(unsigned(0).then(unsigned(5)).then(unsigned(0))) // from the first macroblock on; all slices of P; the parameters
	w.put(fixed(uint64(frame)&15, 4))                      // frame_num
	w.put(fixed(0, 3).then(signed(0)))                     // as many references as in the parameters, in their order; how the frame is kept; the quantiser
	wide, count := e.shape.wide(), len(e.means)
	run := uint64(0)
	for i := range count {
		e.ahead += e.plan
		if e.plan < e.library.plain {
			e.decide()
		} else {
			e.changes = true
		}
		start := w.written()
		if !e.changes || e.most-e.used-frameBits-start-rest < worstBits {
			run++
			continue
		}
		w.put(unsigned(run))
		run = 0
		e.macroblock(i, wide, intra[1][:])
		e.ahead -= w.written() - start
	}
	if run > 0 {
		w.put(unsigned(run))
	}
}

// decide says whether macroblocks change here: they do, and do not, for a while.
func (e *Encoder) decide() {
	const longest = 1 << 9 // bits
	if e.changes && e.ahead > e.until || !e.changes && e.ahead < e.until {
		return
	}
	e.changes = !e.changes
	e.until = int64(e.draws.Next() & (longest - 1))
	if e.changes {
		e.until = -e.until
	}
}

// around is what a macroblock is predicted by: the mean of the ones on the left and above.
func (e *Encoder) around(i, wide int) (m means) {
	left, above := i%wide > 0, i >= wide
	switch {
	case left && above:
		a, b := &e.means[i-1], &e.means[i-wide]
		return means{(a[0] + b[0]) >> 1, (a[1] + b[1]) >> 1, (a[2] + b[2]) >> 1}
	case left:
		return e.means[i-1]
	case above:
		return e.means[i-wide]
	}
	return m
}

// macroblock writes an intra macroblock, with AC coefficients if enough bits are left for that.
func (e *Encoder) macroblock(i, wide int, headers []code) {
	l, w := e.library, &e.writer
	r := e.draws.Next()
	kind := plain
	if e.ahead > l.plain+int64(r&127) {
		kind = detailed
	}
	r >>= 7
	w.put(headers[kind])
	m := e.around(i, wide)

	p := &l.dc[r%dcPieces]
	signs := e.draws.Next()
	if e.left > 0 { // the first three signs tell the number
		place := 64 - numberBits - bits.LeadingZeros64(p.free)
		signs = signs&^((1<<numberBits-1)<<place) | uint64(e.number&(1<<numberBits-1))<<place
		e.number >>= numberBits
		e.left -= numberBits
	}
	c := p.with(signs)
	p.move(&c, 0, signs, &m[0])
	w.put(c)
	if kind == detailed {
		for range 4 {
			r = e.draws.Next()
			a := &l.ac[r%acPieces]
			w.put(code{a.bits ^ r&a.free, a.length})
		}
	}
	r = e.draws.Next()
	p = &l.chroma[r%chromaPieces]
	c = p.with(r)
	p.move(&c, 0, r>>8, &m[1])
	p.move(&c, 1, r>>16, &m[2])
	w.put(c)
	e.means[i] = m
}

// with returns the piece with signs, but for those of the means.
func (p *piece) with(signs uint64) code { return code{p.bits ^ signs&p.free, p.length} }

// move adds the sign of a component's mean, which is drawn so that the mean goes back to grey, the more surely the farther away it is. m is the
// mean as it is predicted, and becomes what it is then. A branch would be guessed wrong every other time, so there is none.
func (p *piece) move(c *code, component int, random uint64, m *int32) {
	negative := (int32(int8(random))*p.reach - *m) >> 31 // all bits, or none
	*m += p.moves[component]&^negative - p.moves[component]&negative
	c.bits = c.bits&^p.means[component] | p.means[component]&uint64(int64(negative))
}
