package serve

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// Folder is a folder whose files are served.
type Folder struct {
	Path string // where URLs have it, once decoded: /images; "" is the root
	Root *os.Root
}

// open opens a file by its name in the folder. Folders, pipes and devices, what begins with a dot, and what links out of the folder are not
// there.
func (f *Folder) open(name string) (*os.File, os.FileInfo, error) {
	if !servable(name) {
		return nil, nil, fs.ErrNotExist
	}
	file, err := f.Root.OpenFile(name, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// servable reports whether a name may be looked for.
func servable(name string) bool {
	return fs.ValidPath(name) && name[0] != '.' && !strings.Contains(name, "/.") && !strings.ContainsAny(name, "\x00\\:")
}

// tagOf returns a file's ETag: another one whenever the file is another.
func tagOf(info os.FileInfo) string {
	return fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size())
}

// contentTypes are those of files whose names end so, the same on every system.
var contentTypes = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".bmp": "image/bmp",
	".tif": "image/tiff", ".tiff": "image/tiff", ".svg": "image/svg+xml", ".avif": "image/avif",
	".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime", ".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac",
	".json": "application/json", ".txt": "text/plain; charset=utf-8",
}

// contentType returns the type of a file by its name, without looking into it.
func contentType(name string) string {
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		if known := contentTypes[strings.ToLower(name[dot:])]; known != "" {
			return known
		}
	}
	return "application/octet-stream"
}

const (
	mostFiles     = 1 << 16 // files that are counted one by one
	mostFileBytes = 8 << 20 // of their names together
)

// file is a file that was fetched.
type file struct {
	path     string
	item     uint32
	key      uint64 // of the conditions that it meets
	requests atomic.Uint32
	fetches  atomic.Uint32
}

// files are those that were fetched, by their paths.
type files struct {
	first  uint32 // the number of the first one
	mutex  sync.RWMutex
	byPath map[string]*file
	inTurn []*file
	bytes  int
	others file // all that there is no room for
}

func newFiles(first uint32) *files {
	f := &files{first: first, byPath: map[string]*file{}}
	f.others.item = math.MaxUint32
	return f
}

// named returns the file of a path, which exists.
func (f *files) named(path []byte) *file {
	f.mutex.RLock()
	known := f.byPath[string(path)]
	f.mutex.RUnlock()
	if known != nil {
		return known
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if known = f.byPath[string(path)]; known != nil {
		return known
	}
	if len(f.inTurn) == mostFiles || f.bytes+len(path) > mostFileBytes {
		return &f.others
	}
	known = &file{path: string(path), item: f.first + uint32(len(f.inTurn)), key: keyOf(string(path))}
	f.bytes += len(path)
	f.byPath[known.path] = known
	f.inTurn = append(f.inTurn, known)
	return known
}

// snapshot returns the files so far.
func (f *files) snapshot() []*file {
	f.mutex.RLock()
	defer f.mutex.RUnlock()
	return f.inTurn
}
