package generator

import (
	"fmt"
	"mmjsonl/internal/escape"
	"strings"
)

// Name is an input's name inside a [Problem]: the text names the input as its user typed it, which only the caller of
// [NewPlan] knows.
type Name string

// Problem is one thing that is wrong with, or will hurt in, a configuration: what, the value, the bound and what to do.
type Problem struct {
	Input  Name // the input to blame
	format string
	args   []any
}

// NewProblem makes a problem of input from a format and arguments as fmt has them. Arguments of type [Name] are shown as the
// user typed them; a string that came from a user belongs to the verb %q.
func NewProblem(input Name, format string, args ...any) Problem {
	return Problem{Input: input, format: format, args: args}
}

// Text is the problem in words: one line, whatever stands in its arguments. typed returns what the user calls an input.
func (p Problem) Text(typed func(Name) string) string {
	args := make([]any, len(p.args))
	for i, arg := range p.args {
		if name, ok := arg.(Name); ok {
			arg = typed(name)
		}
		args[i] = arg
	}
	return escape.OneLine(fmt.Sprintf(p.format, args...))
}

// Problems are all the problems of a configuration. As an error it is a line a problem.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Text(func(n Name) string { return string(n) })
	}
	return strings.Join(lines, "\n")
}

// add appends a problem.
func (p *Problems) add(input Name, format string, args ...any) {
	*p = append(*p, NewProblem(input, format, args...))
}

// blame reports whether any of the inputs has a problem already, so that what follows from it is not reported too.
func (p Problems) blame(inputs ...Name) bool {
	for _, problem := range p {
		for _, input := range inputs {
			if problem.Input == input {
				return true
			}
		}
	}
	return false
}
