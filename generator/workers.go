package generator

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// eachWorker runs work on all of the plan's workers, side by side. The first error cancels the others and is returned.
func (p *Plan) eachWorker(ctx context.Context, work func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for range p.workers {
		group.Go(func() error { return work(ctx) })
	}
	return group.Wait()
}
