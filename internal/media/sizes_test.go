package media_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

func sizes(shares ...int64) (s media.Sizes) {
	for i := 0; i < len(shares); i += 3 {
		s = append(s, media.Share{Size: media.Size{Width: shares[i], Height: shares[i+1]}, Weight: shares[i+2]})
	}
	return s
}

func TestMix(t *testing.T) {
	mix := sizes(128, 72, 3, 64, 36, 5, 40, 90, 2)
	for _, of := range []func(media.Size) media.Source{
		func(s media.Size) media.Source { return media.Noise{Seed: 3, Size: s} },
		func(s media.Size) media.Source { return media.PhotoJPEG{Seed: 3, Size: s} },
	} {
		source := media.Mix(mix, of)
		t.Run(source.Set(), func(t *testing.T) { mediatest.Suite(t, source, 203) })
	}
	if got := media.Mix(mix, func(s media.Size) media.Source { return media.PhotoJPEG{Seed: 3, Size: s} }).Set(); got != "128x72-3_64x36-5_40x90-2_jpeg2_seed3" {
		t.Error(got)
	}
	if got := media.Mix(media.Only(media.Size{Width: 3, Height: 2}), func(s media.Size) media.Source { return media.Noise{Seed: 3, Size: s} }).Set(); got != "3x2_seed3" {
		t.Error(got)
	}
}

// Of the images that go by rank each size has as many as without, those of the first size in front; the images behind are the same ones.
func TestMixByRank(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	noise := func(s media.Size) media.Source { return media.Noise{Seed: 3, Size: s} }
	for range 300 {
		var s media.Sizes
		for i := range 1 + r.Int64N(7) {
			s = append(s, media.Share{Size: media.Size{Width: 4 + i, Height: 2}, Weight: 1 + r.Int64N(12)})
		}
		n := r.IntN(100)
		plain, ranked := media.Mix(s, noise), media.MixByRank(s, n, noise)
		var want []media.Size
		for i := range n {
			want = append(want, plain.Item(uint32(i)).Size)
		}
		slices.SortFunc(want, func(a, b media.Size) int { return int(a.Width - b.Width) }) // the order in which they are given
		for i := range n + 40 {
			size := plain.Item(uint32(i)).Size
			if i < n {
				size = want[i]
			}
			if got := ranked.Item(uint32(i)).Size; got != size {
				t.Fatalf("seed %d: of %s by rank up to %d, image %d is %s, want %s", seed, s, n, i, got, size)
			}
		}
	}
	ranked := media.MixByRank(sizes(128, 72, 3, 64, 36, 5, 40, 90, 2), 203, noise)
	mediatest.Suite(t, ranked, 203)
	if got := ranked.Set(); got != "128x72-3_64x36-5_40x90-2_popular203_seed3" {
		t.Error(got)
	}
}

// Of any number of images each size has its share, rounded down or up.
func TestSizesShareExactly(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		var s media.Sizes
		for i := range 1 + r.Int64N(7) {
			s = append(s, media.Share{Size: media.Size{Width: 4 + i, Height: 2}, Weight: 1 + r.Int64N(12)})
		}
		source := media.Mix(s, func(s media.Size) media.Source { return media.Noise{Size: s} })
		counts, weights := map[media.Size]int64{}, int64(0)
		for _, share := range s {
			weights += share.Weight
		}
		for n := int64(1); n < 2*s.Period()+5; n++ {
			counts[source.Item(uint32(n-1)).Size]++
			for _, share := range s {
				low := n * share.Weight / weights
				if got := counts[share.Size]; got < low || got > low+1 || got == low+1 && n*share.Weight%weights == 0 {
					t.Fatalf("seed %d: of %d images of %s %d are %s", seed, n, s, got, share.Size)
				}
			}
		}
	}
}
