package files

import (
	"os"

	"golang.org/x/sys/unix"
)

// OnContainerLayer reports whether a folder, or the nearest above it that exists, is on the layer of a container that goes with the container: a
// file system of layers, and not one that is mounted from the host.
func OnContainerLayer(folder string) bool {
	var stat unix.Statfs_t
	return unix.Statfs(Existing(folder), &stat) == nil && stat.Type == unix.OVERLAYFS_SUPER_MAGIC
}

// FirstProcess reports whether this process is the first of its system, or of its container, which ends with it.
func FirstProcess() bool { return os.Getpid() == 1 }
