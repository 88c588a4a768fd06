package random

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A Stream is one use of the seed, so that two uses never share numbers. The values are part of every file ever made
// with a seed: they are never changed or used again.
type Stream uint64

// The streams in use.
const (
	Images    Stream = 1 // index: the image
	Text      Stream = 2 // index: the row
	Placement Stream = 3 // one sequence: the slot where each image is used at least once
	Fill      Stream = 4 // index: the row
	URLs      Stream = 5 // the order of a list of URLs

	SteadyImages Stream = 6  // one sequence: the order of first uses
	Steady       Stream = 7  // index: the row
	UsesImages   Stream = 8  // one sequence: the order in which images are placed
	UsesLayer    Stream = 9  // index: the layer
	UsesExchange Stream = 10 // one sequence
	UsesRow      Stream = 11 // index: the row
	_            Stream = 12 // of hit rates, as manifests of format 1 have them

	Latency  Stream = 13 // index: the image and how often it was requested before
	Failures Stream = 14 // likewise

	Photo       Stream = 15 // index: 0 what photographs are put together from, else 1 + the image
	Clips       Stream = 40 // index: 0 what clips are put together from, else 1 + the clip
	ClipPadding Stream = 41 // index: the clip
	PhotoPNG    Stream = 17 // index: what photographs are put together from, then the image

	Prefix       Stream = 20 // index: the group of rows that begin alike
	PrefixGroups Stream = 21 // one number: the seed of the groups' order

	AnswerTokens Stream = 24 // index: the row
	Arrivals     Stream = 25 // index: the row
	RowLengths   Stream = 26 // one sequence

	HitDepths Stream = 27 // index: the row
	UserTurns Stream = 30 // index: the user, or the group of users
	Visits    Stream = 31 // one sequence: the order in which groups of users visit
)

// Draws is a sequence of random numbers: wyrand (Wang Yi, "wyhash", final version 4), which is a counter and one
// 64×64→128-bit multiplication, and so the fastest generator in plain Go that passes the usual batteries of tests.
type Draws struct {
	state uint64
}

// New begins the sequence of (seed, stream, index).
func New(seed uint64, s Stream, index uint64) Draws {
	return Of(seed, s).At(index)
}

// Sequences are those of a seed and a stream, by their index.
type Sequences struct {
	mixed uint64
}

// Of returns the sequences of a seed and a stream. A loop over many of them is quicker with it than with [New].
func Of(seed uint64, s Stream) Sequences {
	return Sequences{Mix(Mix(seed) ^ uint64(s))}
}

// At begins a sequence.
func (s Sequences) At(index uint64) Draws {
	return Draws{state: Mix(s.mixed ^ index)}
}

// What the counter moves on by for one to four numbers, modulo 2^64.
const (
	drawStep   = 0xa0761d6478bd642f
	twoSteps   = 2 * drawStep & math.MaxUint64
	threeSteps = 3 * drawStep & math.MaxUint64
	fourSteps  = 4 * drawStep & math.MaxUint64
)

// Next returns a number of 64 bits, each equally likely.
func (d *Draws) Next() uint64 {
	d.state += drawStep
	return drawn(d.state)
}

// Ahead returns the number that the n'th call of Next from now is going to return, for n from 1.
func (d *Draws) Ahead(n uint64) uint64 { return drawn(d.state + n*drawStep) }

// Skip moves on as n calls of Next do.
func (d *Draws) Skip(n uint64) { d.state += n * drawStep }

// drawn returns the number at a counter.
func drawn(state uint64) uint64 {
	high, low := bits.Mul64(state, state^0xe7037ed1a0b428db)
	return high ^ low
}

// Below returns a number from 0 to n-1, each equally likely, for n from 1: Lemire, "Fast Random Integer Generation in
// an Interval" (2019).
func (d *Draws) Below(n uint32) uint32 {
	for { // one call of Next, or the compiler does not inline this
		product := (d.Next() >> 32) * uint64(n)
		// Each multiple of n gets as many numbers if the lowest, 2^32 modulo n of them, are drawn again. They are below n, and that is seldom.
		if low := uint32(product); low >= n || low >= -n%n {
			return uint32(product >> 32)
		}
	}
}

// Below64 is Below for n up to 2^64-1.
func (d *Draws) Below64(n uint64) uint64 {
	for {
		high, low := bits.Mul64(d.Next(), n)
		if low >= n || low >= -n%n {
			return high
		}
	}
}

// Fill fills dst with the next numbers, lowest byte first. The last number may not fit; the rest of it is dropped.
func (d *Draws) Fill(dst []byte) {
	d.state = fillFours(d.state, dst)
	for rest := dst[len(dst)/32*32:]; len(rest) > 0; {
		var last [8]byte
		binary.LittleEndian.PutUint64(last[:], d.Next())
		rest = rest[copy(rest, last[:]):]
	}
}

// fillFours fills the whole fours of numbers in dst, 32 bytes each, and returns the counter after them. No number waits for the one
// before it, and the counter stays in a register: so it takes half the time that calls of next would take.
func fillFours(state uint64, dst []byte) uint64 {
	for len(dst) >= 32 {
		four := (*[32]byte)(dst)
		binary.LittleEndian.PutUint64(four[0:], drawn(state+drawStep))
		binary.LittleEndian.PutUint64(four[8:], drawn(state+twoSteps))
		binary.LittleEndian.PutUint64(four[16:], drawn(state+threeSteps))
		state += fourSteps
		binary.LittleEndian.PutUint64(four[24:], drawn(state))
		dst = dst[32:]
	}
	return state
}

// Mix is the finalizer of splitmix64 (Steele, Lea and Flood 2014) over its counter's step: a bijection in which every
// bit of x moves every bit of the result.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
