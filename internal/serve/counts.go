package serve

import (
	"sync"
	"sync/atomic"
	"time"
)

// counts are what a [Server] counts, by the names of [Stats].
type counts struct {
	fetches, distinct, bytes, heads, partial, unchanged, failed, aborted, rejected, sending, connections atomic.Int64
}

// statusAborted is the status, in the log, of an answer that the client did not take completely: nginx's.
const statusAborted = 499

// fetch is an entry of the log.
type fetch struct {
	after  time.Duration // since the server started
	item   uint32
	status atomic.Uint32 // of the answer; 0 while it is being sent
}

const (
	logPage = 1024
	// LogLimit is how many fetches the log holds; those after them are counted and not logged.
	LogLimit = 1 << 20
)

// log is the fetches in the order in which they came.
type log struct {
	mutex  sync.Mutex
	pages  []*[logPage]fetch
	length int
	missed int64 // fetches that came when it was full
}

// add appends a fetch and returns it, or nil if the log is full.
func (l *log) add(item uint32, after time.Duration) *fetch {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.length == LogLimit {
		l.missed++
		return nil
	}
	if l.length == len(l.pages)*logPage {
		l.pages = append(l.pages, new([logPage]fetch))
	}
	f := &l.pages[l.length/logPage][l.length%logPage]
	f.item, f.after = item, after
	l.length++
	return f
}

// snapshot returns the pages of the log, its length and how many fetches it missed.
func (l *log) snapshot() (pages []*[logPage]fetch, length int, missed int64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.pages, l.length, l.missed
}
