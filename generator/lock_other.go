//go:build !unix

package generator

// lockFolder does without a lock.
func lockFolder(folder string) (release func()) { return func() {} }
