package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// without in its environment has the kernel deny this program something, from its first instruction on.
const without = "TEST_WITHOUT"

// A denial is a filter of system calls, up to where a call is denied, and a call that shows that it is.
type denial struct {
	filter []unix.SockFilter // gets a call's number at 0 and its arguments from 16 on, eight bytes each
	probe  func() error      // nil where nobody lives to tell
	answer unix.Errno
}

// everyCall is the filter that answers all calls of a number.
func everyCall(number, answer uint32) []unix.SockFilter {
	return []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: number, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: answer},
	}
}

var denials = map[string]denial{
	"sockets": { // deadly, so that nobody can miss it
		filter: everyCall(unix.SYS_SOCKET, unix.SECCOMP_RET_KILL_PROCESS),
	},
	"links": {
		filter: everyCall(unix.SYS_LINKAT, unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM)),
		probe: func() error {
			return unix.Linkat(unix.AT_FDCWD, "/not there", unix.AT_FDCWD, "/not there either", 0)
		},
		answer: unix.EPERM,
	},
	"files without a name": {
		filter: []unix.SockFilter{
			{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
			{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_OPENAT, Jf: 3},
			{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 16 + 2*8}, // the lower half of the flags
			{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: unix.O_TMPFILE &^ unix.O_DIRECTORY, Jf: 1},
			{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EOPNOTSUPP)},
		},
		probe: func() error {
			_, err := unix.Open("/not there", unix.O_TMPFILE|unix.O_WRONLY, 0o600)
			return err
		},
		answer: unix.EOPNOTSUPP,
	},
	"room at once": {
		filter: everyCall(unix.SYS_FALLOCATE, unix.SECCOMP_RET_ERRNO|uint32(unix.EOPNOTSUPP)),
		probe:  func() error { return unix.Fallocate(-1, 0, 0, 1) },
		answer: unix.EOPNOTSUPP,
	},
}

// A process denies itself calls, which takes no privilege, and becomes the same program anew: the kernel keeps the denial.
func init() {
	what := os.Getenv(without)
	if what == "" {
		return
	}
	err := os.Unsetenv(without)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // a kill by the kernel leaves a core otherwise
	}
	if err == nil {
		err = deny(what)
	}
	var self string
	if err == nil {
		self, err = os.Executable()
	}
	if err == nil {
		err = syscall.Exec(self, os.Args, os.Environ())
	}
	fmt.Fprintf(os.Stderr, "failed to do without %s: %v\n", what, err)
	os.Exit(99)
}

// deny denies calls to this thread and what it becomes.
func deny(what string) error {
	d, known := denials[what]
	if !known {
		return fmt.Errorf("nobody knows what that is")
	}
	filter := append(slices.Clone(d.filter), unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	runtime.LockOSThread() // for good: the denial is the thread's
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl: %w", err)
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	if d.probe == nil {
		return nil
	}
	if err := d.probe(); err != d.answer {
		return fmt.Errorf("the answer is %v, want %v", err, d.answer)
	}
	return nil
}

// What makes a run fast where the system has it makes no difference where it does not: not to the files, and nothing else is left.
func TestWithoutWhatMakesItFast(t *testing.T) {
	t.Parallel()
	images := []string{"-n", "40", "--image-size", "256", "--image-dir", "pics", "-o", "x.jsonl", "--quiet"}
	rows := []string{"-n", "200", "--images-per-request", "1", "--image-size", "256", "--image-mode", "datauri", "-o", "long.jsonl", "--quiet"}
	made := func(t *testing.T, env ...string) map[string]string {
		t.Helper()
		dir := t.TempDir()
		mustWrite(t, filepath.Join(dir, "pics", "img_0003.png"), "half an image")
		mustWrite(t, filepath.Join(dir, "pics", ".mmjsonl-256x256_seed42.images"), "")
		succeed(t, dir, env, images...)
		succeed(t, dir, env, rows...)
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
	for what, denied := range denials {
		if denied.probe == nil {
			continue
		}
		t.Run(what, func(t *testing.T) { sameFiles(t, made(t, without+"="+what), want) })
	}
}
