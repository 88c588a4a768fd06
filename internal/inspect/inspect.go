package inspect

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"mmjsonl/internal/format"
	"mmjsonl/internal/reuse"
)

// Options are what a user asks of a file.
type Options struct {
	Reuse reuse.Options // Images need not be given
	Dir   string        // the working directory, in which relative paths of images are looked for
}

// badRowsKept is how many bad rows are told one by one.
const badRowsKept = 10

// Read reads a stream to its end and returns what is in it. name is for the Result and for errors. Bad rows are no error; an error
// means that the stream could not be read or understood to its end, or that ctx was cancelled.
func Read(ctx context.Context, name string, stream io.Reader, options Options) (*Result, error) {
	return read(ctx, name, stream, options, defaultLimits)
}

func read(ctx context.Context, name string, stream io.Reader, options Options, limits limits) (*Result, error) {
	compression, plain, err := decompress(stream)
	if err != nil {
		return nil, fmt.Errorf("failed to read %q: %w", name, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := newTally(options)
	l := readLines(ctx, plain, limits)
	for {
		var c *chunk
		var ok bool
		select {
		case c, ok = <-l.order:
		case <-ctx.Done():
			return nil, ctx.Err() // the reader may hang in its stream; it ends when that does
		}
		if !ok {
			break
		}
		select {
		case <-c.parsed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		t.add(&c.batch, &l.sizesDone)
		l.free <- c
	}
	if l.err == io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("failed to read %q: the %s data is cut short after %d lines", name, compression, t.result.Lines)
	}
	if l.err != nil {
		return nil, fmt.Errorf("failed to read %q after %d lines: %w", name, t.result.Lines, l.err)
	}
	t.result.File, t.result.Compression = name, compression
	if err := t.end(ctx, options.Dir); err != nil {
		return nil, err
	}
	return t.result, nil
}

// tally counts rows in the order of the file.
type tally struct {
	result   *Result
	watcher  *reuse.Watcher
	numbers  numbers
	sessions map[format.Key]struct{}
	request  []uint32
	leaders  leaders
	sizes    sizes
}

func newTally(options Options) *tally {
	sent := new(Sent)
	return &tally{
		result:   &Result{BadRows: []BadRow{}, sent: sent},
		sizes:    sizes{sent: sent},
		watcher:  reuse.NewWatcher(options.Reuse),
		sessions: map[format.Key]struct{}{},
	}
}

// add counts the rows of the next lines. It sets sizesDone when images' sizes need no longer be found out.
func (t *tally) add(b *format.Batch, sizesDone *atomic.Bool) {
	references := b.References
	for i := range b.Requests {
		r := &b.Requests[i]
		if r.Fault != "" {
			t.result.BadRowCount++
			if len(t.result.BadRows) < badRowsKept {
				t.result.BadRows = append(t.result.BadRows, BadRow{t.result.Lines + r.Line + 1, r.Fault})
			}
			continue
		}
		if r.HasSession {
			t.sessions[r.Session] = struct{}{}
		}
		own := references[:r.References]
		references = references[r.References:]
		t.request = t.request[:0]
		for j := range own {
			number, isNew := t.numbers.number(own[j].Key)
			if isNew && !t.sizes.add(&own[j], number) {
				sizesDone.Store(true)
			}
			t.count(&own[j])
			t.request = append(t.request, number)
		}
		t.watcher.Add(t.request)
		t.result.sent.add(t.request)
		for j, number := range t.request {
			t.leaders.use(number, t.watcher.Uses(number), &own[j])
		}
	}
	t.result.Lines += b.Lines
}

func (t *tally) count(r *format.Reference) {
	kinds := &t.result.ReferenceKinds
	switch {
	case r.UUID != nil:
		kinds.UUID++
	case r.Kind == format.EntryPath:
		kinds.Path++
	case r.Kind == format.EntryHTTP:
		kinds.HTTP++
	case r.Kind == format.EntryDataURI:
		kinds.DataURI++
	default:
		kinds.OtherURL++
	}
}

// end completes the result.
func (t *tally) end(ctx context.Context, dir string) error {
	if err := t.sizes.open(ctx, dir); err != nil {
		return err
	}
	r := t.result
	r.Sessions = int64(len(t.sessions))
	r.Figures = t.watcher.Figures()
	for i := range r.Popularity.Top {
		r.Popularity.Top[i].Name = t.leaders.name(r.Popularity.Top[i].Image)
	}
	r.ImageSizes = ImageSizes{
		LookedAt:        int64(t.sizes.taken),
		Unreadable:      t.sizes.unreadable,
		FirstUnreadable: t.sizes.first,
		Sizes:           []ImageSize{},
	}
	for size, images := range t.sizes.images {
		r.ImageSizes.Sizes = append(r.ImageSizes.Sizes, ImageSize{size[0], size[1], images})
	}
	slices.SortFunc(r.ImageSizes.Sizes, func(a, b ImageSize) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), cmp.Compare(a.Width, b.Width), cmp.Compare(a.Height, b.Height))
	})
	return nil
}

// leaders are the names of the most used images so far, and of no others: an image that is among the ten most used at the end
// was so when it was used last, as since then the others have only gained on it. So it had its name then.
type leaders struct {
	images []leader // by falling uses, and then by number
}

type leader struct {
	image uint32
	uses  int64
	name  string
}

// use notes that the image has now been used so many times.
func (l *leaders) use(image uint32, uses int64, r *format.Reference) {
	if len(l.images) == reuse.MostUsed {
		if last := l.images[reuse.MostUsed-1]; uses < last.uses || uses == last.uses && image > last.image {
			return
		}
	}
	at := slices.IndexFunc(l.images, func(other leader) bool { return other.image == image })
	if at < 0 {
		if len(l.images) == reuse.MostUsed {
			l.images = l.images[:reuse.MostUsed-1]
		}
		at = len(l.images)
		l.images = append(l.images, leader{image: image, name: r.Name()})
	}
	l.images[at].uses = uses
	for ; at > 0; at-- {
		above, this := &l.images[at-1], &l.images[at]
		if above.uses > this.uses || above.uses == this.uses && above.image < this.image {
			break
		}
		*above, *this = *this, *above
	}
}

func (l *leaders) name(image uint32) string {
	for _, leader := range l.images {
		if leader.image == image {
			return leader.name
		}
	}
	return ""
}
