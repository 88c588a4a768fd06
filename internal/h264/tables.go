package h264

// The codes of the standard that clips are made of.

// dcTokens are the codes of coeff_token for three trailing ones and three coefficients or more, with at most one coefficient around (table 9-5).
var dcTokens = map[int]code{5: read("0000100"), 6: read("00000100"), 7: read("000000100"), 8: read("0000000100")}

// dcGapless are the codes of total_zeros for no zeros between so many coefficients (table 9-7).
var dcGapless = map[int]code{5: read("0101"), 6: read("000001"), 7: read("000001"), 8: read("000001")}

// Codes of coeff_token for a cell without coefficients, and with one of ±1 (table 9-5).
var (
	noCoefficient  = read("1")
	oneCoefficient = read("01")
)

// oneAfterZeros are the codes of total_zeros for one coefficient behind so many zeros (table 9-7).
var oneAfterZeros = []code{read("1"), read("011"), read("010"), read("0011"), read("0010"), read("00011"), read("00010"), read("000011"), read("000010"),
	read("0000011"), read("0000010"), read("00000011"), read("00000010"), read("000000011"), read("000000010")}

// chromaTokens are the codes of coeff_token for so many DC coefficients of chrominance that all are ±1, and chromaGapless those of total_zeros for no
// zeros between them (tables 9-5, 9-9).
var (
	chromaTokens  = []code{read("01"), read("1"), read("001"), read("000101")}
	chromaGapless = []code{{}, read("1"), read("1"), read("1")}
)

// Kinds of macroblocks.
const (
	flat     = iota // no coefficients
	plain           // DC coefficients
	detailed        // AC coefficients of luminance, too
)

// intra are the beginnings of macroblocks up to their coefficients, in slices of I and of P: a type that says Intra_16x16_DC and which coefficients
// there are (table 7-11), the prediction of chrominance, also by the mean, and the quantiser, which stays.
var intra = func() (codes [2][3]code) {
	const inP = 5 // is added to a type
	for slice := range codes {
		for kind, number := range [...]uint64{flat: 1 + 2, plain: 1 + 2 + 4, detailed: 1 + 2 + 4 + 12} {
			codes[slice][kind] = unsigned(number + inP*uint64(slice)).then(unsigned(0)).then(signed(0))
		}
		codes[slice][flat] = codes[slice][flat].then(noCoefficient)
	}
	return codes
}()

// levels are the bounds of the standard's levels (table A-1): macroblocks a second, macroblocks of a frame, 1000 bits a second.
var levels = []struct {
	level               byte
	rate, frame, stream int64
}{
	{10, 1485, 99, 64}, {11, 3000, 396, 192}, {12, 6000, 396, 384}, {13, 11880, 396, 768}, {20, 11880, 396, 2000}, {21, 19800, 792, 4000},
	{22, 20250, 1620, 4000}, {30, 40500, 1620, 10000}, {31, 108000, 3600, 14000}, {32, 216000, 5120, 20000}, {40, 245760, 8192, 20000},
	{42, 522240, 8704, 50000}, {50, 589824, 22080, 135000}, {51, 983040, 36864, 240000}, {52, 2073600, 36864, 240000}, {60, 4177920, 139264, 240000},
	{61, 8355840, 139264, 480000}, {62, 16711680, 139264, 800000},
}
