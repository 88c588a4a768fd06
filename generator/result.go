package generator

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync/atomic"

	"mmjsonl/internal/reuse"
	"mmjsonl/internal/stream"
)

// Stats are the figures of what a run wrote, counted in its rows and not taken from the plan. Of a run that makes a part, the figures of reuse
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

// figures counts all rows, in the order in which the client sends them. An error means that the context ended, or that the rows are not what was
// requested, which no configuration can cause.
func (p *Plan) figures(ctx context.Context, s *stream.Stream) (*reuse.Figures, error) {
	options := reuse.Options{Concurrency: p.Concurrency, WarmUp: int64(p.Shape().WarmUp), Images: p.Shape().Pool}
	for _, target := range p.Targets {
		if p.Weights != nil {
			options.Bytes, options.Weights = append(options.Bytes, target.Bytes), p.Weights
		} else {
			options.Capacities = append(options.Capacities, target.Capacity)
		}
	}
	watcher := reuse.NewWatcher(options)
	const several = 1024
	for r := range s.Rows() {
		if r%several == 0 {
			if err := s.Wait(ctx, min(r+several, s.Rows())); err != nil {
				return nil, err
			}
		}
		if s.Sent != nil {
			r = int(s.Sent[r])
		}
		watcher.Add(s.Request(r))
	}
	f := watcher.Figures()
	return f, p.checkTargets(s, f)
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
