//go:build unix

package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

// What can stand in an image folder under some name: each makes it there. outside is a folder with things to be kept from harm.
var folderEntries = []func(path, outside string, content []byte) error{
	func(path, _ string, content []byte) error { return os.WriteFile(path, content, 0o666) },
	func(path, _ string, content []byte) error { return os.WriteFile(path, content, 0) },
	func(path, _ string, content []byte) error { // of any length
		if err := os.WriteFile(path, content, 0o666); err != nil {
			return err
		}
		return os.Truncate(path, 1<<40>>(len(content)%41))
	},
	func(path, _ string, content []byte) error { return os.Symlink(string(content), path) },
	func(path, outside string, content []byte) error {
		return os.Symlink(filepath.Join(outside, "secret"), path)
	},
	func(path, outside string, content []byte) error {
		return os.Link(filepath.Join(outside, "secret"), path)
	},
	func(path, outside string, _ []byte) error { return os.Symlink(outside, path) },
	func(path, outside string, _ []byte) error { return os.Symlink(filepath.Join(outside, "new"), path) },
	func(path, _ string, _ []byte) error { return os.Symlink(path, path) },
	func(path, _ string, _ []byte) error { return os.Symlink("/dev/zero", path) },
	func(path, _ string, _ []byte) error { return syscall.Mkfifo(path, 0o666) },
	func(path, outside string, _ []byte) error { return os.Symlink(filepath.Join(outside, "pipe"), path) },
	func(path, _ string, _ []byte) error { return os.Mkdir(path, 0o777) },
	func(path, _ string, content []byte) error {
		return errors.Join(os.Mkdir(path, 0o777), os.WriteFile(filepath.Join(path, "inside"), content, 0o666))
	},
	func(path, outside string, _ []byte) error { return os.Symlink(filepath.Join(outside, "image"), path) },
	// The right image, but for one byte.
	func(path, outside string, content []byte) error {
		image, err := os.ReadFile(filepath.Join(outside, "image"))
		if err == nil && len(content) > 1 {
			image[int(content[0])%len(image)] ^= content[1]
		}
		return errors.Join(err, os.WriteFile(path, image, 0o666))
	},
}

// folderNames are the names that these things can have; in place of the last stands a name of the fuzzer's own.
var folderNames = []string{"img_0000.png", "img_0001.png", "img_0002.png", ".mmjsonl-3x2_seed7.images", ".mmjsonl-4x4_seed7.images", ""}

// FuzzImageDir puts anything into the image folder before a run. The run ends soon; it says in a line why it does not use the folder and
// leaves all as it was, or its images are there, whole, and everything that is not one of them is as it was; and outside nothing changes.
//
// The entries are what stands between zero bytes: two bytes that choose what and under which name, then a content.
func FuzzImageDir(f *testing.F) {
	size, seed := media.Size{Width: 3, Height: 2}, uint64(7)
	image := mediatest.Paint(f, media.Noise{Seed: seed, Size: size}.Painter(), 0)
	f.Add([]byte("aa"))
	f.Fuzz(func(t *testing.T, entries []byte) {
		root := t.TempDir()
		outside, folder := filepath.Join(root, "outside"), filepath.Join(root, "work", "pics")
		for _, dir := range []string{outside, folder} {
			if err := os.MkdirAll(dir, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		err := errors.Join(os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600), os.WriteFile(filepath.Join(outside, "image"), image, 0o600),
			syscall.Mkfifo(filepath.Join(outside, "pipe"), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range bytes.SplitN(entries, []byte{0}, 16) {
			if len(entry) < 2 {
				continue
			}
			name := folderNames[int(entry[1])%len(folderNames)]
			content := entry[2:]
			if name == "" {
				name = strings.ReplaceAll(string(content), "/", "")
			}
			path := filepath.Join(folder, name)
			if _, err := os.Lstat(path); name == "" || filepath.Dir(path) != folder || err == nil {
				continue // of two under one name the first stays
			}
			_ = folderEntries[int(entry[0])%len(folderEntries)](path, outside, content) // there are names that no file can have
		}
		outsideBefore, before := listing(t, outside), listing(t, folder)

		config := Config{
			Requests: RequestsConfig{Count: 2, Images: 1, Pool: 2},
			Media:    MediaConfig{Mode: ModeBase64, Sizes: media.Only(size), Folder: "pics"},
			Seed:     seed,
			Output:   OutputConfig{Level: "better", Path: "x.jsonl"},
			Reuse:    Reuse{Pattern: PatternUniform, Concurrency: 1, WarmUp: WarmUpSpread},
		}
		work := filepath.Join(root, "work")
		env := Environment{Places: files.Places{Dir: work, Shared: []files.Mount{{Here: work, Next: work}}}, Unattended: true}
		done := make(chan error, 1)
		planned := false
		go func() {
			plan, err := NewPlan(t.Context(), config, env, nil)
			if err == nil {
				planned = true
				_, err = Run(t.Context(), plan, nil, &Progress{}, nil)
			}
			done <- err
		}()
		select {
		case err = <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the run hangs")
		}

		if after := listing(t, outside); fmt.Sprint(after) != fmt.Sprint(outsideBefore) {
			t.Errorf("outside there is %v, was %v", after, outsideBefore)
		}
		after := listing(t, folder)
		for name, was := range before {
			if after[name] != was && (!planned || name != "img_0000.png" && name != "img_0001.png") {
				t.Errorf("%q is %q, was %q", name, after[name], was)
			}
		}
		for name := range after {
			if _, was := before[name]; !was && (!planned || !slices.Contains(folderNames[:4], name)) {
				t.Errorf("%q was not there before", name)
			}
		}
		if err != nil {
			if text := err.Error(); strings.Contains(text, "\n") || text != escape.OneLine(text) {
				t.Errorf("the error %q is not a line that can be shown", text)
			}
			if _, err := os.Lstat(filepath.Join(work, "x.jsonl")); err == nil {
				t.Error("a run that failed left a file")
			}
			return
		}
		for i := range uint32(2) {
			got, err := os.ReadFile(filepath.Join(folder, string(appendImageName(nil, i, media.Noise{}.Item(i)))))
			if err != nil || !bytes.Equal(got, mediatest.Paint(t, media.Noise{Seed: seed, Size: size}.Painter(), i)) {
				t.Errorf("image %d is %.100q, %v", i, got, err)
			}
		}
	})
}

// listing is what stands in a folder, by name, without opening what cannot be opened without waiting.
func listing(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		said := fmt.Sprint(info.Mode(), " ", info.Size())
		switch {
		case info.Mode().Type() == fs.ModeSymlink:
			said, err = os.Readlink(path)
		case info.Mode().IsRegular() && info.Size() < 1<<20:
			var content []byte
			content, err = os.ReadFile(path)
			said += fmt.Sprintf(" %q", content)
		case info.IsDir():
			said = fmt.Sprint(info.Mode())
		}
		name, _ := filepath.Rel(folder, path)
		all[name] = said
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
