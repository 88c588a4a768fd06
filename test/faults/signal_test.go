//go:build unix

package faults

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// interrupted starts the program, sends the signal once ready says so, and gives the exit code. The signal comes twice, as timeout sends
// it. A program that is still there ten seconds later has not heard it.
func interrupted(t *testing.T, cmd *exec.Cmd, sig syscall.Signal, ready func() bool) (int, string) {
	t.Helper()
	if signal.Ignored(syscall.SIGHUP) { // the tests run under nohup, which the program is not to inherit
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }() // the exit code says it
	for !ready() {
		select {
		case <-done:
			t.Fatalf("the program ended by itself: exit code %d, %s", cmd.ProcessState.ExitCode(), stderr.String())
		case <-time.After(2 * time.Millisecond):
		}
	}
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Millisecond)
	_ = cmd.Process.Signal(sig) // it may have ended
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = cmd.Process.Kill()
		<-done
		t.Fatalf("the program still ran 10 s after %v", sig)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

var signals = []struct {
	signal syscall.Signal
	code   int
}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}, {syscall.SIGHUP, 129}}

// A signal in the middle of writing: no file of the run is left, and what was there before is.
func TestSignalWhileWriting(t *testing.T) {
	t.Parallel()
	for _, s := range signals {
		for _, output := range []string{"x.jsonl", "x.jsonl.zst"} {
			for _, old := range []string{"", "an earlier file\n"} {
				t.Run(s.signal.String()+" "+output+" "+strings.TrimSpace(old), func(t *testing.T) {
					t.Parallel()
					dir := t.TempDir()
					if old != "" {
						program.Write(t, filepath.Join(dir, output), old)
					}
					before := program.Snapshot(t, dir)
					// It would be 36 GB, whatever room there is. While it is written, the run has a file beside the output.
					cmd := program.Command(t, dir, nil, "-n", "2000000", "--images-per-request", "1", "--images-pool", "1", "--image-size", "64", "--image-mode", "datauri",
						"--user-text-tokens", "2", "--force", "-o", output)
					code, said := interrupted(t, cmd, s.signal, func() bool {
						entries, err := os.ReadDir(dir)
						if err != nil {
							t.Fatal(err)
						}
						return len(entries) > strings.Count(before, "x.jsonl")
					})
					if code != s.code {
						t.Errorf("exit code %d, want %d: %s", code, s.code, said)
					}
					if after := program.Snapshot(t, dir); after != before {
						t.Errorf("the folder has changed:\n%s\nwas\n%s", after, before)
					}
				})
			}
		}
	}
}

// Under nohup a closed terminal ends nothing.
func TestSignalHangUpUnderNohup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := program.Command(t, dir, nil, append([]string{"--image-dir", "pics"}, slowRows...)...)
	cmd.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path = sh
	code, said := interrupted(t, cmd, syscall.SIGHUP, func() bool {
		parts, _ := filepath.Glob(filepath.Join(dir, "out", ".*.part"))
		return len(parts) > 0
	})
	if code != 0 {
		t.Errorf("exit code %d, want 0: %s", code, said)
	}
}

