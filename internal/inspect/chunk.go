package inspect

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"unicode/utf8"

	"mmjsonl/internal/format"
)

// limits bound the memory that lines take.
type limits struct {
	chunk int   // bytes; a longer line is parsed in pieces of this size, by one worker
	line  int64 // bytes of a line; a longer one is bad
}

// An image of 700 MiB fits into a line as a data URI.
var defaultLimits = limits{chunk: 1 << 20, line: 1 << 30}

const mostWorkers = 8 // more do not help: images are numbered by one

// chunk is a piece of the stream: whole lines, or what was parsed of a line longer than that.
type chunk struct {
	buf    []byte
	lines  []byte        // in buf, the last with or without its end
	batch  format.Batch  // what the lines hold, once
	parsed chan struct{} // this has a value
}

// lines cuts a stream into chunks, has them parsed, and hands them out in order.
type lines struct {
	stream      io.ReadCloser
	limits      limits
	free        chan *chunk
	work        chan *chunk // to be parsed
	order       chan *chunk // as they lie in the stream
	sizesDone   atomic.Bool
	err         error // of the stream; known once order is closed
	carry       []byte
	long        format.Reader // of long lines
	block, next []byte        // room for pieces of them
}

// readLines begins to read a stream. It goes on until the stream ends or ctx is cancelled, in its own time, and then closes the
// stream: one that blocks is not waited for.
func readLines(ctx context.Context, stream io.ReadCloser, limits limits) *lines {
	workers := min(runtime.GOMAXPROCS(0), mostWorkers)
	chunks := workers + 2 // one is being read, one is being counted
	l := &lines{
		stream: stream,
		limits: limits,
		free:   make(chan *chunk, chunks),
		work:   make(chan *chunk, chunks),
		order:  make(chan *chunk, chunks),
	}
	for range chunks {
		l.free <- &chunk{parsed: make(chan struct{}, 1)}
	}
	for range workers {
		go func() {
			p := &format.Reader{SizesDone: &l.sizesDone}
			for c := range l.work {
				c.parse(p)
				c.parsed <- struct{}{}
			}
		}()
	}
	go func() {
		defer close(l.order)
		defer close(l.work)
		l.err = l.read(ctx)
		l.stream.Close() // nothing was written
	}()
	return l
}

// parse parses the chunk's lines.
func (c *chunk) parse(p *format.Reader) {
	for rest := c.lines; len(rest) > 0; c.batch.Lines++ {
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			line, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		p.Read(format.Line{Number: c.batch.Lines, Text: line}, &c.batch)
	}
}

// read cuts the stream into chunks until its end.
func (l *lines) read(ctx context.Context) error {
	for {
		var c *chunk
		select {
		case c = <-l.free:
		case <-ctx.Done():
			return ctx.Err()
		}
		if c.buf == nil {
			c.buf = make([]byte, l.limits.chunk)
		}
		c.batch.Reset()
		n := copy(c.buf, l.carry)
		l.carry = l.carry[:0]
		read, ended, err := fill(l.stream, c.buf[n:])
		if err != nil {
			return err
		}
		c.lines = c.buf[:n+read]
		if !ended {
			end := bytes.LastIndexByte(c.lines, '\n')
			if end < 0 {
				if err := l.readLong(ctx, c); err != nil {
					return err
				}
				c.parsed <- struct{}{}
				l.order <- c
				continue
			}
			l.carry = append(l.carry, c.lines[end+1:]...)
			c.lines = c.lines[:end+1]
		}
		l.order <- c
		l.work <- c
		if ended {
			return nil
		}
	}
}

// readLong parses a line of which the chunk holds the beginning, piece by piece, and leaves what follows the line in carry.
func (l *lines) readLong(ctx context.Context, c *chunk) error {
	var err error
	var size int64
	atEnd := false // of the line
	held := 0      // bytes of a character that was cut through, at the end of the last piece
	current := c.buf

	// cut returns the piece that the bytes make up, and notes whether it is the line's last.
	cut := func(b []byte) []byte {
		if end := bytes.IndexByte(b, '\n'); end >= 0 {
			l.carry = append(l.carry, b[end+1:]...)
			b, atEnd = b[:end], true
		}
		held = 0
		if !atEnd {
			held = unfinished(b)
		}
		size += int64(len(b) - held)
		return b[:len(b)-held]
	}
	var piece []byte
	more := func() []byte {
		for !atEnd && err == nil {
			if err = ctx.Err(); err != nil {
				break
			}
			if l.next == nil {
				l.next = make([]byte, l.limits.chunk)
			}
			n := copy(l.next, current[len(piece):len(piece)+held])
			var read int
			read, atEnd, err = fill(l.stream, l.next[n:])
			if err != nil {
				break
			}
			l.block, l.next = l.next, l.block
			current = l.block
			if piece = cut(l.block[:n+read]); len(piece) > 0 {
				return piece
			}
		}
		return nil
	}
	piece = cut(c.lines)
	l.long.SizesDone = &l.sizesDone
	l.long.Read(format.Line{Text: piece, More: func() []byte {
		if size > l.limits.line {
			return nil
		}
		return more()
	}}, &c.batch)
	for more() != nil {
		// What the parser did not want to read.
	}
	c.batch.Lines = 1
	if size > l.limits.line { // be it blank as far as it was read
		c.batch.References = c.batch.References[:0]
		c.batch.Requests = append(c.batch.Requests[:0], format.Request{Fault: fmt.Sprintf("longer than %d bytes", l.limits.line)})
	}
	return err
}

// fill reads until the buffer is full or the stream has ended. Unlike io.ReadFull it keeps an end apart from what decompressors
// call an unexpected one.
func fill(stream io.Reader, buf []byte) (n int, ended bool, err error) {
	for n < len(buf) && err == nil {
		var read int
		read, err = stream.Read(buf[n:])
		n += read
	}
	if err == io.EOF {
		return n, true, nil
	}
	return n, false, err
}

// unfinished returns how many bytes at the end belong to a UTF-8 sequence that goes on after it.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}
