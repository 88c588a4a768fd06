package serve

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// canSendFiles says that the kernel sends files without a copy.
const canSendFiles = true

// conduit sends files, and bytes from two places, over a connection.
type conduit struct {
	raw syscall.RawConn

	// Of the answer being sent.
	header []byte
	file   int
	offset int64
	length int64 // left
	err    error
	step   func(fd uintptr) bool

	// Likewise, of one that is in memory.
	parts    [2][]byte
	stepBoth func(fd uintptr) bool
}

func (c *conduit) open(tcp *net.TCPConn) bool {
	raw, err := tcp.SyscallConn()
	c.raw = raw
	if c.step == nil {
		c.step, c.stepBoth = c.write, c.writeBoth
	}
	return err == nil
}

func (c *conduit) close() { c.raw, c.header = nil, nil }

// send sends a header and a part of a file, and returns how much of the file it has sent: less without an error if the file ended.
func (c *conduit) send(header []byte, file int, offset, length int64) (sent int64, err error) {
	c.header, c.file, c.offset, c.length, c.err = header, file, offset, length, nil
	err = c.raw.Write(c.step)
	if err == nil {
		err = c.err
	}
	return c.offset - offset, err
}

// write sends what the socket takes, and reports whether that is all, or the end.
func (c *conduit) write(fd uintptr) bool {
	for len(c.header) > 0 {
		n, err := unix.SendmsgN(int(fd), c.header, nil, nil, unix.MSG_MORE|unix.MSG_NOSIGNAL)
		if again, over := c.failed(err); again {
			continue
		} else if over || err != nil {
			return over
		}
		c.header = c.header[n:]
	}
	for c.length > 0 {
		n, err := unix.Sendfile(int(fd), c.file, &c.offset, int(min(c.length, 1<<30)))
		if again, over := c.failed(err); again {
			continue
		} else if over || err != nil {
			return over
		}
		if n == 0 {
			return true
		}
		c.length -= int64(n)
	}
	return true
}

// sendBoth sends a header and what follows it without joining them, and returns how much of the latter it has sent.
func (c *conduit) sendBoth(header, content []byte) (sent int64, err error) {
	c.parts, c.err = [2][]byte{header, content}, nil
	err = c.raw.Write(c.stepBoth)
	if err == nil {
		err = c.err
	}
	sent = int64(len(content) - len(c.parts[1]))
	c.parts = [2][]byte{}
	return sent, err
}

// writeBoth sends what the socket takes of both parts, and reports whether that is all, or the end.
func (c *conduit) writeBoth(fd uintptr) bool {
	for len(c.parts[1]) > 0 {
		n, err := unix.Writev(int(fd), c.parts[:])
		if again, over := c.failed(err); again {
			continue
		} else if over || err != nil {
			return over
		}
		ofHeader := min(n, len(c.parts[0]))
		c.parts[0], c.parts[1] = c.parts[0][ofHeader:], c.parts[1][n-ofHeader:]
	}
	return true
}

// failed judges an error of a system call: to be tried again at once, or over; otherwise it has to be waited for.
func (c *conduit) failed(err error) (again, over bool) {
	switch err {
	case nil, unix.EAGAIN:
		return false, false
	case unix.EINTR:
		return true, false
	}
	c.err = err
	return false, true
}
