// Command mmjsonl makes request files for benchmarks of multimodal LLM servers: JSONL rows of text and images in which
// the reuse of images between requests is what was asked for. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"mmjsonl/internal/command"
)

// version is set when a release is built.
var version string

func main() {
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
		cancel(command.Interrupted{Signal: received, Code: 128 + int(received)})
	}()
	os.Exit(command.Main(ctx, command.Process{
		Args:    os.Args[1:],
		Environ: os.Environ(),
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Version: version,
	}))
}
