package replay

// twoTiers is the rule TwoTiers. The cache in front is worked on in steps, as many images at a time as it can hold; the cache behind looks up
// what a step did not find in front, and stores what it has not either when the step ends.
type twoTiers struct {
	front, behind queue
	counts        Counts
	step          marks    // images of the step being worked on
	missing       []uint32 // of these, the ones found in neither
	found         []uint32 // of these, the ones found behind
}

func newTwoTiers(o Options) *twoTiers {
	front := o
	front.Capacity = o.Front
	return &twoTiers{front: newQueue(front), behind: newQueue(o)}
}

func (c *twoTiers) Counts() Counts { return c.counts }

func (c *twoTiers) Add(request []uint32) {
	if len(request) == 0 {
		return
	}
	before := c.counts.Hits
	var own int64 // weight of the step's images
	c.step.begin()
	for _, image := range request {
		if c.front.touch(image) {
			if c.step.mark(image) {
				own += c.front.weight(image)
			}
			c.counts.Front++
			c.counts.Hits++
			continue
		}
		weight := c.front.weight(image)
		if own > 0 && own+weight > c.front.capacity {
			c.end()
			own = 0
			c.step.begin()
		}
		c.step.mark(image)
		own += weight
		c.front.store(image)
		if c.behind.touch(image) {
			c.found = append(c.found, image)
		} else {
			c.missing = append(c.missing, image)
		}
	}
	c.end()
	c.counts.Requests++
	c.counts.Lookups += int64(len(request))
	if c.counts.Hits-before == int64(len(request)) {
		c.counts.Whole++
	}
}

// end ends a step. What was found behind counts as a hit only now: the images stored before may have taken its place.
func (c *twoTiers) end() {
	for _, image := range c.missing {
		if !c.behind.touch(image) {
			c.behind.store(image)
		}
	}
	for _, image := range c.found {
		if c.behind.touch(image) {
			c.counts.Hits++
		} else {
			c.behind.store(image)
		}
	}
	c.missing, c.found = c.missing[:0], c.found[:0]
}
