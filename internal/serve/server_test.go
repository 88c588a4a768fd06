package serve

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

// images are n images of noise at a path.
func images(path string, size int64, n int) Images {
	return Images{
		Path: path, Source: media.Noise{Seed: 7, Size: media.Size{Width: size, Height: size}}, Count: n,
		Append: func(dst []byte, image uint32) []byte { return fmt.Appendf(dst, "img_%04d.png", image) },
		Number: func(name []byte) (uint32, bool) {
			if len(name) != len("img_0000.png") || string(name[:4]) != "img_" || string(name[8:]) != ".png" {
				return 0, false
			}
			n := uint32(0)
			for _, digit := range name[4:8] {
				if digit < '0' || digit > '9' {
					return 0, false
				}
				n = 10*n + uint32(digit-'0')
			}
			return n, true
		},
	}
}

// unmeasured is a source that does not know the length of its images.
type unmeasured struct{ media.Source }

func (u unmeasured) Item(i uint32) media.Item {
	item := u.Source.Item(i)
	item.Bytes = -1
	return item
}

// start serves until the test ends and returns the server's address.
func start(t testing.TB, s *Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// get requests a path with header lines, each a name and a value.
func get(t testing.TB, client *http.Client, method, url string, lines ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(lines); i += 2 {
		r.Header.Set(lines[i], lines[i+1])
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

// plainHeader is what keeps net/http's client from asking for gzip, and a request in the fast lane.
var plainHeader = []string{"Accept-Encoding", "identity"}

// slowHeader takes a request out of the fast lane.
var slowHeader = []string{"Accept-Encoding", "identity", "X-Other", "1"}

// Every image comes as its painter makes it: the first time, the second, when it is kept, and then from memory; complete, small and large,
// through both lanes.
func TestServerImages(t *testing.T) {
	t.Parallel()
	for name, memory := range map[string]int64{"kept": 64 << 20, "no memory": 0, "a little memory": 300 << 10} {
		for lane, lines := range map[string][]string{"fast": plainHeader, "net/http": slowHeader} {
			t.Run(name+" "+lane, func(t *testing.T) {
				t.Parallel()
				large := images("/large", 300, 3)
				large.Source = unmeasured{large.Source}
				sets := []Images{images("", 1, 1), images("/small", 8, 20), images("/a/b", 147, 9), large, images("/larger", 1300, 1)}
				s := New(Config{Images: sets, Memory: memory})
				url := "http://" + start(t, s)
				client := &http.Client{Transport: &http.Transport{}}
				total, fetches := int64(0), int64(0)
				for range 4 {
					for _, set := range sets {
						painter := set.Source.Painter()
						for i := range uint32(set.Count) {
							response, body := get(t, client, "GET", url+string(set.Append([]byte(set.Path+"/"), i)), lines...)
							want := mediatest.Paint(t, painter, i)
							if response.StatusCode != 200 || !bytes.Equal(body, want) {
								t.Fatalf("%s image %d: status %d, %d bytes, want the %d of the painter", set.Path, i, response.StatusCode, len(body), len(want))
							}
							if response.ContentLength != int64(len(want)) || response.Header.Get("Content-Type") != "image/png" ||
								response.Header.Get("Accept-Ranges") != "bytes" || response.Header.Get("Date") == "" || response.Header.Get("Etag") == "" {
								t.Fatalf("%s image %d: header %v", set.Path, i, response.Header)
							}
							total += int64(len(want))
							fetches++
						}
					}
				}
				stats := s.Stats()
				if stats.Fetches != fetches || stats.Distinct != 34 || stats.Bytes != total || stats.Aborted+stats.Rejected+stats.Partial+stats.Heads != 0 {
					t.Errorf("%+v, want %d fetches of 34 images, %d bytes", stats, fetches, total)
				}
				if used := s.memory.used.Load(); used > memory || memory > 1<<20 && used == 0 {
					t.Errorf("%d bytes are used of %d", used, memory)
				}
			})
		}
	}
}

// Answers of the fast lane are those of net/http.
func TestServerLanesAgree(t *testing.T) {
	t.Parallel()
	folder := folderOf(t, map[string]string{"a.png": "png", "b.jpeg": "jpeg", "deep/c.webp": "webp", "d": "", "e.unknown": "bytes"})
	s := New(Config{Images: []Images{images("/x", 200, 3), images("", 5, 3)}, Folders: []Folder{{Root: folder}}, Memory: 1 << 20})
	url := "http://" + start(t, s)
	// A connection of its own for each, as one that has left the fast lane does not come back.
	fastClient, otherClient := &http.Client{Transport: &http.Transport{}}, &http.Client{Transport: &http.Transport{}}
	for _, path := range []string{"/x/img_0000.png", "/img_0002.png", "/a.png", "/b.jpeg", "/deep/c.webp", "/d", "/e.unknown", "/missing", "/x/img_0003.png",
		"/deep", "/deep/", "/x/", "/", "/../a.png", "/./a.png", "//a.png", "/.hidden", "/x/img_00000.png", "/deep/../a.png",
		"/" + strings.Repeat("x", 5000)} {
		fastClient.CloseIdleConnections() // where the last answer was not the lane's
		for range 3 {
			fast, fastBody := get(t, fastClient, "GET", url+path, plainHeader...)
			other, otherBody := get(t, otherClient, "GET", url+path, slowHeader...)
			fast.Header.Del("Date")
			other.Header.Del("Date")
			if fast.StatusCode != other.StatusCode || fmt.Sprint(fast.Header) != fmt.Sprint(other.Header) || !bytes.Equal(fastBody, otherBody) {
				t.Errorf("%s: the fast lane answers %d %v, %d bytes; net/http %d %v, %d bytes", path, fast.StatusCode, fast.Header, len(fastBody),
					other.StatusCode, other.Header, len(otherBody))
			}
		}
	}
}

func TestServerMethodsAndConditions(t *testing.T) {
	t.Parallel()
	s := New(Config{Images: []Images{images("/x", 100, 3)}, Memory: 1 << 20})
	url := "http://" + start(t, s) + "/x/img_0001.png"
	want := mediatest.Paint(t, s.inTurn[0].Source.Painter(), 1)
	client := &http.Client{Transport: &http.Transport{}}
	first, _ := get(t, client, "GET", url)
	tag := first.Header.Get("Etag")
	if strings.HasPrefix(tag, "W/") || tag == "" {
		t.Fatalf("the ETag is %q", tag)
	}
	if other, _ := get(t, client, "GET", strings.Replace(url, "0001", "0002", 1)); other.Header.Get("Etag") == tag {
		t.Errorf("two images have the ETag %s", tag)
	}
	n := len(want)
	for _, test := range []struct {
		method string
		lines  []string
		status int
		body   string
	}{
		{"HEAD", nil, 200, ""},
		{"HEAD", []string{"Range", "bytes=0-3"}, 206, ""},
		{"GET", []string{"Range", "bytes=0-3"}, 206, string(want[:4])},
		{"GET", []string{"Range", "bytes=-5"}, 206, string(want[n-5:])},
		{"GET", []string{"Range", "bytes=1000-"}, 206, string(want[1000:])},
		{"GET", []string{"Range", fmt.Sprintf("bytes=%d-", n)}, 416, "invalid range: failed to overlap\n"},
		{"GET", []string{"Range", "bytes=9-1"}, 416, "invalid range\n"},
		{"GET", []string{"Range", "bytes=0-0" + strings.Repeat(",0-0", maxRanges)}, 200, string(want)},
		{"GET", []string{"If-None-Match", tag}, 304, ""},
		{"GET", []string{"If-None-Match", `"another"`}, 200, string(want)},
		{"GET", []string{"If-Match", `"another"`}, 412, ""},
		{"GET", []string{"If-Range", tag, "Range", "bytes=7-7"}, 206, string(want[7:8])},
		{"GET", []string{"If-Range", `"another"`, "Range", "bytes=7-7"}, 200, string(want)},
		{"POST", nil, 405, "only GET and HEAD are served here\n"},
		{"DELETE", nil, 405, "only GET and HEAD are served here\n"},
	} {
		response, body := get(t, client, test.method, url, append(test.lines, plainHeader...)...)
		if response.StatusCode != test.status || string(body) != test.body {
			t.Errorf("%s with %q: status %d, %d bytes; want %d, %d", test.method, test.lines, response.StatusCode, len(body), test.status, len(test.body))
		}
		if test.method == "HEAD" && test.status == 200 && response.ContentLength != int64(n) {
			t.Errorf("HEAD says %d bytes of %d", response.ContentLength, n)
		}
	}
	got := s.Stats()
	if got.Heads != 2 || got.Partial != 4 || got.Unchanged != 1 || got.Fetches != 5 || got.Distinct != 2 || got.Rejected != 5 || got.Sending != 0 {
		t.Errorf("%+v", got)
	}
}

// Clients side by side, each on connections of its own, all get what they request; and all of it is counted.
func TestServerConcurrentClients(t *testing.T) {
	t.Parallel()
	set := images("/x", 90, 12)
	s := New(Config{Images: []Images{set}, Memory: 8 << 20})
	url := "http://" + start(t, s)
	want := make([][]byte, set.Count)
	for i := range want {
		want[i] = mediatest.Paint(t, set.Source.Painter(), uint32(i))
	}
	const clients, each = 8, 40
	var all sync.WaitGroup
	for n := range clients {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for range each {
				i, lines := random.IntN(len(want)), plainHeader
				if random.IntN(8) == 0 {
					lines = slowHeader
				}
				response, err := client.Do(request200(url+string(set.Append([]byte("/x/"), uint32(i))), lines))
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || !bytes.Equal(body, want[i]) {
					t.Errorf("image %d: %d bytes, %v", i, len(body), err)
				}
			}
		})
	}
	all.Wait()
	if got := s.Stats(); got.Fetches != clients*each || got.Distinct != int64(set.Count) || got.Aborted != 0 {
		t.Errorf("%+v", got)
	}
	if used := s.memory.used.Load(); used > int64(set.Count)*(set.Source.Longest()+page) {
		t.Errorf("%d images use %d bytes of memory", set.Count, used)
	}
}

func request200(url string, lines []string) *http.Request {
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(lines); i += 2 {
		r.Header.Set(lines[i], lines[i+1])
	}
	return r
}

// Requests that come in one packet, or in many, are answered in turn, also where one of them leaves the fast lane.
func TestServerPipelined(t *testing.T) {
	t.Parallel()
	s := New(Config{Images: []Images{images("", 10, 3)}})
	address := start(t, s)
	text := ""
	for i := range 7 {
		extra := ""
		if i == 4 {
			extra = "X-Other: 1\r\n"
		}
		text += fmt.Sprintf("GET /img_%04d.png HTTP/1.1\r\nHost: h\r\n%s\r\n", i%3, extra)
	}
	for _, pieces := range []int{1, 3, 60} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for rest := text; len(rest) > 0; {
				n := min(len(rest), (len(text)+pieces-1)/pieces)
				_, _ = io.WriteString(c, rest[:n])
				rest = rest[n:]
				time.Sleep(time.Millisecond)
			}
		}()
		in := bufio.NewReader(c)
		for i := range 7 {
			response, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatalf("answer %d: %v", i, err)
			}
			body, err := io.ReadAll(response.Body)
			if want := mediatest.Paint(t, s.inTurn[0].Source.Painter(), uint32(i%3)); err != nil || !bytes.Equal(body, want) {
				t.Errorf("in %d pieces, answer %d: %d bytes, %v", pieces, i, len(body), err)
			}
		}
		c.Close()
	}
}

