package generator

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// workers is how many goroutines make images, and rows, side by side: one for each processor that the program may use.
//
// A goroutine in a system call keeps its place at a processor (what the runtime calls a P) if others are idle. If none is, a call that
// takes longer than 20 µs loses it, and must wait for one when it ends. Workers are in such calls, long writes, half of the time, all at
// once. So there is one place more than there are workers: that takes a tenth off the default job and a fifth off rows with inline images.
var workers = sync.OnceValue(func() int {
	n := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(n + 1)
	return n
})

// eachWorker runs work on all workers. The first error cancels the others and is returned.
func eachWorker(ctx context.Context, work func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for range workers() {
		group.Go(func() error { return work(ctx) })
	}
	return group.Wait()
}
