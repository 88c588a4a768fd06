package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mmjsonl/internal/urls"
)

// impatient is a fetcher for servers that are near.
func impatient() Client {
	return Client{pause: time.Millisecond, stall: 10 * time.Second, total: 30 * time.Second, limit: 1 << 20,
		proxy: func(*http.Request) (*url.URL, error) { return nil, nil }, Check: annotations, Remedy: "download it yourself and pass coco-annotations FILE"}
}

func annotations(head []byte) error {
	_, err := urls.Format(head)
	return err
}

// annotationServer answers with the handler that stands at the number of the request, or the last.
func annotationServer(t *testing.T, handlers ...http.HandlerFunc) (server *httptest.Server, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := int(requests.Add(1)) - 1
		handlers[min(i, len(handlers)-1)](w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server, requests
}

// download fetches into a new file and returns what is in it.
func download(t *testing.T, f Client, ctx context.Context, url string) (string, error) {
	t.Helper()
	dst, err := os.Create(filepath.Join(t.TempDir(), "download"))
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	n, err := f.Download(ctx, url, dst)
	if err != nil {
		if n != 0 {
			t.Errorf("%d bytes beside the error %v", n, err)
		}
		return "", err
	}
	content, err := os.ReadFile(dst.Name())
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(len(content)) {
		t.Errorf("fetch returned %d bytes, the file has %d", n, len(content))
	}
	return string(content), nil
}

const smallCOCO = `{"images":[{"coco_url":"http://h/a"}]}`

func sends(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, content) }
}

func answers(status int, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, content)
	}
}

func redirects(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// breaksOff sends content, of which it had announced more, and cuts the connection.
func breaksOff(content string, announced int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(announced))
		io.WriteString(w, content)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// hangs sends content and then nothing until the client has gone.
func hangs(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, content)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// hangsFirst does not answer until the client has gone.
func hangsFirst(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// trickles sends the same again and again, a little at a time.
func trickles(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		io.WriteString(w, `{"images":[`)
		w.(http.Flusher).Flush()
		time.Sleep(5 * time.Millisecond)
	}
}

// tricklesHeader does not come to a body.
func tricklesHeader(w http.ResponseWriter, r *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	for _, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"); err == nil; _, err = io.WriteString(conn, "X: x\r\n") {
		time.Sleep(5 * time.Millisecond)
	}
}

// gzips sends what it is made of in gzip, a thousandth of its length.
func gzips(content io.Reader) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.Copy(z, content)
		z.Close()
	}
}

func saysGzip(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, content)
	}
}

// endless reads as a JSON that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	p[0] = '{'
	return len(p), nil
}

