package faults

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"mmjsonl/test/program"
)

// peak is the most memory, in MB, that the program had by the time its output came to so many bytes. It writes to a pipe, so
// that it still waits there when it is asked; the kernel's rusage would count in what this process has.
func peak(t *testing.T, dir string, after int64, args ...string) int {
	t.Helper()
	cmd := program.Command(t, dir, nil, append(args, "-o", "-", "--quiet")...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1<<16)
	if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.LimitReader(out, after), buf); n < after {
		_ = cmd.Wait() // its words say more
		t.Fatalf("only %d bytes, %v: %s", n, err, said.String())
	}
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	kilobytes := 0
	for s := bufio.NewScanner(status); s.Scan(); {
		_, _ = fmt.Sscanf(s.Text(), "VmHWM: %d kB", &kilobytes) // one line of many
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, out, buf); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	if kilobytes == 0 {
		t.Fatal("the kernel did not say how much memory the program had")
	}
	return kilobytes / 1024
}

// Data URIs are not held in memory: 300 images took the reference 341 MB.
func TestMemoryOfDataURIs(t *testing.T) {
	t.Parallel()
	for _, pool := range []string{"300", "100"} {
		if mb := peak(t, t.TempDir(), 300<<20, "-n", "300", "--images-per-request", "1", "--images-pool", pool, "--image-mode", "datauri"); mb > 150 {
			t.Errorf("300 data URIs of a pool of %s took %d MB", pool, mb)
		}
	}
}

// The annotations are read as a stream: what is not a URL costs nothing.
func TestMemoryOfAnnotations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := program.COCO(1000, 80000) // 80 MB
	if err := os.WriteFile(filepath.Join(dir, "large.json"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	if mb := peak(t, dir, 1<<20, "-n", "20000", "--images-per-request", "1", "--images-pool", "1000", "--user-text-tokens", "10", "--image-mode", "http",
		"--coco-annotations", "large.json"); mb > 60 {
		t.Errorf("annotations of %d MB took %d MB", len(data)>>20, mb)
	}
}
