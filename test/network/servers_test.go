package network

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// raw answers with these bytes, whatever HTTP says, as often as repeat says so, and hangs up; with reset it breaks the connection.
func raw(text, repeat string, times int, reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, err = io.WriteString(conn, text)
		for i := 0; i < times && err == nil; i++ { // until the program hangs up
			_, err = io.WriteString(conn, repeat)
		}
		if reset {
			time.Sleep(20 * time.Millisecond) // what was sent arrives before the reset, which would throw it away
			_ = conn.(*net.TCPConn).SetLinger(0)
		}
	}
}

// sendsAs answers with a body under these headers, NAME: VALUE.
func sendsAs(status int, body []byte, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body) // a client that hangs up is not an error here
	}
}

func redirectsTo(target string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	}
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	if err := z.Close(); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Whatever a server of annotations does: the message names the URL without its secrets and says what to do, the exit code is right, the
// files in the folder are unchanged, and nothing is left, there or in the folder of temporary files.
func TestServerFaults(t *testing.T) {
	t.Parallel()
	good := program.COCO(40, 0)
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(good))
	const passing = 4 // tries
	tests := []struct {
		path     string
		answer   http.HandlerFunc
		code     int
		requests int32
		want     string
	}{
		// Faults that may pass: what is tried again takes seven seconds of pauses, so that all of these run at once.
		{"hung-up", raw("", "", 0, false), 1, passing, "EOF"},
		{"reset", raw("", "", 0, true), 1, passing, "reset"},
		{"cut", raw(head+string(good[:1000]), "", 0, false), 1, passing, "the connection broke: unexpected EOF"},
		{"reset-in-the-middle", raw(head+string(good[:1000]), "", 0, true), 1, passing, "the connection broke: "},
		{"cut-chunks", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ima\r\n", "", 0, false), 1, passing, "the connection broke: unexpected EOF"},
		{"no-http", raw("SSH-2.0-OpenSSH\r\n::error::x\r\n", "", 0, false), 1, passing, "malformed HTTP"},
		{"endless-header", raw("HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat("x", 4000)+"\r\n", 1e6, false), 1, passing, "headers exceeded"},
		{"says-gzip", sendsAs(200, good, "Content-Encoding: gzip"), 1, passing, "is not in gzip as it says"},
		{"gzip-cut", sendsAs(200, gzipped(good)[:200], "Content-Encoding: gzip"), 1, passing, "the connection broke: unexpected EOF"},
		{"unavailable", sendsAs(503, nil, "Retry-After: 0"), 1, passing, "the server answers 503"},
		// Faults that stay.
		{"unauthorized", sendsAs(401, nil), 1, 1, "the server answers 401"},
		{"no-content", sendsAs(204, nil), 1, 1, "the server answers 204"},
		{"reset-content", sendsAs(205, nil), 1, 1, "the server answers 205"},
		{"partial", sendsAs(206, good, "Content-Range: bytes 0-9/10"), 1, 1, "the server answers 206"},
		{"choices", sendsAs(300, good), 1, 1, "the server answers 300"},
		{"empty", sendsAs(200, nil), 1, 1, "it is empty"},
		{"page", sendsAs(200, []byte("<!DOCTYPE html>sign in"), "Content-Type: application/json"), 1, 1, "it is an HTML or XML page"},
		{"a-gzip-file", sendsAs(200, gzipped(good)), 1, 1, "it is compressed with gzip: unpack it"},
		{"announces-more-than-is-taken", sendsAs(200, good, "Content-Length: 1099511627776"), 1, 1, "announces 1099511627776 bytes: at most"},
		{"announces-less", raw(strings.Replace(head, fmt.Sprint(len(good)), "1000", 1)+string(good), "", 0, false), 2, 1, "cut short, fetch it again"},
		{"two-lengths", raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n", "", 0, false), 1, passing, "Content-Length"},
		{"few", sendsAs(200, program.COCO(2, 0)), 2, 1, "has 2 distinct URLs"},
		{"too-few", sendsAs(200, program.COCO(4, 0)), 2, 1, "set --images-pool to at most 4"},
		{"other-json", sendsAs(200, []byte(`{"images":[{"coco_url":"file:///etc/passwd"}]}`)), 2, 1, "begins with neither http:// nor https://"},
		{"loop", redirectsTo("loop"), 1, 11, "the redirect is not followed: it is the 11th"},
		{"to-a-file", redirectsTo("file:///etc/passwd"), 1, 1, `"file:///etc/passwd" begins with neither`},
		{"to-data", redirectsTo("data:application/json,%7B%7D"), 1, 1, "the redirect is not followed"},
		{"to-another-scheme", redirectsTo("gopher://127.0.0.1/x"), 1, 1, "begins with neither"},
		{"to-nowhere", redirectsTo("http:///x"), 1, 1, "has no host"},
	}
	mux := http.NewServeMux()
	server := program.Server(t, mux)
	var all sync.WaitGroup
	for _, test := range tests {
		var requests atomic.Int32
		mux.HandleFunc("/"+test.path, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			test.answer(w, r)
		})
		dir, temp := t.TempDir(), t.TempDir()
		program.Write(t, filepath.Join(dir, "x.jsonl"), "an earlier file\n")
		program.Write(t, filepath.Join(dir, "x.jsonl.manifest.json"), program.OldManifest)
		program.Write(t, filepath.Join(dir, "annotations", "image_info_test2017.json"), "of no concern\n")
		before := program.Snapshot(t, dir)
		url := server.URL + "/" + test.path
		cmd := program.Command(t, dir, []string{"TMPDIR=" + temp}, "-n", "3", "--image-mode", "http", "--user-text-tokens", "1", "-o", "x.jsonl",
			"--coco-annotations", strings.Replace(url, "//", "//user:secret@", 1)+"?signature=hidden")
		all.Go(func() {
			said, err := cmd.CombinedOutput()
			text := string(said)
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Errorf("%s: exit code %d, want %d, %v", test.path, code, test.code, err)
			}
			_, message, _ := strings.Cut(text, "\n") // after the line that says what is downloaded
			for _, want := range []string{"mmjsonl: ", url, test.want} {
				if !strings.Contains(message, want) {
					t.Errorf("%s: the message does not say %q: %s", test.path, want, text)
				}
			}
			if test.code == 1 && !strings.Contains(message, "download it yourself and pass coco-annotations FILE") {
				t.Errorf("%s: the message does not say what to do: %s", test.path, text)
			}
			if !strings.Contains(message, "--coco-annotations") {
				t.Errorf("%s: the message does not name the input: %s", test.path, text)
			}
			for _, secret := range []string{"user", "secret", "hidden", "\n::", "goroutine"} {
				if strings.Contains(strings.ReplaceAll(text, "--user-text-tokens", ""), secret) {
					t.Errorf("%s: the message has %q in it: %s", test.path, secret, text)
				}
			}
			if n := requests.Load(); n != test.requests {
				t.Errorf("%s: %d requests, want %d", test.path, n, test.requests)
			}
			if after := program.Snapshot(t, dir); after != before {
				t.Errorf("%s: the folder has changed:\n%s\nwas\n%s", test.path, after, before)
			}
			if left := program.Snapshot(t, temp); left != "./\n" {
				t.Errorf("%s: temporary files were left:\n%s", test.path, left)
			}
		})
	}
	all.Wait()
}

// What is odd and still an annotation file is taken; and what one server was trusted with goes to no other, and into no log and no file.
func TestServerOddities(t *testing.T) {
	t.Parallel()
	good := program.COCO(40, 0)
	other := program.Server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := r.BasicAuth(); ok || r.Header.Get("Referer") != "" || r.URL.RawQuery != "" {
			t.Errorf("another server is told %q, %q, %q", r.Header.Get("Authorization"), r.Referer(), r.URL.RawQuery)
		}
		_, _ = w.Write(good)
	}))
	mux := http.NewServeMux()
	server := program.Server(t, mux)
	for path, answer := range map[string]http.HandlerFunc{
		"elsewhere":  redirectsTo(other.URL + "/info.json"),
		"as-picture": sendsAs(200, good, "Content-Type: image/png"),
		"gzip":       sendsAs(200, gzipped(good), "Content-Encoding: gzip"),
		"no-length":  raw("HTTP/1.0 200 OK\r\n\r\n"+string(good), "", 0, false),
		"slow": func(w http.ResponseWriter, r *http.Request) {
			for i := range 40 { // a little now and then
				_, _ = w.Write(good[i*len(good)/40 : (i+1)*len(good)/40])
				w.(http.Flusher).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		},
	} {
		mux.HandleFunc("/"+path, func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); user != "user" || password != "secret" || r.URL.RawQuery != "signature=hidden" {
				t.Errorf("%s: the server is told %q, %q, %q", path, user, password, r.URL.RawQuery)
			}
			answer(w, r)
		})
		t.Run(path, func(t *testing.T) {
			s := program.NewStep(t)
			got := s.Run(t, "num-requests=2", "user-text-tokens=1", "image-mode=http", "allow-local-urls=true", "output=x.jsonl",
				"coco-annotations="+strings.Replace(server.URL, "//", "//user:secret@", 1)+"/"+path+"?signature=hidden")
			if got.Code != 0 {
				t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			for _, r := range program.Rows(t, filepath.Join(s.Workspace, "x.jsonl")) {
				if len(r.Images) != 3 || !program.IsCOCOURL(r.Images[0]) {
					t.Errorf("a row has %q", r.Images)
				}
			}
			for where, text := range map[string]string{"log": got.Stdout + got.Stderr, "summary": s.Read(t, s.Summary), "outputs": s.Read(t, s.Output)} {
				if strings.Contains(text, "secret") || strings.Contains(text, "hidden") {
					t.Errorf("the %s has a secret of the URL:\n%s", where, text)
				}
			}
			// What follows the ? may be the only difference between two files, and is needed to make the file again.
			if manifest := s.Read(t, filepath.Join(s.Workspace, "x.jsonl.manifest.json")); strings.Contains(manifest, "secret") {
				t.Errorf("the manifest has the password:\n%s", manifest)
			}
		})
	}
}