func TestFetch(t *testing.T) {
	t.Parallel()
	big := smallCOCO + strings.Repeat(" ", 1<<20-len(smallCOCO))
	archive := "PK\x03\x04 and so on"
	tests := map[string]struct {
		handlers []http.HandlerFunc
		want     string
		requests int32
	}{
		"JSON":                         {[]http.HandlerFunc{sends(smallCOCO)}, smallCOCO, 1},
		"zip":                          {[]http.HandlerFunc{sends(archive)}, archive, 1},
		"as large as allowed":          {[]http.HandlerFunc{sends(big)}, big, 1},
		"503, then 200":                {[]http.HandlerFunc{answers(503, "<html>"), sends(smallCOCO)}, smallCOCO, 2},
		"429, 408, 500, then 200":      {[]http.HandlerFunc{answers(429, ""), answers(408, ""), answers(500, ""), sends(smallCOCO)}, smallCOCO, 4},
		"503 that hangs":               {[]http.HandlerFunc{hangs503, sends(smallCOCO)}, smallCOCO, 2},
		"cut, then whole":              {[]http.HandlerFunc{breaksOff(smallCOCO+"garbage", 1000), sends(smallCOCO)}, smallCOCO, 2},
		"cut before the beginning":     {[]http.HandlerFunc{func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, sends(smallCOCO)}, smallCOCO, 2},
		"redirect":                     {[]http.HandlerFunc{redirects("/other"), sends(smallCOCO)}, smallCOCO, 2},
		"as many redirects as allowed": {append(repeated(redirects("/other"), maxRedirects), sends(smallCOCO)), smallCOCO, maxRedirects + 1},
		"redirect after a fault":       {[]http.HandlerFunc{answers(503, ""), redirects("/other"), answers(503, ""), redirects("/other"), sends(smallCOCO)}, smallCOCO, 5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, requests := annotationServer(t, test.handlers...)
			begin := time.Now()
			got, err := download(t, impatient(), t.Context(), server.URL)
			if err != nil || got != test.want {
				t.Errorf("got %d bytes, error %v, want %d bytes", len(got), err, len(test.want))
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if n := requests.Load(); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

// How much has arrived is told as it does, of each try.
func TestFetchArrived(t *testing.T) {
	t.Parallel()
	server, _ := annotationServer(t, breaksOff(smallCOCO, 1000), sends(smallCOCO))
	f := impatient()
	arrived := 0
	f.Arrived = func(n int) { arrived += n }
	if got, err := download(t, f, t.Context(), server.URL); err != nil || got != smallCOCO || arrived != 2*len(smallCOCO) {
		t.Errorf("got %q, %v, and %d bytes arrived, want %d", got, err, arrived, 2*len(smallCOCO))
	}
}

func repeated(handler http.HandlerFunc, n int) []http.HandlerFunc {
	handlers := make([]http.HandlerFunc, n)
	for i := range handlers {
		handlers[i] = handler
	}
	return handlers
}

// hangs503 would keep a client that reads the page that comes with an error.
func hangs503(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(503)
	hangs("<html>")(w, r)
}

func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	lies := func(length string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s", length, smallCOCO)
			conn.Close()
		}
	}
	tests := map[string]struct {
		handler  http.HandlerFunc
		want     string
		requests int32
	}{
		"404":                       {answers(404, smallCOCO), "the server answers 404 Not Found", 1},
		"403 page":                  {answers(403, "<Error>\n::error::x"), "the server answers 403 Forbidden", 1},
		"204":                       {answers(204, ""), "the server answers 204 No Content", 1},
		"501":                       {answers(501, ""), "the server answers 501 Not Implemented", 1},
		"unknown status":            {answers(799, ""), "in 4 tries: the server answers 799 ", 4},
		"503 for ever":              {answers(503, smallCOCO), "in 4 tries: the server answers 503 Service Unavailable", 4},
		"429 for ever":              {answers(429, ""), "in 4 tries: the server answers 429 Too Many Requests", 4},
		"cut for ever":              {breaksOff(smallCOCO, 1000), "in 4 tries: the connection broke: unexpected EOF", 4},
		"announces too little":      {lies("1000"), "in 4 tries: the connection broke: unexpected EOF", 4},
		"announces too much":        {lies("1048577"), "the server announces 1048577 bytes: at most 1048576 are taken", 1},
		"announces nonsense":        {lies("-7"), "bad Content-Length", 4},
		"endless":                   {func(w http.ResponseWriter, r *http.Request) { io.Copy(w, endless{}) }, "the server sends more than 1048576 bytes", 1},
		"endless, unpacked":         {gzips(endless{}), "the server sends more than 1048576 bytes", 1},
		"compressed otherwise":      {saysGzip(smallCOCO), "in 4 tries: what the server sent is not in gzip as it says: gzip: invalid header", 4},
		"page":                      {sends("<!DOCTYPE html>\n<html>Please sign in</html>"), "what the server sent cannot be used: it is an HTML or XML page", 1},
		"text":                      {sends("No such file"), `neither a JSON nor a zip: it begins with "No such file"`, 1},
		"nothing":                   {sends(""), "what the server sent cannot be used: it is empty", 1},
		"redirects for ever":        {redirects("/next?signature=secret"), "the redirect is not followed: it is the 11th", maxRedirects + 1},
		"redirect to a file":        {redirects("file:///etc/passwd"), `the redirect is not followed: the URL "file:///etc/passwd" begins with neither`, 1},
		"redirect to ftp":           {redirects("ftp://h/a"), `the redirect is not followed: the URL "ftp://h/a" begins with neither`, 1},
		"redirect to nowhere":       {redirects("http:///a"), `the redirect is not followed: the URL "http:///a" has no host`, 1},
		"redirect without a target": {answers(302, ""), "the server answers 302 Found", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, requests := annotationServer(t, test.handler)
			address := strings.Replace(server.URL, "http://", "http://user:secret@", 1) + "/a.zip?signature=secret"
			got, err := download(t, impatient(), t.Context(), address)
			if err == nil {
				t.Fatalf("got %q", got)
			}
			text := err.Error()
			for _, want := range []string{fmt.Sprintf("failed to download %q", server.URL+"/a.zip?…"), test.want,
				"download it yourself and pass coco-annotations FILE"} {
				if !strings.Contains(text, want) {
					t.Errorf("the error %q has no %q", text, want)
				}
			}
			for _, secret := range []string{"user", "secret", "\n"} {
				if strings.Contains(text, secret) {
					t.Errorf("the error %q has %q in it", text, secret)
				}
			}
			if n := requests.Load(); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

// A server cannot tell by its length how much of a body is missing if it announces less than it sends: what arrives is
// found to be cut when it is read.
func TestFetchAnnouncesLess(t *testing.T) {
	t.Parallel()
	server, _ := annotationServer(t, func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n%s", smallCOCO)
		conn.Close()
	})
	got, err := download(t, impatient(), t.Context(), server.URL)
	if err != nil || got != smallCOCO[:20] {
		t.Fatalf("got %q, error %v", got, err)
	}
	if err := urls.ReadCOCO(strings.NewReader(got), func(string) error { return nil }, nil); err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("error %v, want one of a file cut short", err)
	}
}

func TestFetchTimes(t *testing.T) {
	t.Parallel()
	const short = 400 * time.Millisecond // enough for a request on a busy machine
	tests := map[string]struct {
		handler http.HandlerFunc
		change  func(*Client)
		want    string
		most    int32 // requests
	}{
		"no first byte":        {hangsFirst, func(f *Client) { f.stall = short }, "in 4 tries", 4},
		"stalls in the middle": {hangs(`{"images":[`), func(f *Client) { f.stall = short }, "in 4 tries: the connection broke", 4},
		"trickles":             {trickles, func(f *Client) { f.total = short }, "not finished after 400ms", 1},
		"trickles its header":  {tricklesHeader, func(f *Client) { f.total = short }, "not finished after 400ms", 1},
		"hangs, in all":        {hangsFirst, func(f *Client) { f.total = short }, "not finished after 400ms", 1},
		"fails for ever":       {answers(503, ""), func(f *Client) { f.total, f.pause = short, time.Hour }, "not finished after 400ms: the server answers 503", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, requests := annotationServer(t, test.handler)
			f := impatient()
			test.change(&f)
			begin := time.Now()
			_, err := download(t, f, t.Context(), server.URL)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if n := requests.Load(); n > test.most {
				t.Errorf("%d requests, want %d", n, test.most)
			}
		})
	}
}

func TestRetryPause(t *testing.T) {
	t.Parallel()
	for after, want := range map[string]time.Duration{
		"":                              4 * time.Second, // doubled twice
		"2":                             2 * time.Second,
		"0":                             0,
		"3600":                          30 * time.Second,
		"9223372036":                    30 * time.Second,
		"9223372037":                    30 * time.Second, // more than a time.Duration holds
		"-1":                            4 * time.Second,
		"tomorrow":                      4 * time.Second,
		"Fri, 31 Dec 9999 23:59:59 GMT": 30 * time.Second,
	} {
		response := &http.Response{StatusCode: 503, Header: http.Header{}}
		if after != "" {
			response.Header.Set("Retry-After", after)
		}
		if got := retryPause(time.Second, 30*time.Second, 2, response); got != want {
			t.Errorf("Retry-After %q: got %v, want %v", after, got, want)
		}
	}
}

func TestFetchCancelled(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"before the answer": hangsFirst,
		"in the body":       trickles,
		"between tries":     answers(503, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server, requests := annotationServer(t, func(w http.ResponseWriter, r *http.Request) {
				time.AfterFunc(50*time.Millisecond, cancel)
				handler(w, r)
			})
			f := impatient()
			f.pause = time.Hour
			begin := time.Now()
			_, err := download(t, f, ctx, server.URL)
			if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "download it yourself") {
				t.Errorf("got %v, want that it was cancelled", err)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestFetchTransport(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault error
		tries int // how many there are if all fail
	}{
		"reset":         {fmt.Errorf("read tcp: %w", syscall.ECONNRESET), downloadTries},
		"refused":       {syscall.ECONNREFUSED, downloadTries},
		"timeout":       {os.ErrDeadlineExceeded, downloadTries},
		"text to abuse": {errors.New("malformed header\r\n::error::x\x1b[2J" + strings.Repeat("ü", 1000)), downloadTries},
		"no such host":  {&net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}, 1},
		"name server":   {&net.DNSError{Err: "server misbehaving", Name: "h", IsTemporary: true}, downloadTries},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, failing := range []int{test.tries - 1, test.tries} {
				tries := 0
				f := Client{pause: time.Millisecond, transport: roundTripFunc(func(r *http.Request) (*http.Response, error) {
					if tries++; tries <= failing {
						return nil, test.fault
					}
					return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(smallCOCO)), Request: r}, nil
				})}
				got, err := download(t, f, t.Context(), "http://h/a")
				if tries != test.tries {
					t.Errorf("%d tries, want %d", tries, test.tries)
				}
				if failing < test.tries {
					if err != nil || got != smallCOCO {
						t.Errorf("after %d faults got %q, %v", failing, got, err)
					}
					continue
				}
				if !errors.Is(err, test.fault) {
					t.Fatalf("got %v, want %v", err, test.fault)
				}
				if text := err.Error(); len(text) > 600 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
					t.Errorf("the error %q cannot be shown", text)
				}
			}
		})
	}
}

