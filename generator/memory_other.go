//go:build !linux

package generator

// mostMemory returns the bytes of memory that this process may have; ok is false if the system does not say.
func mostMemory() (most int64, ok bool) { return 0, false }
