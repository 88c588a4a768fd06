package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// Long work says how far it is every few seconds; --quiet turns that off. The work here is long because its output is not read.
func TestProgress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := func(name string, flags ...string) {
		cmd := program.Command(t, dir, nil, append([]string{"-n", "200000", "--images-per-request", "0", "-o", "-"}, flags...)...)
		said, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer said.Close()
		cmd.Stderr = said
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill() // it may have ended
			_ = out.Close()
			_ = cmd.Wait()
		})
	}
	start("quiet", "--quiet")
	start("loud")
	said := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for begin := time.Now(); said("loud") == "" && time.Since(begin) < 15*time.Second; {
		time.Sleep(20 * time.Millisecond)
	}
	if !strings.Contains(said("loud"), "200000") || strings.ContainsAny(said("loud"), "\r\x1b") {
		t.Errorf("the log says %q", said("loud"))
	}
	if said("quiet") != "" {
		t.Errorf("a quiet run says %q", said("quiet"))
	}
}

// Local images that aiperf encodes again for each reference are warned of where that takes long, and not where nothing is encoded.
func TestWarningSlowEncoding(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"-n", "500", "--images-pool", "4", "--user-text-tokens", "1", "-o", "x.jsonl"}
	if got := program.Succeed(t, dir, nil, args...); !strings.Contains(got.Stderr, "aiperf") {
		t.Errorf("nothing is said: %q", got.Stderr)
	}
	if got := program.Succeed(t, dir, nil, append(args, "--image-mode", "http", "--image-url-base", "http://h")...); strings.Contains(got.Stderr, "encode") {
		t.Errorf("URLs are warned of: %q", got.Stderr)
	}
}

// A run that needs more room than the disk has is rejected before anything is written. It goes on when told to.
func TestSmallDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	job := []string{"-n", "200000", "--images-per-request", "1", "--image-size", "8192", "--user-text-tokens", "1", "-o", "x.jsonl"} // 40 TB
	got := program.Run(t, dir, nil, job...)
	if got.Code != 2 || !strings.Contains(got.Stderr, " free") || !strings.Contains(got.Stderr, "--force") {
		t.Errorf("exit code %d, %s", got.Code, got.Stderr)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("something was written: %v, %v", entries, err)
	}

	said, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd := program.Command(t, dir, nil, append(job, "--force")...)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text []byte
	for start := time.Now(); time.Since(start) < 15*time.Second && !bytes.Contains(text, []byte(" free")); time.Sleep(5 * time.Millisecond) {
		if text, err = os.ReadFile(said.Name()); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait() // the exit code is not what this is about
	if !bytes.Contains(text, []byte("warning")) || !bytes.Contains(text, []byte(" free")) {
		t.Errorf("nothing was said of the disk: %s", text)
	}
}
