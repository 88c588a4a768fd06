package serve

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Files are sent as they are now; nothing else is reachable by whatever path.
func TestFolderFiles(t *testing.T) {
	t.Parallel()
	root := folderOf(t, map[string]string{"inside/a.png": "png of a", "inside/deep/b.jpg": strings.Repeat("jpeg", 1_300_000), "inside/.hidden.png": "secret", "inside/.git/config": "secret", "inside/deep/.hidden": "secret", "inside/deep/.git/config": "secret",
		"secret.png": "secret", "inside/with space.png": "space", "inside/ü.png": "umlaut"})
	dir := filepath.Join(root.Name(), "inside")
	for link, to := range map[string]string{"out.png": "../secret.png", "absolute.png": filepath.Join(root.Name(), "secret.png"), "in.png": "a.png", "outdir": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	makePipe(t, filepath.Join(dir, "pipe.png"))
	inside, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	s := New(Config{Folders: []Folder{{Path: "/at", Root: inside}}})
	address := start(t, s)
	for _, extra := range []string{"", "X-Other: 1\r\n"} {
		for path, want := range map[string]string{
			"/at/a.png": "png of a", "/at/deep/b.jpg": strings.Repeat("jpeg", 1_300_000), "/at/in.png": "png of a", "/at/with%20space.png": "space", "/at/%C3%BC.png": "umlaut",
			"/at/%61.png": "png of a", "/at/deep%2Fb.jpg": strings.Repeat("jpeg", 1_300_000),
			"/at/out.png": "", "/at/absolute.png": "", "/at/outdir/secret.png": "", "/at/../secret.png": "", "/at/..%2fsecret.png": "", "/at/%2e%2e/secret.png": "",
			"/at/deep/../a.png": "", "/at/.hidden.png": "", "/at/.git/config": "", "/at/deep/.hidden": "", "/at/deep/.git/config": "", "/at/%2ehidden.png": "", "/at/": "", "/at": "", "/at/deep": "", "/at/deep/": "", "/at//a.png": "",
			"/at/./a.png": "", "/at/a.png/": "", "/at/a.png%00": "", "/at/a.png%00.jpg": "", "/a.png": "", "//at/a.png": "", "/at/..\\secret.png": "", "/at/pipe.png": "",
			"/at/" + strings.Repeat("x", 3000): "", "/at/C:/secret.png": "", "/at/" + strings.Repeat("../", 20) + "etc/passwd": "",
			"/at" + root.Name() + "/secret.png": "",
		} {
			status, body := raw(t, address, "GET "+path+" HTTP/1.1\r\nHost: h\r\n"+extra+"Connection: close\r\n\r\n")
			if want == "" && (status < 400 || strings.Contains(body, "secret") || strings.Contains(body, "root:")) || want != "" && (status != 200 || body != want) {
				t.Errorf("%s: status %d, %.100q", path, status, body)
			}
		}
	}
	// As it is now.
	client := &http.Client{Transport: &http.Transport{}}
	first, _ := get(t, client, "GET", "http://"+address+"/at/a.png", plainHeader...)
	if first.Header.Get("Last-Modified") == "" || first.Header.Get("Content-Type") != "image/png" {
		t.Errorf("header %v", first.Header)
	}
	path := filepath.Join(dir, "a.png")
	if err := os.WriteFile(path, []byte("another"), 0o644); err != nil {
		t.Fatal(err)
	}
	second, body := get(t, client, "GET", "http://"+address+"/at/a.png", plainHeader...)
	if string(body) != "another" || second.Header.Get("Etag") == first.Header.Get("Etag") {
		t.Errorf("a changed file is %q, %v", body, second.Header)
	}
	if got, _ := get(t, client, "GET", "http://"+address+"/at/a.png", append(plainHeader, "If-None-Match", second.Header.Get("Etag"))...); got.StatusCode != 304 {
		t.Errorf("status %d for a client that has the file", got.StatusCode)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	time.Sleep(holdTime)
	if got, _ := get(t, client, "GET", "http://"+address+"/at/a.png", plainHeader...); got.StatusCode != 404 {
		t.Errorf("status %d for a file that is gone", got.StatusCode)
	}
}

// raw sends a text and returns the status and the body of the answer.
func raw(t testing.TB, address, text string) (status int, body string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	_ = c.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	header, content, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	if _, err := fmt.Sscanf(string(header), "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("%.60q is answered by %.100q", text, answer)
	}
	return status, string(content)
}

// No more files stay open than may, each is closed after its last use, and one that is replaced is seen after a moment.
func TestHeldFiles(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 2 * mostHeld {
		files[fmt.Sprint(i)] = fmt.Sprint("file ", i)
	}
	folder := Folder{Path: "/at", Root: folderOf(t, files)}
	var h held
	now := time.Now()
	var all []*heldFile
	for round := range 2 {
		for i := range 2 * mostHeld {
			f, err := h.open(&folder, fmt.Append(nil, "/at/", i), now)
			if err != nil {
				t.Fatal(err)
			}
			content := make([]byte, f.info.Size())
			if _, err := f.ReadAt(content, 0); err != nil || string(content) != files[fmt.Sprint(i)] {
				t.Fatalf("file %d in round %d is %q, %v", i, round, content, err)
			}
			all = append(all, f)
			f.release()
		}
	}
	open := map[*heldFile]bool{}
	for _, f := range all {
		if _, err := f.Stat(); err == nil {
			open[f] = true
		}
	}
	if len(open) != mostHeld || len(h.byPath) != mostHeld {
		t.Errorf("%d files are open, and %d are held", len(open), len(h.byPath))
	}
	first, err := h.open(&folder, []byte("/at/0"), now)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder.Root.Name(), "0")
	if err := os.WriteFile(path+"new", []byte("another"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"new", path); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		after time.Duration
		want  string
	}{{0, "file 0"}, {holdTime - 1, "file 0"}, {holdTime, "another"}} {
		f, err := h.open(&folder, []byte("/at/0"), now.Add(test.after))
		if err != nil {
			t.Fatal(err)
		}
		content := make([]byte, len(test.want))
		if _, err := f.ReadAt(content, 0); err != nil || string(content) != test.want {
			t.Errorf("after %v the file is %q, %v", test.after, content, err)
		}
		f.release()
	}
	if _, err := first.Stat(); err != nil {
		t.Errorf("a file that is used was closed: %v", err)
	}
	if first.release(); first.users.Load() != 0 {
		t.Errorf("a file that was replaced has %d users", first.users.Load())
	}
	if err := os.WriteFile(path, []byte("in place"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := h.open(&folder, []byte("/at/0"), now.Add(holdTime))
	if err != nil || f.info.Size() != int64(len("in place")) {
		t.Errorf("a change in place is not seen: %v, %v", f, err)
	}
	f.release()
}

// FuzzFolderNames opens files by names that a client chose: what opens is a plain file inside.
func FuzzFolderNames(f *testing.F) {
	outer := folderOf(f, map[string]string{"secret": "secret", "in/a": "in", "in/b/c": "in", "in/.d": "secret"})
	for link, to := range map[string]string{"in/l": "../secret", "in/m": "a", "in/n": "b", "in/o": "/"} {
		if err := os.Symlink(to, filepath.Join(outer.Name(), link)); err != nil {
			f.Fatal(err)
		}
	}
	in, err := os.OpenRoot(filepath.Join(outer.Name(), "in"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { in.Close() })
	folder := Folder{Root: in}
	for _, name := range []string{"a", "b/c", "n/c", "m", "l", ".d", "../secret", "b/../../secret", "o/etc/passwd", "b/", "", ".", "/etc/passwd", "b//c", "a\x00", "n/../l"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		opened, info, err := folder.open(name)
		if err != nil {
			return
		}
		defer opened.Close()
		content, err := io.ReadAll(opened)
		if err != nil || string(content) != "in" || !info.Mode().IsRegular() {
			t.Errorf("%q opens %v, %q, %v", name, info.Mode(), content, err)
		}
	})
}

// The server remembers so many files, and counts the rest of them together.
func TestFilesBounded(t *testing.T) {
	t.Parallel()
	f := newFiles(5)
	first := f.named([]byte("/first"))
	long := strings.Repeat("x", 4000)
	for i := range 2 * mostFileBytes / len(long) {
		f.named([]byte(fmt.Sprint(i, long))).requests.Add(1)
	}
	if f.bytes > mostFileBytes || f.others.requests.Load() == 0 || f.named([]byte("/first")) != first || first.item != 5 {
		t.Errorf("%d bytes of names, %d requests for others, the first file is %d", f.bytes, f.others.requests.Load(), first.item)
	}
}
