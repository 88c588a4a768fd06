package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// ServeHTTP answers a request: an image, a file, or what the server knows of itself.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.counts.rejected.Add(1)
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are served here", http.StatusMethodNotAllowed)
		return
	}
	switch r.URL.Path {
	case "/metrics":
		s.serveMetrics(w)
		return
	case "/stats":
		s.serveStats(w, r)
		return
	}
	if set, image, ok := s.image([]byte(r.URL.Path)); ok {
		s.serveImage(w, r, set, image)
		return
	}
	for i := range s.folders {
		name, inside := strings.CutPrefix(r.URL.Path, s.folders[i].Path+"/")
		if !inside {
			continue
		}
		opened, info, err := s.folders[i].open(name)
		if err != nil {
			continue
		}
		defer opened.Close()
		s.serveFile(w, r, s.files.named([]byte(r.URL.Path)), opened, info)
		return
	}
	if r.URL.Path == "/" {
		s.serveOverview(w)
		return
	}
	s.counts.rejected.Add(1)
	http.Error(w, "there is nothing of this name here", http.StatusNotFound)
}

// request is a request for an item.
type request struct {
	item     uint32
	key      uint64
	requests *atomic.Uint32
	fetches  *atomic.Uint32
	before   uint32 // requests for it before this one
	entry    *fetch // nil for a HEAD, or if the log is full
}

// begin counts a request and logs it.
func (s *Server) begin(r *request, head bool, now time.Time) {
	s.counts.sending.Add(1)
	if head {
		s.counts.heads.Add(1)
		r.before = r.requests.Load()
		return
	}
	r.before = r.requests.Add(1) - 1
	r.entry = s.log.add(r.item, now.Sub(s.started))
}

// end counts what came of a request. complete says that all of the answer was sent.
func (s *Server) end(r *request, head bool, status int, sent int64, complete bool) {
	c := &s.counts
	c.sending.Add(-1)
	c.bytes.Add(sent)
	switch {
	case !complete:
		status = statusAborted
		c.aborted.Add(1)
	case head:
	case status == http.StatusOK:
		c.fetches.Add(1)
		if r.fetches.Add(1) == 1 {
			c.distinct.Add(1)
		}
	case status == http.StatusPartialContent:
		c.partial.Add(1)
	case status == http.StatusNotModified:
		c.unchanged.Add(1)
	case status == http.StatusServiceUnavailable:
		c.failed.Add(1)
	default:
		c.rejected.Add(1)
	}
	if r.entry != nil {
		r.entry.status.Store(uint32(status))
	}
}

func (s *Server) serveImage(w http.ResponseWriter, r *http.Request, set *set, image uint32) {
	record := set.records.at(image)
	asked := &request{item: set.first + image, key: set.key + uint64(image), requests: &record.requests, fetches: &record.fetches}
	header := w.Header()
	header["Content-Type"] = []string{set.Source.Item(image).MIME}
	header["Etag"] = []string{string(set.appendTag(nil, image))}
	s.serve(w, r, asked, time.Time{}, func() (io.ReadSeekCloser, error) {
		if kept, _ := set.kept(s.memory, image, record, asked.before+1); kept != nil {
			return readBytes{bytes.NewReader(kept)}, nil
		}
		return set.open(image)
	})
}

// readBytes is what is in memory, as a file.
type readBytes struct{ *bytes.Reader }

func (readBytes) Close() error { return nil }

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, f *file, opened *os.File, info os.FileInfo) {
	asked := &request{item: f.item, key: f.key, requests: &f.requests, fetches: &f.fetches}
	header := w.Header()
	header["Content-Type"] = []string{contentType(info.Name())}
	header["Etag"] = []string{tagOf(info)}
	s.serve(w, r, asked, info.ModTime(), func() (io.ReadSeekCloser, error) { return noClose{opened}, nil })
}

// noClose is a file that its opener closes.
type noClose struct{ *os.File }

func (noClose) Close() error { return nil }

