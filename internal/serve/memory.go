package serve

import "sync/atomic"

// memory keeps images that were made, in the order in which they came, until it is full. Nothing is ever taken out: so what is sent from it
// needs no lock, and of images that are used in turn, more than fit, it serves as many as fit.
type memory struct {
	bytes []byte
	file  int // the same bytes as an open file, from which the kernel sends them without a copy; -1: there is none
	used  atomic.Int64
	full  atomic.Bool
}

const (
	// beingKept says that somebody makes an image in memory.
	beingKept = -1
	// page is what the kernel sends without a copy at the least.
	page = 4096
)

// reserve returns where there is room for so many bytes.
func (m *memory) reserve(length int64) (offset int64, ok bool) {
	room := (length + page - 1) / page * page
	if length < page {
		room = length
	}
	for {
		used := m.used.Load()
		offset = used
		if length >= page {
			offset = (used + page - 1) / page * page
		}
		if offset+room > int64(len(m.bytes)) {
			m.full.Store(true)
			return 0, false
		}
		if m.used.CompareAndSwap(used, offset+room) {
			return offset, true
		}
	}
}

// kept returns an image from memory, and where it is there. An image that is requested again is kept, if there is room: what is fetched once
// only is not worth it. It returns nil for one that is not, or not yet.
func (s *set) kept(m *memory, image uint32, r *record, requests uint32) (bytes []byte, offset int64) {
	at := r.kept.Load()
	switch {
	case at == beingKept, at == 0 && (requests < 2 || m.full.Load()):
		return nil, 0
	case at == 0:
		if at = s.keep(m, image, r); at <= 0 {
			return nil, 0
		}
	}
	length, err := s.length(image)
	if err != nil {
		return nil, 0
	}
	offset = at - 1
	return m.bytes[offset : offset+length : offset+length], offset
}

// keep makes an image in memory and returns where, from 1; or 0 or less if there is no room or somebody else is doing so.
func (s *set) keep(m *memory, image uint32, r *record) (at int64) {
	length, err := s.length(image)
	if err != nil || !r.kept.CompareAndSwap(0, beingKept) {
		return 0
	}
	defer func() { r.kept.Store(at) }()
	offset, ok := m.reserve(length)
	if !ok {
		return 0
	}
	maker := s.makers.Get().(*maker)
	defer s.makers.Put(maker)
	made, err := maker.appendTo(m.bytes[offset:offset:offset+length], image)
	if err != nil || int64(len(made)) != length {
		return 0
	}
	return offset + 1
}
