package generator

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
	"mmjsonl/internal/stream"
)

// Progress tells how far a run has come. It may be read at any time while the run goes on. The zero value is a run that has
// not begun.
type Progress struct {
	stage atomic.Pointer[string]
	done  atomic.Int64
	total atomic.Int64
}

// Now returns what is being made ("images", "rows", or "" before the first), how many of it are done, and of how many.
func (p *Progress) Now() (stage string, done, total int64) {
	if name := p.stage.Load(); name != nil {
		stage = *name
	}
	return stage, p.done.Load(), p.total.Load()
}

func (p *Progress) begin(stage string, total int64) {
	p.done.Store(0)
	p.total.Store(total)
	p.stage.Store(&stage)
}

func (p *Progress) add(n int64) { p.done.Add(n) }

// Run carries out a plan and returns the figures of what was written. Rows that the plan has for standard output go to stdout.
// If finish is not nil it is shown the figures before the output appears under its name; its error is the run's, and the files it
// returns appear together with the output. If Run fails, or ctx is cancelled, these names have what they had before.
func Run(ctx context.Context, p *Plan, stdout io.Writer, progress *Progress, finish func(*Stats) ([]Companion, error)) (*Stats, error) {
	return RunChecked(ctx, p, stdout, progress, nil, finish)
}

// RunChecked is Run, except that check is shown the figures before an image is written, if it is not nil: if it returns an error there are none. That
// takes the time to make each image twice.
func RunChecked(ctx context.Context, p *Plan, stdout io.Writer, progress *Progress, check func(*Stats) error,
	finish func(*Stats) ([]Companion, error)) (*Stats, error) {
	out, err := createOutput(p, stdout) // first: what cannot be written is known before the images are made
	if err != nil {
		return nil, err
	}
	stats := &Stats{}
	var sums imageSums
	if p.Media != nil && !p.LeavesOutImages() {
		sums = make(imageSums, p.Shape().Pool)
	}
	switch {
	case p.Folder != nil && !p.inline():
		err = p.sumImages(ctx, progress, sums)
	case !p.WritesImages():
	case check != nil:
		err = p.sumImages(ctx, progress, sums)
	default:
		err = p.writeImages(ctx, progress, sums, stats)
	}
	if err == nil {
		err = p.writeRows(ctx, out, progress, sums, stats)
		if p.Shard.Count == 0 {
			stats.ImagesSHA256 = sums.digest()
		}
	}
	if err == nil && check != nil {
		if err = check(stats); err == nil && p.WritesImages() {
			err = p.writeImages(ctx, progress, sums, stats)
		}
	}
	if err == nil && p.WritesImages() {
		err = p.checkImagesThere()
	}
	if err == nil {
		err = out.companions(stats, p.owner, finish)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(err, out.discard())
	}
	if err := p.checkReplaced(); err != nil {
		return nil, errors.Join(err, out.discard())
	}
	return stats, out.commit(p.owner)
}

// Companion is a file about the output: its manifest, a page.
type Companion struct {
	Place   files.Place
	Content []byte
}

// Sections are rendered completely, in memory, if they are at most this long, so that the workers do not wait for each other.
const (
	sectionBytes = 1 << 20   // of short rows, as many as make this
	sectionRows  = 1024      // at the most
	longestWhole = 4 << 20   // of a single row; a longer one goes out in parts
	partBytes    = 128 << 10 // of a row that has its place in the file
)

