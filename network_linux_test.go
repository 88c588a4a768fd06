package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// withoutSockets in its environment has the kernel kill this program as soon as it asks for a socket, from its first instruction on.
const withoutSockets = "TEST_WITHOUT_SOCKETS"

// A process forbids itself sockets, which takes no privilege, and becomes the same program anew: the kernel keeps the prohibition.
func init() {
	if os.Getenv(withoutSockets) == "" {
		return
	}
	err := os.Unsetenv(withoutSockets)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // a kill like this one leaves a core otherwise
	}
	if err == nil {
		err = forbidSockets()
	}
	var self string
	if err == nil {
		self, err = os.Executable()
	}
	if err == nil {
		err = syscall.Exec(self, os.Args, os.Environ())
	}
	fmt.Fprintln(os.Stderr, "failed to forbid sockets:", err)
	os.Exit(99)
}

// forbidSockets makes socket(2) deadly for this thread and what it becomes. Without a socket there is no connection and no name server.
func forbidSockets() error {
	runtime.LockOSThread() // for good: the prohibition is the thread's
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl: %w", err)
	}
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SOCKET, Jt: 0, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// What needs no network does not even ask the kernel for a socket.
func TestNoSocketUnlessHTTPNeedsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{withoutSockets + "=1"}
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
