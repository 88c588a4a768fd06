//go:build unix

package serve

import (
	"syscall"
	"testing"
)

func makePipe(t testing.TB, path string) {
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
}
