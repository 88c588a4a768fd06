//go:build !unix

package command

import "os"

// interrupt ends a process: there is no asking for it.
func interrupt(p *os.Process) error { return p.Kill() }
