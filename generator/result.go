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
	Prefix        PrefixHits
	Bytes         int64  // of the output as it lies on disk
	SHA256        string // of the same bytes, in hexadecimal; "" if it was not requested, and of a shard that is not the first
	ImagesSHA256  string // of the CRC-32s that the generated images carry, four bytes each, in their order; "" where none are made
	ImagesWritten int64  // image files this run wrote
	ImagesKept    int64  // image files that were there already, complete
	// Checksums are those of the images that a shard is the one to make, in the images' order; ImagesSHA256 is "" then.
	Checksums   []Checksum
	XXH3        string // of a shard's output, 128 bits, in hexadecimal; "" if no digest was requested
	SHA256State []byte // of crypto/sha256 behind the first shard's output
}

// observer counts rows in the order in which the client sends them. Where that is the order of the file it does so as they go out, beside
// the workers that write them.
type observer struct {
	plan    *Plan
	stream  *stream.Stream
	rows    chan rowRange
	watcher *reuse.Watcher
	done    chan struct{}
	known   *reuse.Figures // of all rows, if another shard has counted them; else nil
}

// rowRange is the rows from one up to before another.
type rowRange struct{ from, to int }

// observe begins to count. known are the figures, if they are known: then nothing has to be counted.
func (p *Plan) observe(s *stream.Stream, known *reuse.Figures) *observer {
	if known != nil {
		return &observer{known: known}
	}
	options := reuse.Options{Concurrency: p.Concurrency, WarmUp: int64(p.Shape().WarmUp), Images: p.Shape().Pool}
	for _, target := range p.Targets {
		if p.Weights != nil {
			options.Bytes, options.Weights = append(options.Bytes, target.Bytes), p.Weights
		} else {
			options.Capacities = append(options.Capacities, target.Capacity)
		}
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
func (o *observer) wrote(from, to int) {
	if o.known == nil {
		o.rows <- rowRange{from, to}
	}
}

func (o *observer) watch() {
	defer close(o.done)
	if o.stream.Sent == nil && o.plan.Part.Rows == (Span{0, o.stream.Rows()}) {
		for rows := range o.rows {
			for r := rows.from; r < rows.to; r++ {
				o.watcher.Add(o.stream.Request(r))
			}
		}
		return // of a run that failed there are no figures
	}
	// The order sent, or rows that other processes write: they are watched meanwhile.
	const several = 1024
	written, open := o.plan.Part.Rows.From, true
	for r := range o.stream.Rows() {
		for open && r%several == 0 {
			select {
			case rows, more := <-o.rows:
				if open = more; more {
					written = rows.to
				}
				continue
			default:
			}
			break
		}
		if !open && written < o.plan.Part.Rows.To {
			return
		}
		if o.stream.Sent != nil {
			r = int(o.stream.Sent[r])
		}
		o.watcher.Add(o.stream.Request(r))
	}
	for range o.rows {
	}
}

// figures ends the observation. An error means that the rows are not what was requested, which no configuration can cause.
func (o *observer) figures() (*reuse.Figures, error) {
	if o.known != nil {
		return o.known, nil
	}
	close(o.rows)
	<-o.done
	f := o.watcher.Figures()
	return f, o.plan.checkTargets(o.stream, f)
}

// checkTargets returns an error unless the figures of a stream have the requested hits.
func (p *Plan) checkTargets(s *stream.Stream, f *reuse.Figures) error {
	if s.Sent != nil {
		return nil // the client's order is not the one that was designed, as a warning says
	}
	for i, target := range p.Targets {
		cache := fmt.Sprintf("%d images", target.Capacity)
		var byRequest, byReference int64
		if p.Weights != nil {
			cache = fmt.Sprintf("%d bytes", target.Bytes)
			byRequest, byReference = f.InBytes[i].HitsByRequest, f.InBytes[i].HitsByReference
		} else {
			byRequest, byReference = f.Capacities[i].HitsByRequest, f.Capacities[i].HitsByReference
		}
		if byRequest != target.Hits || byReference != target.Hits {
			return fmt.Errorf("the rows would hit a cache of %s %d times by request and %d by reference, not %d times as requested: this is a bug, please report it with the command line",
				cache, byRequest, byReference, target.Hits)
		}
	}
	return nil
}

// Checksum is the CRC-32 that a generated image carries.
type Checksum struct{ Image, CRC32 uint32 }

// Digest returns the images' digest of a run that makes everything, as [Stats] has it, from the checksums that shards have of a pool.
func (p *Plan) Digest(shards ...[]Checksum) string {
	if p.Media == nil || p.LeavesOutImages() {
		return ""
	}
	sums := make(imageSums, p.Shape().Pool)
	for _, checksums := range shards {
		for _, c := range checksums {
			if int64(c.Image) < int64(len(sums)) {
				sums[c.Image].Store(c.CRC32)
			}
		}
	}
	return sums.digest()
}

// checksums are those of the images that the plan's shard is the one to make, or to read of a folder: those of its part, or whose first use is in
// its rows.
func (p *Plan) checksums(sums imageSums, s *stream.Stream) (own []Checksum) {
	if p.WritesImages() || p.Folder != nil && !p.inline() {
		for image := p.Part.Images.From; image < p.Part.Images.To; image++ {
			own = append(own, Checksum{uint32(image), sums[image].Load()})
		}
		return own
	}
	if !p.inline() {
		return nil
	}
	var before, here imageBits = newImageBits(s.Span(0, p.Part.Rows.From), len(sums)), newImageBits(s.Span(p.Part.Rows.From, p.Part.Rows.To), len(sums))
	for image := range sums {
		if here.has(uint32(image)) && !before.has(uint32(image)) {
			own = append(own, Checksum{uint32(image), sums[image].Load()})
		}
	}
	return own
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
