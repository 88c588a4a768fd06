package jpeg

import "mmjsonl/internal/random"

// surface is a random surface with detail of all sizes, row by row: every level is the one before, enlarged by bilinear interpolation, plus
// noise of its own. So nearly all of the work is that of the finest level, and memory is a few rows.
type surface struct {
	levels []level // coarse to fine
	draws  random.Draws
}

// level is one of them. Values are in 16ths of whatever the surface is of.
type level struct {
	wide      int   // values in a row
	enlarge   int   // times the level before: 2 or 4
	amplitude int32 // of its own noise, either way

	above, below []int32 // two rows of the level before, enlarged to this one's width
	between      int     // how many rows below above the next row is
	row          []int32
}

// octave is what a level is made from.
type octave struct {
	enlarge   int
	amplitude int32
}

// reset begins a surface whose finest level is wide values wide. The first octave is the coarsest one and nothing but noise.
func (s *surface) reset(draws random.Draws, octaves []octave, wide int) {
	s.draws = draws
	if len(s.levels) != len(octaves) {
		s.levels = make([]level, len(octaves))
	}
	for i := len(octaves) - 1; i >= 0; i-- {
		l := &s.levels[i]
		l.wide, l.enlarge, l.amplitude = wide, octaves[i].enlarge, octaves[i].amplitude
		l.between = -1
		l.row = lengthen(l.row, wide)
		if i > 0 {
			l.above, l.below = lengthen(l.above, wide), lengthen(l.below, wide)
			wide = (wide+l.enlarge-1)/l.enlarge + 1
		}
	}
}

// next returns the next row, which stays until the one after it.
func (s *surface) next() []int32 { return s.nextOf(len(s.levels) - 1) }

func (s *surface) nextOf(i int) []int32 {
	l := &s.levels[i]
	if i == 0 {
		for x := range l.row {
			l.row[x] = noise(s.draws.Next(), int64(l.amplitude))
		}
		return l.row
	}
	switch {
	case l.between < 0:
		l.widen(l.above, s.nextOf(i-1))
		l.widen(l.below, s.nextOf(i-1))
		l.between = 0
	case l.between == l.enlarge:
		l.above, l.below = l.below, l.above
		l.widen(l.below, s.nextOf(i-1))
		l.between = 0
	}
	shift := uint(1)
	if l.enlarge == 4 {
		shift = 2
	}
	below := int32(l.between)
	l.between++
	amplitude := int64(l.amplitude)
	row := l.row
	tops, bottoms := l.above[:len(row)], l.below[:len(row)]
	x := 0
	for ; x+4 <= len(row); x += 4 {
		four, top, bottom := (*[4]int32)(row[x:]), (*[4]int32)(tops[x:]), (*[4]int32)(bottoms[x:])
		r := s.draws.Next()
		four[0] = top[0] + below*(bottom[0]-top[0])>>shift + noise(r, amplitude)
		four[1] = top[1] + below*(bottom[1]-top[1])>>shift + noise(r>>16, amplitude)
		four[2] = top[2] + below*(bottom[2]-top[2])>>shift + noise(r>>32, amplitude)
		four[3] = top[3] + below*(bottom[3]-top[3])>>shift + noise(r>>48, amplitude)
	}
	for r := s.draws.Next(); x < len(row); r >>= 16 {
		row[x] = tops[x] + below*(bottoms[x]-tops[x])>>shift + noise(r, amplitude)
		x++
	}
	return row
}

// noise returns a number from -amplitude to amplitude, of 16 random bits.
func noise(random uint64, amplitude int64) int32 {
	return int32(int64(int16(random)) * amplitude >> 15)
}

// widen enlarges a row of the level before to the level's width.
func (l *level) widen(dst, coarse []int32) {
	x, i := 0, 0
	if l.enlarge == 2 {
		for ; x+2 <= len(dst); x += 2 {
			two := (*[2]int32)(dst[x:])
			two[0], two[1] = coarse[i], (coarse[i]+coarse[i+1])>>1
			i++
		}
	}
	for ; x < len(dst); i++ {
		left, right := coarse[i], coarse[i+1]
		value, slope := left*int32(l.enlarge), right-left
		for range min(l.enlarge, len(dst)-x) {
			dst[x] = value / int32(l.enlarge)
			value += slope
			x++
		}
	}
}

// lengthen returns a slice of a length, the old one if it has the room. What is in it is anything.
func lengthen[T any](s []T, length int) []T {
	if cap(s) < length {
		return make([]T, length)
	}
	return s[:length]
}
