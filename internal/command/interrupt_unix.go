//go:build unix

package command

import (
	"os"
	"syscall"
)

// interrupt tells a process to end.
func interrupt(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
