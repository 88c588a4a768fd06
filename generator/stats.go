package generator

import (
	"fmt"

	"mmjsonl/internal/reuse"
)

// Stats are the figures of what a run wrote: of the rows as they went out, not of the plan.
type Stats struct {
	*reuse.Figures
	Bytes         int64  // of the output as it lies on disk
	SHA256        string // of the same bytes, in hexadecimal; "" if it was not asked for
	ImagesSHA256  string // of the CRC-32s that the generated images carry, four bytes each, in their order; "" without images
	ImagesWritten int64  // image files this run wrote
	ImagesKept    int64  // image files that were there already, whole
}

// observer counts rows as they go out, in the order of the file, beside the workers that write them.
type observer struct {
	plan    *Plan
	rows    chan rowRange
	watcher *reuse.Watcher
	done    chan struct{}
}

// rowRange is some rows that follow each other, and the images of their slots.
type rowRange struct {
	rows   int
	images []uint32
}

func (p *Plan) observe() *observer {
	options := reuse.Options{Concurrency: p.Concurrency, WarmUp: p.WarmUpRequests, Images: p.Pool}
	for _, target := range p.HitTargets {
		options.Capacities = append(options.Capacities, target.Capacity)
	}
	o := &observer{
		plan:    p,
		rows:    make(chan rowRange, 64), // sections: enough that no worker waits for a slow one
		watcher: reuse.NewWatcher(options),
		done:    make(chan struct{}),
	}
	go o.watch()
	return o
}

func (o *observer) watch() {
	defer close(o.done)
	k := o.plan.ImagesPerRequest
	for r := range o.rows {
		for row := range r.rows {
			o.watcher.Add(r.images[row*k : (row+1)*k])
		}
	}
}

// figures ends the observation. An error means that the rows are not what was asked for, which no configuration can cause.
func (o *observer) figures() (*reuse.Figures, error) {
	close(o.rows)
	<-o.done
	f := o.watcher.Figures()
	for i, target := range o.plan.HitTargets {
		if got := f.Capacities[i]; got.HitsByRequest != target.Hits || got.HitsByReference != target.Hits {
			return nil, fmt.Errorf("the rows would hit a cache of %d images %d times by request and %d by reference, not %d times as asked: this is a fault of the program, please report it with the command line",
				target.Capacity, got.HitsByRequest, got.HitsByReference, target.Hits)
		}
	}
	return f, nil
}
