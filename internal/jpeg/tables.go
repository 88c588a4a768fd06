package jpeg

// The tables of T.81, Annex K.

// zigzag says where the coefficients of a block are, row by row of eight, in the order in which they are coded.
var zigzag = [64]int{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// The quantisation tables before scaling, in the order of zigzag: K.1 for luminance, K.2 for chrominance.
var quantisation = [2][64]int{
	{
		16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
		26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
		56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
		95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
	},
	{
		17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	},
}

// quality is that of the quantisation tables, from 1 to 100 as libjpeg counts.
const quality = 85

// step returns a coefficient's quantisation step, by its place in the order of zigzag.
func step(component, place int) int {
	const scale = 200 - 2*quality // in percent, for qualities from 50
	return min(max((quantisation[component][place]*scale+50)/100, 1), 255)
}

// huffman is a Huffman table as files have it: how many codes there are of each length from 1 bit, and what they stand for.
type huffman struct {
	counts string
	values string
}

// The typical Huffman tables of K.3: first those of DC, then those of AC coefficients; of each luminance, then chrominance.
var (
	huffmanDC = [2]huffman{
		{
			"\x00\x01\x05\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00",
			"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b",
		},
		{
			"\x00\x03\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00",
			"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b",
		},
	}
	huffmanAC = [2]huffman{
		{
			"\x00\x02\x01\x03\x03\x02\x04\x03\x05\x05\x04\x04\x00\x00\x01\x7d",
			"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42\xb1" +
				"\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28\x29\x2a\x34\x35\x36\x37" +
				"\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a" +
				"\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3" +
				"\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3" +
				"\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
		},
		{
			"\x00\x02\x01\x02\x04\x04\x03\x04\x07\x05\x04\x04\x00\x01\x02\x77",
			"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\xa1\xb1\xc1" +
				"\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26\x27\x28\x29\x2a\x35\x36" +
				"\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69" +
				"\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a" +
				"\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca" +
				"\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
		},
	}
)

// endOfBlock is what an AC code stands for if no coefficient follows. Others stand for a run of zeros, up to 15, times 16 and the size of the
// coefficient behind it in bits.
const endOfBlock = 0x00

// code is a Huffman code: its bits, the last one lowest, and how many there are.
type code struct {
	bits   uint64
	length uint
}

// codes returns the codes by what they stand for (T.81, C.2).
func (h huffman) codes() (codes [256]code) {
	next, k := uint64(0), 0
	for length := range h.counts {
		for range h.counts[length] {
			codes[h.values[k]] = code{next, uint(length + 1)}
			next++
			k++
		}
		next <<= 1
	}
	return codes
}

// with returns a code with the bits of the value behind it, whose size the code tells (T.81, F.1.2.1).
func (c code) with(value int, size uint) code {
	if value < 0 {
		value += 1<<size - 1
	}
	return code{c.bits<<size | uint64(value), c.length + size}
}

// then returns a code and another one behind it.
func (c code) then(next code) code {
	return code{c.bits<<next.length | next.bits, c.length + next.length}
}