// A signal while images are made: those with final names are complete, no half of one is left under any name, and the next run completes
// the folder.
func TestSignalWhileMakingImages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"-n", "30000", "--images-per-request", "1", "--image-size", "64", "--user-text-tokens", "1", "--image-dir", "pics", "-o", "x.jsonl"}
	code, said := interrupted(t, program.Command(t, dir, nil, args...), syscall.SIGTERM, func() bool {
		_, err := os.Stat(filepath.Join(dir, "pics", "img_0005.png"))
		return err == nil
	})
	if code != 143 {
		t.Errorf("exit code %d, want 143: %s", code, said)
	}
	if _, err := os.Lstat(filepath.Join(dir, "x.jsonl")); err == nil {
		t.Errorf("there is a file with the output's name")
	}
	entries, err := os.ReadDir(filepath.Join(dir, "pics"))
	if err != nil {
		t.Fatal(err)
	}
	images := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(e.Name(), "img_") {
			images++
			data, err := os.ReadFile(filepath.Join(dir, "pics", e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if images <= 200 || images%50 == 0 { // reading each would take longer than making it
				if _, err := program.DecodePNG(data, "64x64"); err != nil {
					t.Errorf("%s: %v", e.Name(), err)
				}
			}
		} else if info.Size() > 1000 {
			t.Errorf("%s was left behind, %d bytes", e.Name(), info.Size())
		}
	}
	if images == 30000 {
		t.Fatalf("the signal came too late to say anything")
	}
	args[1] = "20"
	program.Succeed(t, dir, nil, args...)
	for _, r := range program.Rows(t, filepath.Join(dir, "x.jsonl")) {
		data, err := os.ReadFile(r.Images[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := program.DecodePNG(data, "64x64"); err != nil {
			t.Errorf("%s: %v", r.Images[0], err)
		}
	}
}

// A reader that does not read keeps the program waiting, and a signal ends it all the same.
func TestSignalWhileReaderIsAsleep(t *testing.T) {
	t.Parallel()
	for _, s := range signals {
		t.Run(s.signal.String(), func(t *testing.T) {
			t.Parallel()
			cmd := program.Command(t, t.TempDir(), nil, "-n", "100000", "--images-per-request", "0", "-o", "-")
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			cmd.Stdout = w
			first := make([]byte, 1)
			code, said := interrupted(t, cmd, s.signal, func() bool {
				if w != nil {
					w.Close()
					w = nil
					_, err = io.ReadFull(r, first)
					time.Sleep(100 * time.Millisecond) // the rest of the pipe fills
				}
				return err == nil
			})
			if code != s.code {
				t.Errorf("exit code %d, want %d: %s", code, s.code, said)
			}
		})
	}
}

// A signal in the middle of a row or an image that takes longer than a run may after a signal.
func TestSignalWithinARow(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-n", "1", "--images-per-request", "40", "--image-size", "8192", "--image-mode", "datauri", "--compression-level", "best", "-o", "x.jsonl.gz"},
		{"-n", "1", "--images-per-request", "60", "--image-size", "8192", "--image-mode", "datauri", "--sha256=false", "-o", "x.jsonl"},
		{"-n", "1", "--images-per-request", "1000", "--image-size", "2048", "--image-mode", "datauri", "--sha256=false", "-o", "x.jsonl.zst"},
	} {
		t.Run(args[len(args)-1], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			began := time.Now()
			code, said := interrupted(t, program.Command(t, dir, nil, args...), syscall.SIGTERM, func() bool {
				parts, _ := filepath.Glob(filepath.Join(dir, ".x.jsonl*.part"))
				if len(parts) > 0 && time.Since(began) > 10*time.Second {
					t.Fatalf("nothing is written")
				}
				for _, part := range parts {
					if info, err := os.Stat(part); err == nil && info.Size() > 1<<20 {
						return true
					}
				}
				return false
			})
			if code != 143 {
				t.Errorf("exit code %d, want 143: %s", code, said)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("something was left: %v, %v", entries, err)
			}
		})
	}
}

// A signal when the file is complete and the report of it cannot be written: the message says so.
func TestSignalWhileReporting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	fd := int(w.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for err == nil { // until it is full
		_, err = syscall.Write(fd, make([]byte, 4096))
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	cmd := program.Command(t, dir, nil, "-n", "10", "--images-per-request", "0", "-o", "x.jsonl")
	cmd.Stdout = w
	code, said := interrupted(t, cmd, syscall.SIGTERM, func() bool {
		_, err := os.Stat(filepath.Join(dir, "x.jsonl"))
		return err == nil
	})
	if code != 143 || !strings.Contains(said, "the output file is complete") {
		t.Errorf("exit code %d, want 143: %s", code, said)
	}
	if rows := program.Rows(t, filepath.Join(dir, "x.jsonl")); len(rows) != 10 {
		t.Errorf("%d rows, want 10", len(rows))
	}
}

// A signal while a server lets the program wait for its URLs.
func TestSignalWhileDownloading(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 16)
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-done
	}))
	t.Cleanup(func() { close(done); server.Close() })
	dir := t.TempDir()
	cmd := program.Command(t, dir, nil, "-n", "1", "--image-mode", "http", "--coco-annotations", server.URL+"/image_info.json", "-o", "x.jsonl")
	code, said := interrupted(t, cmd, syscall.SIGINT, func() bool { return len(asked) > 0 })
	if code != 130 {
		t.Errorf("exit code %d, want 130: %s", code, said)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("something was left: %v, %v", entries, err)
	}
}

