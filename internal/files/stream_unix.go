//go:build unix

package files

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Stream returns another hold on an open file of this process, by its number: what is written goes where that file is by then.
func Stream(fd int) (*os.File, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	// What the program has opened for itself, to wait for others, is of no kind.
	var info unix.Stat_t
	if err := unix.Fstat(copied, &info); err != nil || info.Mode&unix.S_IFMT == 0 {
		unix.Close(copied)
		return nil, unix.EBADF
	}
	return os.NewFile(uintptr(copied), "stream"), nil
}

// IsLost reports whether what is written to w is lost because it was closed before the program began: then the null device is in its place, to
// be read as well, which a shell's > /dev/null is not.
func IsLost(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return true
	}
	null, err := os.Stat(os.DevNull)
	if err != nil || !os.SameFile(info, null) {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}

// MostOpen returns how many files this process may have open, or ok false if the system does not say.
func MostOpen() (most uint64, ok bool) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0, false
	}
	return uint64(limit.Cur), true
}
