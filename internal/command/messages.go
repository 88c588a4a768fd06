package command

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/problem"
)

// problem shows a problem that ends the run: what is wrong and, in a line of its own, what to do.
func (r *run) problem(p problem.Problem) {
	fault, remedy := p.Parts(r.typed)
	if r.step != nil {
		r.step.Error(r.blamed(p), fault, remedy)
		return
	}
	r.message("mmjsonl: ", fault, remedy)
}

// warn shows a problem that does not end the run.
func (r *run) warn(p problem.Problem) {
	fault, remedy := p.Parts(r.typed)
	if r.step != nil {
		r.step.Warning(r.blamed(p), fault, remedy)
		return
	}
	r.message("warning: ", fault, remedy)
}

// error shows an error that ends the run.
func (r *run) error(text string) {
	if r.step != nil {
		r.step.Error("", text, "")
		return
	}
	r.message("mmjsonl: ", text, "")
}

// blamed is the problem's input as the user typed it, or "" if no single input is to blame.
func (r *run) blamed(p problem.Problem) string {
	if p.Input == "" {
		return ""
	}
	return r.typed(p.Input)
}

// message writes a message to standard error, what to do on an indented line.
func (r *run) message(start, fault, remedy string) {
	text := start + fault
	if remedy != "" {
		text += "\n  " + remedy
	}
	fmt.Fprintln(r.process.Stderr, escape.Inert(text))
}

// columns is how many columns w has, or, where it is not a terminal, as many as otherwise.
func columns(w io.Writer, otherwise int) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return otherwise
}
