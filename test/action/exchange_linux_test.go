package action

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mmjsonl/test/program"
)

// exchange exchanges two names over and over until stop is called.
func exchange(t *testing.T, one, other string) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := unix.Renameat2(unix.AT_FDCWD, one, unix.AT_FDCWD, other, unix.RENAME_EXCHANGE); err != nil {
				t.Errorf("failed to exchange: %v", err)
				return
			}
		}
	})
	return func() {
		close(done)
		running.Wait()
	}
}

// While somebody exchanges a folder of the workspace and a link that leads out of it, nothing is written outside or given away there, and no
// line of a file outside is shown, whenever that happens in a run.
func TestActionFolderBecomesLink(t *testing.T) {
	t.Parallel()
	runs := 200
	if testing.Short() {
		runs = 25
	}
	kinds := [][]string{
		{"output=sub/x.jsonl", "report=sub/x.html"},
		{"output=x.jsonl", "image-dir=sub/images"},
		{"output=sub/new/x.jsonl", "image-dir=sub/new/images", "report=sub/other/x.html"},
		{"output=sub/RUN/x.jsonl", "image-dir=sub/RUN/images", "report=sub/RUNr/x.html"}, // folders that no run has made before
		{"output=x.jsonl", "image-mode=http", "url-list=sub/list", "images-pool=3"},
		{"output=x.jsonl", "image-mode=http", "coco-annotations=sub/list", "images-pool=3"},
		{"command=inspect", "file=sub/list", "report=sub/y.html"},
	}
	const secret = "KEY-abcd1234"
	s := program.NewStep(t)
	outside := filepath.Join(filepath.Dir(s.Workspace), "outside")
	owner := os.Getuid()
	if owner == 0 {
		owner = 12345
	}
	for _, dir := range []string{filepath.Join(s.Workspace, "sub"), outside, filepath.Join(outside, "images"), filepath.Join(outside, "new")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program.Write(t, filepath.Join(outside, "list"), secret+"\n")
	program.Write(t, filepath.Join(s.Workspace, "sub", "list"), "http://h.example/1.png\nhttp://h.example/2.png\nhttp://h.example/3.png\n")
	err := errors.Join(os.Symlink(outside, filepath.Join(s.Workspace, "link")),
		os.Chown(s.Workspace, owner, owner), os.Chown(filepath.Join(s.Workspace, "sub"), owner, owner))
	if err != nil {
		t.Fatal(err)
	}
	before := owners(t, outside)
	stop := exchange(t, filepath.Join(s.Workspace, "sub"), filepath.Join(s.Workspace, "link"))
	defer stop()
	done := 0
	for run := range runs {
		var inputs []string
		for _, input := range kinds[run%len(kinds)] {
			inputs = append(inputs, strings.ReplaceAll(input, "RUN", fmt.Sprint(run)))
		}
		got := s.Run(t, append(inputs, "num-requests=2", fmt.Sprintf("seed=%d", run))...)
		if got.Code == 0 {
			done++
		}
		if log := got.Stdout + got.Stderr; strings.Contains(log, secret) || program.Broken(got) {
			t.Fatalf("%q: the log shows a line of a file outside: %s", inputs, log)
		}
		if now := owners(t, outside); now != before {
			t.Fatalf("%q: outside there is\n%s, there was\n%s\n%s%s", inputs, now, before, got.Stdout, got.Stderr)
		}
	}
	t.Logf("%d of %d runs succeeded", done, runs)
}

// owners lists what is in a folder, with owners and modes.
func owners(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		fmt.Fprintln(&b, path, info.Mode(), stat.Uid, stat.Gid)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String() + program.Snapshot(t, dir)
}
