//go:build !linux

package serve

import (
	"errors"
	"net"
)

const canSendFiles = false

// conduit is a connection.
type conduit struct{}

func (c *conduit) open(*net.TCPConn) bool { return true }

func (c *conduit) close() {}

func (c *conduit) send([]byte, int, int64, int64) (int64, error) { return 0, errors.ErrUnsupported }
