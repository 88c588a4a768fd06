package problem

import (
	"fmt"
	"slices"
	"strings"

	"mmjsonl/internal/escape"
)

// Name is an input's name inside a [Problem]. The problem's text shows the name that the user typed: a flag, a variable, a key of a
// workflow. Only the caller that read the inputs knows it.
type Name string

// Problem is one thing that is wrong with a configuration, or that will hurt: what is wrong, and what to do.
type Problem struct {
	Input  Name // the input to blame; "" if no single input is
	format string
	args   []any
}

// New makes a problem of an input. The format and its arguments are those of fmt; a line feed in the format separates what is wrong from
// what to do. An argument of type [Name] is shown as the user typed it; a string from a user belongs to the verb %q.
func New(input Name, format string, args ...any) Problem {
	return Problem{Input: input, format: format, args: args}
}

// Fault is what went wrong on the way to what an input names, such as a download: nothing is wrong with the input as far as anybody knows, but it
// says where to look.
type Fault struct {
	Input Name
	Err   error
}

func (f *Fault) Error() string { return f.Text(func(n Name) string { return string(n) }) }

func (f *Fault) Unwrap() error { return f.Err }

// Text is the fault as one line; see [Problem.Parts] for typed.
func (f *Fault) Text(typed func(Name) string) string { return typed(f.Input) + ": " + f.Err.Error() }

// Parts returns what is wrong and what to do, a line each; remedy is "" if the format has no line feed. typed returns what the user
// calls an input.
func (p Problem) Parts(typed func(Name) string) (fault, remedy string) {
	args := make([]any, len(p.args))
	for i, arg := range p.args {
		if name, ok := arg.(Name); ok {
			arg = typed(name)
		}
		args[i] = arg
	}
	before, after, _ := strings.Cut(p.format, "\n")
	inFault := verbs(before)
	fault = fmt.Sprintf(before, args[:inFault]...)
	if after != "" {
		remedy = fmt.Sprintf(after, args[inFault:]...)
	}
	return escape.OneLine(fault), escape.OneLine(remedy)
}

// verbs counts the verbs of a format, each of which takes one argument: formats here have neither asterisks nor indices.
func verbs(format string) int {
	return strings.Count(format, "%") - 2*strings.Count(format, "%%")
}

// Text is the problem as one line.
func (p Problem) Text(typed func(Name) string) string {
	fault, remedy := p.Parts(typed)
	if remedy == "" {
		return fault
	}
	return fault + ": " + remedy
}

// List holds all the problems of a configuration. As an error it is a line a problem.
type List []Problem

func (l List) Error() string {
	lines := make([]string, len(l))
	for i, p := range l {
		lines[i] = p.Text(func(n Name) string { return string(n) })
	}
	return strings.Join(lines, "\n")
}

// Add appends a problem; see [New].
func (l *List) Add(input Name, format string, args ...any) {
	*l = append(*l, New(input, format, args...))
}

// Blame reports whether any of the inputs has a problem already, so that what follows from it is not reported too.
func (l List) Blame(inputs ...Name) bool {
	return slices.ContainsFunc(l, func(p Problem) bool { return slices.Contains(inputs, p.Input) })
}

// OneOf adds a problem if an input's value is none of those it may have, unless the input has one already.
func OneOf[T ~string](l *List, input Name, value T, values []T) {
	if l.Blame(input) || slices.Contains(values, value) {
		return
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	l.Add(input, "%s %q is unknown\ngive %s or %s", input, value, strings.Join(words[:len(words)-1], ", "), words[len(words)-1])
}
