package inspect

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"unicode/utf8"

	"mmjsonl/internal/format"
	"mmjsonl/internal/tokenizer"
)

// limits bound the memory that lines take, and the time that those of a compressed file take.
type limits struct {
	chunk    int   // bytes; a longer line is parsed in pieces of this size, by one worker
	line     int64 // bytes of a line; a longer one is bad
	unpacked unpackedLimits
}

// An image of 700 MiB fits into a line as a data URI.
var defaultLimits = limits{chunk: 1 << 20, line: 1 << 30, unpacked: defaultUnpacked}

const mostWorkers = 8 // more do not help: images are numbered by one

// chunk is a piece of the stream: whole lines, or what was parsed of a line longer than that.
type chunk struct {
	buf    []byte
	lines  []byte        // in buf, the last with or without its end
	kind   format.Kind   // of the rows
	weight int           // strings in the lines, or more
	batch  format.Batch  // what the lines hold, once
	tokens tokenBatch    // of its texts, if they are counted
	parsed chan struct{} // this has a value
}

// lines cuts a stream into chunks, has them parsed, and hands them out in order.
type lines struct {
	stream      io.ReadCloser
	limits      limits
	free        chan *chunk
	work        chan *chunk // to be parsed
	order       chan *chunk // as they lie in the stream
	kind        format.Kind // of the rows; known once order has given a chunk
	err         error       // of the stream; known once order is closed
	carry       []byte
	afterCR     bool          // a line feed that comes next belongs to the line's end that was read
	dense       atomic.Bool   // there was a chunk of many strings, so that others have to be looked at
	left        int           // strings that chunks may hold beside those that are in flight
	long        format.Reader // of long lines
	counter     *tokenCounter // of their texts
	big         format.Batch  // of long lines, whose room is kept
	block, next []byte        // room for pieces of them
}

// readLines begins to read a stream. It goes on until the stream ends or ctx is cancelled, in its own time, and then closes the
// stream: one that blocks is not waited for.
func readLines(ctx context.Context, stream io.ReadCloser, limits limits, of *tokenizer.Tokenizer) *lines {
	workers := min(runtime.GOMAXPROCS(0), mostWorkers)
	chunks := workers + 2 // one is being read, one is being counted
	l := &lines{
		stream: stream,
		limits: limits,
		left:   mostStrings,
		free:   make(chan *chunk, chunks),
		work:   make(chan *chunk, chunks),
		order:  make(chan *chunk, chunks),
	}
	for range chunks {
		l.free <- &chunk{parsed: make(chan struct{}, 1)}
	}
	for range workers {
		go func() {
			p, counter := new(format.Reader), newTokenCounter(of)
			p.Texts = counter != nil
			for c := range l.work {
				c.parse(p)
				counter.count(&c.batch, &c.tokens)
				c.parsed <- struct{}{}
			}
		}()
	}
	l.counter = newTokenCounter(of)
	l.long.Texts = of != nil
	go func() {
		defer close(l.order)
		defer close(l.work)
		l.err = l.read(ctx)
		l.stream.Close() // nothing was written
	}()
	return l
}

// mostStrings bounds the strings in all chunks that are read and not counted yet, and with them what is kept of each. No chunk has that many.
const mostStrings = 1 << 19

// counted gives a chunk back.
func (l *lines) counted(c *chunk) {
	if len(c.batch.References) > mostStrings/64 {
		l.dense.Store(true)
	}
	l.free <- c
}

// parse parses the chunk's lines. Like Python it takes \n, \r and \r\n for a line's end.
func (c *chunk) parse(p *format.Reader) {
	p.Kind = c.kind
	for rest := c.lines; len(rest) > 0; {
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			line, rest = rest[:end], rest[end+1:]
			if end > 0 && line[end-1] == '\r' {
				line = line[:end-1]
			}
		} else {
			rest = nil
			if line[len(line)-1] == '\r' {
				line = line[:len(line)-1]
			}
		}
		c.line(p, line)
	}
}

// line parses what is between line feeds. A carriage return in it, which hardly any file has, is met on the way, or looked for where the
// parser did not get to the end.
func (c *chunk) line(p *format.Reader, line []byte) {
	if c.kind == format.KindRawPayload { // whose lines aiperf cuts at \n alone
		c.read(p, line)
		return
	}
	before := c.batch.Mark()
	c.read(p, line)
	if !p.SawReturn() && !c.batch.HasBad(before) || bytes.IndexByte(line, '\r') < 0 {
		return
	}
	c.batch.Lines--
	c.batch.Undo(before, c.batch.Lines)
	for part := range bytes.SplitSeq(line, []byte("\r")) {
		c.read(p, part)
	}
}

