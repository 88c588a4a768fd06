//go:build unix

package files

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// noWaiting opens a pipe without waiting for who writes to it.
const noWaiting = unix.O_NONBLOCK

// isMine reports whether a file belongs to this process's user.
func isMine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// mkdirMarked makes a folder that has the sticky bit.
func (f *Folder) mkdirMarked(name string) error {
	if f.root == nil {
		return unix.Mkdir(f.path(name), folderMode|unix.S_ISVTX)
	}
	return unix.Mkdirat(int(f.dir.Fd()), name, folderMode|unix.S_ISVTX)
}
