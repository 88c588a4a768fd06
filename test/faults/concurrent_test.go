//go:build unix

package faults

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// contents are the files below a folder by path.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	held := map[string]string{}
	for _, name := range program.Files(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		held[name] = string(data)
	}
	return held
}

// sameFiles wants a folder to hold these files and no others.
func sameFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if expected, ok := want[name]; !ok {
			t.Errorf("there is %s, which a run by itself does not leave", name)
		} else if got[name] != expected {
			t.Errorf("%s is not what a run by itself leaves: %d bytes, want %d", name, len(got[name]), len(expected))
		}
	}
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
}

// together starts the program several times in one folder, all at once, and returns how each ended. As each ends, while others may go on,
// ended is called with its number and the result.
func together(t *testing.T, dir string, runs [][]string, ended func(i int, got program.Result)) {
	t.Helper()
	type end struct {
		i   int
		got program.Result
	}
	ends := make(chan end)
	for i, args := range runs {
		cmd := program.Command(t, dir, nil, args...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			_ = cmd.Wait() // the exit code says it
			ends <- end{i, program.Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}}
		}()
	}
	for range runs {
		e := <-ends
		ended(e.i, e.got)
	}
}

// Runs at once that want the same all succeed, and leave what one of them would: of one seed into one output, or each into its own from a
// shared folder of images.
func TestConcurrentRunsInAgreement(t *testing.T) {
	t.Parallel()
	const processes, rounds = 8, 3
	common := []string{"--images-per-request", "2", "--image-size", "48", "--user-text-tokens", "20", "--image-path-prefix", "pics", "--image-dir", "pics"}
	for _, test := range []struct {
		name string
		pool func(i int) int
		args func(i int) []string
	}{
		{"one output", func(int) int { return 30 }, func(int) []string { return []string{"-o", "x.jsonl", "--report", "x.html"} }},
		{"an output each", func(i int) int { return 10 + 5*i }, func(i int) []string { return []string{"-o", fmt.Sprintf("x%d.jsonl.gz", i)} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var runs [][]string
			lone := t.TempDir()
			for i := range processes {
				runs = append(runs, slices.Concat(common, []string{"-n", "40", "--images-pool", fmt.Sprint(test.pool(i))}, test.args(i)))
				program.Succeed(t, lone, nil, runs[i]...)
			}
			want := contents(t, lone)
			for round := range rounds {
				dir := t.TempDir()
				if round%2 > 0 { // some of the images are there, and one of them is damaged
					program.Succeed(t, dir, nil, slices.Concat(common, []string{"-n", "5", "--images-pool", "10", "-o", "-"})...)
					program.Write(t, filepath.Join(dir, "pics", "img_0003.png"), "half an image")
				}
				together(t, dir, runs, func(i int, got program.Result) {
					if got.Code != 0 {
						t.Errorf("round %d, run %d: exit code %d, want 0\n%s", round, i, got.Code, got.Stderr)
					}
					for image := range test.pool(i) {
						name := fmt.Sprintf("pics/img_%04d.png", image)
						if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(data) != want[name] {
							t.Errorf("round %d: as run %d ends %s has %d bytes, want %d, %v", round, i, name, len(data), len(want[name]), err)
						}
					}
				})
				sameFiles(t, contents(t, dir), want)
				if t.Failed() {
					break
				}
			}
		})
	}
}

