package network

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mmjsonl/test/program"
)

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

// The official archive is downloaded if the default file is missing, with a line that says so, and once: later runs have it.
func TestDownloadOnce(t *testing.T) {
	t.Parallel()
	env, asked, stop := program.Archive(t, program.Serve(program.COCOZip(40)))
	dir := t.TempDir()
	args := []string{"-n", "10", "--images-per-request", "2", "--images-pool", "15", "--image-mode", "http", "--user-text-tokens", "1"}
	first := program.Succeed(t, dir, env, append(args, "-o", "a.jsonl")...)
	if !strings.Contains(first.Stdout+first.Stderr, program.OfficialArchive) {
		t.Errorf("nothing is said of the download:\n%s%s", first.Stdout, first.Stderr)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	stop()
	second := program.Succeed(t, dir, env, append(args, "-o", "b.jsonl")...)
	if strings.Contains(second.Stdout+second.Stderr, program.OfficialArchive) {
		t.Errorf("a second download is announced:\n%s%s", second.Stdout, second.Stderr)
	}
	a, b := program.Rows(t, filepath.Join(dir, "a.jsonl")), program.Rows(t, filepath.Join(dir, "b.jsonl"))
	if len(a) != 10 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("the file from the network and the one from the disk differ")
	}
	for _, r := range a {
		for _, ref := range r.Images {
			if !program.IsCOCOURL(ref) {
				t.Errorf("%q is not a URL of the archive", ref)
			}
		}
	}
	// The same where the reference's documentation has it put by hand.
	data, err := os.ReadFile(filepath.Join(dir, "annotations", "image_info_test2017.json"))
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != string(program.COCO(40, 0)) {
		t.Errorf("the file that is kept is not the archive's")
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "annotations")); err != nil || len(entries) > 2 {
		t.Errorf("the download left %v, %v", entries, err)
	}
}

// After a fault that may pass it tries again.
func TestDownloadRetries(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{
		"unavailable": fail(http.StatusServiceUnavailable),
		"bad gateway": fail(http.StatusBadGateway),
		"too many":    fail(http.StatusTooManyRequests),
		"cut":         cut(program.COCOZip(3000)),
		"hung up": func(w http.ResponseWriter, r *http.Request) {
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = conn.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, asked, _ := program.Archive(t, fault, program.Serve(program.COCOZip(40)))
			dir := t.TempDir()
			program.Succeed(t, dir, env, "-n", "2", "--image-mode", "http", "--user-text-tokens", "1", "-o", "a.jsonl")
			if len(program.Rows(t, filepath.Join(dir, "a.jsonl"))) != 2 || asked.Load() < 2 {
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
		{"not a zip", program.Serve([]byte("<html>Welcome to our hotel's network</html>")), false},
		{"a zip of something else", program.Serve(program.Zip(map[string][]byte{"readme.txt": []byte("hello")})), false},
		{"a zip of no JSON", program.Serve(program.Zip(map[string][]byte{"annotations/image_info_test2017.json": []byte("hello")})), false},
		{"too large", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100000000000000")
			_, _ = w.Write(make([]byte, 1<<20))
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env, asked, _ := program.Archive(t, test.answer)
			dir := t.TempDir()
			start := time.Now()
			got := program.Run(t, dir, env, "-n", "2", "--image-mode", "http", "--user-text-tokens", "1", "-o", "a.jsonl")
			if got.Code != 1 && !(got.Code == 2 && !test.once) {
				t.Errorf("exit code %d, want 1", got.Code)
			}
			if !strings.Contains(got.Stderr, "coco-annotations") && !strings.Contains(got.Stderr, program.OfficialArchive) || strings.Contains(got.Stderr, "goroutine") {
				t.Errorf("the message is %s", got.Stderr)
			}
			if test.once && asked.Load() != 1 {
				t.Errorf("asked %d times for what will not change", asked.Load())
			}
			if time.Since(start) > 30*time.Second {
				t.Errorf("took %v", time.Since(start))
			}
			if left := program.Snapshot(t, dir); left != "./\n" && left != "./\nannotations/\n" {
				t.Errorf("left on the disk, where the next run would take it for good:\n%s", left)
			}
		})
	}
}

// The user's own file or zip, by its URL.
func TestDownloadByURL(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/info.json", program.Serve(program.COCO(30, 0)))
	mux.HandleFunc("/info.zip", program.Serve(program.COCOZip(30)))
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/info.zip", http.StatusFound) })
	mux.HandleFunc("/none", fail(http.StatusNotFound))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "local.json"), string(program.COCO(30, 0)))
	args := []string{"-n", "5", "--image-mode", "http", "--user-text-tokens", "1"}
	program.Succeed(t, dir, nil, append(args, "--coco-annotations", "local.json", "-o", "local.jsonl")...)
	want := fmt.Sprint(program.Rows(t, filepath.Join(dir, "local.jsonl")))
	for _, path := range []string{"/info.json", "/info.zip", "/moved"} {
		program.Succeed(t, dir, nil, append(args, "--coco-annotations", server.URL+path, "-o", "x.jsonl")...)
		if got := fmt.Sprint(program.Rows(t, filepath.Join(dir, "x.jsonl"))); got != want {
			t.Errorf("%s gives other rows than the same file on the disk", path)
		}
	}
	for _, url := range []string{server.URL + "/none", "http://" + closedAddress(t) + "/info.json"} {
		got := program.Run(t, dir, nil, append(args, "--coco-annotations", url, "-o", "no.jsonl")...)
		if got.Code != 1 || !strings.Contains(got.Stderr, url) {
			t.Errorf("%s: exit code %d, %s", url, got.Code, got.Stderr)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "no.jsonl")); err == nil {
		t.Errorf("there is a file with the output's name")
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
