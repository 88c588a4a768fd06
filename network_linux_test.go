package main

import (
	"strings"
	"syscall"
	"testing"
)

// What needs no network does not even ask the kernel for a socket.
func TestNoSocketUnlessHTTPNeedsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{without + "=sockets"}
	for _, offline := range offlineRuns(t, dir) {
		if got := run(t, dir, env, offline.args...); got.code != offline.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", offline.name, got.code, offline.code, got.stdout, got.stderr)
		}
	}
	if got := run(t, dir+"/there", env, "-n", "2", "--image-mode", "http", "-o", "x.jsonl"); got.code != 0 {
		t.Errorf("the official file, which is there: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	s := newStep(t)
	if got := run(t, s.workspace, append(s.env, env...)); got.code != 0 {
		t.Errorf("as an action: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}

	// The proof that a socket would have been deadly.
	for _, url := range []string{"http://127.0.0.1:1/info.json", "http://web.example/info.json"} {
		cmd := program(t, dir, env, "-n", "1", "--image-mode", "http", "--coco-annotations", url, "-o", "-")
		said, _ := cmd.CombinedOutput() // how it ended is looked at below
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGSYS || !strings.Contains(string(said), "Downloading") {
			t.Errorf("a download of %s without sockets ends with %v, want SIGSYS: %s", url, cmd.ProcessState, said)
		}
	}
}
