package png

import "testing"

// Codes are complete, as deflate wants them, and of a length that the writer of pixels takes. Residuals have a mean of exactly a quarter.
func TestPalettes(t *testing.T) {
	for i, p := range readyPalettes() {
		room := 0
		value := map[uint64]int{} // by the code's length, in the upper half, and its bits
		for v, c := range p.codes {
			if c.length == 0 || c.length > 15 {
				t.Fatalf("palette %d: the code of %d has %d bits", i, v, c.length)
			}
			room += 1 << (15 - c.length)
			value[uint64(c.length)<<32|c.bits] = v
		}
		if room != 1<<15 {
			t.Errorf("palette %d: codes take %d of %d", i, room, 1<<15)
		}
		var sums [3]int
		for _, one := range p.pixels {
			if one.length > mostBits {
				t.Errorf("palette %d: a pixel has %d bits", i, one.length)
			}
			bits, left := uint64(one.bits), one.length
			for channel := range sums {
				for n := uint32(1); n <= left; n++ {
					if v, ok := value[uint64(n)<<32|bits&(1<<n-1)]; ok {
						sums[channel] += int(int8(v))
						bits >>= n
						left -= n
						break
					}
				}
			}
			if left != 0 {
				t.Errorf("palette %d: a pixel has %d bits behind its residuals", i, left)
			}
		}
		if sums != [3]int{pixels / 4, pixels / 4, pixels / 4} {
			t.Errorf("palette %d: residuals add up to %v", i, sums)
		}
	}
}
