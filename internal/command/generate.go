package command

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
)

// generateCommands returns generate twice: as what the program does without naming a command, and under its name.
func (r *run) generateCommands() (root, named *cobra.Command) {
	c := r.making(&command{
		use:   "mmjsonl",
		short: "generate request files for benchmarks of multimodal LLM servers",
		long: `mmjsonl generates request files for benchmarks of multimodal LLM servers: JSONL rows of text and
images for aiperf. You choose how often images repeat, and so the hit rate of image caches, exactly.`,
		example: `  mmjsonl                                   500 requests of 3 images each, no image twice
  mmjsonl -n 200 --images-pool 100          200 requests that share 100 images
  mmjsonl -n 1000 --hit-rate 0.6@200        an LRU cache of 200 images hits 60 % of the image slots`,
	}, nil)
	root = r.add(c)
	r.bind(root) // cobra needs its flags to find the other commands
	again := *c
	again.use, again.aliases, again.short = "generate", []string{"single-turn"}, "make a request file; the default, if no command is given"
	return root, r.add(&again)
}

// making has a command make a file of what the inputs of generate say. assume gives these the command's own defaults; nil: it has none.
func (r *run) making(c *command, assume func(*inputs.Generate)) *command {
	in := new(inputs.Generate)
	c.inputs = in
	c.run = func(ctx context.Context, _ []string, problems problem.List) error {
		if in.Version.Get() {
			return r.version()
		}
		if assume != nil {
			assume(in)
		}
		return r.generate(ctx, job{Generate: in, Set: c.set, quiet: in.Quiet.Get(), json: in.JSON.Get(), dry: in.DryRun.Get()}, problems)
	}
	return c
}

// job is a file to make.
type job struct {
	*inputs.Generate
	*inputs.Set
	quiet   bool               // only warnings and errors are shown
	json    bool               // the manifest, or the plan of a dry run, goes to standard output
	dry     bool               // nothing is written
	from    *manifest.Manifest // how the file must come out, or nothing is made; nil if it need not come out in a certain way
	version string             // of the program, as the manifest has it; "" for this one
	joined  *generator.Joined  // the rows that exist in shards; nil if they are to be made
	// The folder of the manifest, which gives all inputs that no person gave; nil without one.
	theirs *files.Places
}

// generate makes a file. problems are what is wrong so far.
func (r *run) generate(ctx context.Context, j job, problems problem.List) error {
	r.typed = j.Typed
	r.left.Store(leftNoFile)
	config := j.Config()
	if j.from != nil {
		config.Output.Pieces = j.from.File.Pieces
	}
	if j.json && (config.Output.Path == "-" || config.Output.Path != "" && r.isStdout(config.Output.Path)) && !j.dry {
		problems.Add("output", "%s writes to standard output, where %s %q writes the rows\nwrite the rows to a file", problem.Name("json"), problem.Name("output"), config.Output.Path)
	}
	places, err := r.places()
	if err != nil {
		return err
	}
	countHitCapacities(j.Generate, &config, places, &problems)
	countImageTokens(j.Generate, &config, places, &problems)
	by, wrong := j.FindShard(&config, r.env)
	problems = append(problems, wrong...)
	plan, err := r.plan(ctx, config, places, j, problems)
	if err != nil {
		return err
	}
	if j.dry {
		return r.forecast(ctx, j, plan)
	}
	if plan.Output.Stdout {
		r.left.Store(leftNothingToSay)
		if err := r.checkStdout(); err != nil {
			return err
		}
	}
	for _, warning := range plan.Warnings {
		r.warn(warning)
	}
	if folder := filepath.Dir(plan.Names.Output.Here); !plan.Output.Stdout && files.FirstProcess() && files.OnContainerLayer(folder) {
		r.warn(problem.New("output", "%s %q is in the container, and is lost with it\nmount a folder: docker run -v \"$PWD:$PWD\" -w \"$PWD\" …", problem.Name("output"), plan.Names.Output.Here))
	}
	if j.from != nil {
		if err := j.from.CheckPlan(plan); err != nil {
			return err
		}
	}
	if by != "" && !j.quiet {
		fmt.Fprintf(r.process.Stderr, "This is shard %s, by %s.\n", plan.Shard, by)
	}
	var progress generator.Progress
	stop := r.show(&progress, j.quiet)
	var about *report.Report
	var document []byte // the manifest
	var verdict string  // on the manifest
	var check func(*generator.Stats) error
	if j.from != nil {
		check = func(stats *generator.Stats) (err error) {
			if err = j.from.Check(plan, stats); err == nil {
				verdict, err = j.from.Verdict(plan, stats)
			}
			return err
		}
	}
	_, err = generator.RunChecked(ctx, plan, r.process.Stdout, &progress, check, func(stats *generator.Stats) ([]generator.Companion, error) {
		about = r.about(plan, stats, sharing(j.Deciding(plan), plan))
		if j.from == nil {
			about.Command = j.CommandLine(nil)
		}
		var err error
		if document, err = r.manifest(j, plan, stats); err != nil {
			return nil, err
		}
		return r.companions(plan, document, about)
	})
	stop()
	if err != nil {
		return err
	}
	return r.made(j, plan, about, document, verdict)
}

