package replay

// chunks is the rule Chunks: a ring of bytes with one writer. Addresses go on behind the ring's end; the place in it is the remainder.
type chunks struct {
	weights  []int64
	same     int64 // weight of each image, without weights
	capacity int64
	largest  int64

	entries    []entry // oldest first, from entries[first]
	first      int
	start, end int64
	stored     []bool // by image
	own        marks  // images of the request being added
	counts     Counts
}

// chunkHeader is how many bytes of a weight the largest item is not compared with: the number and the length in front of each.
const chunkHeader = 8

// entry is an image's place in the ring.
type entry struct {
	image   uint32
	address int64
	weight  int64
}

func newChunks(o Options) *chunks {
	return &chunks{weights: o.Weights, same: o.Weight, capacity: o.Capacity, largest: o.LargestItem}
}

func (c *chunks) Counts() Counts { return c.counts }

func (c *chunks) has(image uint32) bool { return int(image) < len(c.stored) && c.stored[image] }

func (c *chunks) Add(request []uint32) {
	if len(request) == 0 {
		return
	}
	// An image is in use from here on, if it is stored, or once it is; then its entry stays until the request has been read.
	c.own.begin()
	for _, image := range request {
		c.own.mark(image)
	}
	var hits int64
	whole := true
	c.counts.Requests++
	for _, image := range request {
		if c.has(image) {
			hits++
		} else {
			whole = false
			c.store(image)
		}
	}
	c.counts.Lookups += int64(len(request))
	c.counts.Hits += hits
	if whole {
		c.counts.Whole++
	}
}

// store puts the image into the ring, if there is room or can be made.
func (c *chunks) store(image uint32) {
	weight := c.same
	if c.weights != nil {
		weight = c.weights[image]
	}
	if weight-chunkHeader > c.largest || c.capacity < 1 {
		return
	}
	if !c.place(image, weight) {
		c.free()
		c.place(image, weight)
	}
}

// place puts the image behind the newest, or to the ring's beginning if it would not fit in one piece, and reports whether there was room.
func (c *chunks) place(image uint32, weight int64) bool {
	address := c.end
	if address%c.capacity+weight > c.capacity {
		address = (address/c.capacity + 1) * c.capacity
	}
	if address+weight-c.start > c.capacity {
		return false
	}
	c.entries = append(c.entries, entry{image, address, weight})
	c.end = address + weight
	if n := int(image) + 1; n > len(c.stored) {
		c.stored = append(c.stored, make([]bool, n-len(c.stored))...)
	}
	c.stored[image] = true
	return true
}

// free drops the oldest images until twice the largest weight is free, or the next is the request's own.
func (c *chunks) free() {
	for freed := int64(0); freed < 2*c.largest && c.first < len(c.entries); {
		e := c.entries[c.first]
		if c.own.has(e.image) {
			break
		}
		c.stored[e.image] = false
		freed += e.weight
		c.first++
		if c.first < len(c.entries) {
			c.start = c.entries[c.first].address
		} else {
			c.start, c.end = 0, 0
		}
	}
	if c.first > len(c.entries)/2 {
		c.entries = c.entries[:copy(c.entries, c.entries[c.first:])]
		c.first = 0
	}
}
