package generator

import (
	"context"
	"fmt"
	"io"
	"time"
)

// watchEvery is how often it is said that a source is still being read.
const watchEvery = 5 * time.Second

// watch follows the reading of a source of URLs, which can take minutes: it ends with the context, and it is said how far it has come.
type watch struct {
	ctx    context.Context
	shown  string // the source, as messages show it
	notice func(line string)
	every  time.Duration
	last   time.Time // when something was said, or the reading began
	read   int64     // bytes of what is looked for in it
}

func (b *planner) watch(ctx context.Context, shown string) *watch {
	return &watch{ctx: ctx, shown: shown, notice: b.notice, every: watchEvery, last: time.Now()}
}

// step is called before each read. It returns an error once the context has ended.
func (w *watch) step() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	w.say()
	return nil
}

// count counts bytes that were read.
func (w *watch) count(n int) {
	w.read += int64(n)
	w.say()
}

// say says how far the reading has come, if it is time to.
func (w *watch) say() {
	if now := time.Now(); now.Sub(w.last) >= w.every {
		w.last = now
		w.notice(fmt.Sprintf("Reading %s: %d MB so far", w.shown, w.read>>20))
	}
}

// reader watches what is read of r, which are the bytes that are counted.
func (w *watch) reader(r io.Reader) io.Reader { return watchedReader{w, r} }

type watchedReader struct {
	*watch
	io.Reader
}

func (w watchedReader) Read(p []byte) (int, error) {
	if err := w.step(); err != nil {
		return 0, err
	}
	n, err := w.Reader.Read(p)
	w.count(n)
	return n, err
}

// file watches what is read of an archive: a lot of it may unpack to nothing.
func (w *watch) file(r io.ReaderAt) io.ReaderAt { return watchedFile{w, r} }

type watchedFile struct {
	*watch
	io.ReaderAt
}

func (w watchedFile) ReadAt(p []byte, at int64) (int, error) {
	if err := w.step(); err != nil {
		return 0, err
	}
	return w.ReaderAt.ReadAt(p, at)
}
