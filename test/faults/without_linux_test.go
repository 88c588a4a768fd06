package faults

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mmjsonl/test/program"
)

// Where files have names from the beginning, these are temporary ones.
func init() {
	killedJobs = append(killedJobs, killedJob{"paths, and files have names", []string{"--images-pool", "60"}, "x.jsonl", 60,
		[]string{program.Without + "=files without a name"}})
}

// What makes a run fast where the system has it makes no difference where it does not: not to the files, and nothing else is left.
func TestWithoutSystemCalls(t *testing.T) {
	t.Parallel()
	images := []string{"-n", "40", "--image-size", "256", "--image-dir", "pics", "-o", "x.jsonl", "--quiet"}
	rows := []string{"-n", "200", "--images-per-request", "1", "--image-size", "256", "--image-mode", "datauri", "-o", "long.jsonl", "--quiet"}
	made := func(t *testing.T, env ...string) map[string]string {
		t.Helper()
		dir := t.TempDir()
		program.Write(t, filepath.Join(dir, "pics", "img_0003.png"), "half an image")
		program.Write(t, filepath.Join(dir, "pics", ".mmjsonl-256x256_seed42.images"), "")
		program.Succeed(t, dir, env, images...)
		program.Succeed(t, dir, env, rows...)
		var long unix.Stat_t
		if err := unix.Stat(filepath.Join(dir, "long.jsonl"), &long); err != nil {
			t.Fatal(err)
		}
		if onDisk := long.Blocks * 512; onDisk > long.Size+1<<20 {
			t.Errorf("a file of %d bytes keeps %d of the disk", long.Size, onDisk)
		}
		files := contents(t, dir)
		maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasSuffix(name, ".manifest.json") }) // tells when it was
		files["x.jsonl"] = strings.ReplaceAll(files["x.jsonl"], dir, "")
		return files
	}
	want := made(t)
	if n := len(want["long.jsonl"]); n < 32<<20 {
		t.Fatalf("the file has %d bytes, too few to ask for room", n)
	}
	for _, what := range program.Denials() {
		t.Run(what, func(t *testing.T) { sameFiles(t, made(t, program.Without+"="+what), want) })
	}
}
