//go:build !linux

package serve

import (
	"errors"
	"net"
)

const canSendFiles = false

// conduit is a connection.
type conduit struct{ tcp *net.TCPConn }

func (c *conduit) open(tcp *net.TCPConn) bool { c.tcp = tcp; return true }

func (c *conduit) close() { c.tcp = nil }

func (c *conduit) sendBoth(header, content []byte) (sent int64, err error) {
	parts := net.Buffers{header, content}
	n, err := parts.WriteTo(c.tcp)
	return max(n-int64(len(header)), 0), err
}

func (c *conduit) send([]byte, int, int64, int64) (int64, error) { return 0, errors.ErrUnsupported }
