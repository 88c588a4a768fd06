package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"mmjsonl/generator"
	"mmjsonl/internal/action"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
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

	var problems problem.List
	var stopped Interrupted
	var fault *fs.PathError
	switch {
	case err == nil:
		return exitDone
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
	if len(args) > 0 {
		switch args[0] {
		case "inspect":
			return r.inspect(ctx, args[1:])
		case "regenerate":
			return r.regenerate(ctx, args[1:])
		case "single-turn":
			args = args[1:] // the only kind of row there is, as the Python program calls it
		}
	}
	read, err := inputs.From(ctx, args, r.env, r.step != nil)
	if err != nil {
		return err
	}
	switch {
	case read.Help:
		return usage(r.process.Stdout)
	case read.Version:
		_, err := fmt.Fprintln(r.process.Stdout, "mmjsonl", version(r.process.Version))
		return err
	}
	for _, name := range read.Unknown {
		r.warn(problem.New("", "%s is set, but there is no such input\nsee --help", escape.Printable(name)))
	}
	return r.generate(ctx, read, nil)
}

// generate makes the file that the inputs ask for. With a manifest the file must come out as that says, or nothing is made.
func (r *run) generate(ctx context.Context, read *inputs.Read, from *manifest.Manifest) error {
	r.typed = read.Typed
	r.left.Store(leftNoFile)
	config, problems := read.Config()
	if from != nil {
		config.Given = nil // it is the manifest that gives them, with and without effect
	}
	plan, err := r.plan(ctx, config, problems)
	if err != nil {
		return err
	}
	if plan.Output.Stdout {
		r.left.Store(leftNothingToSay)
	}
	for _, warning := range plan.Warnings {
		r.warn(warning)
	}
	if from != nil {
		if err := from.CheckPlan(plan); err != nil {
			return err
		}
	}
	var progress generator.Progress
	stop := r.show(&progress, read.Quiet)
	var about *report.Report
	_, err = generator.Run(ctx, plan, r.process.Stdout, &progress, func(stats *generator.Stats) ([]generator.Companion, error) {
		if from != nil {
			if err := from.Check(stats); err != nil {
				return nil, err
			}
		}
		about = r.about(plan, stats)
		return r.companions(read, plan, stats, about)
	})
	stop()
	if err != nil {
		return err
	}
	r.left.CompareAndSwap(leftNoFile, leftCompleteFile)
	words := r.process.Stdout
	if plan.Output.Stdout || isStdout(plan.Names.Output.Here) {
		words = r.process.Stderr
	}
	if err := about.Text(words, columns(words)); err != nil {
		return fmt.Errorf("failed to write the report; the output is complete: %w", err)
	}
	switch {
	case from == nil:
	case from.File.SHA256 != "":
		fmt.Fprintln(words, "\nThe output matches the manifest byte for byte.")
	default:
		fmt.Fprintln(words, "\nThe output has the size, the images and the figures of the manifest, which has no SHA-256 to compare.")
	}
	if r.step != nil {
		return r.step.Publish(about)
	}
	return nil
}

// isStdout reports whether a path, like /dev/stdout, is another name of standard output.
func isStdout(path string) bool {
	out, err := os.Stdout.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(out, named)
}

// about is the report of what was made.
func (r *run) about(p *generator.Plan, s *generator.Stats) *report.Report {
	paths := report.Paths{Shell: p.Names.Output.Next}
	if r.step != nil {
		paths = r.step.Paths(p)
	}
	return report.OfRun(p, s, paths)
}

// companions are the files about the output: its manifest, and the page if one is requested.
func (r *run) companions(read *inputs.Read, p *generator.Plan, s *generator.Stats, about *report.Report) ([]generator.Companion, error) {
	var files []generator.Companion
	if p.Names.Manifest.Here != "" {
		m := manifest.New(version(r.process.Version), filepath.Base(p.Names.Output.Here), read.Deciding(p), p, s)
		text, err := m.Encode()
		if err != nil {
			return nil, err
		}
		files = append(files, generator.Companion{Place: p.Names.Manifest, Content: text})
	}
	if p.Names.Report.Here != "" {
		var page bytes.Buffer
		if err := about.Page(&page, version(r.process.Version)); err != nil {
			return nil, err
		}
		files = append(files, generator.Companion{Place: p.Names.Report, Content: page.Bytes()})
	}
	return files, nil
}

// plan makes the plan, and adds what is wrong with it in a workflow.
func (r *run) plan(ctx context.Context, config generator.Config, problems problem.List) (*generator.Plan, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("failed to find the working directory: %w", err)
	}
	env := generator.Environment{
		Places:  files.Places{Dir: dir},
		Workers: r.process.Workers,
		Getenv:  func(name string) string { return r.env[name] },
		Notice:  func(line string) { fmt.Fprintln(r.process.Stderr, escape.Inert(line)) },
		Warn:    r.warn,
	}
	if r.step != nil {
		if err := r.step.Ready(); err != nil {
			return nil, err
		}
		env.Places = action.Places(r.env, dir)
		env.Unattended = true
	}
	plan, err := generator.NewPlan(ctx, config, env, problems)
	if err == nil && r.step != nil {
		if problems := r.step.Check(plan); len(problems) > 0 {
			return nil, problems
		}
	}
	return plan, err
}

func usage(w io.Writer) error {
	width := 100
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns >= 60 {
			width = columns
		}
	}
	_, err := fmt.Fprintf(w, `mmjsonl makes the request files with which people measure multimodal LLM servers: JSONL rows of text and
images for aiperf, in which the reuse of images between requests is what you ask for.

Usage: mmjsonl [single-turn] [flags]     make a file
       mmjsonl inspect FILE…             say what any such file does to a cache
       mmjsonl regenerate MANIFEST       make a file again, byte for byte

Examples:
  mmjsonl                                                 500 requests of 3 images each, no image twice
  mmjsonl -n 200 --images-pool 100                        200 requests that share 100 images
  mmjsonl -n 1000 --images-per-request 1 --images-pool 200 --image-mode http
                                                          URLs of COCO images, which the server fetches
%s
Every flag is also read from the environment: --images-pool from INPUT_IMAGES_POOL. A flag wins.
`, inputs.Usage(width))
	return err
}

// next is the version that the source is on its way to.
const next = "0.1.0"

// version tells the build: what the build set, or else what Go knows of the module.
func version(set string) string {
	if set != "" {
		return set
	}
	text := next + "-dev"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return text
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v // installed as a module of that version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			text += " " + setting.Value
		}
	}
	return text
}
