//go:build unix

package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// shardArgs make a file of 60 rows in three shards, or at once.
var shardArgs = []string{"--quiet", "-n", "60", "--images-per-request", "2", "--images-pool", "40", "--image-size", "160", "--image-path-prefix", "images", "--image-dir", "pics",
	"--user-text-tokens", "20", "-o", "x.jsonl"}

// content is that of a folder's files that are visible, but for shards.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range program.Files(t, dir) {
		if strings.Contains(name, ".shard-") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

// checkContent wants a folder's files to be those.
func checkContent(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := content(t, dir)
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s has %d bytes, which are not the %d of one run", name, len(got[name]), len(text))
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s was left", name)
	}
}

// kill starts the program, and kills it after a while. It reports whether that was in time.
func kill(t *testing.T, dir string, wait time.Duration, args ...string) bool {
	t.Helper()
	cmd := program.Command(t, dir, nil, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(wait)
	cmd.Process.Kill()
	return cmd.Wait() != nil
}

// A shard's process is killed at random moments and started again, twice at once, beside those of the other shards: what is joined is what
// one run makes.
func TestShardsKilled(t *testing.T) {
	t.Parallel()
	const seed = 20261126
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	one := t.TempDir()
	program.Succeed(t, one, nil, shardArgs...)
	want := content(t, one)
	rounds, killed := 20, 0
	if testing.Short() {
		rounds = 4
	}
	for range rounds {
		dir := t.TempDir()
		if kill(t, dir, time.Duration(source.IntN(15_000))*time.Microsecond, append(shardArgs, "--shard=1/3")...) {
			killed++
		}
		for name, text := range content(t, dir) {
			if text != want[name] && !strings.HasPrefix(filepath.Base(name), ".") {
				t.Errorf("a killed process leaves %s with %d bytes", name, len(text))
			}
		}
		var tasks []*exec.Cmd
		for _, index := range []int{1, 0, 1, 2} {
			task := program.Command(t, dir, nil, append(shardArgs, fmt.Sprintf("--shard=%d/3", index))...)
			if err := task.Start(); err != nil {
				t.Fatal(err)
			}
			tasks = append(tasks, task)
		}
		for _, task := range tasks {
			if err := task.Wait(); err != nil {
				t.Errorf("%q: %v", task.Args, err)
			}
		}
		program.Succeed(t, dir, nil, "join", "--quiet", "--image-dir=pics", "x.shard-*")
		checkContent(t, dir, want)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d of %d were killed before their end", killed, rounds)
	if killed == 0 {
		t.Error("no process was killed before its end")
	}
}

// A join is killed at random moments, and goes on. In place, no moment loses a row.
func TestJoinKilled(t *testing.T) {
	t.Parallel()
	const seed, count = 20261127, 6
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	args := []string{"--quiet", "-n", "60", "--images-per-request", "1", "--image-size", "256", "--image-mode", "datauri", "--user-text-tokens", "20", "-o", "x.jsonl"}
	one := t.TempDir()
	program.Succeed(t, one, nil, args...)
	want := content(t, one)
	shards := t.TempDir()
	for index := range count {
		program.Succeed(t, shards, nil, append(args, fmt.Sprintf("--shard=%d/%d", index, count))...)
	}
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	for _, inPlace := range []string{"--in-place=false", "--in-place"} {
		t.Run(inPlace, func(t *testing.T) {
			begin := time.Now()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(shards)); err != nil {
				t.Fatal(err)
			}
			program.Succeed(t, dir, nil, "join", "--quiet", inPlace, "x.shard-*")
			length := time.Since(begin)
			killed, halfway := 0, 0
			for range rounds {
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(shards)); err != nil {
					t.Fatal(err)
				}
				for range 3 { // also those that go on
					if kill(t, dir, time.Duration(source.Int64N(int64(length))), "join", "--quiet", inPlace, "x.shard-*") {
						killed++
					}
					if first, err := os.Stat(filepath.Join(dir, "x.shard-000-of-006.jsonl")); err == nil && first.Size() > int64(len(want["x.jsonl"])/count+1000) {
						halfway++
					}
				}
				left := func() []string {
					names, err := filepath.Glob(filepath.Join(dir, "x.shard-*"))
					if err != nil {
						t.Fatal(err)
					}
					return names
				}
				if _, err := os.Stat(filepath.Join(dir, "x.jsonl")); err != nil || inPlace == "--in-place" && len(left()) > 0 {
					program.Succeed(t, dir, nil, "join", "--quiet", inPlace, "x.shard-*")
				}
				if inPlace == "--in-place" && len(left()) > 0 {
					t.Errorf("%q was left", left())
				}
				for name, text := range content(t, dir) {
					if text != want[name] && !strings.HasSuffix(name, ".part") {
						t.Errorf("%s has %d bytes, which are not the %d of one run", name, len(text), len(want[name]))
					}
				}
				if content(t, dir)["x.jsonl.manifest.json"] == "" {
					t.Error("there is no manifest")
				}
				if t.Failed() {
					break
				}
			}
			t.Logf("%d of %d were killed before their end, %d of them in the middle of the first shard's file", killed, 3*rounds, halfway)
			if killed == 0 {
				t.Error("no process was killed before its end")
			}
		})
	}
}
