package generator

import (
	"io"
	"sync"
)

// placedWriter writes sections at their places in a plain file. The kernel lets one thread at a time write to a file, and a thread that has to wait there
// sleeps and is woken, which takes as long as a good part of a section. So one worker writes, and the others leave their sections with it and go on
// rendering.
type placedWriter struct {
	file io.WriterAt

	mu    sync.Mutex
	room  *sync.Cond // that there are fewer than mostLeft sections, or that writing ended
	busy  bool       // a worker writes
	left  []placed   // what it has yet to write
	empty [][]byte   // buffers of what it wrote
	err   error      // that ended it
}

// placed is a section and its place.
type placed struct {
	content []byte
	at      int64
}

// mostLeft is how many sections may wait to be written. With two, workers do not wait if writing is on average as fast as rendering.
const mostLeft = 2

func newPlacedWriter(file io.WriterAt) *placedWriter {
	w := &placedWriter{file: file}
	w.room = sync.NewCond(&w.mu)
	return w
}

// write takes a section, and returns an empty buffer for the next one. The section has been written once all calls of write have returned, if none
// returned an error.
func (w *placedWriter) write(s placed) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.busy && len(w.left) >= mostLeft {
		w.room.Wait()
	}
	w.left = append(w.left, s)
	if !w.busy {
		w.writeLeft()
	}
	if w.err != nil {
		return nil, w.err
	}
	if n := len(w.empty); n > 0 {
		buffer := w.empty[n-1]
		w.empty = w.empty[:n-1]
		return buffer, nil
	}
	return make([]byte, 0, cap(s.content)), nil
}

// writeLeft writes until nothing is left.
func (w *placedWriter) writeLeft() {
	w.busy = true
	for len(w.left) > 0 && w.err == nil {
		s := w.left[0]
		w.left = append(w.left[:0], w.left[1:]...)
		w.room.Signal()
		w.mu.Unlock()
		_, err := w.file.WriteAt(s.content, s.at)
		w.mu.Lock()
		w.err = err
		w.empty = append(w.empty, s.content[:0])
	}
	w.busy = false
	w.room.Broadcast()
}
