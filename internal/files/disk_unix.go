//go:build unix

package files

import "golang.org/x/sys/unix"

// Writable reports whether this process may make files in a folder.
func Writable(folder string) bool { return unix.Access(folder, unix.W_OK|unix.X_OK) == nil }

// FreeSpace returns the bytes that this process may still write on a folder's disk, and a number that tells the disk. ok is
// false if the system does not say.
func FreeSpace(folder string) (free int64, disk uint64, ok bool) {
	var fs unix.Statfs_t
	var info unix.Stat_t
	if unix.Statfs(folder, &fs) != nil || unix.Stat(folder, &info) != nil || fs.Blocks == 0 { // as some in user space have it
		return 0, 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), uint64(info.Dev), true
}
