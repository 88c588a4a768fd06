package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The program is killed at random moments, a few hundred times, and the folder is looked at each time: what stands under a final
// name is whole, an earlier output is there or replaced by a whole one, and only SIGKILL can leave a temporary file, which does
// not disturb the next run.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	kills := 300
	if testing.Short() {
		kills = 60
	}
	const old = "an earlier file\n"
	args := []string{"-n", "200", "--images-per-request", "2", "--images-pool", "60", "--image-size", "96", "--image-path-prefix", "images",
		"--user-text-tokens", "20", "-o", "x.jsonl"}

	// What a run leaves that is let finish, and how long that takes at best.
	var whole string
	length := time.Hour
	for range 5 {
		whole = t.TempDir()
		begin := time.Now()
		if got := run(t, whole, nil, args...); got.code != 0 {
			t.Fatalf("exit code %d: %s", got.code, got.stderr)
		}
		length = min(length, time.Since(begin))
	}
	want := map[string][]byte{}
	for _, name := range finalFiles(t, whole) {
		content, err := os.ReadFile(filepath.Join(whole, name))
		if err != nil {
			t.Fatal(err)
		}
		want[name] = content
	}
	if len(want) != 60+3 { // images, their mark, the output and its manifest
		t.Fatalf("a whole run leaves %d files", len(want))
	}

	const seed = 20261123
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	finished := 0
	for range kills {
		dir := t.TempDir()
		mustWrite(t, filepath.Join(dir, "x.jsonl"), old)
		signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT}[source.IntN(3)]
		wait := time.Duration(source.Int64N(int64(length)))

		cmd := program(t, dir, nil, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
		_ = cmd.Process.Signal(signal) // it may have ended by itself
		_ = cmd.Wait()                 // its exit code is looked at below
		code := cmd.ProcessState.ExitCode()

		for _, name := range finalFiles(t, dir) {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			untouched := name == "x.jsonl" && string(content) == old && code != 0
			if !untouched && !bytes.Equal(content, want[name]) {
				t.Fatalf("%v after %v, exit code %d: %s is neither whole nor what it was, %d bytes", signal, wait, code, name, len(content))
			}
		}
		if temporary := temporaryFiles(t, dir); signal != syscall.SIGKILL && len(temporary) > 0 {
			t.Fatalf("%v after %v, exit code %d left %q", signal, wait, code, temporary)
		}
		switch {
		case code == 0:
			finished++
		case signal != syscall.SIGKILL && code != 128+int(signal) && code != -1: // -1: before the program listened
			t.Fatalf("%v after %v: exit code %d", signal, wait, code)
		}
		if signal == syscall.SIGKILL && code != 0 {
			if got := run(t, dir, nil, args...); got.code != 0 {
				t.Fatalf("the run after %v after %v: exit code %d: %s", signal, wait, got.code, got.stderr)
			}
			for name, content := range want {
				if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, content) {
					t.Fatalf("the run after %v after %v left %s with %d bytes: %v", signal, wait, name, len(got), err)
				}
			}
		}
	}
	if finished > kills*9/10 {
		t.Errorf("only %d of %d runs were killed before they finished", kills-finished, kills)
	}
	t.Logf("%d of %d runs finished before they were killed", finished, kills)
}

// files lists what is below a folder, by path.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func temporaryFiles(t *testing.T, dir string) (names []string) {
	for _, name := range files(t, dir) {
		if strings.HasSuffix(name, ".part") {
			names = append(names, name)
		}
	}
	return names
}

func finalFiles(t *testing.T, dir string) (names []string) {
	for _, name := range files(t, dir) {
		if !strings.HasSuffix(name, ".part") {
			names = append(names, name)
		}
	}
	return names
}
