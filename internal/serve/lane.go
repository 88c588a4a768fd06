package serve

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"mmjsonl/internal/media"
)

// lane is what one connection of the fast lane uses.
type lane struct {
	server *Server
	tcp    *net.TCPConn
	files  conduit
	in     []byte // what was read and not yet answered
	out    []byte

	readUntil, writeUntil time.Time // the connection's deadlines
}

const (
	laneIn = 4 << 10 // room for a request in the fast lane

	// sendPiece is how many bytes a client has to take until the deadline is renewed.
	sendPiece = 4 << 20
)

func newLane(s *Server) *lane {
	return &lane{server: s, in: make([]byte, 0, laneIn), out: make([]byte, 0, 1<<10+smallImage+media.MaxPiece)}
}

// run answers plain requests. It returns what it has read of the first other request, for net/http to go on from, or false once the
// connection is over.
func (s *Server) run(c *conn) (rest []byte, more bool) {
	l := s.lanes.Get().(*lane)
	l.tcp, l.in = c.tcp, l.in[:0]
	l.readUntil, l.writeUntil = time.Time{}, time.Time{}
	defer func() {
		l.files.close()
		l.tcp = nil
		s.lanes.Put(l)
	}()
	if !l.files.open(c.tcp) {
		return nil, true
	}
	for {
		end := bytes.Index(l.in, []byte("\r\n\r\n"))
		if end < 0 && len(l.in) == cap(l.in) {
			return bytes.Clone(l.in), true
		}
		if end < 0 {
			if !l.read() {
				return nil, false
			}
			continue
		}
		path, ok := plain(l.in[:end+2])
		if ok {
			var err error
			if ok, err = s.answer(l, path, time.Now()); err != nil {
				return nil, false
			}
		}
		if !ok {
			return bytes.Clone(l.in), true
		}
		l.in = l.in[:copy(l.in, l.in[end+4:])]
	}
}

// read reads on, and reports whether there was anything.
func (l *lane) read() bool {
	now := time.Now()
	if len(l.in) > 0 {
		l.tcp.SetReadDeadline(now.Add(l.server.patience.header))
		l.readUntil = time.Time{} // to be set again for the next request
	} else if until := now.Add(l.server.patience.idle); due(until, l.readUntil, l.server.patience.idle) {
		l.tcp.SetReadDeadline(until)
		l.readUntil = until
	}
	if l.server.closing.Load() { // after the deadline, which the server sets to the past when it closes
		return false
	}
	n, err := l.tcp.Read(l.in[len(l.in):cap(l.in)])
	l.in = l.in[:len(l.in)+n]
	return n > 0 || err == nil
}

// patient gives the client time to take what is written next.
func (l *lane) patient(now time.Time) {
	if until := now.Add(l.server.patience.write); due(until, l.writeUntil, l.server.patience.write) {
		l.tcp.SetWriteDeadline(until)
		l.writeUntil = until
	}
}

// due reports whether a deadline is so much later than the one that is set that it is worth setting, which takes nearly as long as a system
// call.
func due(until, set time.Time, patience time.Duration) bool { return until.Sub(set) > patience/8 }

// write writes an answer's header and its content, and returns how much of the content.
func (l *lane) write(header, content []byte) (sent int64, err error) {
	if len(header) > 0 {
		if _, err := l.tcp.Write(header); err != nil {
			return 0, err
		}
	}
	for len(content) > 0 && err == nil {
		l.patient(time.Now())
		var n int
		n, err = l.tcp.Write(content[:min(len(content), sendPiece)])
		sent += int64(n)
		content = content[n:]
	}
	return sent, err
}

// send sends an answer's header and a part of a file, and returns how much of the file: less without an error if the file is shorter.
func (l *lane) send(header []byte, file int, offset, length int64) (sent int64, err error) {
	for sent < length || len(header) > 0 {
		if sent > 0 {
			l.patient(time.Now())
		}
		piece := min(length-sent, sendPiece)
		n, err := l.files.send(header, file, offset+sent, piece)
		sent += n
		if err != nil || n < piece {
			return sent, err
		}
		header = nil
	}
	return sent, nil
}

// answer answers a plain GET of a path, if an image or a file has it.
func (s *Server) answer(l *lane, path []byte, now time.Time) (answered bool, err error) {
	l.patient(now)
	if set, image, ok := s.image(path); ok {
		return s.answerImage(l, set, image, now)
	}
	if !canSendFiles || string(path) == "/stats" || string(path) == "/metrics" {
		return false, nil
	}
	for i := range s.folders {
		folder := &s.folders[i]
		if len(path) <= len(folder.Path)+1 || string(path[:len(folder.Path)]) != folder.Path || path[len(folder.Path)] != '/' {
			continue
		}
		f, err := s.held.open(folder, path, now)
		if err != nil {
			continue
		}
		err = s.answerFile(l, s.files.named(path), f, now)
		f.release()
		return true, err
	}
	return false, nil
}

