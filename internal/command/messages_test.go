package command

import (
	"bytes"
	"testing"

	"mmjsonl/internal/action"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
)

// TestMessages: what is wrong and what to do are two lines on a terminal, and in an annotation two lines under the input's name.
func TestMessages(t *testing.T) {
	p := problem.New("images-pool", "%s %q is wrong\ngive %s", problem.Name("images-pool"), "a:,%", problem.Name("images-pool"))
	plain := problem.New("", "nothing to do")
	for name, test := range map[string]struct {
		env  inputs.Environment
		want string
	}{
		"terminal": {nil, "mmjsonl: --images-pool \"a:,%\" is wrong\n  give --images-pool\nwarning: --images-pool \"a:,%\" is wrong\n  give --images-pool\nmmjsonl: nothing to do\nmmjsonl: a fault\n"},
		"action": {inputs.Environment{}, "::error title=Input --images-pool::--images-pool \"a:,%25\" is wrong%0Agive --images-pool\n" +
			"::warning title=Input --images-pool::--images-pool \"a:,%25\" is wrong%0Agive --images-pool\n::error::nothing to do\n::error::a fault\n"},
	} {
		var out bytes.Buffer
		r := run{process: Process{Stderr: &out}, typed: func(n problem.Name) string { return "--" + string(n) }}
		if test.env != nil {
			r.step = action.NewStep(test.env, &out)
		}
		r.problem(p)
		r.warn(p)
		r.problem(plain)
		r.error("a fault")
		if out.String() != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, out.String(), test.want)
		}
	}
}
