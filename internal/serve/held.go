package serve

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// mostHeld is how many files stay open.
	mostHeld = 512

	// holdTime is how long a file that stays open is taken for the one that has its name. A change of the file itself is seen at once.
	holdTime = time.Second
)

// held are files that stay open, so that each answer need not open its own: to open one takes longer than to send a small one. The zero value
// is ready.
type held struct {
	mutex  sync.Mutex
	byPath map[string]*heldFile
}

// heldFile is an open file. Whoever has it releases it.
type heldFile struct {
	*os.File
	info   os.FileInfo
	tag    string
	kind   string // its content type
	opened time.Time
	users  atomic.Int32 // among them the map, as long as it is there
}

// release closes the file after its last use.
func (f *heldFile) release() {
	if f.users.Add(-1) == 0 {
		f.Close()
	}
}

// open opens a file by its name in a folder, or returns the one that is open. path is its path in URLs.
func (h *held) open(folder *Folder, path []byte, now time.Time) (*heldFile, error) {
	h.mutex.Lock()
	f := h.byPath[string(path)]
	if f != nil {
		f.users.Add(1)
	}
	h.mutex.Unlock()
	if f != nil {
		if info, err := f.Stat(); err == nil && now.Sub(f.opened) < holdTime && info.Size() == f.info.Size() && info.ModTime().Equal(f.info.ModTime()) {
			return f, nil
		}
		f.release()
	}
	opened, info, err := folder.open(string(path[len(folder.Path)+1:]))
	if err != nil {
		return nil, err
	}
	f = &heldFile{File: opened, info: info, tag: tagOf(info), kind: contentType(info.Name()), opened: now}
	f.users.Store(2)
	h.put(string(path), f)
	return f, nil
}

// put has a file stay open, in place of an earlier one of its path, or of any other if there are too many.
func (h *held) put(path string, f *heldFile) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.byPath == nil {
		h.byPath = map[string]*heldFile{}
	}
	if before := h.byPath[path]; before != nil {
		before.release()
	} else if len(h.byPath) >= mostHeld {
		for other, f := range h.byPath {
			delete(h.byPath, other)
			f.release()
			break
		}
	}
	h.byPath[path] = f
}
