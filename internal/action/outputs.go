package action

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	env inputs.Environment
	log io.Writer
}

// NewStep returns the step that env belongs to; workflow commands go to log.
func NewStep(env inputs.Environment, log io.Writer) *Step { return &Step{env, log} }

// Error shows as an annotation what ends the run: what is wrong, and what to do, which may be empty. input is the one to blame, or "".
func (s *Step) Error(input, fault, remedy string) { s.annotate("error", input, fault, remedy) }

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
func (s *Step) Check(p *generator.Plan) problem.List {
	if escape.ShellSafe(s.shellPath(p)) {
		return nil
	}
	return problem.List{problem.New("output",
		"%s %q has a character that has a meaning in a shell, and later steps paste the path into one\nuse letters, digits and @%%+=:,./_-",
		problem.Name("output"), s.shellPath(p))}
}

// shellPath is the file's path as later steps paste it into a shell. If the workspace's own name would need quotes, the path is relative to
// the workspace, where steps begin.
func (s *Step) shellPath(p *generator.Plan) string {
	if relative := s.relative(p); !escape.ShellSafe(p.Names.Output.Next) && relative != "" {
		if relative[0] == '-' || relative[0] == '.' {
			return "./" + relative // neither an option, nor nothing when .zst is taken off
		}
		return relative
	}
	return p.Names.Output.Next
}

// relative is the file's path from the workspace, or "" if it is not in it.
func (s *Step) relative(p *generator.Plan) string {
	relative, err := filepath.Rel(s.env["GITHUB_WORKSPACE"], p.Names.Output.Here)
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
	return report.Paths{Shell: s.shellPath(p), Relative: s.relative(p)}
}

// Publish sets the outputs and adds the step summary.
func (s *Step) Publish(r *report.Report) error {
	if err := s.setOutputs(r.Facts); err != nil {
		return err
	}
	return s.appendTo("GITHUB_STEP_SUMMARY", summary(r)+"\n")
}

// setOutputs sets the outputs that facts hold, all of them or none. A line of NAME=VALUE needs no delimiter, which a value could be as well.
func (s *Step) setOutputs(facts []report.Fact) error {
	var lines strings.Builder
	for _, f := range facts {
		if f.Output == "" {
			continue
		}
		if strings.ContainsAny(f.Value, "\r\n") {
			return fmt.Errorf("failed to set the output %s: its value %q has more than one line", f.Output, f.Value)
		}
		fmt.Fprintf(&lines, "%s=%s\n", f.Output, f.Value)
	}
	return s.appendTo("GITHUB_OUTPUT", lines.String())
}
