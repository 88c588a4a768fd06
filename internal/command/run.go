package command

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"
)

// Run is the program as a process: it takes its arguments, its environment and signals from the operating system, and does not return.
// version is what the build has set, or "".
func Run(version string) {
	ctx, cancel := context.WithCancelCause(context.Background())
	// A reader of the progress that has gone must not end the run in the middle of a file.
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signal.Notify(signals, syscall.SIGHUP)
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