// A signal while a large job is planned, and while its images are chosen, which would take longer than a run may after a signal.
func TestSignalWhilePlanning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, args, until string }{
		{"plan", "-n 10000000 --images-per-request 1 --image-size 4096 --user-text-tokens 1 --force -o x.jsonl", ""},
		{"stream", "-n 30000 --images-per-request 1000 --images-pool 100000 --hit-rate 0.5@10000 --image-mode datauri --image-size 64 --force -o x.jsonl", ".x.jsonl.*.part"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			start := time.Now()
			code, said := interrupted(t, program.Command(t, dir, nil, strings.Fields(test.args)...), syscall.SIGINT, func() bool {
				found, _ := filepath.Glob(filepath.Join(dir, test.until)) // "" is the folder itself
				return len(found) > 0 && time.Since(start) > 500*time.Millisecond
			})
			if code != 130 {
				t.Errorf("exit code %d, want 130: %s", code, said)
			}
			if _, err := os.Lstat(filepath.Join(dir, "x.jsonl")); err == nil || len(temporaryFiles(t, dir)) > 0 {
				t.Errorf("left behind: %q, %v", program.Files(t, dir), err)
			}
		})
	}
}

// A signal that the program is started to ignore, as SIGINT is behind a script's & and SIGHUP under nohup, does not end it.
func TestSignalIgnored(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"INT": syscall.SIGINT, "HUP": syscall.SIGHUP} {
		dir := t.TempDir()
		program.Write(t, filepath.Join(dir, "out", "empty"), "")
		cmd := exec.Command("sh", "-c", "trap '' "+name+"; exec mmjsonl "+strings.Join(slowRows, " "))
		cmd.Dir, cmd.Env = dir, program.Command(t, dir, nil).Env
		code, said := interrupted(t, cmd, signal, func() bool {
			parts, err := filepath.Glob(filepath.Join(dir, "out", ".*.part"))
			return err != nil || len(parts) > 0
		})
		if code != 0 {
			t.Errorf("%s: exit code %d, want 0: %s", name, code, said)
		}
		if rows := program.Rows(t, filepath.Join(dir, "out", "x.jsonl.gz")); len(rows) != 4000 {
			t.Errorf("%s: %d rows, want 4000", name, len(rows))
		}
	}
}

// What Go itself cannot go on without is not told by the exit code of bad input: too few open files are known before, and what comes later, for
// want of memory or threads, ends the program by a signal.
func TestExitOfFatalFaults(t *testing.T) {
	t.Parallel()
	for _, files := range []string{"4", "20"} {
		dir := t.TempDir()
		cmd := exec.Command("sh", "-c", "ulimit -n "+files+"; exec mmjsonl -n 4 --image-size 8 -o x.jsonl")
		cmd.Dir, cmd.Env = dir, program.Command(t, dir, nil).Env
		said, _ := cmd.CombinedOutput() // the exit code says it
		if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(said), "may have "+files+" files open") {
			t.Errorf("%s open files: exit code %d, want 1: %s", files, code, said)
		}
		if names := program.Files(t, dir); len(names) > 0 {
			t.Errorf("%s open files: the folder holds %q", files, names)
		}
	}
	for _, fatal := range []syscall.Signal{syscall.SIGABRT, syscall.SIGQUIT} { // as Go ends by itself
		dir := t.TempDir()
		cmd := program.Command(t, dir, nil, slowRows...)
		resume := hold(t, cmd, "out/.x.jsonl.gz.*.part")
		if err := cmd.Process.Signal(fatal); err != nil {
			t.Fatal(err)
		}
		resume()
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGABRT {
			t.Errorf("%v: the program ended with %v, want by SIGABRT", fatal, cmd.ProcessState)
		}
	}
}
