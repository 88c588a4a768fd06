//go:build !linux

package files

// OnContainerLayer reports whether a folder goes with the container that this process is in: only known on Linux.
func OnContainerLayer(string) bool { return false }

// FirstProcess reports whether this process is the first of its container.
func FirstProcess() bool { return false }