func (c *chunk) read(p *format.Reader, line []byte) {
	p.Read(format.Line{Number: c.batch.Lines, Text: line}, &c.batch)
	c.batch.Lines++
}

// take waits for a chunk.
func (l *lines) take(ctx context.Context) (*chunk, error) {
	select {
	case c := <-l.free:
		l.left += c.weight
		c.weight = 0
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// weigh waits until there is room for so many strings more. Chunks are given out in the order in which they are counted, so the ones that
// hold the room get done. Without a chunk it only waits.
func (l *lines) weigh(ctx context.Context, c *chunk, strings int) error {
	var idle []*chunk
	for l.left < strings && l.left < mostStrings {
		other, err := l.take(ctx)
		if err != nil {
			return err
		}
		idle = append(idle, other)
	}
	for _, other := range idle {
		l.free <- other
	}
	if c != nil {
		l.left -= strings
		c.weight = strings
	}
	return nil
}

// read cuts the stream into chunks until its end.
func (l *lines) read(ctx context.Context) error {
	stream := bufio.NewReaderSize(l.stream, Sniffed)
	start, err := stream.Peek(Sniffed)
	if err != nil && err != io.EOF {
		return err
	}
	if l.kind, err = KindOf(start, err == io.EOF); err != nil {
		return err
	}
	for {
		c, err := l.take(ctx)
		if err != nil {
			return err
		}
		if c.buf == nil {
			c.buf = make([]byte, l.limits.chunk)
		}
		c.batch.Reset()
		c.batch.Trim()
		n := copy(c.buf, l.carry)
		l.carry = l.carry[:0]
		read, ended, err := fill(stream, c.buf[n:])
		if err != nil {
			return err
		}
		c.lines = c.buf[:n+read]
		if l.afterCR && len(c.lines) > 0 {
			l.afterCR = false
			c.lines = bytes.TrimPrefix(c.lines, []byte("\n"))
		}
		c.kind = l.kind
		if !ended {
			end := lastEnd(c.lines)
			if end < 0 {
				if err := l.weigh(ctx, c, mostStrings); err != nil { // one at a time: nobody knows how much there is in it
					return err
				}
				l.big.Reset()
				l.big, c.batch = c.batch, l.big
				if err := l.readLong(ctx, stream, c); err != nil {
					return err
				}
				l.counter.count(&c.batch, &c.tokens)
				c.parsed <- struct{}{}
				l.order <- c
				if err := l.weigh(ctx, nil, mostStrings); err != nil { // until it is counted
					return err
				}
				l.big, c.batch = c.batch, l.big
				continue
			}
			l.carry = append(l.carry, c.lines[end+1:]...)
			c.lines = c.lines[:end+1]
		}
		if l.dense.Load() {
			if err := l.weigh(ctx, c, min(bytes.Count(c.lines, []byte{'"'})/2, mostStrings)); err != nil {
				return err
			}
		}
		l.order <- c
		l.work <- c
		if ended {
			return nil
		}
	}
}

// lastEnd returns the place of the last line's end in the bytes, or -1. A \r behind which nothing is known is not taken for one.
func lastEnd(b []byte) int {
	// Looking from the beginning is faster by far where there is none.
	if bytes.IndexByte(b, '\n') >= 0 {
		return bytes.LastIndexByte(b, '\n')
	}
	if len(b) > 0 && bytes.IndexByte(b[:len(b)-1], '\r') >= 0 {
		return bytes.LastIndexByte(b[:len(b)-1], '\r')
	}
	return -1
}

// readLong parses a line of which the chunk holds the beginning, piece by piece, and leaves what follows the line in carry.
func (l *lines) readLong(ctx context.Context, stream io.Reader, c *chunk) error {
	var err error
	var size int64
	atEnd := false // of the line
	held := 0      // bytes of a character that was cut through, at the end of the last piece
	current := c.lines

	// cut returns the piece that the bytes make up, and notes whether it is the line's last.
	cut := func(b []byte) []byte {
		end := bytes.IndexByte(b, '\n')
		before := b
		if end >= 0 {
			before = b[:end]
		}
		if cr := bytes.IndexByte(before, '\r'); cr >= 0 {
			end = cr
		}
		if end >= 0 {
			rest := b[end+1:]
			if b[end] == '\r' {
				l.afterCR = len(rest) == 0
				rest = bytes.TrimPrefix(rest, []byte("\n"))
			}
			l.carry = append(l.carry, rest...)
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
			read, atEnd, err = fill(stream, l.next[n:])
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
	l.long.Kind, l.long.Keep = c.kind, true
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
		c.batch.Reset()
		c.batch.AddBad(0, format.Unread, fmt.Sprintf("longer than %d bytes", l.limits.line))
		c.batch.Lines = 1
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