// made says what was made, in words and as the command was asked to. verdict is on the manifest that it was made from, or "".
func (r *run) made(j job, plan *generator.Plan, about *report.Report, document []byte, verdict string) error {
	r.left.CompareAndSwap(leftNoFile, leftCompleteFile)
	words := r.process.Stdout
	if j.json || plan.Output.Stdout || r.isStdout(plan.Names.Output.Here) {
		words = r.process.Stderr
	}
	if j.quiet {
		words = io.Discard
	}
	if err := about.Text(words, columns(words, 80)); err != nil {
		return fmt.Errorf("failed to write the report; the output is complete: %w", err)
	}
	if verdict != "" {
		fmt.Fprintln(words, "\n"+verdict)
	}
	if j.json {
		if _, err := r.process.Stdout.Write(escape.InertJSON(document)); err != nil {
			return fmt.Errorf("failed to write the manifest to standard output; the output is complete: %w", err)
		}
	}
	if r.step != nil {
		return r.step.Publish(about)
	}
	return nil
}

// checkStdout returns what is wrong if standard output was closed before the program began: the rows would be lost. A program that starts this one
// with the null device, open to be read as well, looks the same, so nothing else than rows is refused for it.
func (r *run) checkStdout() error {
	if !files.IsLost(r.process.Stdout) {
		return nil
	}
	return problem.List{problem.New("", "standard output is closed, or the null device opened to be read as well, and the rows would be lost\nleave it open, write to a file, or to %s by -o", os.DevNull)}
}

// isStdout reports whether a path, like /dev/stdout, is another name of standard output.
func (r *run) isStdout(path string) bool {
	stdout, ok := r.process.Stdout.(*os.File)
	if !ok {
		return false
	}
	out, err := stdout.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(out, named)
}

// about is the report of what was made.
func (r *run) about(p *generator.Plan, s *generator.Stats, with report.Sharing) *report.Report {
	paths := report.Paths{Shell: p.Names.Output.Next}
	if r.step != nil {
		paths = r.step.Paths(p)
	}
	paths.Sharing = with
	about := report.OfRun(p, s, paths)
	about.Facts = append(about.Facts, r.versionFact())
	return about
}

// versionFact is the action's output that names this build.
func (r *run) versionFact() report.Fact {
	return report.Fact{About: report.Origin, Output: "version", Value: strings.ReplaceAll(version(r.process.Version), " ", "+")}
}

// manifest is the text of the output's manifest, or nil if nobody wants it.
func (r *run) manifest(j job, p *generator.Plan, s *generator.Stats) ([]byte, error) {
	if p.Names.Manifest.Here == "" && !j.json {
		return nil, nil
	}
	return manifest.New(cmp.Or(j.version, version(r.process.Version)), filepath.Base(p.Names.Output.Here), j.Deciding(p), p, s).Encode()
}

// companions are the files about the output: its manifest, and the page if one is requested.
func (r *run) companions(p *generator.Plan, manifest []byte, about *report.Report) ([]generator.Companion, error) {
	var files []generator.Companion
	if p.Names.Manifest.Here != "" {
		files = append(files, generator.Companion{Place: p.Names.Manifest, Content: manifest})
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

// places tells where files are. A working folder that has been removed is none.
func (r *run) places() (files.Places, error) {
	dir, _ := os.Getwd()
	if r.step != nil {
		return r.step.Places(dir)
	}
	return files.Places{Dir: dir}, nil
}

// plan makes the plan, and adds what is wrong with it in a workflow.
func (r *run) plan(ctx context.Context, config generator.Config, places files.Places, j job, problems problem.List) (*generator.Plan, error) {
	env := generator.Environment{
		Places:  places,
		Theirs:  j.theirs,
		Joined:  j.joined,
		DryRun:  j.dry,
		Workers: r.process.Workers,
		Getenv:  func(name string) string { return r.env[name] },
		Notice:  func(line string) { fmt.Fprintln(r.process.Stderr, escape.Inert(line)) },
		Warn:    r.warn,
	}
	if r.step != nil {
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
