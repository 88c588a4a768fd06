//go:build !linux

package files

import "os"

// Preallocate leaves it to the file system to find room for a file.
func Preallocate(f *os.File, at, n int64) {}

// Punch leaves the room of a file as it is.
func Punch(f *os.File, at, n int64) {}
