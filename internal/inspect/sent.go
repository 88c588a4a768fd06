package inspect

// Sent is a file's requests in the order in which they are sent, for replays by other rules than an LRU cache's.
type Sent struct {
	slots []uint32 // images, row after row
	ends  []int64  // where each row's slots end
	sizes [][2]int32
	full  bool // there were too many, and none is held
}

// mostSent bounds the slots that are held, at four bytes each.
const mostSent = 64 << 20

// Sent returns the requests, or nil if there was too much to be held.
func (r *Result) Sent() *Sent {
	if r.sent == nil || r.sent.full {
		return nil
	}
	return r.sent
}

// Images is the number of different images; they are numbered from 0.
func (s *Sent) Images() int { return len(s.sizes) }

// Size returns the size of an image in pixels, or zeros if it is not known.
func (s *Sent) Size(image uint32) (width, height int32) { return s.sizes[image][0], s.sizes[image][1] }

// Each calls send with the images of each request, until it returns false. The slice is valid for the call.
func (s *Sent) Each(send func(request []uint32) bool) {
	begin := int64(0)
	for _, end := range s.ends {
		if !send(s.slots[begin:end]) {
			return
		}
		begin = end
	}
}

// add adds a request.
func (s *Sent) add(request []uint32) {
	if s.full = s.full || len(s.slots)+len(request) > mostSent; s.full {
		s.slots, s.ends = nil, nil
		return
	}
	s.slots = append(s.slots, request...)
	s.ends = append(s.ends, int64(len(s.slots)))
	for _, image := range request {
		s.know(image)
	}
}

// know makes room for an image's size.
func (s *Sent) know(image uint32) {
	if n := int(image) + 1; n > len(s.sizes) {
		s.sizes = append(s.sizes, make([][2]int32, n-len(s.sizes))...)
	}
}

// size notes an image's size.
func (s *Sent) size(image uint32, width, height int32) {
	s.know(image)
	if width > 0 && height > 0 {
		s.sizes[image] = [2]int32{width, height}
	}
}
