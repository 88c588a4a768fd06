//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// mostBytes bounds the container image, which every job that uses the action pulls or builds. Megabytes of it are the HTTP server of serve, and the readers of images, YAML and tokenizers.
const mostBytes = 17_000_000

func readRows(t *testing.T, content []byte) []program.Row {
	t.Helper()
	return must(program.ParseRows("the file", content))(t)
}

func TestContainer(t *testing.T) {
	defer timed("1 container")()
	image := projectImage(t)

	t.Run("legacy builder", func(t *testing.T) {
		if err := build("mmjsonl-e2e:legacy", "0"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("static", func(t *testing.T) {
		// The real golang image has a C compiler, the stand-in has none: there a build with cgo would go unnoticed.
		dockerfile := must(os.ReadFile(filepath.Join(root, "Dockerfile")))(t)
		if !bytes.Contains(dockerfile, []byte("CGO_ENABLED=0")) {
			t.Error("the Dockerfile does not turn cgo off, and its last stage has no C library for the program")
		}
	})
	t.Run("size", func(t *testing.T) {
		var size int
		fmt.Sscan(docker(t, "image", "inspect", "-f", "{{.Size}}", image), &size)
		t.Logf("the image has %d bytes", size)
		if size == 0 || size > mostBytes {
			t.Errorf("the image has %d bytes, at most %d are allowed", size, mostBytes)
		}
	})
	t.Run("default job", func(t *testing.T) { testDefaultJob(t, image) })
	t.Run("as outside", func(t *testing.T) { testAsOutside(t, image) })
	t.Run("without a mount", func(t *testing.T) {
		args := []string{"run", "--rm", image, "-n", "2", "--images-per-request", "0", "--quiet"}
		out, err := exec.Command(client, args...).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("is in the container, and is lost with it")) {
			t.Errorf("docker %q: %v\n%s", args, err, out)
		}
	})
	t.Run("SIGTERM", func(t *testing.T) { testSignal(t, image) })
}

// userDir returns a new folder of a user who is not root, with that user's and group's numbers.
func userDir(t *testing.T) (dir string, uid, gid int) {
	t.Helper()
	dir, uid, gid = t.TempDir(), os.Getuid(), os.Getgid()
	if uid == 0 {
		uid, gid = 1001, 121 // the hosted runner's
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	return dir, uid, gid
}

// checkOwner fails for every file below dir that does not belong to the given user and group.
func checkOwner(t *testing.T, dir string, uid, gid int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if stat := info.Sys().(*syscall.Stat_t); int(stat.Uid) != uid || int(stat.Gid) != gid {
			t.Errorf("%s belongs to %d:%d, want %d:%d", path, stat.Uid, stat.Gid, uid, gid)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testDefaultJob(t *testing.T, image string) {
	dir, uid, gid := userDir(t)
	report := docker(t, "run", "--rm", "-v", dir+":"+dir, "-w", dir, "-u", fmt.Sprintf("%d:%d", uid, gid), image)
	if !strings.Contains(report, "Wrote 500 requests to ") {
		t.Errorf("the report does not say that 500 requests were written:\n%s", report)
	}
	rows := readRows(t, must(os.ReadFile(filepath.Join(dir, "500req_3img_1500pool_300word_base64.jsonl")))(t))
	if len(rows) != 500 {
		t.Errorf("got %d rows, want 500", len(rows))
	}
	contents := map[[sha256.Size]byte]string{}
	for i, row := range rows {
		if words := len(strings.Fields(row.Text)); words != 300 {
			t.Errorf("row %d has %d words, want 300", i+1, words)
		}
		for _, path := range row.Images {
			content := must(os.ReadFile(path))(t) // by the path in the row: the same on both sides of the mount
			if other, found := contents[sha256.Sum256(content)]; found {
				t.Errorf("%s and %s are the same image", other, path)
			}
			contents[sha256.Sum256(content)] = path
			size, err := png.DecodeConfig(bytes.NewReader(content))
			if err != nil || size.Width != 512 || size.Height != 512 {
				t.Errorf("%s: got size %d×%d, error %v, want 512×512", path, size.Width, size.Height, err)
			}
			if len(contents)%100 == 1 {
				if _, err := png.Decode(bytes.NewReader(content)); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
	}
	if len(contents) != 1500 {
		t.Errorf("got %d distinct images, want 1500", len(contents))
	}
	checkOwner(t, dir, uid, gid)
}

// result is how a program ended, and what it said.
type result struct {
	code           int
	stdout, stderr string
}

// finish runs a command to its end, whatever that is.
func finish(t *testing.T, cmd *exec.Cmd) (r result) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func testAsOutside(t *testing.T, image string) {
	program := filepath.Join(t.TempDir(), "mmjsonl")
	mustRun(t, root, "go", "build", "-ldflags", "-X main.version="+builtVersion, "-o", program, ".")
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"--help", 0, "--images-per-request"},
		{"--version", 0, builtVersion},
		{"--images-pool 2 --num-requests 0", 2, "--images-pool 2"},
		{"--no-such-flag", 2, "--no-such-flag"},
		{"--image-mode http --url-list missing.txt", 2, "missing.txt"},
	} {
		t.Run(test.args, func(t *testing.T) {
			dir, uid, gid := userDir(t)
			args := strings.Fields(test.args)
			outside := exec.CommandContext(t.Context(), program, args...)
			outside.Dir, outside.Env = dir, cleanEnv()
			want := finish(t, outside)
			got := finish(t, exec.CommandContext(t.Context(), client, append([]string{"run", "--rm", "-v", dir + ":" + dir, "-w", dir,
				"-u", fmt.Sprintf("%d:%d", uid, gid), image}, args...)...))
			if got != want {
				t.Errorf("in the container: %+v\noutside: %+v", got, want)
			}
			if got.code != test.code || !strings.Contains(got.stdout+got.stderr, test.says) {
				t.Errorf("got %+v, want code %d and %q said", got, test.code, test.says)
			}
			if left := must(os.ReadDir(dir))(t); len(left) != 0 {
				t.Errorf("bad input left %v", left)
			}
		})
	}
}

// testSignal stops a run half-way, as `docker stop` and a cancelled job do. The program is PID 1, for which the kernel has no
// default action: without a handler of its own it would not notice.
func testSignal(t *testing.T, image string) {
	dir, uid, gid := userDir(t)
	id := docker(t, "run", "-d", "-v", dir+":"+dir, "-w", dir, "-u", fmt.Sprintf("%d:%d", uid, gid), image,
		"-n", "5000", "--image-mode", "datauri", "-o", "requests.jsonl")
	t.Cleanup(func() { exec.Command(client, "rm", "-f", id).Run() })
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if left := must(os.ReadDir(dir))(t); len(left) > 0 {
			break // it writes, under another name
		}
		if time.Now().After(deadline) {
			t.Fatalf("the run wrote nothing: %s", docker(t, "logs", id))
		}
	}
	begin := time.Now()
	docker(t, "kill", "-s", "TERM", id)
	ended, stopWaiting := context.WithTimeout(t.Context(), 10*time.Second)
	defer stopWaiting()
	if code, err := run(exec.CommandContext(ended, client, "wait", id)); err != nil || code != "143" {
		t.Errorf("ended with code %q, error %v, want 143", code, err)
	}
	t.Logf("took %v to end", time.Since(begin))
	if left := must(os.ReadDir(dir))(t); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}
