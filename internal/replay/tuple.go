package replay

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// tuple is the rule Tuple: a cache ByReference of whole requests, which are told apart by a 128-bit hash.
type tuple struct {
	queue
	counts  Counts
	numbers map[xxh3.Uint128]uint32
	single  []int64 // weights of images
	same    int64   // weight of each, without them
	bytes   []byte
}

func newTuple(o Options) *tuple {
	return &tuple{
		queue:   queue{links: []link{{}}, weights: []int64{}, capacity: o.Capacity},
		numbers: map[xxh3.Uint128]uint32{},
		single:  o.Weights,
		same:    o.Weight,
	}
}

func (c *tuple) Counts() Counts { return c.counts }

func (c *tuple) Add(request []uint32) {
	if len(request) == 0 {
		return
	}
	weight := int64(len(request)) * c.same
	if c.single != nil {
		weight = 0
	}
	c.bytes = c.bytes[:0]
	for _, image := range request {
		c.bytes = binary.LittleEndian.AppendUint32(c.bytes, image)
		if c.single != nil {
			weight += c.single[image]
		}
	}
	hash := xxh3.Hash128(c.bytes)
	number, known := c.numbers[hash]
	if !known {
		number = uint32(len(c.numbers))
		c.numbers[hash] = number
		c.weights = append(c.weights, weight)
	}
	var hits int64
	if c.touch(number) {
		hits = int64(len(request))
	} else {
		c.store(number)
	}
	c.counts.add(int64(len(request)), hits)
}
