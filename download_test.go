package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// officialArchive is where COCO offers the annotations of its 2017 test images.
const officialArchive = "http://images.cocodataset.org/annotations/image_info_test2017.zip"

// proxy stands in for the whole web: it is asked for the official archive by its full URL and answers each request by turn with the
// next of the handlers, the last one ever after.
func proxy(t *testing.T, answers ...http.HandlerFunc) (env []string, asked *atomic.Int32, stop func()) {
	t.Helper()
	asked = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn := int(asked.Add(1))
		if r.URL.String() != officialArchive {
			t.Errorf("asked for %s", r.URL)
		}
		answers[min(turn, len(answers))-1](w, r)
	}))
	t.Cleanup(server.Close)
	return []string{"HTTP_PROXY=" + server.URL, "http_proxy=" + server.URL, "NO_PROXY=", "no_proxy="}, asked, server.Close
}

func serve(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(data) } // a client that hangs up is no fault of ours
}

func fail(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Error(w, "not now", status) }
}

// cut promises all of the data and hangs up in the middle.
func cut(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data[:len(data)/2])
	}
}

func cocoZip(n int) []byte {
	return zipOf(map[string][]byte{"annotations/image_info_test2017.json": cocoJSON(n, 0)})
}

// The official archive is downloaded where the default file is not there, with a line that says so, once: later runs have it.
func TestOfficialArchiveIsDownloadedOnce(t *testing.T) {
	t.Parallel()
	env, asked, stop := proxy(t, serve(cocoZip(40)))
	dir := t.TempDir()
	args := []string{"-n", "10", "--images-per-request", "2", "--images-pool", "15", "--image-mode", "http", "--user-text-tokens", "1"}
	first := succeed(t, dir, env, append(args, "-o", "a.jsonl")...)
	if !strings.Contains(first.stdout+first.stderr, officialArchive) {
		t.Errorf("nothing is said of the download:\n%s%s", first.stdout, first.stderr)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	stop()
	second := succeed(t, dir, env, append(args, "-o", "b.jsonl")...)
	if strings.Contains(second.stdout+second.stderr, officialArchive) {
		t.Errorf("a second download is spoken of:\n%s%s", second.stdout, second.stderr)
	}
	a, b := mustRows(t, filepath.Join(dir, "a.jsonl")), mustRows(t, filepath.Join(dir, "b.jsonl"))
	if len(a) != 10 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("the file from the network and the one from the disk differ")
	}
	for _, r := range a {
		for _, ref := range r.Images {
			if !isCOCOURL(ref) {
				t.Errorf("%q is no URL of the archive", ref)
			}
		}
	}
	// The same where the reference's documentation has it put by hand.
	data, err := os.ReadFile(filepath.Join(dir, "annotations", "image_info_test2017.json"))
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != string(cocoJSON(40, 0)) {
		t.Errorf("the file that is kept is not the archive's")
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "annotations")); err != nil || len(entries) > 2 {
		t.Errorf("the download left %v, %v", entries, err)
	}
}

// Passing faults are tried again.
func TestDownloadRetries(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{
		"unavailable": fail(http.StatusServiceUnavailable),
		"bad gateway": fail(http.StatusBadGateway),
		"too many":    fail(http.StatusTooManyRequests),
		"cut":         cut(cocoZip(3000)),
		"hung up": func(w http.ResponseWriter, r *http.Request) {
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = conn.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, asked, _ := proxy(t, fault, serve(cocoZip(40)))
			dir := t.TempDir()
			succeed(t, dir, env, "-n", "2", "--image-mode", "http", "--user-text-tokens", "1", "-o", "a.jsonl")
			if len(mustRows(t, filepath.Join(dir, "a.jsonl"))) != 2 || asked.Load() < 2 {
				t.Errorf("asked %d times", asked.Load())
			}
		})
	}
}

// A download that cannot succeed ends the run with exit code 1, a sentence that says what to do, and nothing on the disk.
func TestDownloadFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		once   bool
	}{
		{"not found", fail(http.StatusNotFound), true},
		{"forbidden", fail(http.StatusForbidden), true},
		{"not a zip", serve([]byte("<html>Welcome to our hotel's network</html>")), false},
		{"a zip of something else", serve(zipOf(map[string][]byte{"readme.txt": []byte("hello")})), false},
		{"a zip of no JSON", serve(zipOf(map[string][]byte{"annotations/image_info_test2017.json": []byte("hello")})), false},
		{"too large", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100000000000000")
			_, _ = w.Write(make([]byte, 1<<20))
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env, asked, _ := proxy(t, test.answer)
			dir := t.TempDir()
			start := time.Now()
			got := run(t, dir, env, "-n", "2", "--image-mode", "http", "--user-text-tokens", "1", "-o", "a.jsonl")
			if got.code != 1 && !(got.code == 2 && !test.once) {
				t.Errorf("exit code %d, want 1", got.code)
			}
			if !strings.Contains(got.stderr, "coco-annotations") && !strings.Contains(got.stderr, officialArchive) || strings.Contains(got.stderr, "goroutine") {
				t.Errorf("the message is %s", got.stderr)
			}
			if test.once && asked.Load() != 1 {
				t.Errorf("asked %d times for what will not change", asked.Load())
			}
			if time.Since(start) > 30*time.Second {
				t.Errorf("took %v", time.Since(start))
			}
			if left := mustSnapshot(t, dir); left != "./\n" && left != "./\nannotations/\n" {
				t.Errorf("left on the disk, where the next run would take it for good:\n%s", left)
			}
		})
	}
}

// A file or a zip of one's own, by its URL.
func TestAnnotationsByURL(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/info.json", serve(cocoJSON(30, 0)))
	mux.HandleFunc("/info.zip", serve(cocoZip(30)))
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/info.zip", http.StatusFound) })
	mux.HandleFunc("/none", fail(http.StatusNotFound))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "local.json"), string(cocoJSON(30, 0)))
	args := []string{"-n", "5", "--image-mode", "http", "--user-text-tokens", "1"}
	succeed(t, dir, nil, append(args, "--coco-annotations", "local.json", "-o", "local.jsonl")...)
	want := fmt.Sprint(mustRows(t, filepath.Join(dir, "local.jsonl")))
	for _, path := range []string{"/info.json", "/info.zip", "/moved"} {
		succeed(t, dir, nil, append(args, "--coco-annotations", server.URL+path, "-o", "x.jsonl")...)
		if got := fmt.Sprint(mustRows(t, filepath.Join(dir, "x.jsonl"))); got != want {
			t.Errorf("%s gives other rows than the same file on the disk", path)
		}
	}
	for _, url := range []string{server.URL + "/none", "http://" + closedAddress(t) + "/info.json"} {
		got := run(t, dir, nil, append(args, "--coco-annotations", url, "-o", "no.jsonl")...)
		if got.code != 1 || !strings.Contains(got.stderr, url) {
			t.Errorf("%s: exit code %d, %s", url, got.code, got.stderr)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "no.jsonl")); err == nil {
		t.Errorf("a file stands under the output's name")
	}
}

// closedAddress is a place on this machine at which nothing listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
