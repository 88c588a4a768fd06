package media

import "testing"

// With one pixel there are 2^24 images, and all of them are different: the first pixel is a permutation of the number.
func TestFirstPixelsPermute(t *testing.T) {
	var seen [firstPixels / 64]uint64
	var n noise
	for image := range uint32(firstPixels) {
		n.reset(3, image)
		pixel := uint32(n.first[0]) | uint32(n.first[1])<<8 | uint32(n.first[2])<<16
		if seen[pixel/64]&(1<<(pixel%64)) != 0 {
			t.Fatalf("image %d has the first pixel of an earlier one", image)
		}
		seen[pixel/64] |= 1 << (pixel % 64)
	}
}

func BenchmarkNoise(b *testing.B) {
	var n noise
	n.reset(1, 2)
	rows := make([]byte, 64554)
	b.SetBytes(int64(len(rows)))
	b.ReportAllocs()
	for b.Loop() {
		n.fill(rows)
	}
}
