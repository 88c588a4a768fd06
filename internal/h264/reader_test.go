package h264_test

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// The tests' own reader of what clips are made of. It follows the standard's clauses on parsing, with the tables as far as clips need them, and knows
// nothing of how clips are made: where the standard has a table for the number of coefficients around, it counts them.

// bitReader reads the bits of a NAL unit. What goes wrong is a panic with an error.
type bitReader struct {
	data []byte
	at   int
}

func fail(format string, args ...any) { panic(fmt.Errorf(format, args...)) }

func (r *bitReader) bit() int {
	if r.at >= len(r.data)*8 {
		fail("the unit ends too early")
	}
	bit := r.data[r.at/8] >> (7 - r.at%8) & 1
	r.at++
	return int(bit)
}

func (r *bitReader) u(n int) (value int) {
	for range n {
		value = value<<1 | r.bit()
	}
	return value
}

func (r *bitReader) ue() int {
	zeros := 0
	for r.bit() == 0 {
		if zeros++; zeros > 31 {
			fail("a number is too large")
		}
	}
	return 1<<zeros - 1 + r.u(zeros)
}

func (r *bitReader) se() int {
	n := r.ue()
	if n&1 == 1 {
		return (n + 1) / 2
	}
	return -n / 2
}

// want reads something that has to be so.
func (r *bitReader) want(what string, got, want int) {
	if got != want {
		fail("%s is %d, want %d", what, got, want)
	}
}

// table reads a code of a table, whose place in it is the value.
func (r *bitReader) table(what, codes string) int {
	var read strings.Builder
	all := strings.Fields(codes)
	for range 16 {
		fmt.Fprint(&read, r.bit())
		for value, code := range all {
			if code == read.String() {
				return value
			}
		}
	}
	fail("no code of %s begins with %s", what, &read)
	return 0
}

// more reports whether there is more than the trailing bits (7.2).
func (r *bitReader) more() bool {
	last := len(r.data)*8 - 1
	for r.data[last/8]>>(7-last%8)&1 == 0 {
		last--
	}
	return r.at < last
}

func (r *bitReader) end() {
	r.want("the stop bit", r.bit(), 1)
	for r.at%8 != 0 {
		r.want("a bit behind it", r.bit(), 0)
	}
	r.want("the length", r.at/8, len(r.data))
}

// unit returns the type of a NAL unit and a reader of it without what is between zeros.
func unit(data []byte) (reference, kind int, r *bitReader) {
	var raw []byte
	zeros := 0
	for _, b := range data[1:] {
		if zeros >= 2 && b <= 2 {
			fail("the unit holds the beginning of another one")
		}
		if zeros >= 2 && b == 3 {
			zeros = 0
			continue
		}
		raw = append(raw, b)
		if zeros++; b != 0 {
			zeros = 0
		}
	}
	return int(data[0] >> 5), int(data[0] & 31), &bitReader{data: raw}
}

// stream is what the parameter sets say.
type stream struct {
	level, wide, high int // in macroblocks
	width, height     int // in pixels
	quantiser         int
}

func readParameters(sequence, picture []byte) (s stream) {
	_, kind, r := unit(sequence)
	r.want("the type of the sequence's parameters", kind, 7)
	r.want("the profile", r.u(8), 66)
	r.want("its constraints", r.u(8), 0xc0)
	s.level = r.u(8)
	r.want("the sequence's number", r.ue(), 0)
	r.want("the length of frame_num", r.ue()+4, 4)
	r.want("the order of frames", r.ue(), 2)
	r.want("the references", r.ue(), 1)
	r.u(1)
	s.wide, s.high = r.ue()+1, r.ue()+1
	r.want("frames only", r.u(1), 1)
	r.u(1)
	s.width, s.height = s.wide*16, s.high*16
	if r.u(1) == 1 {
		s.width -= 2 * (r.ue() + r.ue())
		s.height -= 2 * (r.ue() + r.ue())
	}
	r.want("VUI", r.u(1), 0)
	r.end()

	_, kind, r = unit(picture)
	r.want("the type of the picture's parameters", kind, 8)
	r.want("the picture's number", r.ue(), 0)
	r.want("the sequence's number", r.ue(), 0)
	r.want("CABAC and fields", r.u(2), 0)
	r.want("groups of slices", r.ue(), 0)
	r.want("references", r.ue()+r.ue(), 0)
	r.want("weights", r.u(3), 0)
	s.quantiser = 26 + r.se()
	r.want("the quantiser of SP slices", r.se(), 0)
	r.want("chrominance's quantiser", r.se(), 0)
	r.want("other things", r.u(3), 0)
	r.end()
	return s
}