// serve answers a request for an item, under the server's conditions.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, asked *request, modified time.Time, open func() (io.ReadSeekCloser, error)) {
	head := r.Method == http.MethodHead
	s.begin(asked, head, time.Now())
	a := &answer{ResponseWriter: w, server: s, ctx: r.Context(), controller: http.NewResponseController(w)}
	defer func() {
		s.end(asked, head, a.status, a.sent, a.err == nil && a.status != 0)
	}()
	if a.err = wait(r.Context(), s.conditions.delay(asked.key, asked.before)); a.err != nil {
		return
	}
	if s.conditions.fails(asked.key, asked.before) {
		w.Header().Del("Etag")
		http.Error(a, "this request was chosen to fail", http.StatusServiceUnavailable)
		return
	}
	content, err := open()
	if err != nil {
		w.Header().Del("Etag")
		http.Error(a, "the image cannot be made", http.StatusInternalServerError)
		return
	}
	defer content.Close()
	if strings.Count(r.Header.Get("Range"), ",") >= maxRanges {
		r.Header.Del("Range")
	}
	http.ServeContent(a, r, "", modified, content)
}

// answer is an answer that counts what is sent, at the pace of the link.
type answer struct {
	http.ResponseWriter
	server     *Server
	ctx        context.Context
	controller *http.ResponseController
	status     int // 0 before there is one
	sent       int64
	err        error // the first one of sending
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// before waits until a piece may be sent, and gives the client time to take it.
func (a *answer) before(bytes int64) error {
	if a.err == nil {
		a.err = a.server.link.take(a.ctx, bytes)
	}
	if a.err == nil {
		if err := a.controller.SetWriteDeadline(time.Now().Add(a.server.patience.write)); !errors.Is(err, http.ErrNotSupported) {
			a.err = err
		}
	}
	return a.err
}

func (a *answer) Write(p []byte) (written int, err error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	for {
		piece := p[:min(int64(len(p)), a.server.link.piece())]
		if err := a.before(int64(len(piece))); err != nil {
			return written, err
		}
		n, err := a.ResponseWriter.Write(piece)
		written += n
		a.sent += int64(n)
		if err != nil {
			a.err = err
			return written, err
		}
		if p = p[n:]; len(p) == 0 {
			return written, nil
		}
	}
}

// ReadFrom sends from a reader. The kernel sends a file without a copy.
func (a *answer) ReadFrom(r io.Reader) (written int64, err error) {
	from, isFile := r.(*io.LimitedReader)
	if isFile {
		if held, ok := from.R.(noClose); ok {
			from = &io.LimitedReader{R: held.File, N: from.N}
		} else {
			_, isFile = from.R.(*os.File)
		}
	}
	direct, ok := a.ResponseWriter.(io.ReaderFrom)
	if !isFile || !ok {
		return io.Copy(struct{ io.Writer }{a}, r)
	}
	for from.N > 0 {
		piece := &io.LimitedReader{R: from.R, N: min(from.N, a.server.link.piece())}
		if err := a.before(piece.N); err != nil {
			return written, err
		}
		n, err := direct.ReadFrom(piece)
		written += n
		a.sent += n
		from.N -= n
		if err == nil && piece.N > 0 {
			err = io.ErrUnexpectedEOF // the file has become shorter
		}
		if err != nil {
			a.err = err
			return written, err
		}
	}
	return written, nil
}

// serveOverview says what there is.
func (s *Server) serveOverview(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, set := range s.inTurn {
		first, last := set.path(0), set.path(uint32(set.Count-1))
		fmt.Fprintf(w, "%s to %s: %d images\n", first, last, set.Count)
	}
	for _, folder := range s.folders {
		fmt.Fprintf(w, "%s/…: files of a folder\n", folder.Path)
	}
	fmt.Fprintf(w, "/stats: what was fetched, as JSON; /stats?order also in which order\n/metrics: the same for Prometheus\n")
}
