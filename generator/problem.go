package generator

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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
	return OneLine(fmt.Sprintf(p.format, args...))
}

// OneLine returns a text as one line that shows all there is in it: line ends, escape sequences, what turns the direction of writing,
// and bytes that are no UTF-8 are written as in a Go string.
func OneLine(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if unicode.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			b.WriteString(text[:size])
		} else {
			quoted := strconv.Quote(text[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return b.String()
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
