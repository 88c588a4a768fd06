//go:build unix

package generator

import "golang.org/x/sys/unix"

// writable reports whether this process may make files in a folder.
func writable(folder string) bool { return unix.Access(folder, unix.W_OK|unix.X_OK) == nil }

// freeSpace returns the bytes that this process may still write on a folder's disk, and a number that tells the disk. ok is
// false if the system does not say.
func freeSpace(folder string) (free int64, disk uint64, ok bool) {
	var fs unix.Statfs_t
	var info unix.Stat_t
	if unix.Statfs(folder, &fs) != nil || unix.Stat(folder, &info) != nil {
		return 0, 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), uint64(info.Dev), true
}
