package command

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"mmjsonl/internal/files"
)

// Run is the program as a process: it takes its arguments, its environment and signals from the operating system, and does not return.
// version is what the build has set, or "".
func Run(version string) {
	collectLate()
	ctx, cancel := context.WithCancelCause(context.Background())
	// A reader of the progress that has gone must not end the run in the middle of a file.
	signal.Ignore(syscall.SIGPIPE)
	// What Go cannot go on with, such as a machine that gives it no more threads, ends it by SIGABRT: its own exit code is 2, which is bad input.
	debug.SetTraceback("crash")
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as under nohup, or SIGINT behind a script's &
			signal.Notify(signals, s)
		}
	}
	go func() {
		// The first signal counts: timeout and terminals send a second one at the same moment, and it must not cut off the cleaning up,
		// which is bounded.
		received := (<-signals).(syscall.Signal)
		cancel(Interrupted{Signal: received, Code: 128 + int(received)})
	}()
	// A goroutine in a system call keeps its place at a processor (what the runtime calls a P) if others are idle. If none is, a call that
	// takes longer than 20 µs loses it, and must wait for one when it ends. Workers are in such calls, long writes, half of the time, all at
	// once. So there is one place more than there are workers: that takes a tenth off the default job and a fifth off rows with inline images.
	workers := runtime.GOMAXPROCS(0)
	if err := checkOpenFiles(workers); err != nil {
		fmt.Fprintln(os.Stderr, "mmjsonl:", err)
		os.Exit(exitFailed)
	}
	runtime.GOMAXPROCS(workers + 1)
	cobra.MousetrapHelpText = "" // started from Windows' Explorer it does what it does anywhere
	os.Exit(Main(ctx, Process{
		Args:    os.Args[1:],
		Environ: os.Environ(),
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Version: version,
		Workers: workers,
	}))
}

// checkOpenFiles returns an error if this process may not have so many files open as a run needs: it is better known before than in its middle,
// and Go itself ends without them.
func checkOpenFiles(workers int) error {
	const base, ofWorker = 24, 2 // as measured, and a few more
	need := uint64(base + ofWorker*workers)
	if most, ok := files.MostOpen(); ok && most < need {
		return fmt.Errorf("the program may have %d files open, and needs %d: raise the limit (ulimit -n)", most, need)
	}
	return nil
}