// frame is what there is of a coded frame.
type frame struct {
	intra     bool
	coded     int    // macroblocks
	detailed  int    // of these, with AC coefficients
	flat      int    // of these, without any coefficients
	positives [3]int // macroblocks whose mean goes up, by component
	last      []int  // the last three DC coefficients of each macroblock
	moving    [3]int // macroblocks whose mean moves at all
}

// readFrame reads a frame with its length before it.
func readFrame(s stream, data []byte, number int) (f frame) {
	if int(binary.BigEndian.Uint32(data)) != len(data)-4 {
		fail("a frame of %d bytes says it has %d", len(data)-4, binary.BigEndian.Uint32(data))
	}
	reference, kind, r := unit(data[4:])
	f.intra = kind == 5
	if reference == 0 || f.intra != (number == 0) || !f.intra && kind != 1 {
		fail("frame %d has the type %d", number, kind)
	}
	r.want("the first macroblock", r.ue(), 0)
	slice := r.ue()
	r.want("the picture's parameters", r.ue(), 0)
	r.want("frame_num", r.u(4), number%16)
	if f.intra {
		r.want("the type of the slice", slice, 7)
		r.want("idr_pic_id", r.ue(), 0)
		r.want("marking", r.u(2), 0)
	} else {
		r.want("the type of the slice", slice, 5)
		r.want("references", r.u(2), 0)
		r.want("marking", r.u(1), 0)
	}
	r.want("a change of the quantiser", r.se(), 0)

	counts := make([][]int, 4*s.high) // of coefficients, by cell
	for y := range counts {
		counts[y] = make([]int, 4*s.wide)
	}
	at, all := 0, s.wide*s.high
	for {
		if !f.intra {
			if at += r.ue(); at > all {
				fail("a run of macroblocks goes beyond the frame")
			}
			if !r.more() {
				break
			}
		}
		if at >= all {
			fail("there are too many macroblocks")
		}
		readMacroblock(r, &f, counts, at%s.wide, at/s.wide)
		f.coded++
		if at++; !r.more() {
			break
		}
	}
	if at != all {
		fail("there are %d macroblocks, want %d", at, all)
	}
	r.end()
	return f
}

func readMacroblock(r *bitReader, f *frame, counts [][]int, mx, my int) {
	kind := r.ue()
	if !f.intra {
		kind -= 5
	}
	if kind < 1 || kind > 24 {
		fail("a macroblock has the type %d", kind)
	}
	kind--
	r.want("the prediction", kind%4, 2)
	chroma, luma := kind/4%3, kind/12
	r.want("the prediction of chrominance", r.ue(), 0)
	r.want("a change of the quantiser", r.se(), 0)
	around := func(x, y int) int {
		left, above := x > 0, y > 0
		switch {
		case left && above:
			return (counts[y][x-1] + counts[y-1][x] + 1) >> 1
		case left:
			return counts[y][x-1]
		case above:
			return counts[y-1][x]
		}
		return 0
	}
	mean := func(component int, levels []int) {
		if len(levels) > 0 && levels[0] != 0 {
			f.moving[component]++
			if levels[0] > 0 {
				f.positives[component]++
			}
		}
	}
	levels := readBlock(r, around(4*mx, 4*my), 16)
	mean(0, levels)
	f.last = append(f.last, levels[max(0, len(levels)-3):]...)
	if luma == 1 {
		f.detailed++
		for block := range 16 {
			x, y := 4*mx+block&1+block>>1&2, 4*my+block>>1&1+block>>2&2
			coefficients := readBlock(r, around(x, y), 15)
			for _, level := range coefficients {
				if level != 0 {
					counts[y][x]++
				}
			}
		}
	}
	switch chroma {
	case 1:
		mean(1, readBlock(r, -1, 4))
		mean(2, readBlock(r, -1, 4))
	case 2:
		fail("chrominance has AC coefficients")
	default:
		if len(levels) > 0 || luma == 1 {
			fail("a macroblock of its own kind")
		}
		f.flat++
	}
}

