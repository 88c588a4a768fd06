//go:build unix

package faults

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// killedJob is a job that is killed.
type killedJob struct {
	name   string
	args   []string // beside those of all
	output string
	images int
	env    []string
}

// killedJobs are killed a hundred times each.
var killedJobs = []killedJob{
	{"paths", []string{"--images-pool", "60"}, "x.jsonl", 60, nil},
	{"data URIs", []string{"--images-pool", "60", "--image-mode", "datauri", "--report", "page.html"}, "x.jsonl", 0, nil},
	{"zstd", []string{"--images-pool", "60", "--image-mode", "datauri", "--report", "page.html"}, "x.jsonl.zst", 0, nil},
	{"gzip", []string{"--images-pool", "2", "--image-size", "4", "--report", "page.html", "--user-text-tokens", "300"}, "x.jsonl.gz", 2, nil},
}

// damaged is what images hold before every second of the runs that are killed.
const damaged = "half an image"

// The program is killed at random moments, a few hundred times. Each time every file with a final name is complete; the output, its manifest
// and its page are the earlier ones or the new ones, and the message says which; and only SIGKILL can leave temporary files, which do not
// disturb the next run.
func TestKillAtRandomMoments(t *testing.T) {
	t.Parallel()
	const seed = 20261123
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	for _, job := range killedJobs {
		t.Run(job.name, func(t *testing.T) { // one after the other: each is timed
			kills := 100
			if testing.Short() {
				kills = 20
			}
			args := append([]string{"-n", "200", "--images-per-request", "2", "--image-size", "96", "--image-path-prefix", "images",
				"--image-dir", "pics", "--user-text-tokens", "20", "-o", job.output}, job.args...)
			earlier := []string{job.output, job.output + ".manifest.json"}
			if slices.Contains(job.args, "page.html") {
				earlier = append(earlier, "page.html")
			}

			// What a run leaves that is not killed, and how long that takes at best.
			var whole string
			length := time.Hour
			for range 5 {
				whole = t.TempDir()
				begin := time.Now()
				if got := program.Run(t, whole, job.env, args...); got.Code != 0 {
					t.Fatalf("exit code %d: %s", got.Code, got.Stderr)
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
			if rows := program.Rows(t, filepath.Join(whole, job.output)); len(rows) != 200 {
				t.Fatalf("a complete run leaves %d rows, want 200", len(rows))
			}
			files := len(earlier) + job.images
			if job.images > 0 {
				files++ // their mark
			}
			if len(want) != files {
				t.Fatalf("a complete run leaves %d files, want %d", len(want), files)
			}

			finished, mixed := 0, 0
			for kill := range kills {
				dir := t.TempDir()
				for _, name := range earlier {
					program.Write(t, filepath.Join(dir, name), earlierContent(name))
				}
				for name, content := range want {
					switch {
					case kill%2 == 0 || filepath.Dir(name) != "pics":
					case filepath.Ext(name) == ".png":
						program.Write(t, filepath.Join(dir, name), damaged)
					default: // the folder's mark
						program.Write(t, filepath.Join(dir, name), string(content))
					}
				}
				signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT}[source.IntN(3)]
				wait := time.Duration(source.Int64N(int64(length)))

				cmd := program.Command(t, dir, job.env, args...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(wait)
				_ = cmd.Process.Signal(signal) // it may have ended by itself
				_ = cmd.Process.Signal(signal)
				_ = cmd.Wait() // its exit code is looked at below
				code := cmd.ProcessState.ExitCode()
				told := fmt.Sprintf("%v after %v, exit code %d, %q", signal, wait, code, stderr.String())

				replaced := 0
				for _, name := range earlier {
					content, err := os.ReadFile(filepath.Join(dir, name))
					switch {
					case err == nil && bytes.Equal(content, want[name]):
						replaced++
					case err != nil || string(content) != earlierContent(name):
						t.Fatalf("%s: %s is neither complete nor what it was, %d bytes, %v", told, name, len(content), err)
					}
				}
				for _, name := range finalFiles(t, dir) {
					content, err := os.ReadFile(filepath.Join(dir, name))
					if err != nil || !slices.Contains(earlier, name) && !bytes.Equal(content, want[name]) && (kill%2 == 0 || string(content) != damaged) {
						t.Fatalf("%s: %s is not complete, %d bytes, %v", told, name, len(content), err)
					}
				}
				temporary := temporaryFiles(t, dir)
				if signal != syscall.SIGKILL && len(temporary) > 0 || len(temporary) > runtime.NumCPU()+2*len(earlier) {
					t.Fatalf("%s: left %q", told, temporary)
				}
				switch {
				case code == 0:
					finished++
					if replaced < len(earlier) {
						t.Fatalf("%s: %d of %d files are new", told, replaced, len(earlier))
					}
				case signal == syscall.SIGKILL:
					if output, err := os.ReadFile(filepath.Join(dir, job.output)); replaced > 0 && !bytes.Equal(output, want[job.output]) {
						mixed++ // killed between two renames; the output is the last
					} else if err != nil || replaced > 0 && replaced < len(earlier) {
						t.Fatalf("%s: only %d of %d files are new, %v", told, replaced, len(earlier), err)
					}
				case code == -1 && replaced == 0 && len(temporary) == 0: // before the program listened
				case code != 128+int(signal):
					t.Fatalf("%s: exit code, want %d", told, 128+int(signal))
				case replaced == 0 && strings.Contains(stderr.String(), "nothing was written under the output's name"):
				case replaced == 0 && !strings.Contains(stderr.String(), "the file stands"): // before it read its inputs
				case replaced == len(earlier) && strings.Contains(stderr.String(), "the output file is complete"):
				default:
					t.Fatalf("%s: %d of %d files are new", told, replaced, len(earlier))
				}
				if signal == syscall.SIGKILL && code != 0 {
					if got := program.Run(t, dir, job.env, args...); got.Code != 0 {
						t.Fatalf("%s: the next run: exit code %d: %s", told, got.Code, got.Stderr)
					}
					for name, content := range want {
						if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, content) {
							t.Fatalf("%s: the next run left %s with %d bytes: %v", told, name, len(got), err)
						}
					}
					if left := temporaryFiles(t, dir); len(left) > 0 {
						t.Fatalf("%s: the next run left %q", told, left)
					}
				}
			}
			if finished > kills*9/10 {
				t.Errorf("only %d of %d runs were killed before they finished", kills-finished, kills)
			}
			t.Logf("%d of %d runs finished before they were killed; %d were killed between two renames", finished, kills, mixed)
		})
	}
}

func temporaryFiles(t *testing.T, dir string) (names []string) {
	for _, name := range program.Files(t, dir) {
		if strings.HasSuffix(name, ".part") {
			names = append(names, name)
		}
	}
	return names
}

func finalFiles(t *testing.T, dir string) (names []string) {
	for _, name := range program.Files(t, dir) {
		if !strings.HasSuffix(name, ".part") {
			names = append(names, name)
		}
	}
	return names
}

// earlierContent is what a file of an earlier run holds.
func earlierContent(name string) string {
	switch {
	case strings.HasSuffix(name, ".manifest.json"):
		return program.OldManifest
	case strings.HasSuffix(name, ".html"):
		return program.OldPage
	}
	return "an earlier " + name
}
