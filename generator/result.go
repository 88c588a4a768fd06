package generator

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync/atomic"

	"mmjsonl/internal/reuse"
	"mmjsonl/internal/stream"
)

// Stats are the figures of what a run wrote: of the rows as they went out, not of the plan. Of a run that makes a part, the figures of reuse
// are those of all rows.
type Stats struct {
	*reuse.Figures
	Bytes         int64  // of the output as it lies on disk
	SHA256        string // of the same bytes, in hexadecimal; "" if it was not requested
	ImagesSHA256  string // of the CRC-32s that the generated images carry, four bytes each, in their order; "" without images
	ImagesWritten int64  // image files this run wrote
	ImagesKept    int64  // image files that were there already, complete
}

// observer counts rows in the order in which the client sends them. Where that is the order of the file it does so as they go out, beside
// the workers that write them.
type observer struct {
	plan    *Plan
	stream  *stream.Stream
	rows    chan rowRange
	watcher *reuse.Watcher
	done    chan struct{}
}

// rowRange is the rows from one up to before another.
type rowRange struct{ from, to int }

func (p *Plan) observe(s *stream.Stream) *observer {
	options := reuse.Options{Concurrency: p.Concurrency, WarmUp: int64(p.Shape().WarmUp), Images: p.Shape().Pool}
	for _, target := range p.Targets {
		options.Capacities = append(options.Capacities, target.Capacity)
	}
	o := &observer{
		plan:    p,
		stream:  s,
		rows:    make(chan rowRange, 64), // sections: enough that no worker waits for a slow one
		watcher: reuse.NewWatcher(options),
		done:    make(chan struct{}),
	}
	go o.watch()
	return o
}

// wrote tells of rows that went out, in the order of the file.
func (o *observer) wrote(from, to int) { o.rows <- rowRange{from, to} }

func (o *observer) watch() {
	defer close(o.done)
	inOrder := o.stream.Sent == nil && o.plan.Part.Rows == Span{0, o.stream.Rows()}
	written := o.plan.Part.Rows.From
	for rows := range o.rows {
		for r := rows.from; r < rows.to && inOrder; r++ {
			o.watcher.Add(o.stream.Row(r))
		}
		written = rows.to
	}
	if inOrder || written < o.plan.Part.Rows.To {
		return // a run that failed has no figures
	}
	// The order sent, or rows that other processes write.
	for r := range o.stream.Rows() {
		if o.stream.Sent != nil {
			r = int(o.stream.Sent[r])
		}
		o.watcher.Add(o.stream.Row(r))
	}
}

// figures ends the observation. An error means that the rows are not what was requested, which no configuration can cause.
func (o *observer) figures() (*reuse.Figures, error) {
	close(o.rows)
	<-o.done
	f := o.watcher.Figures()
	for i, target := range o.plan.Targets {
		if got := f.Capacities[i]; got.HitsByRequest != target.Hits || got.HitsByReference != target.Hits {
			return nil, fmt.Errorf("the rows would hit a cache of %d images %d times by request and %d by reference, not %d times as requested: this is a bug, please report it with the command line",
				target.Capacity, got.HitsByRequest, got.HitsByReference, target.Hits)
		}
	}
	return f, nil
}

// imageSums are the checksums of a pool's images. Several workers may set the same one.
type imageSums []atomic.Uint32

// digest returns the SHA-256, in hexadecimal, of the checksums, four bytes each with the highest first, in the order of the images.
func (s imageSums) digest() string {
	if len(s) == 0 {
		return ""
	}
	h := sha256.New()
	var sum [4]byte
	for i := range s {
		binary.BigEndian.PutUint32(sum[:], s[i].Load())
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