// A client that begins and never ends a request, or does not take its answer, is left after a time; so is one that asks for nothing.
func TestServerSlowClients(t *testing.T) {
	t.Parallel()
	const short = 300 * time.Millisecond
	for name, test := range map[string]struct {
		send string
		read bool
		idle time.Duration
	}{
		"nothing":                      {"", true, short},
		"nothing more":                 {"GET /img_0001.png HTTP/1.1\r\nHost: h\r\n\r\n", true, short},
		"nothing more out of the lane": {"GET /img_0001.png HTTP/1.1\r\nHost: h\r\nX-Other: 1\r\n\r\n", true, short},
		"a part of a line":             {"GET /img_00", true, time.Hour},
		"a part of a header":           {"GET /img_0000.png HTTP/1.1\r\nHost: h\r\n", true, time.Hour},
		"a header out of the lane":     {"GET /img_0001.png HTTP/1.1\r\nHost: h\r\nX-Other: 1\r\n\r\nGET /", true, time.Hour},
		"a long line":                  {"GET /" + strings.Repeat("x", 5000), true, time.Hour},
		"an answer not taken":          {"GET /img_0000.png HTTP/1.1\r\nHost: h\r\n\r\n", false, time.Hour},
		"a range not taken":            {"GET /img_0000.png HTTP/1.1\r\nHost: h\r\nRange: bytes=1-\r\n\r\n", false, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(Config{Images: []Images{images("", 3000, 1)}})
			if test.read {
				s = New(Config{Images: []Images{images("", 30, 2)}})
			}
			s.patience = patience{header: short, idle: test.idle, write: short, stop: time.Second}
			c, err := net.Dial("tcp", start(t, s))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, test.send); err != nil {
				t.Fatal(err)
			}
			if test.read {
				c.SetReadDeadline(time.Now().Add(20 * time.Second))
				if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
					t.Fatalf("the server does not hang up: %v", err)
				}
			}
			over := func() bool {
				got := s.Stats()
				return got.Connections == 0 && (test.read || got.Aborted > 0)
			}
			for wait := 0; !over(); wait++ {
				if wait == 2000 {
					t.Fatal("the server does not hang up")
				}
				time.Sleep(10 * time.Millisecond)
			}
			if got := s.Stats(); !test.read && (got.Aborted != 1 || got.Fetches+got.Partial != 0) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// No more connections are open than there may be: others wait until one is closed.
func TestServerConnectionLimit(t *testing.T) {
	t.Parallel()
	s := New(Config{Images: []Images{images("", 2, 1)}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := newLimited(listener, s, 2)
	defer limited.Close()
	handed := newHanded(listener.Addr())
	defer handed.Close()
	go s.accept(limited, handed)
	var open []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET /img_0000.png HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	answered := func(c net.Conn, patience time.Duration) bool {
		c.SetReadDeadline(time.Now().Add(patience))
		_, err := c.Read(make([]byte, 1))
		return err == nil
	}
	if !answered(open[0], 20*time.Second) || !answered(open[1], 20*time.Second) {
		t.Fatal("two connections are not answered")
	}
	if answered(open[2], 200*time.Millisecond) {
		t.Fatal("a third connection is answered")
	}
	open[0].Close()
	if !answered(open[2], 20*time.Second) {
		t.Error("the third connection is not answered after the first is closed")
	}
}

// When the server stops, answers that it has begun are completed, and clients that wait are hung up on at once.
func TestServerStops(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{"fast": "", "net/http": "X-Other: 1\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(Config{Images: []Images{images("", 2000, 2)}})
			s.patience.stop = 20 * time.Second
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- s.Serve(ctx, listener) }()
			idle, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer idle.Close()
			c, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fmt.Fprintf(c, "GET /img_0001.png HTTP/1.1\r\nHost: h\r\n%s\r\n", lines)
			in := bufio.NewReader(c)
			response, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			idle.SetReadDeadline(time.Now().Add(20 * time.Second))
			if _, err := idle.Read(make([]byte, 1)); err != io.EOF && !strings.Contains(fmt.Sprint(err), "reset") {
				t.Errorf("an idle connection: %v", err)
			}
			body, err := io.ReadAll(response.Body)
			if want := mediatest.Paint(t, s.inTurn[0].Source.Painter(), 1); err != nil || !bytes.Equal(body, want) {
				t.Errorf("%d bytes, %v", len(body), err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
				t.Error("it listens after it has stopped")
			}
		})
	}
}

// A client that does not take its answer does not keep the server from stopping.
func TestServerStopsWithoutClient(t *testing.T) {
	t.Parallel()
	s := New(Config{Images: []Images{images("", 3000, 1)}})
	s.patience.stop = 100 * time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	var clients []net.Conn
	for _, extra := range []string{"", "X-Other: 1\r\n"} {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET /img_0000.png HTTP/1.1\r\nHost: h\r\n%s\r\n", extra)
		if _, err := c.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		clients = append(clients, c)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop")
	}
	for i, c := range clients {
		if n, _ := io.Copy(io.Discard, c); n >= s.inTurn[0].Source.Longest() {
			t.Errorf("client %d is sent everything after the server has stopped", i)
		}
	}
}

func TestServerTLS(t *testing.T) {
	t.Parallel()
	certificate, pool := selfSigned(t)
	var lines []string
	var mutex sync.Mutex
	s := New(Config{Images: []Images{images("/x", 70, 2)}, TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, Notice: func(line string) {
		mutex.Lock()
		defer mutex.Unlock()
		lines = append(lines, line)
	}})
	address := start(t, s)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	for range 3 {
		response, body := get(t, client, "GET", "https://"+address+"/x/img_0001.png", plainHeader...)
		if want := mediatest.Paint(t, s.inTurn[0].Source.Painter(), 1); !bytes.Equal(body, want) || response.ProtoMajor != 1 {
			t.Errorf("%s %s, %d bytes", response.Proto, response.Status, len(body))
		}
	}
	if _, err := (&http.Client{Transport: &http.Transport{}}).Get("https://" + address); err == nil {
		t.Fatal("a client that does not know the certificate takes it")
	}
	for range 2000 {
		mutex.Lock()
		told := strings.Contains(strings.Join(lines, "\n"), "TLS handshake error")
		mutex.Unlock()
		if told {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("nothing is said of a handshake that failed")
}

// Bytes that are not HTTP get an answer or none, and do not end the server.
func FuzzServerBytes(f *testing.F) {
	s := New(Config{Images: []Images{images("/x", 20, 3), images("", 2, 1)}, Memory: 1 << 16})
	s.patience.header, s.patience.idle = 50*time.Millisecond, 50*time.Millisecond
	address := start(f, s)
	for _, text := range []string{
		"GET /x/img_0000.png HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "\r\n\r\n", "GET /x/../../etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET http://h/img_0000.png HTTP/1.1\r\nHost: h\r\n\r\n", "GET /x/img_0000.png HTTP/1.1\nHost: h\n\n", "\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03",
		"GET /stats?order HTTP/1.1\r\nHost: h\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET /x/img_0000.png HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /img_0000.png HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /x/img_0001.png HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = c.Write(sent)
		_ = c.(*net.TCPConn).CloseWrite()
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
		answer, err := io.ReadAll(c)
		if err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatal(err)
		}
		if len(answer) > 0 && !bytes.HasPrefix(answer, []byte("HTTP/1.")) {
			t.Errorf("the answer to %q begins with %.40q", sent, answer)
		}
		response, _ := get(t, http.DefaultClient, "GET", "http://"+address+"/img_0000.png")
		if response.StatusCode != 200 {
			t.Fatalf("after %q an image has the status %d", sent, response.StatusCode)
		}
	})
}

// What the fast lane takes for a plain GET is one for net/http too, of the same path, and with nothing that changes the answer.
func FuzzPlain(f *testing.F) {
	for _, text := range []string{
		"GET /x/img_0000.png HTTP/1.1\r\nHost: h\r\n", "GET / HTTP/1.1\r\nhost:h:80\r\nAccept: */*\r\nConnection: Keep-Alive\r\n",
		"GET /a HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\n", "GET /a HTTP/1.1\r\nHost: h\r\nHost: i\r\n", "GET /%61 HTTP/1.1\r\nHost: h\r\n",
		"GET /a?b HTTP/1.1\r\nHost: h\r\n", "GET /a HTTP/1.1\r\nHost: h\r\n Accept: */*\r\n", "GET /a HTTP/1.1\r\nHost : h\r\n",
		"GET //a HTTP/1.1\r\nHost: h\r\nUser-Agent: \x01\r\n", "GET /a HTTP/1.1\r\nHost: [::1]:80\r\nAccept-Encoding: \xff\r\n", "GET /a HTTP/1.1\r\n",
		"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n", "GET /a HTTP/1.0\r\nHost: h\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if bytes.Contains(head, []byte("\r\n\r\n")) || !bytes.HasSuffix(head, []byte("\r\n")) {
			return // as the lane calls it
		}
		path, ok := plain(head)
		if !ok {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(bytes.Clone(head), "\r\n"...))))
		if err != nil {
			t.Fatalf("net/http does not read %q: %v", head, err)
		}
		if r.Method != "GET" || r.URL.Path != string(path) || r.URL.RawQuery != "" || r.Host == "" || r.ProtoMajor != 1 || r.ProtoMinor != 1 || r.ContentLength != 0 || r.Close {
			t.Fatalf("net/http reads %q as %+v", head, r)
		}
		for name := range r.Header {
			switch name {
			case "Accept", "User-Agent", "Accept-Encoding", "Accept-Language", "Referer", "Traceparent", "Connection":
			default:
				t.Fatalf("%q has the header %s", head, name)
			}
		}
	})
}
