//go:build unix

package files

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// maxLockWait is less than a run is given to clean up after a signal. What is done under the lock takes less than a millisecond.
const maxLockWait = 2 * time.Second

// Lock keeps other runs from changing those names in a folder that belong together, until release is called. The lock is the
// system's own, on the folder itself: it ends with the process, however that ends, and nothing is left of it. Where locks do not work
// (on some network file systems, or if somebody else keeps this one) locked is false, and the run goes on without.
func (f *Folder) Lock() (locked bool, release func()) {
	folder, err := f.openFile(".", os.O_RDONLY, 0)
	if err != nil {
		return false, func() {}
	}
	for end := time.Now().Add(maxLockWait); ; time.Sleep(2 * time.Millisecond) {
		err := lock(folder)
		if err == nil || !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) || time.Now().After(end) {
			return err == nil, func() { folder.Close() }
		}
	}
}

// lock locks an open file for this process until it is closed, or fails at once, with errLocked if it is locked already.
func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

// keepLock keeps the lock of a file that is about to be closed, until release is called.
func keepLock(f *os.File) (release func()) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return func() {}
	}
	return func() { unix.Close(fd) }
}

// errLocked says that somebody else has locked a file.
const errLocked = unix.EWOULDBLOCK
