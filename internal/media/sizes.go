package media

import (
	"fmt"
	"hash/crc32"
	"strings"
)

// Share is a size and how often it is, against others.
type Share struct {
	Size   Size
	Weight int64
}

// Sizes are sizes by weight: at least one, each weight from 1.
type Sizes []Share

// Only returns the sizes of images that all have one.
func Only(size Size) Sizes { return Sizes{{Size: size, Weight: 1}} }

// String writes sizes as they are given: 1280x720:3,640x360:5, or 512x512 if there is one.
func (s Sizes) String() string {
	if len(s) == 1 {
		return s[0].Size.String()
	}
	var b strings.Builder
	for i, share := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%d", share.Size, share.Weight)
	}
	return b.String()
}

// Brief is String, for a line: of many sizes it has the first ones.
func (s Sizes) Brief() string {
	const most = 4
	if len(s) <= most {
		return s.String()
	}
	return fmt.Sprintf("%s and %d more sizes", s[:most-1], len(s)-most+1)
}

// Pixels is the mean number of pixels.
func (s Sizes) Pixels() float64 {
	sum, weights := 0.0, 0.0
	for _, share := range s {
		sum += float64(share.Weight) * float64(share.Size.Width) * float64(share.Size.Height)
		weights += float64(share.Weight)
	}
	return sum / weights
}

// Largest is the largest width and height among them, which need not be of one size.
func (s Sizes) Largest() (largest Size) {
	for _, share := range s {
		largest.Width, largest.Height = max(largest.Width, share.Size.Width), max(largest.Height, share.Size.Height)
	}
	return largest
}

// Period is how many images it takes until sizes come again in the same order: the sum of the weights, in lowest terms.
func (s Sizes) Period() (period int64) {
	divisor := s.divisor()
	for _, share := range s {
		period += share.Weight / divisor
	}
	return period
}

// divisor is the greatest common divisor of the weights.
func (s Sizes) divisor() (divisor int64) {
	for _, share := range s {
		for a := share.Weight; a > 0; {
			divisor, a = a, divisor%a
		}
	}
	return divisor
}

// name is a part of a file's name: 1280x720-3_640x360-5.
func (s Sizes) name() string {
	const most = 60 // bytes
	if len(s) == 1 {
		return s[0].Size.String()
	}
	name := strings.NewReplacer(":", "-", ",", "_").Replace(s.String())
	if len(name) > most {
		name = fmt.Sprintf("%dsizes-%08x", len(s), crc32.ChecksumIEEE([]byte(name)))
	}
	return name
}

// MostSizes and MostPeriod bound sizes that can be mixed.
const (
	MostSizes  = 256
	MostPeriod = 1 << 20
)

// order returns which of the sizes each image of a period has. Of any number of images, from the first on, each size has its share: never
// less than that rounded down, nor more than that rounded up (the quota method of Balinski and Young, 1975).
func (s Sizes) order() []uint8 {
	order := make([]uint8, s.Period())
	divisor := s.divisor()
	had := make([]int64, len(s))
	for n := range int64(len(order)) {
		best := -1
		for i, share := range s {
			weight := share.Weight / divisor
			if had[i]*int64(len(order)) >= weight*(n+1) { // one more would be above its share, rounded up
				continue
			}
			// The one with the largest claim: weight / (had + 1).
			if best < 0 || weight*(had[best]+1) > s[best].Weight/divisor*(had[i]+1) {
				best = i
			}
		}
		had[best]++
		order[n] = uint8(best)
	}
	return order
}
