package generator

import (
	"context"

	"golang.org/x/sync/errgroup"

	"mmjsonl/internal/format"
	"mmjsonl/internal/media"
	"mmjsonl/internal/stream"
	"mmjsonl/internal/zstdframe"
)

// A zstd file of inline images is written by someone who knows what repeats: an image that was in an earlier row is a reference back to it,
// and a new one is base64, whose bytes hold six bits each. A compressor would have to find both out, at many times the cost, and misses
// repeats that are far apart.

// frame renders rows as a zstd frame.
type frame struct {
	layout
	sums    imageSums
	painter media.Painter
	text    zstdframe.TextEncoder
	window  int64

	plain []byte  // text that is not encoded yet
	piece []byte  // of an image: made, and not yet base64
	at    int64   // bytes of the rows so far
	used  []int64 // by image: 1 + where its last reference begins, 0 if it has none

	buf    []byte                       // encoded and not handed on
	handOn func([]byte) ([]byte, error) // takes buf to be written, and returns an empty one
}

// writeFrame writes the rows, in one section: one goroutine encodes a buffer while another writes the one before.
func (p *Plan) writeFrame(ctx context.Context, out *output, rows Span, progress *Progress, sums imageSums, sampled *stream.Stream, groups []uint32) error {
	s := out.next()
	f := &frame{
		layout:  p.newLayout(groups),
		sums:    sums,
		painter: p.Media.Painter(),
		window:  zstdframe.Window(p.contentBound()),
		piece:   make([]byte, 0, media.MaxPiece+zstdframe.Base64Step),
		used:    make([]int64, p.Shape().Pool),
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
		return f.rows(both, rows, progress, sampled)
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
	_, err := s.finish(ctx, zstdframe.AppendEnd(f.buf))
	return err
}

// rows renders all rows, and leaves their end in buf.
func (f *frame) rows(ctx context.Context, rows Span, progress *Progress, sampled *stream.Stream) error {
	f.buf = zstdframe.AppendHeader(f.buf, f.window, -1)
	for r := rows.From; r < rows.To; r++ {
		if err := sampled.Wait(ctx, r+1); err != nil {
			return err
		}
		if err := f.write(f, sampled, r); err != nil {
			return err
		}
		progress.add(1)
	}
	f.encodeText()
	return nil
}

func (f *frame) buffer() *[]byte { return &f.plain }

// spill leaves a row's text in the buffer: it is shorter than an image, and is encoded as long as it is.
func (f *frame) spill() error { return nil }

func (f *frame) before(*format.Row) error { return nil }

// reference renders a data URI: as a repeat if the same one is inside the window.
func (f *frame) reference(image uint32) error {
	here := f.at + int64(len(f.plain))
	last := f.used[image] - 1
	f.used[image] = here + 1
	if last >= 0 && here-last <= f.window {
		length := f.inlineLength(image)
		f.encodeText()
		f.buf = zstdframe.AppendRepeat(f.buf, here-last, length)
		f.at += length
		return f.handOnLong()
	}
	f.plain = f.plan.beforeInline(f.plain, image)
	f.encodeText()
	f.piece = f.piece[:0]
	err := f.painter.Begin(image)
	for more := err == nil; more; {
		if f.piece, more, err = f.painter.Append(f.piece); err != nil {
			return err
		}
		encode := len(f.piece)
		if more {
			encode -= encode % zstdframe.Base64Step
		}
		f.buf = zstdframe.AppendBase64(f.buf, f.piece[:encode])
		f.at += int64(encode+2) / 3 * 4
		f.piece = f.piece[:copy(f.piece, f.piece[encode:])]
		if err := f.handOnLong(); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	f.sums[image].Store(f.painter.Sum())
	f.plain = f.plan.Format.Close(f.plain, image)
	return nil
}

// encodeText encodes the text before whatever comes now.
func (f *frame) encodeText() {
	f.buf = f.text.Append(f.buf, f.plain)
	f.at += int64(len(f.plain))
	f.plain = f.plain[:0]
}

// handOnLong hands on what is encoded, once it is long enough.
func (f *frame) handOnLong() (err error) {
	if len(f.buf) >= partBytes {
		f.buf, err = f.handOn(f.buf)
	}
	return err
}
