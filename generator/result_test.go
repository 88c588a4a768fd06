package generator

import (
	"testing"

	"mmjsonl/internal/stream"
)

// Where the client sends rows in another order than the file's, the figures are those of the order sent.
func TestObserverSentOrder(t *testing.T) {
	// In the file's order a cache of one image hits every second slot, and in the order sent none.
	s := &stream.Stream{Media: []uint32{0, 0, 1, 1}, PerRow: 1, Ends: []int64{1, 2, 3, 4}}
	for _, test := range []struct {
		sent []uint32
		hits int64
	}{{nil, 2}, {[]uint32{0, 2, 1, 3}, 0}} {
		s.Sent = test.sent
		p := small(4, 1, 2, 0)
		p.Concurrency, p.Targets = 1, []HitTarget{{Capacity: 1, Hits: test.hits}}
		o := p.observe(s)
		o.wrote(0, 3)
		o.wrote(3, 4)
		f, err := o.figures()
		if err != nil {
			t.Errorf("sent %v: %v", test.sent, err)
		} else if f.Requests != 4 || f.Duplicates != 2 {
			t.Errorf("sent %v: %d requests and %d duplicates", test.sent, f.Requests, f.Duplicates)
		}
	}
}
