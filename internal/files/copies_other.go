//go:build !linux

package files

import "os"

// CopiesWell reports that only Linux has a call for that.
func CopiesWell(f *os.File) bool { return false }
