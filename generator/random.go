package generator

import (
	"math"
	"math/bits"
)

// A stream is one use of the seed, so that two uses never share numbers. The values are part of every file ever made
// with a seed: they are never changed or used again.
type stream uint64

const (
	streamImages    stream = 1 // index: the image
	streamText      stream = 2 // index: the row
	streamPlacement stream = 3 // one sequence: where each image stands for sure
	streamFill      stream = 4 // index: the row
	streamURLs      stream = 5 // the order of a list of URLs

	streamSteadyImages stream = 6  // one sequence: the order of first uses
	streamSteady       stream = 7  // index: the row
	streamUsesImages   stream = 8  // one sequence: the order in which images are placed
	streamUsesLayer    stream = 9  // index: the layer
	streamUsesExchange stream = 10 // one sequence
	streamUsesRow      stream = 11 // index: the row
	streamHitRate      stream = 12 // index: the row
)

// draws is a sequence of random numbers: wyrand (Wang Yi, "wyhash", final version 4), which is a counter and one
// 64×64→128-bit multiplication, and so the fastest generator in plain Go that passes the usual batteries of tests.
type draws struct {
	state uint64
}

// newDraws begins the sequence of (seed, stream, index).
func newDraws(seed uint64, s stream, index uint64) draws {
	return draws{state: mix(mix(mix(seed)^uint64(s)) ^ index)}
}

// What the counter moves on by for one to four numbers, modulo 2^64.
const (
	drawStep   = 0xa0761d6478bd642f
	twoSteps   = 2 * drawStep & math.MaxUint64
	threeSteps = 3 * drawStep & math.MaxUint64
	fourSteps  = 4 * drawStep & math.MaxUint64
)

func (d *draws) next() uint64 {
	d.state += drawStep
	return drawn(d.state)
}

// drawn returns the number that stands at a counter.
func drawn(state uint64) uint64 {
	high, low := bits.Mul64(state, state^0xe7037ed1a0b428db)
	return high ^ low
}

// below returns a number from 0 to n-1, each equally likely, for n from 1: Lemire, "Fast Random Integer Generation in
// an Interval" (2019).
func (d *draws) below(n uint32) uint32 {
	product := (d.next() >> 32) * uint64(n)
	if low := uint32(product); low < n {
		for threshold := -n % n; low < threshold; low = uint32(product) {
			product = (d.next() >> 32) * uint64(n)
		}
	}
	return uint32(product >> 32)
}

// below64 is below for n up to 2^64-1.
func (d *draws) below64(n uint64) uint64 {
	high, low := bits.Mul64(d.next(), n)
	if low < n {
		for threshold := -n % n; low < threshold; {
			high, low = bits.Mul64(d.next(), n)
		}
	}
	return high
}

// mix is the finalizer of splitmix64 (Steele, Lea and Flood 2014) over its counter's step: a bijection in which every
// bit of x moves every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
