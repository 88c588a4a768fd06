package files

import (
	"os"

	"golang.org/x/sys/unix"
)

// CopiesWell reports whether the kernel may copy into a file without moving each byte: its file system may share the blocks of two files, or
// have its server copy. ext4 and tmpfs do neither.
func CopiesWell(f *os.File) bool {
	var stat unix.Statfs_t
	return unix.Fstatfs(int(f.Fd()), &stat) == nil && stat.Type != unix.EXT4_SUPER_MAGIC && stat.Type != unix.TMPFS_MAGIC
}
