package files

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// CreateUnnamed creates a file in the folder, without a name: if it never gets one it goes with the process, and workers wait for each
// other's changes to the folder once instead of twice. Not every file system has that.
func (f *Folder) CreateUnnamed() (*os.File, error) {
	return f.openFile(".", os.O_WRONLY|unix.O_TMPFILE, 0o644)
}

// GiveName puts an unnamed file under a name, which must be free, or in the place of what has the name. An error that is fs.ErrExist says that it is
// not free.
func (f *Folder) GiveName(file *os.File, name string, replace bool) error {
	if !replace {
		return f.giveName(file, name)
	}
	// It is locked, as for a moment it looks like one that a killed run has left.
	hidden := temporaryName(name)
	_ = lock(file)
	err := f.giveName(file, hidden)
	if err == nil {
		if err = f.rename(hidden, name); err != nil {
			f.Remove(hidden)
		}
	}
	return err
}

// giveName puts an unnamed file under a name that must be free.
func (f *Folder) giveName(file *os.File, name string) error {
	name = f.found(name)
	folder := unix.AT_FDCWD
	if f.root == nil {
		name = f.path(name)
	} else {
		folder = int(f.dir.Fd())
	}
	return unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", file.Fd()), folder, name, unix.AT_SYMLINK_FOLLOW)
}
