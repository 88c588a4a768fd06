package stream

import "context"

// Begin returns the stream of a seed. If the sampler can give images to one row after the other, it has none yet: place gives them, and is to be
// called once, while others may use the rows they have waited for ([Stream.Wait]). With other samplers place is nil, and all rows have theirs.
func Begin(ctx context.Context, sampler Sampler, seed uint64) (s *Stream, place func(context.Context) error, err error) {
	if g, ok := sampler.(gradual); ok {
		return g.begin(ctx, seed)
	}
	s, err = sampler.Sample(ctx, seed)
	return s, nil, err
}

// gradual is a sampler that can give images to one row after the other.
type gradual interface {
	begin(ctx context.Context, seed uint64) (s *Stream, place func(context.Context) error, err error)
}

// sampleAll is Sample of such a sampler.
func sampleAll(ctx context.Context, sampler gradual, seed uint64) (*Stream, error) {
	s, place, err := sampler.begin(ctx, seed)
	if err != nil {
		return nil, err
	}
	if place != nil {
		err = place(ctx)
		s.parts = nil // HeldOut puts rows in front of the stream, for which the parts would be wrong
	}
	return s, err
}

// parts are neighbouring rows: others are told when all rows of a part have their images.
type parts struct {
	rows   int             // in a part, a power of two
	placed []chan struct{} // by part: closed when its rows have their images
}

const (
	leastInPart = 1 << 10 // rows, which take a millisecond
	mostParts   = 1 << 12
)

func newParts(rows int) *parts {
	p := &parts{rows: leastInPart}
	for rows/p.rows > mostParts {
		p.rows *= 2
	}
	for range (rows + p.rows - 1) / p.rows {
		p.placed = append(p.placed, make(chan struct{}))
	}
	return p
}

// placedRow is called after each row: so many of all have their images. Without parts there is nobody to tell.
func (p *parts) placedRow(rows, all int) {
	if p == nil {
		return
	}
	if rows&(p.rows-1) == 0 || rows == all {
		close(p.placed[(rows-1)/p.rows])
	}
}

// Wait returns once the rows before a number have their images, or, when ctx has ended, its error.
func (s *Stream) Wait(ctx context.Context, rows int) error {
	if s.parts != nil && rows > 0 {
		select {
		case <-s.parts.placed[(rows-1)/s.parts.rows]:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}
