package generator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mmjsonl/internal/urls"
)

// watched is a watch that has been silent for a while, and what it says.
func watched(ctx context.Context, silent time.Duration) (w *watch, said *[]string) {
	said = new([]string)
	b := planner{env: Environment{Notice: func(line string) { *said = append(*said, line) }}}
	w = b.watch(ctx, `"a.json"`)
	w.last = time.Now().Add(-silent)
	return w, said
}

// How far a long reading has come is said every few seconds, and nothing of a short one.
func TestWatchSaysHowFar(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("x"), 3<<20)
	w, said := watched(t.Context(), 0)
	if _, err := io.Copy(io.Discard, w.reader(bytes.NewReader(content))); err != nil || len(*said) > 0 {
		t.Errorf("of a short reading it is said %q, %v", *said, err)
	}
	w.last = time.Now().Add(-watchEvery)
	n, err := io.Copy(io.Discard, w.reader(bytes.NewReader(content)))
	if err != nil || n != int64(len(content)) || len(*said) != 1 || (*said)[0] != `Reading "a.json": 3 MB so far` {
		t.Errorf("of a long reading it is said %q, %d bytes, %v", *said, n, err)
	}
	// Of an archive that unpacks to nothing as well.
	w.last = time.Now().Add(-watchEvery)
	if _, err := w.file(bytes.NewReader(content)).ReadAt(make([]byte, 10), 5); err != nil || len(*said) != 2 || (*said)[1] != `Reading "a.json": 6 MB so far` {
		t.Errorf("of a file that is read it is said %q, %v", *said, err)
	}
	w.last = time.Now().Add(-watchEvery)
	if w.count(1 << 20); len(*said) != 3 || (*said)[2] != `Reading "a.json": 7 MB so far` {
		t.Errorf("of a download it is said %q", *said)
	}
}

// A reading ends with its context, at the next piece, also within an archive that unpacks to nothing.
func TestWatchEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w, _ := watched(ctx, 0)
	r := iotest.OneByteReader(w.reader(strings.NewReader("abc")))
	if n, err := r.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
	path := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(path, []byte("PK\x03\x04"), 0o600); err != nil {
		t.Fatal(err)
	}
	cancel()
	if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if n, err := w.file(strings.NewReader("abc")).ReadAt(make([]byte, 1), 0); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("read %d bytes of a file, %v", n, err)
	}
	if err := urls.ReadCOCO(w.reader(strings.NewReader("{}")), nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openJSON(w, f, path); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
