//go:build !unix

package files

import (
	"errors"
	"os"
)

// Lock does without a lock.
func (f *Folder) Lock() (locked bool, release func()) { return false, func() {} }

// lock locks no files.
func lock(*os.File) error { return errors.ErrUnsupported }

// keepLock keeps no lock.
func keepLock(*os.File) (release func()) { return func() {} }

var errLocked = errors.New("locked")
