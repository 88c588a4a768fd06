package serve

import (
	"io"
	"net"
	"sync"
)

// limited is a listener of which only so many connections are open at the same time.
type limited struct {
	net.Listener
	server *Server
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newLimited(listener net.Listener, s *Server, most int) *limited {
	return &limited{Listener: listener, server: s, places: make(chan struct{}, most), closed: make(chan struct{})}
}

// Accept waits for a place, then for a connection, which is a *conn.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	accepted, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	l.server.counts.connections.Add(1)
	c := &conn{Conn: accepted, limited: l}
	c.tcp, _ = accepted.(*net.TCPConn)
	return c, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// conn is a connection that has a place.
type conn struct {
	net.Conn
	tcp     *net.TCPConn // the same; nil if it is of another kind
	rest    []byte       // what was read already
	limited *limited
	once    sync.Once
}

func (c *conn) Read(p []byte) (int, error) {
	if len(c.rest) > 0 {
		n := copy(p, c.rest)
		c.rest = c.rest[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

func (c *conn) Close() error {
	c.once.Do(func() {
		c.limited.server.counts.connections.Add(-1)
		<-c.limited.places
	})
	return c.Conn.Close()
}

// handed is a listener of the connections that are given to it.
type handed struct {
	address net.Addr
	conns   chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newHanded(address net.Addr) *handed {
	return &handed{address: address, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// give hands a connection on, or closes it if nobody takes it any more.
func (h *handed) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.closed:
		c.Close()
	}
}

func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *handed) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *handed) Addr() net.Addr { return h.address }

// ReadFrom sends what a reader has; for a file, the kernel does so without a copy.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	if c.tcp != nil {
		return c.tcp.ReadFrom(r)
	}
	return io.Copy(c.Conn, r)
}
