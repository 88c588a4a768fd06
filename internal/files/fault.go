package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// remedies say what a person can do about the faults of a file system.
var remedies = []struct {
	fault  error
	remedy string
}{
	{syscall.ENOSPC, "free some space (df) or inodes (df -i), or write to another disk"},
	{syscall.EDQUOT, "free some space, or ask for a larger quota"},
	{syscall.EFBIG, "raise the limit on the size of a file (ulimit -f)"},
	{syscall.EROFS, "write to a folder that is not mounted read-only"},
	{fs.ErrPermission, "write to a folder that belongs to you, or run as its owner"},
	{fs.ErrNotExist, "the folder is not there any more, or takes no new files: run it again, or write elsewhere"},
}

// WithoutPath is an error of the file system without the path, for messages that have the name as it was typed.
func WithoutPath(err error) error {
	var inner *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &inner):
		return inner.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// Explain says which file a fault of the file system concerns and what can be done. The path inside err, which may be a
// temporary file's, is left out.
func Explain(verb, path string, err error) error {
	err = WithoutPath(err)
	for _, r := range remedies {
		if errors.Is(err, r.fault) {
			return fmt.Errorf("failed to %s %q: %w: %s", verb, path, err, r.remedy)
		}
	}
	return fmt.Errorf("failed to %s %q: %w", verb, path, err)
}
