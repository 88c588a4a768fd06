package replay

// queue holds images in the order of their last use, up to a weight. It is a ring of links by image number, so that it takes no memory of
// its own for an image that comes or goes.
type queue struct {
	links    []link // by image + 1; links[0] is between the newest and the oldest
	weights  []int64
	same     int64 // weight of each image, without weights
	capacity int64
	used     int64 // weight of the images in the queue
}

// link is an image's neighbours, by their image + 1.
type link struct {
	newer, older uint32
}

// absent is the newer neighbour of images that are not in the queue.
const absent = ^uint32(0)

func newQueue(o Options) queue {
	return queue{links: []link{{}}, weights: o.Weights, same: o.Weight, capacity: o.Capacity}
}

func (q *queue) weight(image uint32) int64 {
	if q.weights == nil {
		return q.same
	}
	return q.weights[image]
}

func (q *queue) has(image uint32) bool {
	return int(image)+1 < len(q.links) && q.links[image+1].newer != absent
}

// touch makes the image the newest, if it is in the queue, and reports whether it is.
func (q *queue) touch(image uint32) bool {
	if !q.has(image) {
		return false
	}
	at := image + 1
	if q.links[0].older != at {
		l := q.links[at]
		q.links[l.newer].older = l.older
		q.links[l.older].newer = l.newer
		q.push(at)
	}
	return true
}

// push makes what is not linked the newest.
func (q *queue) push(at uint32) {
	newest := q.links[0].older
	q.links[at] = link{newer: 0, older: newest}
	q.links[newest].newer = at
	q.links[0].older = at
}

// store puts an image that is not in the queue in as the newest, in place of the oldest. It does nothing if the image weighs more than the
// capacity.
func (q *queue) store(image uint32) {
	weight := q.weight(image)
	if weight > q.capacity {
		return
	}
	for q.used+weight > q.capacity {
		q.drop()
	}
	if n := int(image) + 2; n > len(q.links) {
		q.grow(n)
	}
	q.used += weight
	q.push(image + 1)
}

// drop takes the oldest image out.
func (q *queue) drop() {
	at := q.links[0].newer
	q.used -= q.weight(at - 1)
	newer := q.links[at].newer
	q.links[newer].older = 0
	q.links[0].newer = newer
	q.links[at].newer = absent
}

func (q *queue) grow(n int) {
	before := len(q.links)
	q.links = append(q.links, make([]link, n-before)...)
	q.links = q.links[:cap(q.links)]
	for i := before; i < len(q.links); i++ {
		q.links[i].newer = absent
	}
}

// marks are images that a request held so far.
type marks struct {
	by   []uint32 // by image: the low 32 bits of the number of the request that marked it last, from 1
	from uint32
}

// begin forgets the marks.
func (m *marks) begin() {
	m.from++
	if m.from == 0 { // those of 2^32 requests ago would look like new ones
		clear(m.by)
		m.from = 1
	}
}

// mark reports whether the image had no mark yet.
func (m *marks) mark(image uint32) bool {
	if n := int(image) + 1; n > len(m.by) {
		m.by = append(m.by, make([]uint32, n-len(m.by))...)
	}
	if m.by[image] == m.from {
		return false
	}
	m.by[image] = m.from
	return true
}

func (m *marks) has(image uint32) bool {
	return int(image) < len(m.by) && m.by[image] == m.from
}