func TestFetchWithoutServer(t *testing.T) {
	t.Parallel()
	server, _ := annotationServer(t, sends(smallCOCO))
	server.Close()
	if _, err := download(t, impatient(), t.Context(), server.URL); !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "in 4 tries") {
		t.Errorf("got %v, want connection refused in 4 tries", err)
	}
	for _, address := range []string{"", "ftp://h/a", "annotations.zip", "http://"} {
		if _, err := download(t, impatient(), t.Context(), address); err == nil || !strings.HasPrefix(err.Error(), "the URL ") {
			t.Errorf("%q: got %v, want what is wrong with the URL", address, err)
		}
	}
}

func TestFetchUntrustedCertificate(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(sends(smallCOCO))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)

	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	_, err := download(t, impatient(), t.Context(), server.URL)
	if err == nil || !strings.Contains(err.Error(), "certificate") || connections.Load() != 1 {
		t.Errorf("after %d connections got %v, want that the certificate is not trusted", connections.Load(), err)
	}
}

func TestFetchRequest(t *testing.T) {
	t.Parallel()
	var user, password, agent, referer string
	server, _ := annotationServer(t, redirects("/b"), func(w http.ResponseWriter, r *http.Request) {
		referer = r.Header.Get("Referer")
		redirects("/c")(w, r)
	}, func(w http.ResponseWriter, r *http.Request) {
		referer += r.Header.Get("Referer")
		io.WriteString(w, smallCOCO)
	})
	if _, err := download(t, impatient(), t.Context(), server.URL+"/a?signature=secret"); err != nil || referer != "" {
		t.Errorf("got referer %q, error %v", referer, err)
	}
	server, _ = annotationServer(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ = r.BasicAuth()
		agent = r.UserAgent()
		io.WriteString(w, smallCOCO)
	})
	_, err := download(t, impatient(), t.Context(), strings.Replace(server.URL, "http://", "http://user:pass@", 1))
	if err != nil || user != "user" || password != "pass" || agent != "mmjsonl" {
		t.Errorf("got user %q, password %q, agent %q, error %v", user, password, agent, err)
	}
}

