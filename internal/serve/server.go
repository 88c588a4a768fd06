package serve

import (
	"context"
	"crypto/tls"
	"errors"
	stdlog "log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a server serves, and how.
type Config struct {
	Images     []Images // no two of the same path
	Folders    []Folder // looked into in turn, after the images
	Memory     int64    // bytes for images that are fetched again and again
	Conditions Conditions
	TLS        *tls.Config // nil for plain HTTP
	// Notice, if it is not nil, shows a line about a connection that failed. The first few are shown.
	Notice func(line string)
}

const (
	// MaxConnections is how many connections are open at the same time. More of them wait.
	MaxConnections = 4096

	maxHeader  = 16 << 10 // bytes of a request
	maxRanges  = 16       // in a request; one with more gets everything
	maxNotices = 10
)

// patience is how long clients may take.
type patience struct {
	header time.Duration // for a request, once it has begun
	idle   time.Duration // until the next request
	write  time.Duration // to take a piece of an answer
	stop   time.Duration // to take the rest of it when the server stops
}

// Server serves images.
type Server struct {
	sets       map[string]*set // by path
	inTurn     []*set
	folders    []Folder
	files      *files
	held       held
	memory     *memory
	conditions Conditions
	link       link
	tls        *tls.Config
	notice     func(string)
	patience   patience

	started time.Time
	counts  counts
	log     log
	date    atomic.Pointer[date]
	lanes   sync.Pool
	notices atomic.Int32
	closing atomic.Bool

	mutex sync.Mutex
	open  map[*conn]bool // those in the fast lane
	busy  sync.WaitGroup // likewise
}

// New returns a server. The images of all sets together are fewer than 2^32 - 2^16.
func New(c Config) *Server {
	s := &Server{
		sets: map[string]*set{}, open: map[*conn]bool{}, folders: c.Folders, memory: newMemory(c.Memory), conditions: c.Conditions,
		link: link{perSecond: c.Conditions.Bandwidth}, tls: c.TLS, notice: c.Notice, started: time.Now(),
		patience: patience{header: 10 * time.Second, idle: 2 * time.Minute, write: time.Minute, stop: time.Second},
	}
	var next uint32
	for _, images := range c.Images {
		made := newSet(images, next)
		s.sets[images.Path] = made
		s.inTurn = append(s.inTurn, made)
		next += uint32(images.Count)
	}
	s.files = newFiles(next)
	s.lanes.New = func() any { return newLane(s) }
	return s
}

// image returns the image that a path names.
func (s *Server) image(path []byte) (*set, uint32, bool) {
	slash := len(path) - 1
	for slash >= 0 && path[slash] != '/' {
		slash--
	}
	if slash < 0 {
		return nil, 0, false
	}
	set := s.sets[string(path[:slash])]
	if set == nil {
		return nil, 0, false
	}
	image, ok := set.find(path[slash+1:])
	return set, image, ok
}

// Serve answers the connections of a listener until the context ends, and then, for a moment, those requests that it has begun to answer. It
// closes the listener. Its error is that of the listener, or nil if the context ended.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	limited := newLimited(listener, s, MaxConnections)
	handed := newHanded(listener.Addr())
	plain := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.patience.header,
		ReadTimeout:       2 * s.patience.header,
		IdleTimeout:       s.patience.idle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          stdlog.New(notices{s}, "", 0),
		Protocols:         new(http.Protocols),
	}
	plain.Protocols.SetHTTP1(true)
	done := make(chan error, 2)
	go func() { done <- s.accept(limited, handed) }()
	go func() { done <- plain.Serve(handed) }()

	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
	}
	s.stop(limited, plain)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// stop has connections closed, those that wait for a request first.
func (s *Server) stop(listener net.Listener, plain *http.Server) {
	s.each(func(c *conn) { c.SetReadDeadline(time.Unix(1, 0)) })
	listener.Close()
	ended := make(chan struct{})
	go func() {
		s.busy.Wait()
		close(ended)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), s.patience.stop)
	defer cancel()
	if plain.Shutdown(ctx) != nil {
		plain.Close()
	}
	select {
	case <-ended:
	case <-ctx.Done():
		s.each(func(c *conn) { c.Close() })
	}
}

// each lets no more connections into the fast lane, and does something to those in it.
func (s *Server) each(do func(*conn)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.closing.Store(true)
	for c := range s.open {
		do(c)
	}
}

// enter lets a connection into the fast lane, and reports whether it may still go there.
func (s *Server) enter(c *conn) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closing.Load() {
		return false
	}
	s.open[c] = true
	s.busy.Add(1)
	return true
}

// leave takes a connection out of the fast lane.
func (s *Server) leave(c *conn) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.open, c)
	s.busy.Done()
}

// accept takes connections until the listener fails.
func (s *Server) accept(listener net.Listener, handed *handed) error {
	var pause time.Duration
	for {
		accepted, err := listener.Accept()
		if err != nil {
			if s.closing.Load() || errors.Is(err, net.ErrClosed) {
				return err
			}
			// Most likely there are too many open files. As net/http does, try again after a while.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			notices{s}.Write([]byte(err.Error()))
			time.Sleep(pause)
			continue
		}
		pause = 0
		c := accepted.(*conn)
		if c.tcp == nil || s.tls != nil || !s.conditions.none() {
			handed.give(s.secured(c))
			continue
		}
		if !s.enter(c) {
			c.Close()
			continue
		}
		go func() {
			rest, more := s.run(c)
			s.leave(c)
			if !more {
				c.Close()
				return
			}
			c.SetDeadline(time.Time{})
			c.rest = rest
			handed.give(c)
		}()
	}
}

// secured returns a connection that is encrypted if the server's are.
func (s *Server) secured(c *conn) net.Conn {
	if s.tls == nil {
		return c
	}
	return tls.Server(c, s.tls)
}

// notices takes the lines that net/http logs.
type notices struct{ *Server }

func (n notices) Write(line []byte) (int, error) {
	if n.notice != nil && n.notices.Add(1) <= maxNotices {
		n.notice(strings.TrimSpace(string(line)))
	}
	return len(line), nil
}

// date is a second as HTTP writes it.
type date struct {
	second int64
	text   []byte
}

// dated returns the time as HTTP writes it.
func (s *Server) dated(now time.Time) []byte {
	d := s.date.Load()
	if d == nil || d.second != now.Unix() {
		d = &date{second: now.Unix(), text: now.UTC().AppendFormat(nil, http.TimeFormat)}
		s.date.Store(d)
	}
	return d.text
}