func (s *Server) answerImage(l *lane, set *set, image uint32, now time.Time) (answered bool, err error) {
	length, err := set.length(image)
	if err != nil {
		return false, nil
	}
	record := set.records.at(image)
	asked := request{item: set.first + image, requests: &record.requests, fetches: &record.fetches}
	s.begin(&asked, false, now)
	var sent int64
	defer func() { s.end(&asked, false, http.StatusOK, sent, err == nil && sent == length) }()

	out := l.header(length, set.Source.Item(image).MIME, now)
	out = append(out, "Etag: "...)
	out = set.appendTag(out, image)
	out = append(out, "\r\n\r\n"...)
	header := len(out)

	kept, offset := set.kept(s.memory, image, record, asked.before+1)
	switch {
	case kept != nil && length > smallImage && s.memory.file >= 0 && canSendFiles:
		sent, err = l.send(out, s.memory.file, offset, length)
		return true, err
	case kept != nil && length > smallImage:
		sent, err = l.write(out, kept)
		return true, err
	case kept != nil:
		sent, err = l.files.sendBoth(out, kept)
		return true, err
	}
	maker := set.makers.Get().(*maker)
	defer set.makers.Put(maker)
	err = maker.painter.Begin(image)
	for more := err == nil; more && err == nil; {
		if out, more, err = maker.painter.Append(out); err != nil {
			break
		}
		if more && len(out) <= smallImage {
			continue
		}
		if sent > 0 {
			l.patient(time.Now())
		}
		var n int
		n, err = l.tcp.Write(out)
		sent += int64(max(n-header, 0))
		header, out = 0, out[:0]
	}
	return true, err
}

func (s *Server) answerFile(l *lane, f *file, opened *heldFile, now time.Time) (err error) {
	asked := request{item: f.item, requests: &f.requests, fetches: &f.fetches}
	s.begin(&asked, false, now)
	length := opened.info.Size()
	var sent int64
	defer func() { s.end(&asked, false, http.StatusOK, sent, err == nil) }()
	out := l.header(length, opened.kind, now)
	out = append(out, "Etag: "...)
	out = append(out, opened.tag...)
	out = append(out, "\r\nLast-Modified: "...)
	out = opened.info.ModTime().UTC().AppendFormat(out, http.TimeFormat)
	out = append(out, "\r\n\r\n"...)
	if header := len(out); length <= smallImage { // one call for both is less work than for the kernel to send the file
		out = out[:header+int(length)]
		var n int
		if n, err = opened.ReadAt(out[header:], 0); n == int(length) {
			n, err = l.tcp.Write(out)
			sent = int64(max(n-header, 0))
		}
	} else {
		sent, err = l.send(out, int(opened.Fd()), 0, length)
	}
	if err == nil && sent < length {
		err = io.ErrUnexpectedEOF // the file has become shorter, and all that can be done is to hang up
	}
	return err
}

// header begins an answer in the lane's buffer.
func (l *lane) header(length int64, contentType string, now time.Time) []byte {
	out := append(l.out[:0], "HTTP/1.1 200 OK\r\nAccept-Ranges: bytes\r\nContent-Length: "...)
	out = strconv.AppendInt(out, length, 10)
	out = append(out, "\r\nContent-Type: "...)
	out = append(out, contentType...)
	out = append(out, "\r\nDate: "...)
	out = append(out, l.server.dated(now)...)
	return append(out, "\r\n"...)
}

// plain returns the path of a request that is nothing but the GET of one: HTTP/1.1, a path that needs no decoding, and header lines that
// change nothing about the answer. Of anything else, right or wrong, it returns false.
func plain(head []byte) (path []byte, ok bool) {
	line, head, ok := bytes.Cut(head, []byte("\r\n"))
	if !ok || len(line) < len("GET / HTTP/1.1") || string(line[:5]) != "GET /" || string(line[len(line)-9:]) != " HTTP/1.1" {
		return nil, false
	}
	path = line[4 : len(line)-9]
	for _, b := range path {
		if !inPath[b] {
			return nil, false
		}
	}
	host := false
	for len(head) > 0 {
		line, head, _ = bytes.Cut(head, []byte("\r\n"))
		colon := bytes.IndexByte(line, ':')
		if colon < 0 {
			return nil, false
		}
		name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
		for _, b := range value {
			if b < ' ' && b != '\t' || b == 0x7f {
				return nil, false
			}
		}
		switch {
		case is(name, "host"):
			if host || len(value) == 0 {
				return nil, false
			}
			for _, b := range value {
				if !inHost[b] {
					return nil, false
				}
			}
			host = true
		case is(name, "connection"):
			if !is(value, "keep-alive") {
				return nil, false
			}
		case !is(name, "accept") && !is(name, "user-agent") && !is(name, "accept-encoding") && !is(name, "accept-language") &&
			!is(name, "referer") && !is(name, "traceparent"):
			return nil, false
		}
	}
	return path, host
}

// is reports whether a text is a word of lower case, in any case.
func is(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i, b := range text {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		if b != word[i] {
			return false
		}
	}
	return true
}

// Bytes that mean themselves.
var inPath, inHost = bytesOf("/-._~"), bytesOf("-.:[]")

func bytesOf(others string) (table [256]bool) {
	for b := range table {
		table[b] = '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
	}
	for _, b := range []byte(others) {
		table[b] = true
	}
	return table
}
