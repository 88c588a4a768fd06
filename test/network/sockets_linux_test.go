package network

import (
	"strings"
	"syscall"
	"testing"

	"mmjsonl/test/program"
)

// What needs no network does not even ask the kernel for a socket.
func TestOfflineWithoutSockets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{program.Without + "=sockets"}
	for _, offline := range offlineRuns(t, dir) {
		if got := program.Run(t, dir, env, offline.args...); got.Code != offline.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", offline.name, got.Code, offline.code, got.Stdout, got.Stderr)
		}
	}
	if got := program.Run(t, dir+"/there", env, "-n", "2", "--image-mode", "http", "-o", "x.jsonl"); got.Code != 0 {
		t.Errorf("the official file, which is there: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	s := program.NewStep(t)
	if got := program.Run(t, s.Workspace, append(s.Env, env...)); got.Code != 0 {
		t.Errorf("as an action: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}

	// The proof that a socket would have been deadly.
	for _, url := range []string{"http://127.0.0.1:1/info.json", "http://web.example/info.json"} {
		cmd := program.Command(t, dir, env, "-n", "1", "--image-mode", "http", "--coco-annotations", url, "-o", "-")
		said, _ := cmd.CombinedOutput() // how it ended is looked at below
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGSYS || !strings.Contains(string(said), "Downloading") {
			t.Errorf("a download of %s without sockets ends with %v, want SIGSYS: %s", url, cmd.ProcessState, said)
		}
	}
}
