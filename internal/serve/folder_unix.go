//go:build unix

package serve

import "syscall"

// nonblocking is what keeps the opening of a pipe from waiting for its writer.
const nonblocking = syscall.O_NONBLOCK
