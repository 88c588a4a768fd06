//go:build !unix

package files

import (
	"errors"
	"io/fs"
)

// noWaiting does not exist.
const noWaiting = 0

// isMine does not know.
func isMine(fs.FileInfo) bool { return false }

// mkdirMarked makes no folder to be given away: files have no owner.
func (f *Folder) mkdirMarked(string) error { return errors.ErrUnsupported }
