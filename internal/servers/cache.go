package servers

import (
	"mmjsonl/internal/model"
	"mmjsonl/internal/replay"
)

// Cache is a server's cache of a size, which knows what an image takes in it.
type Cache struct {
	Profile
	Bytes  int64 // size of the cache; 0 if it counts tokens
	Tokens int64 // size of the cache if it counts tokens, or of the cache in front; else 0

	image    *model.Model // nil if every image takes same
	same     int64        // in the unit of weights: tokens, for Tokens and TwoTiers, else bytes
	number   int64        // bytes of a number, for Pixels
	perToken int64        // bytes of a token in the cache behind, for TwoTiers
	width    int64        // of every image; 0 if each has its own
	height   int64
}

// gridBytes is what vLLM keeps beside the numbers of an image of the Qwen-VL family: three numbers of eight bytes that say how it was cut up.
const gridBytes = 24

// CountsTokens reports whether weights and capacities are in tokens rather than bytes.
func (c *Cache) CountsTokens() bool { return c.Holds == Tokens || c.Rule == replay.TwoTiers }

// Capacity is the cache's size in the unit of weights.
func (c *Cache) Capacity() int64 {
	switch {
	case c.Holds == Tokens:
		return c.Tokens
	case c.Rule == replay.TwoTiers:
		return c.Bytes / c.perToken
	}
	return c.Bytes
}

// Same is the weight of every image, where all weigh the same whatever their size in pixels, or where one size was given for all.
func (c *Cache) Same() (weight int64, ok bool) {
	switch {
	case c.image == nil:
		return c.same, true
	case c.image.Fixed():
		weight, err := c.weigh(1, 1)
		return weight, err == nil
	case c.width > 0:
		weight, err := c.weigh(c.width, c.height)
		return weight, err == nil
	}
	return 0, false
}

// Weight is what an image of a size in pixels takes. The error says why the server's model would not take it.
func (c *Cache) Weight(width, height int64) (int64, error) {
	if weight, ok := c.Same(); ok {
		return weight, nil
	}
	return c.weigh(width, height)
}

func (c *Cache) weigh(width, height int64) (int64, error) {
	image, err := c.image.Image(width, height)
	if err != nil {
		return 0, err
	}
	switch {
	case c.CountsTokens():
		return image.Tokens, nil
	case c.Holds == Embeddings:
		return c.image.EmbeddingBytes(image.Tokens), nil
	}
	bytes := image.Values*c.number + c.entry[c.number]
	if !c.image.Fixed() {
		bytes += gridBytes
	}
	return bytes, nil
}

// InBytes is a weight in bytes, or 0 if the cache counts tokens alone.
func (c *Cache) InBytes(weight int64) int64 {
	switch {
	case c.Holds == Tokens:
		return 0
	case c.Rule == replay.TwoTiers:
		return weight * c.perToken
	}
	return weight
}

// Images is how many images of a weight the cache holds at most.
func (c *Cache) Images(weight int64) int64 {
	if c.Rule == replay.Chunks && weight > c.largest+chunkHeader {
		return 0
	}
	return c.Capacity() / weight
}

// chunkHeader is what is part of an item's weight in vLLM's shared memory, but not of what its largest size is compared with.
const chunkHeader = 8

// Replay returns an empty cache that requests can be given to. weights are those of the images, by their number; nil if all have the weight of
// Same.
func (c *Cache) Replay(weights []int64) replay.Cache { return c.ReplayAt(c.Capacity(), weights) }

// ReplayAt is Replay for a cache of another size, in the unit of weights.
func (c *Cache) ReplayAt(capacity int64, weights []int64) replay.Cache {
	o := replay.Options{Rule: c.Rule, Capacity: capacity, Weights: weights, Front: c.Tokens, LargestItem: c.largest}
	if weights == nil {
		o.Weight, _ = c.Same()
	}
	return replay.New(o)
}
