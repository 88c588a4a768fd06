//go:build !unix

package generator

// writable leaves it to the first write to find out.
func writable(folder string) bool { return true }

// freeSpace does not know.
func freeSpace(folder string) (free int64, disk uint64, ok bool) { return 0, 0, false }
