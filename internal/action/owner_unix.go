//go:build unix

package action

import (
	"os"
	"syscall"

	"mmjsonl/internal/files"
)

// ownerOf returns whom files in a folder should belong to, so that its owner can clean up: the folder's owner, if this process
// is root and can give files away, and nobody in particular otherwise.
func ownerOf(folder string) *files.Owner {
	info, err := os.Stat(folder)
	if err != nil || os.Geteuid() != 0 {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 && stat.Gid == 0 {
		return nil
	}
	return &files.Owner{UID: int(stat.Uid), GID: int(stat.Gid)}
}
