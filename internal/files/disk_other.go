//go:build !unix

package files

// Writable leaves it to the first write to find out.
func Writable(folder string) bool { return true }

// FreeSpace does not know.
func FreeSpace(folder string) (free int64, disk uint64, ok bool) { return 0, 0, false }
