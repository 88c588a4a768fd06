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

// LockFolder keeps other runs from changing those names in a folder that belong together, until release is called. The lock is the
// system's own, on the folder itself: it ends with the process, however that ends, and nothing is left of it. Where there is none to be
// had (on some network file systems, or if somebody else keeps it) the run goes on without it.
func LockFolder(folder string) (release func()) {
	f, err := os.Open(folder)
	if err != nil {
		return func() {}
	}
	for end := time.Now().Add(maxLockWait); ; time.Sleep(2 * time.Millisecond) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil || !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) || time.Now().After(end) {
			return func() { f.Close() }
		}
	}
}
