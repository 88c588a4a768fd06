package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mmjsonl/internal/action"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
)

// Exit codes; a signal's is 128 and its number.
const (
	exitDone   = 0
	exitFailed = 1
	exitInput  = 2
	exitPipe   = 128 + int(syscall.SIGPIPE)
)

// Interrupted is the cause of a context that a signal cancelled.
type Interrupted struct {
	Signal os.Signal
	Code   int // exit code
}

func (i Interrupted) Error() string { return "stopped by " + i.Signal.String() }

// Process is what the program is given.
type Process struct {
	Args    []string // without the program's name
	Environ []string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Version string // "" means that the build did not set one
	Workers int    // goroutines that make images and rows; 0 means one for each processor
}

// Main runs the program and returns its exit code.
func Main(ctx context.Context, process Process) int {
	env := inputs.NewEnvironment(process.Environ)
	r := run{process: process, env: env, typed: func(n problem.Name) string { return string(n) }}
	if action.Running(env) {
		r.step = action.NewStep(env, process.Stdout)
	}
	err := r.mainOr(ctx)
	if r.step != nil {
		defer r.step.PublishFailure()
	}

	var problems problem.List
	var stopped Interrupted
	var fault *fs.PathError
	var ofInput *problem.Fault
	var verdict verdictError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &verdict):
		return verdict.code
	case errors.As(err, &fault) && fault.Path == os.Stdout.Name() && errors.Is(fault, syscall.EPIPE):
		return exitPipe // without a word, as programs in a pipe end
	case errors.As(context.Cause(ctx), &stopped):
		fmt.Fprintf(process.Stderr, "mmjsonl: %s%s\n", stopped, &r.left)
		return stopped.Code
	case errors.As(err, &problems):
		for _, problem := range problems {
			r.problem(problem)
		}
		return exitInput
	case errors.As(err, &ofInput):
		r.error(ofInput.Text(r.typed))
		return exitFailed
	default:
		r.error(err.Error())
		return exitFailed
	}
}

// grace is how long a run has to clean up after a signal. Usually that takes milliseconds; but a write to a pipe whose reader sleeps
// cannot be called off.
const grace = 3 * time.Second

// mainOr returns main's error, or that of ctx if main does not return in time after ctx has ended.
func (r *run) mainOr(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- r.main(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return ctx.Err()
	}
}

// run is one run of the program.
type run struct {
	process Process
	env     inputs.Environment
	step    *action.Step              // nil outside of a workflow
	typed   func(problem.Name) string // what the user calls an input
	left    left

	commands map[*cobra.Command]*command
	list     []*cobra.Command // in the order in which people should meet them
	line     problem.List     // what is wrong with the command line itself
	helped   error            // in writing help, which cobra does not return
}

// left is what a run leaves if it is stopped now.
type left struct{ atomic.Int32 }

const (
	leftNothingToSay int32 = iota // it writes no file of its own
	leftNoFile
	leftCompleteFile
)

func (l *left) String() string {
	switch l.Load() {
	case leftNoFile:
		return "; nothing was written under the output's name"
	case leftCompleteFile:
		return "; the output file is complete, only the report was cut short"
	}
	return ""
}

func (r *run) main(ctx context.Context) error {
	args := r.process.Args
	if len(args) == 0 && r.step != nil {
		var problems problem.List
		if args, problems = r.step.Arguments(); len(problems) > 0 {
			return problems
		}
	}
	return r.execute(ctx, args)
}
