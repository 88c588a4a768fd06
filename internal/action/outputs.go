package action

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
)

// Step is a running step of a workflow.
type Step struct {
	env    inputs.Environment
	log    io.Writer
	failed []failure // what ends the run
}

// failure is what ends a run, as annotations have it.
type failure struct{ input, fault, remedy string }

// NewStep returns the step that env belongs to; workflow commands go to log.
func NewStep(env inputs.Environment, log io.Writer) *Step { return &Step{env: env, log: log} }

// Error shows as an annotation what ends the run: what is wrong, and what to do, which may be empty. input is the one to blame, or "".
func (s *Step) Error(input, fault, remedy string) {
	s.annotate("error", input, fault, remedy)
	s.failed = append(s.failed, failure{input, fault, remedy})
}

// mostBadRows is for how many rows there are annotations: GitHub shows ten of a kind in a step, and one is about the file.
const mostBadRows = 9

// BadRow shows a row of a file that cannot be sent as an annotation, at its line if the file is in the workspace. nth counts them from 0.
func (s *Step) BadRow(nth int, file files.Place, line int64, reason string) {
	if nth >= mostBadRows {
		return
	}
	properties := githubactions.CommandProperties{"title": "Bad row"}
	if relative := inside(file.Here, s.env["GITHUB_WORKSPACE"]); s.env["GITHUB_WORKSPACE"] != "" && relative != "" {
		properties["file"], properties["line"] = escape.Inert(relative), fmt.Sprint(line)
	}
	command := githubactions.Command{Name: "error", Message: escape.Inert(fmt.Sprintf("line %d: %s", line, reason)), Properties: properties}
	fmt.Fprintln(s.log, command.String())
}

// Warning shows as an annotation what will hurt.
func (s *Step) Warning(input, fault, remedy string) { s.annotate("warning", input, fault, remedy) }

// annotate writes an annotation. A log shows its message and not its title, so the message is complete; GitHub's pages show both.
func (s *Step) annotate(kind, input, fault, remedy string) {
	command := githubactions.Command{Name: kind, Message: escape.Inert(fault)}
	if input != "" {
		command.Properties = githubactions.CommandProperties{"title": "Input " + escape.Inert(input)}
	}
	if remedy != "" {
		command.Message += "\n" + escape.Inert(remedy)
	}
	fmt.Fprintln(s.log, command.String()) // that the log takes no more has no place to be shown
}

// Check returns what is wrong with a plan because later steps paste its outputs into a shell.
func (s *Step) Check(p *generator.Plan) (problems problem.List) {
	for _, name := range []struct {
		input problem.Name
		place files.Place
	}{{"output", p.Names.Output}, {"output", p.Names.Manifest}, {"image-dir", p.Names.Images}, {"report", p.Names.Report}} {
		if !problems.Blame("output") && name.place.Here != "" { // an unsafe folder of the output is that of the images, too
			problems = append(problems, s.CheckPath(name.input, name.place)...)
		}
	}
	return append(problems, s.CheckCapacities("hit-rate", len(p.Targets))...)
}

// GitHub drops a step's summary that is longer than 1 MiB, and the outputs of a job that are, in two bytes a character. Nothing is as long as what
// is said of each capacity, in an output and in the summary.
const (
	mostSummary    = 1 << 20 // bytes
	mostCapacities = 1000
)

// CheckCapacities returns what is wrong with an input that requests so many capacities.
func (s *Step) CheckCapacities(input problem.Name, capacities int) (problems problem.List) {
	if capacities > mostCapacities {
		problems.Add(input, "%s has %d capacities, and the outputs and the summary of a step hold %d\ngive fewer", input, capacities, mostCapacities)
	}
	return problems
}

// CheckPath returns what is wrong with a path that an input leads to and outputs will hold.
func (s *Step) CheckPath(input problem.Name, place files.Place) (problems problem.List) {
	for _, path := range []string{place.Here, place.Next} {
		if s.word(path) == "" {
			problems.Add(input, "%s %q has a character that has a meaning in a shell, and later steps paste the path into one\nuse letters, digits and @%%+=:,./_-",
				input, path)
			break
		}
	}
	return problems
}

