package serve

import "sync/atomic"

// record is what is known of an image since it was fetched for the first time.
type record struct {
	kept     atomic.Int64 // where it is in memory, from 1; 0: nowhere; beingKept
	length   atomic.Int64 // where only making it tells; 0: not known
	requests atomic.Uint32
	fetches  atomic.Uint32
}

// paged are the records of images, numbered from 0, in pages that are made when they are needed.
type paged []atomic.Pointer[[pageLength]record]

const pageLength = 1024

func newPaged(n int) paged { return make(paged, (n+pageLength-1)/pageLength) }

// at returns a record, of a page that is made if it is missing.
func (p paged) at(i uint32) *record {
	page := p[i/pageLength].Load()
	for page == nil {
		p[i/pageLength].CompareAndSwap(nil, new([pageLength]record))
		page = p[i/pageLength].Load()
	}
	return &page[i%pageLength]
}

// requested calls yield with each image that was requested.
func (p paged) requested(yield func(i uint32, r *record)) {
	for number := range p {
		page := p[number].Load()
		if page == nil {
			continue
		}
		for i := range page {
			if page[i].requests.Load() > 0 {
				yield(uint32(number*pageLength+i), &page[i])
			}
		}
	}
}
