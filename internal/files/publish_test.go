package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// putInto stages files of one content.
func putInto(t *testing.T, content string, finals ...string) (files []*Staged) {
	t.Helper()
	for _, final := range finals {
		staged, err := open(t, filepath.Dir(final)).StageContent(filepath.Base(final), []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, staged)
	}
	return files
}

// open opens a folder until the test has ended.
func open(t *testing.T, path string) *Folder {
	t.Helper()
	folder, err := Place{Here: path}.OpenFolder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	return folder
}

// read returns what stands under a name, or "" if nothing does.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(content)
}

// Of runs that write an output of one name at the same moment, all that stands there in the end is of one of them.
func TestPublishIsOneRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	output := filepath.Join(dir, "x.jsonl")
	names := []string{filepath.Join(dir, "x.html"), output + ".manifest.json", output}
	for round := range 40 {
		var runs [4][]*Staged
		for run := range runs {
			runs[run] = putInto(t, fmt.Sprintf("run %d of round %d", run, round), names...)
		}
		var all sync.WaitGroup
		for _, files := range runs {
			all.Go(func() {
				if err := Publish(nil, files...); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, name := range names {
			if got, want := read(t, name), read(t, output); got != want || got == "" {
				t.Fatalf("%s is of %q and %s of %q", filepath.Base(name), got, filepath.Base(output), want)
			}
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// If one of the files cannot appear none does, and what stood under their names before stands there again.
func TestPublishIsAllOrNothing(t *testing.T) {
	t.Parallel()
	for blocked, name := range []string{"x.html", "x.jsonl.manifest.json", "x.jsonl"} {
		for _, earlier := range []string{"", "of an earlier run"} {
			t.Run(name+" "+earlier, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				names := []string{filepath.Join(dir, "x.html"), filepath.Join(dir, "x.jsonl.manifest.json"), filepath.Join(dir, "x.jsonl")}
				for i, name := range names {
					if i == blocked {
						if err := os.MkdirAll(filepath.Join(name, "in the way"), 0o777); err != nil {
							t.Fatal(err)
						}
					} else if earlier != "" {
						if err := os.WriteFile(name, []byte(earlier), 0o666); err != nil {
							t.Fatal(err)
						}
					}
				}
				err := Publish(nil, putInto(t, "new", names...)...)
				if want := fmt.Sprintf("failed to write %q", names[blocked]); err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("got %v, want %s", err, want)
				}
				for i, name := range names {
					if i != blocked && read(t, name) != earlier {
						t.Errorf("%s holds %q, want %q", filepath.Base(name), read(t, name), earlier)
					}
				}
				if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
					t.Errorf("left behind: %q, %v", left, err)
				}
			})
		}
	}
}

// Where the old file cannot be linked its name is freed for a moment; if the new one then cannot appear the old one stands there again.
func TestPublishWithoutLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := []string{filepath.Join(dir, "x.jsonl.manifest.json"), filepath.Join(dir, "x.jsonl")}
	for _, name := range names {
		if err := os.WriteFile(name, []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	files := putInto(t, "new", names...)
	err := errors.Join(os.WriteFile(filepath.Join(dir, files[0].before()), nil, 0o666), os.Remove(files[0].Name())) // so that link and rename fail
	if err != nil {
		t.Fatal(err)
	}
	if err := Publish(nil, files...); err == nil {
		t.Error("no error")
	}
	for _, name := range names {
		if got := read(t, name); got != "old" {
			t.Errorf("%s holds %q", filepath.Base(name), got)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// A temporary name is one that file systems take, however long the final one is, and in whatever script.
func TestTemporaryNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"x", strings.Repeat("n", MaxName), strings.Repeat("語", MaxName/3), "a" + strings.Repeat("😀", MaxName/4), "\xff.jsonl"} {
		temp, err := open(t, t.TempDir()).Stage(name)
		if err != nil {
			t.Errorf("%.20q…, %d bytes: %v", name, len(name), err)
			continue
		}
		if base := temp.before(); len(base) > 255 || base[0] != '.' || !strings.HasSuffix(base, ".part") {
			t.Errorf("%.20q…: the temporary name is %q", name, base)
		}
		if err := Publish(nil, temp); err != nil {
			t.Error(err)
		}
	}
}

// A lock that somebody else keeps, as flock does around a whole run, holds a run up for less than it is given to end after a signal.
func TestLockThatIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, release := open(t, dir).Lock()
	defer release()
	begin := time.Now()
	output := filepath.Join(dir, "x.jsonl")
	if err := Publish(nil, putInto(t, "rows", output+".manifest.json", output)...); err != nil || read(t, output) != "rows" {
		t.Errorf("got %q, %v", read(t, output), err)
	}
	if took := time.Since(begin); took > 2900*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

// A pipe cannot be synced, nor can the files of some file systems, and a file that is closed fails.
func TestSync(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := Sync(w); err != nil {
		t.Errorf("a pipe: %v", err)
	}
	w.Close()
	if err := Sync(w); err == nil {
		t.Error("a closed file: no error")
	}
}

// Whatever goes wrong with a temporary file, the message names the file that it was to become.
func TestDiscardNamesTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, end := range map[string]func(*Staged) error{
		"discard":     (*Staged).Discard,
		"publish":     func(s *Staged) error { return Publish(nil, s) },
		"publish new": func(s *Staged) error { return s.PublishNew(nil) },
	} {
		staged, err := open(t, dir).Stage("x.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if err := staged.Close(); err != nil {
			t.Fatal(err)
		}
		err = end(staged) // closing it again fails
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "x.jsonl")) || strings.Contains(err.Error(), partSuffix) {
			t.Errorf("%s: %v", name, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%s: there are %v, %v", name, entries, err)
		}
	}
}