// Runs at once that want different images in one folder do not mix: those of one kind succeed, all of them, and the others fail with a
// message that says what to do. Every image that a row refers to is complete, and the one that the row means.
func TestConcurrentRunsInContradiction(t *testing.T) {
	t.Parallel()
	const each, rounds = 4, 2
	for _, test := range []struct {
		name  string
		kinds [2]string
		sets  [2]string
	}{
		{"seeds", [2]string{"--image-size 32 --seed 1", "--image-size 32 --seed 2"}, [2]string{"32x32_seed1", "32x32_seed2"}},
		{"sizes", [2]string{"--image-size 32", "--image-size 16x64"}, [2]string{"32x32_seed42", "16x64_seed42"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var runs [][]string // of both kinds in turn; the last argument is the output
			want := [2]map[string]string{}
			lone := [2]string{t.TempDir(), t.TempDir()}
			for i := range 2 * each {
				args := fmt.Sprintf("-n 20 --images-pool %d --user-text-tokens 2 --image-dir pics --image-path-prefix pics %s -o run%d.jsonl", 20+i/2, test.kinds[i%2], i)
				runs = append(runs, strings.Fields(args))
				program.Succeed(t, lone[i%2], nil, runs[i]...)
			}
			for kind := range want {
				want[kind] = contents(t, lone[kind])
			}
			check := func(dir string, succeeded [2]int, want [2]map[string]string) {
				t.Helper()
				winner := 0
				if succeeded[1] > 0 {
					winner = 1
				}
				if succeeded[winner] != each || succeeded[1-winner] != 0 {
					t.Errorf("%v runs of the two kinds succeeded, want %d of one and none of the other", succeeded, each)
				}
				sameFiles(t, contents(t, dir), want[winner])
			}
			failed := func(i int, got program.Result) {
				if got.Code != 1 && got.Code != 2 || !strings.Contains(got.Stderr, test.sets[1-i%2]) || !strings.Contains(got.Stderr, "pics") ||
					!strings.Contains(got.Stderr, "give each its own folder") && !strings.Contains(got.Stderr, "give another folder") {
					t.Errorf("exit code %d, want 1 or 2 and what to do: %s", got.Code, got.Stderr)
				}
			}
			for range rounds {
				// As they come.
				dir := t.TempDir()
				succeeded := [2]int{}
				together(t, dir, runs, func(i int, got program.Result) {
					if got.Code == 0 {
						succeeded[i%2]++
					} else {
						failed(i, got)
					}
				})
				check(dir, succeeded, want)

				// All from the same moment on: a run whose output is a pipe has looked at the folder of images, and has written nothing, when
				// it waits for the pipe's reader.
				dir = t.TempDir()
				succeeded = [2]int{}
				for _, run := range runs {
					if err := syscall.Mkfifo(filepath.Join(dir, run[len(run)-1]), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				var read [2 * each]chan string
				for i := range read {
					read[i] = make(chan string, 1)
				}
				time.AfterFunc(300*time.Millisecond, func() {
					for i, run := range runs {
						pipe := filepath.Join(dir, run[len(run)-1])
						go func() { rows, _ := os.ReadFile(pipe); read[i] <- string(rows) }() // what is not read is missing below
					}
				})
				together(t, dir, runs, func(i int, got program.Result) {
					pipe := filepath.Join(dir, runs[i][len(runs[i])-1])
					// The reader of a run that came late, and was refused before it opened its output, waits until somebody else does.
					rows, arrived := "", false
					for !arrived {
						if f, err := os.OpenFile(pipe, os.O_RDWR|syscall.O_NONBLOCK, 0); err != nil || f.Close() != nil {
							t.Errorf("failed to open %s, %v", pipe, err)
						}
						select {
						case rows = <-read[i]:
							arrived = true
						case <-time.After(10 * time.Millisecond):
						}
					}
					if err := os.Remove(pipe); err != nil {
						t.Error(err)
					}
					if got.Code != 0 {
						failed(i, got)
						return
					}
					succeeded[i%2]++
					program.Write(t, pipe, rows)
				})
				withoutManifests := [2]map[string]string{maps.Clone(want[0]), maps.Clone(want[1])}
				for kind := range withoutManifests {
					maps.DeleteFunc(withoutManifests[kind], func(name, _ string) bool { return strings.HasSuffix(name, ".manifest.json") })
				}
				check(dir, succeeded, withoutManifests)
				if t.Failed() {
					break
				}
			}
		})
	}
}

// Runs at once that write one output from different seeds: in the end the file, its manifest, its page and its images are all of one of them,
// and the images of the others are complete as well.
func TestConcurrentRunsOneOutput(t *testing.T) {
	t.Parallel()
	const processes, rounds = 6, 4
	for round := range rounds {
		dir := t.TempDir()
		var runs [][]string
		for seed := range processes {
			runs = append(runs, []string{"-n", "10", "--images-pool", "12", "--image-size", "16", "--user-text-tokens", "5", "--seed", fmt.Sprint(seed), "-o", "x.jsonl", "--report", "x.html"})
		}
		together(t, dir, runs, func(i int, got program.Result) {
			if got.Code != 0 {
				t.Errorf("round %d, run %d: exit code %d, want 0\n%s", round, i, got.Code, got.Stderr)
			}
		})
		checkOneRuns(t, dir)
		if names := program.Files(t, dir); len(names) != 3+processes*(12+1) {
			t.Errorf("round %d: the folder holds %q", round, names)
		}
		for seed := range processes {
			for i := range 12 {
				data, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("images_16x16_seed%d", seed), fmt.Sprintf("img_%04d.png", i)))
				if err == nil {
					_, err = program.DecodePNG(data, "16x16")
				}
				if err != nil {
					t.Errorf("round %d, seed %d, image %d: %v", round, seed, i, err)
				}
			}
		}
		if t.Failed() {
			break
		}
	}
}

// checkOneRuns wants x.jsonl, its manifest, its page x.html and its images to be of one run, and returns the run's seed.
func checkOneRuns(t *testing.T, dir string) (seed string) {
	t.Helper()
	held := contents(t, dir)
	var manifest struct {
		Inputs map[string]string
		File   struct{ SHA256 string }
	}
	if err := json.Unmarshal([]byte(held["x.jsonl.manifest.json"]), &manifest); err != nil {
		t.Fatal(err)
	}
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(held["x.jsonl"])))
	seed = manifest.Inputs["seed"]
	if manifest.File.SHA256 != digest {
		t.Errorf("the manifest is of seed %s and of %s, the file is %s", seed, manifest.File.SHA256, digest)
	}
	if !strings.Contains(held["x.html"], digest) {
		t.Errorf("the page is not of the file %s", digest)
	}
	rows := program.Rows(t, filepath.Join(dir, "x.jsonl"))
	for i, r := range rows {
		for _, ref := range r.Images {
			if !strings.Contains(ref, "_seed"+seed+"/") {
				t.Errorf("row %d refers to %s, the seed is %s", i, ref, seed)
			}
		}
	}
	checkImages(t, rows, "16x16")
	return seed
}

// A run that is stopped while another of the same output begins and ends is not disturbed by it: its temporary file is not taken for
// something left behind. Whichever ends last has its files there.
func TestConcurrentRunsPaused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := func(seed, n string) []string {
		return []string{"-n", n, "--images-pool", "12", "--image-size", "16", "--user-text-tokens", "50", "--seed", seed, "-o", "x.jsonl", "--report", "x.html"}
	}
	// The output's file is made before the images. Were it removed as soon as it appears, the run would only make another.
	resume := hold(t, program.Command(t, dir, nil, args("1", "60000")...), "images_16x16_seed1/img_0011.png")
	program.Succeed(t, dir, nil, args("2", "30")...)
	if seed := checkOneRuns(t, dir); seed != "2" {
		t.Errorf("the output is of seed %s, want 2", seed)
	}
	if code, said := resume(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, said)
	}
	if seed := checkOneRuns(t, dir); seed != "1" {
		t.Errorf("the output is of seed %s, want 1", seed)
	}
	if left := temporaryFiles(t, dir); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