// coeff_token by (trailing ones, coefficients) for less than two coefficients around (table 9-5), and for chrominance's DC.
var tokens = map[int]map[[2]int]string{
	0: {{0, 0}: "1", {0, 1}: "000101", {1, 1}: "01", {0, 2}: "00000111", {1, 2}: "000100", {2, 2}: "001", {0, 3}: "000000111", {1, 3}: "00000110",
		{2, 3}: "0000101", {3, 3}: "00011", {0, 4}: "0000000111", {1, 4}: "000000110", {2, 4}: "00000101", {3, 4}: "000011", {0, 5}: "00000000111",
		{1, 5}: "0000000110", {2, 5}: "000000101", {3, 5}: "0000100", {0, 6}: "0000000001111", {1, 6}: "00000000110", {2, 6}: "0000000101",
		{3, 6}: "00000100", {0, 7}: "0000000001011", {1, 7}: "0000000001110", {2, 7}: "00000000101", {3, 7}: "000000100", {0, 8}: "0000000001000",
		{1, 8}: "0000000001010", {2, 8}: "0000000001101", {3, 8}: "0000000100"},
	-1: {{0, 0}: "01", {0, 1}: "000111", {1, 1}: "1", {0, 2}: "000100", {1, 2}: "000110", {2, 2}: "001", {0, 3}: "000011", {1, 3}: "0000011",
		{2, 3}: "0000010", {3, 3}: "000101", {0, 4}: "000010", {1, 4}: "00000011", {2, 4}: "00000010", {3, 4}: "0000000"},
}

// total_zeros by how many coefficients there are (tables 9-7, 9-9).
var zeros = map[int]string{
	1: "1 011 010 0011 0010 00011 00010 000011 000010 0000011 0000010 00000011 00000010 000000011 000000010 000000001",
	5: "0101 0100 0011 111 110 101 100 011 0010 00001 0001 00000",
	6: "000001 00001 111 110 101 100 011 010 0001 001 000000",
	7: "000001 00001 101 100 011 11 010 0001 001 000000",
	8: "000001 0001 00001 011 11 10 010 001 000000",
}
var chromaZeros = map[int]string{1: "1 01 001 000", 2: "1 01 00", 3: "1 0"}

// readBlock reads a block of so many coefficients at most (7.3.5.3.2), in the order of the scan; nil if there are none.
func readBlock(r *bitReader, around, most int) []int {
	table := 0
	if around >= 2 {
		fail("there are %d coefficients around", around)
	}
	if around < 0 {
		table = -1
	}
	var read strings.Builder
	var token [2]int
	for found := false; !found; {
		if read.Len() > 16 {
			fail("no token begins with %s", &read)
		}
		fmt.Fprint(&read, r.bit())
		for t, code := range tokens[table] {
			if code == read.String() {
				token, found = t, true
			}
		}
	}
	ones, total := token[0], token[1]
	if total == 0 {
		return nil
	}
	levels := make([]int, total)
	suffix := 0
	if total > 10 && ones < 3 {
		suffix = 1
	}
	for i := range levels {
		if i < ones {
			levels[i] = 1 - 2*r.bit()
			continue
		}
		prefix := 0
		for r.bit() == 0 {
			prefix++
		}
		if prefix >= 14 {
			fail("a level has the prefix %d", prefix)
		}
		code := prefix<<suffix + r.u(suffix)
		if i == ones && ones < 3 {
			code += 2
		}
		if levels[i] = (code + 2) >> 1; code&1 == 1 {
			levels[i] = -(code + 1) >> 1
		}
		if suffix == 0 {
			suffix = 1
		}
		if max(levels[i], -levels[i]) > 3<<(suffix-1) {
			suffix++
		}
	}
	left := 0
	if total < most {
		codes := zeros[total]
		if most == 4 {
			codes = chromaZeros[total]
		}
		left = r.table("total_zeros", codes)
	}
	if total > 1 && left > 0 {
		fail("there are zeros between coefficients")
	}
	coefficients := make([]int, left+total)
	if len(coefficients) > most {
		fail("there are %d coefficients, at most %d can be", len(coefficients), most)
	}
	for i, level := range levels {
		coefficients[left+total-1-i] = level
	}
	return coefficients
}
