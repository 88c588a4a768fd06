package files

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// CreateUnnamed creates a file in a folder, without a name: if it never gets one it goes with the process, and workers wait for each
// other's changes to the folder once instead of twice. Not every file system has that.
func CreateUnnamed(folder string) (*os.File, error) {
	return os.OpenFile(folder, os.O_WRONLY|unix.O_TMPFILE, 0o644)
}

// GiveName puts an unnamed file under a name in its folder that must be free.
func GiveName(f *os.File, path string) error {
	return unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", f.Fd()), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
}
