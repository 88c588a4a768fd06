package program

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Without is a variable that has the kernel deny the program something, by the name of a denial, from its first instruction on.
const Without = "TEST_WITHOUT"

// denial is a filter of system calls, up to where a call is denied, and a call that shows that it is.
type denial struct {
	filter []unix.SockFilter // gets a call's number at 0 and its arguments from 16 on, eight bytes each
	probe  func() error      // nil where the process would be killed
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
	"sockets": { // deadly, so that it cannot be missed
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
	"syncing": {
		filter: everyCall(unix.SYS_FSYNC, unix.SECCOMP_RET_ERRNO|uint32(unix.EIO)),
		probe:  func() error { return unix.Fsync(-1) },
		answer: unix.EIO,
	},
	"room at once": {
		filter: everyCall(unix.SYS_FALLOCATE, unix.SECCOMP_RET_ERRNO|uint32(unix.EOPNOTSUPP)),
		probe:  func() error { return unix.Fallocate(-1, 0, 0, 1) },
		answer: unix.EOPNOTSUPP,
	},
}

// A process denies itself calls, which takes no privilege, and becomes the same program anew: the kernel keeps the denial.
func init() {
	what := os.Getenv(Without)
	if what == "" {
		return
	}
	err := os.Unsetenv(Without)
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
		return fmt.Errorf("this denial does not exist")
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

// Denials are the names of the denials that a run can do without, each of which was seen to be in force.
func Denials() (names []string) {
	for name, d := range denials {
		if d.probe != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
