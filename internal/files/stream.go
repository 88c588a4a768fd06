package files

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// OpenStream reports whether a path is a name of an open file, as /dev/stdout is, by itself or through links. fd is the number of the file if it
// is this process's, and otherwise -1.
func OpenStream(path string) (fd int, ok bool) {
	for range maxLinks {
		path = filepath.Clean(path)
		if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil { // /dev/fd is /proc/self/fd
			path = filepath.Join(folder, filepath.Base(path))
		}
		if fd, ok = streamNames[path]; ok {
			return fd, true
		}
		if parts := streamPath.FindStringSubmatch(path); parts != nil {
			owner, name := parts[1], parts[2]
			fd, err := strconv.Atoi(name)
			if err != nil || owner != "" && owner != "self" && owner != "thread-self" && owner != strconv.Itoa(os.Getpid()) {
				return -1, true
			}
			return fd, true
		}
		target, err := os.Readlink(path)
		if err != nil {
			return -1, false
		}
		if !strings.HasPrefix(target, "/") {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return -1, false
}

var (
	streamNames = map[string]int{"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
	streamPath  = regexp.MustCompile(`^(?:/dev|/proc/([^/]+)(?:/task/[0-9]+)?)/fd/([0-9]+)$`)
)