// word is a path as a shell takes it without quotes: if the workspace's own name would need some, the path is relative to the workspace,
// where steps begin. It is "" if there is no such word.
func (s *Step) word(path string) string {
	if escape.ShellSafe(path) && path[0] != '-' {
		return path
	}
	shared := Places(s.env, "").Shared
	if len(shared) == 0 {
		return ""
	}
	for _, workspace := range []string{shared[0].Here, shared[0].Next} {
		if relative := inside(path, workspace); escape.ShellSafe(relative) {
			return notOption(relative)
		}
	}
	return ""
}

// notOption is a relative path that no command takes for an option, and that is not nothing when .zst is taken off.
func notOption(relative string) string {
	if relative != "" && (relative[0] == '-' || relative[0] == '.') {
		return "./" + relative
	}
	return relative
}

// inside is a path from a folder, or "" if it is not in it.
func inside(path, folder string) string {
	relative, err := filepath.Rel(folder, path)
	if err != nil || relative == ".." || strings.HasPrefix(relative, "../") {
		return ""
	}
	return relative
}

// Ready returns an error if the runner's files cannot be written to, so that a run fails before its work and not after it.
func (s *Step) Ready() error {
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		if err := s.appendTo(name, ""); err != nil {
			return err
		}
	}
	return nil
}

// appendTo appends text to the file that a variable of the runner names, all of it or nothing. Without the variable, as in docker run by
// hand, it does nothing.
func (s *Step) appendTo(variable, text string) error {
	if s.env[variable] == "" {
		return nil
	}
	f, err := os.OpenFile(s.env[variable], os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("failed to open what %s names: %w: the runner makes this file, check its mount", variable, err)
	}
	before, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		if _, err = f.WriteString(text); err != nil {
			err = errors.Join(err, f.Truncate(before))
		}
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("failed to write to what %s names: %w", variable, files.Explain("write", s.env[variable], err))
	}
	return nil
}

// Paths are what only the step knows of the output's names.
func (s *Step) Paths(p *generator.Plan) report.Paths {
	return report.Paths{
		Shell:    s.word(p.Names.Output.Next),
		Relative: notOption(inside(p.Names.Output.Here, s.env["GITHUB_WORKSPACE"])),
	}
}

// Publish sets the outputs and adds the step summary.
func (s *Step) Publish(r *report.Report) error {
	if err := s.setOutputs(r.Facts); err != nil {
		return err
	}
	text := summary(r)
	if len(text) >= mostSummary {
		text, _, _ = strings.Cut(text, "\n")
	}
	return s.appendTo("GITHUB_STEP_SUMMARY", text+"\n")
}

// PublishFailure adds to the step summary what ended the run. That this fails has no place to be shown: the annotations have said it.
func (s *Step) PublishFailure() {
	if len(s.failed) == 0 {
		return
	}
	text := failureSummary(s.failed)
	if len(text) >= mostSummary {
		text, _, _ = strings.Cut(text, "\n")
	}
	_ = s.appendTo("GITHUB_STEP_SUMMARY", text+"\n")
}

// PublishComparison sets the outputs, others beside those of the runs, and adds the step summary of runs that were compared.
func (s *Step) PublishComparison(c *report.Comparison, others ...report.Fact) error {
	if err := s.setOutputs(append(c.Outputs(), others...)); err != nil {
		return err
	}
	text := comparisonSummary(c)
	if len(text) >= mostSummary {
		text, _, _ = strings.Cut(text, "\n")
	}
	return s.appendTo("GITHUB_STEP_SUMMARY", text+"\n")
}

// severalWords is the output whose value is words of a shell; those of all others are one word, or nothing.
const severalWords = "aiperf-args"

// setOutputs sets the outputs that facts hold, all of them or none. Each is safe in a shell, which later steps paste it into. So a line of
// NAME=VALUE needs no delimiter, which a value could be as well.
func (s *Step) setOutputs(facts []report.Fact) error {
	var lines strings.Builder
	for _, f := range facts {
		if f.Output == "" {
			continue
		}
		value := f.Value
		safe := value == ""
		switch {
		case safe:
		case f.Output == severalWords:
			safe = !slices.ContainsFunc(strings.Split(value, " "), func(word string) bool { return !escape.ShellSafe(word) })
		case s.word(value) != "":
			value, safe = s.word(value), true
		}
		if !safe {
			return fmt.Errorf("failed to set the output %s: its value %q has a meaning in a shell, which later steps paste it into", f.Output, value)
		}
		fmt.Fprintf(&lines, "%s=%s\n", f.Output, value)
	}
	return s.appendTo("GITHUB_OUTPUT", lines.String())
}
