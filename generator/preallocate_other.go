//go:build !linux

package generator

import "os"

// preallocate leaves it to the file system to find room for a file.
func preallocate(f *os.File, at, n int64) {}