// A fault of the file is not the server's: nothing is tried again, and downloading by hand would not help.
func TestFetchIntoBadFile(t *testing.T) {
	t.Parallel()
	server, requests := annotationServer(t, sends(smallCOCO))
	path := filepath.Join(t.TempDir(), "download")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	dst, err := os.Open(path) // for reading only
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	_, err = impatient().Download(t.Context(), server.URL, dst)
	if want := fmt.Sprintf("failed to store the download in %q", filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), want) ||
		strings.Contains(err.Error(), "download it yourself") || requests.Load() != 1 {
		t.Errorf("after %d requests got %v, want %q", requests.Load(), err, want)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "before" {
		t.Errorf("the file has %q, %v", content, err)
	}
}

func TestFetchReplaces(t *testing.T) {
	t.Parallel()
	server, _ := annotationServer(t, sends(smallCOCO))
	path := filepath.Join(t.TempDir(), "download")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	dst, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	n, err := impatient().Download(t.Context(), server.URL, dst)
	if err != nil || n != int64(len(smallCOCO)) {
		t.Errorf("got %d bytes, %v", n, err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != smallCOCO {
		t.Errorf("the file has %q, %v", content, err)
	}
}

func TestFetchRefusesAddresses(t *testing.T) {
	t.Parallel()
	server, requests := annotationServer(t, sends(smallCOCO))
	port := netip.MustParseAddrPort(strings.TrimPrefix(server.URL, "http://")).Port()
	var leading *httptest.Server
	var led *atomic.Int32
	leading, led = annotationServer(t, redirects(fmt.Sprintf("http://127.0.0.2:%d/", port)))

	refuse := func(address netip.Addr) error {
		if address == netip.MustParseAddr("127.0.0.2") {
			return errors.New("it is the second")
		}
		return nil
	}
	container := local(t)
	refuseLocal := container.RefuseAddress
	tests := map[string]struct {
		url    string
		refuse func(netip.Addr) error
		want   string
	}{
		"address":        {server.URL, refuseLocal, "refused to connect to 127.0.0.1: it is this machine itself"},
		"name":           {fmt.Sprintf("http://localhost:%d", port), refuseLocal, "it is this machine itself"},
		"IPv6":           {fmt.Sprintf("http://[::1]:%d", port), refuseLocal, "refused to connect to ::1: it is this machine itself"},
		"mapped":         {fmt.Sprintf("http://[::ffff:127.0.0.1]:%d", port), refuseLocal, "it is this machine itself"},
		"unspecified":    {fmt.Sprintf("http://0.0.0.0:%d", port), refuseLocal, "it is not the address of a server"},
		"cloud metadata": {"http://169.254.169.254/latest/meta-data", refuseLocal, "it is a link-local address"},
		"redirect":       {leading.URL, refuse, "refused to connect to 127.0.0.2: it is the second (redirected to \"http://127.0.0.2:"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := impatient()
			f.Refuse = test.refuse
			f.pause = time.Hour // a further try would be noticed
			f.total = 10 * time.Second
			_, err := download(t, f, t.Context(), test.url)
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if requests.Load() != 0 || led.Load() != 1 {
		t.Errorf("%d requests came through, and %d were led on, want 0 and 1", requests.Load(), led.Load())
	}
	// What is not refused goes through.
	f := impatient()
	f.Refuse = refuse
	if got, err := download(t, f, t.Context(), server.URL); err != nil || got != smallCOCO {
		t.Errorf("got %q, %v", got, err)
	}
	// A transport of the caller's could not be kept from anything.
	f.transport = http.DefaultTransport
	f.Refuse, f.RefuseName = nil, container.RefuseName
	if _, err := download(t, f, t.Context(), server.URL); err == nil || requests.Load() != 1 {
		t.Errorf("names alone: got %v after %d requests, want an error and 1", err, requests.Load())
	}
	f.Refuse = refuse
	if _, err := download(t, f, t.Context(), server.URL); err == nil || requests.Load() != 1 {
		t.Errorf("got %v after %d requests, want an error and 1", err, requests.Load())
	}
}

func TestFetchThroughProxy(t *testing.T) {
	t.Parallel()
	var asked atomic.Value
	proxy, requests := annotationServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		if r.URL.Path == "/lead" {
			redirects("http://169.254.169.254/")(w, r)
			return
		}
		io.WriteString(w, smallCOCO)
	})
	proxyURL, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := impatient()
	f.proxy = http.ProxyURL(proxyURL)
	container := local(t)
	f.Refuse, f.RefuseName = container.RefuseAddress, container.RefuseName
	// What is known of names here, which may be less than the proxy knows.
	known := map[string][]netip.Addr{
		"host.example":  {netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("172.20.0.1")},
		"self.example":  {netip.MustParseAddr("::ffff:127.0.0.1")},
		"sixth.example": {netip.MustParseAddr("2002:7f00:1::")},
		"far.example":   {netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("10.0.0.1")},
	}
	f.lookup = func(ctx context.Context, network, host string) ([]netip.Addr, error) {
		if until, ok := ctx.Deadline(); !ok || time.Until(until) > maxLookupTime || network != "ip" {
			t.Errorf("asked for %q of %s until %v", network, host, until)
		}
		if known[host] == nil {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return known[host], nil
	}
	if !f.Proxied("http://images.example/a.zip") || impatient().Proxied("http://images.example/a.zip") || f.Proxied("::") {
		t.Error("it is not known what goes through a proxy")
	}
	// The proxy is on the loopback, and is not refused for it.
	got, err := download(t, f, t.Context(), "http://images.example/a.zip")
	if err != nil || got != smallCOCO || asked.Load() != "http://images.example/a.zip" {
		t.Errorf("got %q, %v, asked for %v", got, err, asked.Load())
	}
	if got, err := download(t, f, t.Context(), "http://far.example/"); err != nil || got != smallCOCO {
		t.Errorf("a name that leads to nothing refused: got %q, %v", got, err)
	}
	for _, address := range []string{"http://metadata.google.internal/", "http://METADATA.Google.Internal./x", "http://localhost/", "http://x.localhost/",
		"http://host.docker.internal/", "http://host.example/", "http://self.example:8080/", "http://sixth.example/", "http://172.20.0.1/", "http://172.20.0.5/",
		"http://[2002:7f00:1::]/", "http://[64:ff9b:1::1]/", "http://[::127.0.0.1]/", "http://①②⑦.0.0.1/", "http://127。0。0。1/", "http://ｌocalhost/",
		"http://user@169.254.169.254/", "http://0/", "http://0x7f000001/", "http://127.0.0.1../", "http://017700000001/",
		"http://127.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/", "http://[fe80::1%25eth0]/",
		"http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://127.0.0.1./", "http://images.example/lead"} {
		before := requests.Load()
		_, err := download(t, f, t.Context(), address)
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s: got %v, want that it is refused", address, err)
		}
		if after := requests.Load(); after > before+1 || after > before && !strings.HasSuffix(address, "/lead") {
			t.Errorf("%s: %d requests", address, after-before)
		}
	}
	f.proxy = func(*http.Request) (*url.URL, error) { return nil, errors.New("bad") }
	if _, err := download(t, f, t.Context(), "http://images.example/a.zip"); err == nil || !strings.Contains(err.Error(), "proxy's address from the environment: bad") {
		t.Errorf("got %v, want what is wrong with the proxy", err)
	}
}

// Whoever refuses addresses sees each in one form only.
func TestRefusedForm(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{"::ffff:192.0.2.1": "192.0.2.1", "fe80::1%eth0": "fe80::1", "192.0.2.1": "192.0.2.1"} {
		err := refused(func(got netip.Addr) error {
			if got.String() != want {
				t.Errorf("%s: asked about %v, want %s", address, got, want)
			}
			return nil
		}, netip.MustParseAddr(address))
		if err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