// As an action a URL of this machine is refused before anything is sent there, if a redirect leads to it as well, and through a proxy.
func TestActionLocalURLs(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	inside := program.Server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		_, _ = w.Write(program.COCO(40, 0))
	}))
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	// The way to the rest of the web, which the operator has put on this machine.
	web := program.Server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "web.example" {
			t.Errorf("the proxy is requested %s", r.URL)
		}
		redirectsTo(r.URL.Query().Get("to"))(w, r)
	}))
	through := program.Through(web)
	tests := map[string]struct{ to, want string }{
		"address":        {inside.URL, "127.0.0.1: it is this machine itself"},
		"name":           {"http://localhost:" + port, "this machine itself"},
		"mapped":         {"http://[::ffff:127.0.0.1]:" + port, "it is this machine itself"},
		"no address":     {"http://0.0.0.0:" + port, "it is not the address of a server"},
		"short":          {"http://127.1:" + port, "give the address in full"},
		"number":         {"http://2130706433:" + port, "give the address in full"},
		"cloud metadata": {"http://169.254.169.254/latest/meta-data/iam/", "it is a link-local address"},
		"its name":       {"http://metadata.google.internal/computeMetadata/v1/", "it is a name of a cloud's metadata service"},
		"the host":       {"http://172.17.0.1:" + port, "it is "}, // this machine itself where it runs Docker
		"the host's":     {"http://host.docker.internal:" + port, "it is a name of the host of this container"},
		"compatible":     {"http://[::127.0.0.1]:" + port, "it leads to 127.0.0.1"},
		"6to4":           {"http://[2002:7f00:1::]:" + port, "it leads to 127.0.0.1"},
		"translated":     {"http://[64:ff9b:1::7f00:1]:" + port, "it is translated to an IPv4 address"},
		"other digits":   {"http://127.0.0.%EF%BC%91:" + port, "give the name in ASCII"},
	}
	// A server that listens everywhere is reached at each of this machine's addresses.
	everywhere, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	open := &http.Server{Handler: inside.Config.Handler}
	go open.Serve(everywhere)
	t.Cleanup(func() { open.Close() })
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(everywhere.Addr().String())
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.To4() != nil && !network.IP.IsLoopback() {
			tests["at "+network.IP.String()] = struct{ to, want string }{"http://" + net.JoinHostPort(network.IP.String(), port), "it is "}
		}
	}
	for name, test := range tests {
		for way, url := range map[string]string{"directly": test.to, "redirected": "http://web.example/?to=" + test.to} {
			t.Run(name+" "+way, func(t *testing.T) {
				s := program.NewStep(t)
				s.Env = append(s.Env, through...)
				got := s.Run(t, "num-requests=2", "image-mode=http", "coco-annotations="+url, "output=x.jsonl")
				if got.Code != 2 || !strings.Contains(got.Stdout, "::error title=Input coco-annotations::coco-annotations ") || !strings.Contains(got.Stdout, test.want) ||
					!strings.Contains(got.Stdout, "if you mean it, give allow-local-urls true") {
					t.Errorf("exit code %d, want 2 and an annotation that says %q\n%s%s", got.Code, test.want, got.Stdout, got.Stderr)
				}
				if left := program.Snapshot(t, s.Workspace); left != "./\n" {
					t.Errorf("left behind:\n%s", left)
				}
			})
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("the server on this machine was asked %d times", n)
	}
	// It is said that the proxy decides where a name leads that means nothing here.
	direct := program.Server(t, program.Serve(program.COCO(40, 0)))
	s := program.NewStep(t)
	s.Env = append(s.Env, program.Through(direct)...)
	if got := s.Run(t, "num-requests=2", "image-mode=http", "coco-annotations=http://web.example/a.json", "output=x.jsonl"); got.Code != 0 || !strings.Contains(got.Stderr, "a proxy, which decides") {
		t.Errorf("through a proxy: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	s = program.NewStep(t)
	s.Env = append(s.Env, through...)
	if got := s.Run(t, "num-requests=2", "image-mode=http", "coco-annotations=http://web.example/?to="+inside.URL, "output=x.jsonl", "allow-local-urls=true"); got.Code != 0 || reached.Load() != 1 {
		t.Errorf("allowed: exit code %d, asked %d times, want 0 and 1\n%s%s", got.Code, reached.Load(), got.Stdout, got.Stderr)
	}
}

// A line on standard error says what is downloaded, before it is requested; none of it gets among the rows.
func TestDownloadAnnounced(t *testing.T) {
	t.Parallel()
	said := filepath.Join(t.TempDir(), "stderr")
	for _, test := range []struct{ name, url, want string }{
		{"given", "http://user:secret@web.example/info.json?signature=hidden", `Downloading "http://web.example/info.json?…"` + "\n"},
		{"official", "", "annotations/image_info_test2017.json is not there: downloading it, this once, from " + program.OfficialArchive + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Bool
			web := program.Server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Store(true)
				if text, err := os.ReadFile(said); err != nil || string(text) != test.want {
					t.Errorf("when the server is asked this has been said: %q, %v, want %q", text, err, test.want)
				}
				_, _ = w.Write(program.COCOZip(40))
			}))
			stderr, err := os.Create(said)
			if err != nil {
				t.Fatal(err)
			}
			defer stderr.Close()
			args := []string{"-n", "2", "--image-mode", "http", "--user-text-tokens", "1", "-o", "-"}
			if test.url != "" {
				args = append(args, "--coco-annotations", test.url)
			}
			cmd := program.Command(t, t.TempDir(), []string{"HTTP_PROXY=" + web.URL, "http_proxy=" + web.URL, "NO_PROXY=", "no_proxy="}, args...)
			cmd.Stderr = stderr
			stdout, err := cmd.Output()
			if rows, fault := program.ParseRows("stdout", stdout); err != nil || fault != nil || len(rows) != 2 || !asked.Load() {
				t.Errorf("%v, asked: %v, %d rows, %v", err, asked.Load(), len(rows), fault)
			}
		})
	}
}

