package generator

import (
	"context"

	"golang.org/x/sync/errgroup"

	"mmjsonl/internal/media"
	"mmjsonl/internal/stream"
	"mmjsonl/internal/zstdframe"
)

// A zstd file of inline images is written by someone who knows what repeats: an image that stood in the rows before is a reference
// back to it, and a new one is base64, of which six bits in eight tell anything. A compressor would have to find both out, at many times
// the cost, and misses repeats that are far apart.

// frame renders rows as a zstd frame.
type frame struct {
	plan    *Plan
	sums    imageSums
	painter media.Painter
	head    lines // renders what stands before the images
	text    zstdframe.TextEncoder
	window  int64

	plain []byte  // text that is not encoded yet
	piece []byte  // of an image: PNG, not yet base64
	at    int64   // bytes of the rows so far
	stood []int64 // by image: 1 + where its reference last stood, 0 if it has not been used

	buf    []byte                       // encoded and not handed on
	handOn func([]byte) ([]byte, error) // takes buf to be written, and returns an empty one
}

// writeFrame writes the rows, in one section: one goroutine encodes a buffer while another writes the one before.
func (p *Plan) writeFrame(ctx context.Context, out *output, progress *Progress, sums imageSums, sampled *stream.Stream, observer *observer) error {
	s := out.next()
	f := &frame{
		plan:    p,
		sums:    sums,
		painter: p.media.Painter(),
		head:    lines{plan: p, limit: 1 << 62}, // shorter than an image, so it is never handed on in parts
		window:  zstdframe.Window(p.contentBound()),
		piece:   make([]byte, 0, media.MaxPiece+zstdframe.Base64Step),
		stood:   make([]int64, p.Pool),
	}
	group, both := errgroup.WithContext(ctx)
	full, empty := make(chan []byte), make(chan []byte, 2)
	empty <- nil
	f.handOn = func(part []byte) ([]byte, error) {
		select {
		case full <- part:
		case <-both.Done():
			return nil, both.Err()
		}
		select {
		case next := <-empty:
			return next, nil
		case <-both.Done():
			return nil, both.Err()
		}
	}
	group.Go(func() error {
		defer close(full)
		return f.rows(both, progress, sampled, observer)
	})
	group.Go(func() error {
		for part := range full {
			if err := s.write(both, part); err != nil {
				return err
			}
			empty <- part[:0]
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return s.finish(ctx, zstdframe.AppendEnd(f.buf), func() {})
}

// rows renders all rows, of which the end is left in buf.
func (f *frame) rows(ctx context.Context, progress *Progress, sampled *stream.Stream, observer *observer) error {
	f.buf = zstdframe.AppendHeader(f.buf, f.window, -1)
	for r := range f.plan.Requests {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.row(r, sampled.Row(r)); err != nil {
			return err
		}
		observer.wrote(r, r+1)
		progress.add(1)
	}
	f.encodeText()
	return nil
}

// row renders row r, as [lines.row] does.
func (f *frame) row(r int, images []uint32) error {
	f.head.buf = f.head.buf[:0]
	if err := f.head.beforeImages(r); err != nil {
		return err
	}
	f.plain = append(f.plain, f.head.buf...)
	for i, image := range images {
		if i > 0 {
			f.plain = append(f.plain, ',')
		}
		if err := f.reference(image); err != nil {
			return err
		}
	}
	f.plain = append(f.plain, afterImages...)
	return nil
}

// reference renders a data URI: as a repeat if it stood inside the window before.
func (f *frame) reference(image uint32) error {
	here := f.at + int64(len(f.plain))
	stood := f.stood[image] - 1
	f.stood[image] = here + 1
	if stood >= 0 && here-stood <= f.window {
		f.encodeText()
		length := f.plan.inlineLength(image)
		f.buf = zstdframe.AppendRepeat(f.buf, here-stood, length)
		f.at += length
		return f.spill()
	}
	f.plain = f.plan.beforeInline(f.plain, image)
	f.encodeText()
	f.piece = f.piece[:0]
	err := f.painter.Begin(image)
	for more := err == nil; more; {
		if f.piece, more, err = f.painter.Append(f.piece); err != nil {
			return err
		}
		whole := len(f.piece)
		if more {
			whole -= whole % zstdframe.Base64Step
		}
		f.buf = zstdframe.AppendBase64(f.buf, f.piece[:whole])
		f.at += int64(whole+2) / 3 * 4
		f.piece = f.piece[:copy(f.piece, f.piece[whole:])]
		if err := f.spill(); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	f.sums[image].Store(f.painter.Sum())
	f.plain = append(f.plain, '"')
	return nil
}

// encodeText encodes the text that stands before whatever comes now.
func (f *frame) encodeText() {
	f.buf = f.text.Append(f.buf, f.plain)
	f.at += int64(len(f.plain))
	f.plain = f.plain[:0]
}

// spill hands on what is encoded.
func (f *frame) spill() (err error) {
	if len(f.buf) >= partBytes {
		f.buf, err = f.handOn(f.buf)
	}
	return err
}