// writeRows renders the rows and ends the stream they went to.
func (p *Plan) writeRows(ctx context.Context, out *output, progress *Progress, sums imageSums, stats *Stats) error {
	progress.begin("rows", int64(p.Part.Rows.Len()))
	sampled, known := p.readPlanFile()
	var place func(context.Context) error
	var err error
	if sampled == nil {
		if sampled, place, err = stream.Begin(ctx, p.Stream, p.Seed); err != nil {
			return err
		}
	}
	groups, err := p.Text.Prefix.sample(ctx, p.Seed)
	if err != nil {
		return err
	}

	figures := known
	group, all := errgroup.WithContext(ctx)
	if place != nil {
		group.Go(func() error { return place(all) })
	}
	if figures == nil {
		group.Go(func() (err error) {
			figures, err = p.figures(all, sampled)
			return err
		})
	}
	group.Go(func() error {
		if err := p.writePieces(all, out, progress, sums, sampled, groups); err != nil {
			return err
		}
		return out.endRows()
	})
	if err := group.Wait(); err != nil {
		return err
	}
	stats.Figures, stats.Bytes = figures, out.count
	stats.Prefix = p.prefixHits(groups)
	if p.Shard.Count > 0 {
		stats.Checksums = p.checksums(sums, sampled)
	}
	if p.sharesPlan() && known == nil {
		p.leavePlanFile(out.folders[0], sampled, figures)
	}
	return out.digest.sums(stats)
}

// writePieces renders the rows, as the pieces that a compressed output has.
func (p *Plan) writePieces(ctx context.Context, out *output, progress *Progress, sums imageSums, sampled *stream.Stream, groups []uint32) error {
	pieces := []Span{p.Part.Rows}
	if p.Output.Pieces > 1 && p.Shard.Count == 0 && p.Output.Compression != CompressionNone {
		pieces = nil
		for i := range p.Output.Pieces {
			pieces = append(pieces, p.rowsOf(Shard{Index: i, Count: p.Output.Pieces}))
		}
	}
	write := p.writeSections
	if p.framed() {
		write = p.writeFrame
	}
	for i, rows := range pieces {
		if i > 0 {
			if err := out.nextPiece(); err != nil {
				return err
			}
		}
		if err := write(ctx, out, rows, progress, sums, sampled, groups); err != nil {
			return err
		}
	}
	return nil
}

// writeSections renders the rows in sections, on as many workers as there are processors.
func (p *Plan) writeSections(ctx context.Context, out *output, rows Span, progress *Progress, sums imageSums, sampled *stream.Stream, groups []uint32) error {
	rowBytes := p.rowEstimate()
	perSection := int(max(1, min(sectionRows, sectionBytes/rowBytes)))
	limit := int(max(sectionBytes, min(longestWhole, rowBytes+rowBytes/8)))
	// Large rows whose place is known beforehand go out in small parts, while they are in the processor's cache.
	early := out.canReserve() && p.inline() && !p.Text.Last && perSection == 1 && p.Text.Tokens <= tokensPerStep && len(p.Text.Prompt) < partBytes
	if early {
		limit = partBytes
	}

	common := p.newLayout(groups)
	var mu sync.Mutex // of the sections' order
	first := rows.From
	return p.eachWorker(ctx, func(ctx context.Context) error {
		l := &lines{layout: common, stream: sampled, sums: sums, limit: limit}
		// Past the limit a row may still run by a step of words or a piece of an image.
		l.buf = make([]byte, 0, limit+max(tokensPerStep*p.Text.Source.Most(), 2*media.MaxPiece))
		if p.inline() {
			l.painter = p.Media.Painter()
			l.piece = make([]byte, 0, media.MaxPiece+2)
		}
		for {
			mu.Lock()
			if first >= rows.To {
				mu.Unlock()
				return nil
			}
			from := first
			to := min(from+perSection, rows.To)
			first = to
			s := out.next()
			mu.Unlock()

			l.flush = func(part []byte) error { return s.write(ctx, part) }
			if early {
				l.reserve = func(length int64) error { return s.reserve(ctx, length) }
			}
			if err := sampled.Wait(ctx, to); err != nil {
				return err
			}
			for r := from; r < to; r++ {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := l.render(r); err != nil {
					return err
				}
			}
			var err error
			if l.buf, err = s.finish(ctx, l.buf); err != nil {
				return err
			}
			progress.add(int64(to - from))
		}
	})
}
