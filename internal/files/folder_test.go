//go:build unix

package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder that becomes a link to the outside between the check of a path and its use leads nowhere: nothing is read there, made there or given
// away.
func TestHoldAgainstLinks(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	workspace, outside := filepath.Join(root, "workspace"), filepath.Join(root, "outside")
	for _, dir := range []string{filepath.Join(workspace, "sub", "deep"), filepath.Join(outside, "deep")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "list"), []byte(dir), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	places, err := Places{Dir: workspace, Shared: []Mount{{Here: workspace, Next: "/next"}}}.Hold()
	if err != nil {
		t.Fatal(err)
	}
	find := func(path string) Place {
		place, err := places.Find(path)
		if err != nil {
			t.Fatal(err)
		}
		return place
	}
	list, folder, missing := find("sub/deep/list"), find("sub/deep"), find("sub/new/folder")
	if f, err := list.Open(); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
	for _, target := range []string{"../outside", outside} {
		if err := errors.Join(os.RemoveAll(filepath.Join(workspace, "sub")), os.Symlink(target, filepath.Join(workspace, "sub"))); err != nil {
			t.Fatal(err)
		}
		owner := &Owner{os.Getuid(), os.Getgid()}
		for name, use := range map[string]func() error{
			"open":        func() error { _, err := list.Open(); return err },
			"stat":        func() error { _, err := list.Stat(); return err },
			"open folder": func() error { _, err := folder.OpenFolder(); return err },
			"make folder": func() error { _, err := missing.MakeFolder(owner); return err },
			"write":       func() error { return WriteFile(list, nil, owner) },
			"remove":      list.Remove,
			"find":        func() error { _, err := places.Find("sub/deep/list"); return err },
		} {
			if err := use(); err == nil || strings.Contains(err.Error(), "no such file") {
				t.Errorf("%s through a link to %s: %v", name, target, err)
			}
		}
		if content := read(t, filepath.Join(outside, "deep", "list")); content != filepath.Join(outside, "deep") {
			t.Errorf("the file outside is now %q", content)
		}
		if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
			t.Errorf("outside there are %v, %v", entries, err)
		}
	}
}

// What is made in a folder gets there, also after another folder has got its path, and then it is an error.
func TestFolderThatIsExchanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "folder")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	folder := open(t, path)
	staged, err := folder.StageContent("x", []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(path, filepath.Join(dir, "moved")), os.Mkdir(path, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := Publish(nil, staged); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want that the folder is gone", err)
	}
	for _, dir := range []string{path, filepath.Join(dir, "moved")} {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%s holds %v, %v", dir, entries, err)
		}
	}
}

// A folder is given away if it is the one that was made, and not if it is another that has come into its place.
func TestGiveFolder(t *testing.T) {
	t.Parallel()
	owner := &Owner{os.Getuid(), os.Getgid()} // so that it needs no root: what is given away has lost its mark
	for _, test := range []struct {
		name  string
		mode  fs.FileMode
		file  string
		given bool
	}{
		{"made", fs.ModeSticky | 0o755, "", true},
		{"made, under a mask", fs.ModeSticky | 0o700, "", true},
		{"with a file in it", fs.ModeSticky | 0o755, "file", false},
		{"for everybody, such as /tmp", fs.ModeSticky | 0o777, "", false},
		{"of a group", fs.ModeSticky | fs.ModeSetgid | 0o755, "", false},
	} {
		dir := filepath.Join(t.TempDir(), "folder")
		if err := errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, test.mode)); err != nil {
			t.Fatal(err)
		}
		if test.file != "" {
			if err := os.WriteFile(filepath.Join(dir, test.file), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		f, err := os.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		err = giveFolder(f, owner)
		info, fault := f.Stat()
		f.Close()
		if err != nil || fault != nil || (info.Mode()&fs.ModeSticky == 0) != test.given {
			t.Errorf("%s: given away: %t, want %t, %v, %v", test.name, info.Mode()&fs.ModeSticky == 0, test.given, err, fault)
		}
	}
	// The folders that are made do not keep the mark.
	dir := t.TempDir()
	folder, err := Place{Here: filepath.Join(dir, "a", "b")}.MakeFolder(owner)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, name := range []string{"a", "a/b"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&^fs.ModePerm != fs.ModeDir || info.Mode().Perm()&0o700 != 0o700 {
			t.Errorf("%s has the mode %v, %v", name, info.Mode(), err)
		}
	}
}

// The temporary files of runs that are gone are removed, and those of runs that go on, of other files and of other machines are not.
func TestRemoveLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := open(t, dir)
	live, err := folder.Stage("x.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := folder.Stage("x.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	other, err := folder.Stage("y.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(gone.Close(), other.Close()); err != nil { // as when a process ends
		t.Fatal(err)
	}
	random := strings.TrimPrefix(gone.temp, ".x.jsonl."+machine())
	kept := []string{
		live.temp, other.temp,
		".x.jsonl.AAAAAAAA" + random,
		".x.jsonl." + machine() + "AAAA.part",
		".x.jsonl." + machine() + "a" + random[1:],
		"x.jsonl." + machine() + random,
		strings.TrimSuffix(gone.temp, ".part"),
	}
	for _, name := range kept[2:] {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, other.before()), []byte("replaced by y.jsonl"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, gone.before()), []byte("replaced"), 0o644); err != nil {
		t.Fatal(err)
	}
	folder.RemoveLeft("x.jsonl")
	names, err := folder.Names()
	if err != nil || len(names) != len(kept)+2 {
		t.Errorf("there are %q, %v, want %q, x.jsonl and %s", names, err, kept, other.before())
	}
	for _, name := range kept {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	// What was about to be replaced, where that had freed its name, has it again.
	if got := read(t, filepath.Join(dir, "x.jsonl")); got != "replaced" {
		t.Errorf("x.jsonl holds %q", got)
	}
	if err := Publish(nil, live); err != nil {
		t.Error(err)
	}
}