// offlineRun is a run that needs no network.
type offlineRun struct {
	name string
	args []string
	code int
}

// offlineRuns makes the files of runs that need no network, in an order in which later ones read what earlier ones made.
func offlineRuns(t *testing.T, dir string) []offlineRun {
	t.Helper()
	const nowhere = "http://web.example/info.json"
	program.Write(t, filepath.Join(dir, "urls.txt"), "http://h.example/1\nhttp://h.example/2\nhttp://h.example/3\nhttp://h.example/4\nhttp://h.example/5\nhttp://h.example/6\n")
	program.Write(t, filepath.Join(dir, "info.json"), string(program.COCO(9, 0)))
	program.Write(t, filepath.Join(dir, "info.zip"), string(program.COCOZip(9)))
	program.Write(t, filepath.Join(dir, "there", "annotations", "image_info_test2017.json"), string(program.COCO(9, 0)))
	few := func(args ...string) []string {
		return append([]string{"-n", "2", "--image-size", "8", "--user-text-tokens", "1"}, args...)
	}
	return []offlineRun{
		{"base64", few("-o", "a.jsonl", "--report", "a.html"), 0},
		{"base64 beside annotations by URL", few("-o", "b.jsonl", "--coco-annotations", nowhere), 0},
		{"data URIs", few("-o", "c.jsonl.zst", "--image-mode", "datauri", "--coco-annotations", nowhere), 0},
		{"URL list", few("-o", "d.jsonl", "--image-mode", "http", "--url-list", "urls.txt"), 0},
		{"URL base", few("-o", "e.jsonl", "--image-mode", "http", "--image-url-base", "http://h.example/pics"), 0},
		{"annotations in a file", few("-o", "f.jsonl", "--image-mode", "http", "--coco-annotations", "info.json"), 0},
		{"annotations in a zip", few("-o", "g.jsonl", "--image-mode", "http", "--coco-annotations", "info.zip"), 0},
		{"no images", few("-o", "h.jsonl", "--image-mode", "http", "--images-per-request", "0", "--coco-annotations", nowhere), 0},
		{"a wrong input beside annotations by URL", few("-o", "i.jsonl", "--image-mode", "http", "--images-pool", "1", "--coco-annotations", nowhere), 2},
		{"a wrong input, and no annotations", few("-o", "i.jsonl", "--image-mode", "http", "--images-pool", "1"), 2},
		{"inspect", []string{"inspect", "d.jsonl", "--cache-images", "2", "--report", "d.html"}, 0},
		{"regenerate", []string{"regenerate", "d.jsonl.manifest.json", "-o", "again.jsonl"}, 0},
		{"help", []string{"--help"}, 0},
	}
}

// What needs no network asks none: no proxy that the environment names is connected to. On Linux TestOfflineWithoutSockets proves more.
func TestOfflineBesideProxy(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	var connections atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			conn.Close()
		}
	}()
	var env []string
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
		value := "http://" + listener.Addr().String()
		if name == "NO_PROXY" {
			value = ""
		}
		env = append(env, name+"="+value, strings.ToLower(name)+"="+value)
	}
	dir := t.TempDir()
	for _, offline := range offlineRuns(t, dir) {
		if got := program.Run(t, dir, env, offline.args...); got.Code != offline.code || connections.Swap(0) != 0 {
			t.Errorf("%s: exit code %d, want %d, or the proxy was asked\n%s%s", offline.name, got.Code, offline.code, got.Stdout, got.Stderr)
		}
	}
	// The proof that a question would have been counted.
	cmd := program.Command(t, dir, env, "-n", "1", "--image-mode", "http", "--coco-annotations", "http://web.example/info.json", "-o", "-")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); connections.Load() == 0 && time.Since(start) < 10*time.Second; {
		time.Sleep(time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if connections.Load() == 0 {
		t.Error("a download asks no proxy: the test proves nothing")
	}
}
