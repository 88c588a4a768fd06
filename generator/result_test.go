package generator

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/internal/stream"
)

// Where the client sends rows in another order than the file's, the figures are those of the order sent.
func TestFiguresSentOrder(t *testing.T) {
	// In the file's order a cache of one image hits every second slot, and in the order sent none.
	s := &stream.Stream{Media: []uint32{0, 0, 1, 1}, PerRow: 1, Ends: []int64{1, 2, 3, 4}}
	for _, test := range []struct {
		sent []uint32
		hits int64
	}{{nil, 2}, {[]uint32{0, 2, 1, 3}, 0}} {
		s.Sent = test.sent
		p := small(4, 1, 2, 0)
		p.Concurrency, p.Targets = 1, []HitTarget{{Capacity: 1, Hits: test.hits}}
		f, err := p.figures(t.Context(), s)
		if err != nil {
			t.Errorf("sent %v: %v", test.sent, err)
		} else if f.Requests != 4 || f.Duplicates != 2 {
			t.Errorf("sent %v: %d requests and %d duplicates", test.sent, f.Requests, f.Duplicates)
		}
	}
}

// A run whose rows hit a cache otherwise than requested fails, and leaves nothing under the output's name.
func TestRunOtherHitRateFails(t *testing.T) {
	t.Parallel()
	p := plan(t, reuseConfig(t, 200, 2, 100, Reuse{Hits: points(50, 60)}))
	p.Targets[0].Hits++ // as if the sampler had placed one too few
	stats, err := Run(t.Context(), p, io.Discard, new(Progress), nil)
	if err == nil || stats != nil || !strings.Contains(err.Error(), "not 241 times as requested") {
		t.Errorf("got %v, %v, want an error that says what was requested", stats, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(p.Names.Output.Here)); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	p.Targets[0].Hits--
	if _, err := Run(t.Context(), p, io.Discard, new(Progress), nil); err != nil {
		t.Errorf("as requested: %v", err)
	}
}
