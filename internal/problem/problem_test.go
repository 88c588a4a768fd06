package problem

import (
	"strings"
	"testing"
)

func asFlag(n Name) string { return "--" + string(n) }

func TestProblemParts(t *testing.T) {
	for name, test := range map[string]struct {
		problem       Problem
		fault, remedy string
	}{
		"both": {New("images-pool", "%s %d is smaller than %s %d\nraise %s to at least %d", Name("images-pool"), 2, Name("images-per-request"), 3, Name("images-pool"), 3),
			"--images-pool 2 is smaller than --images-per-request 3", "raise --images-pool to at least 3"},
		"fault alone":       {New("seed", "%s is not a seed", Name("seed")), "--seed is not a seed", ""},
		"a user's lines":    {New("output", "%s %s has 100 %% of nothing\ngive %s", Name("output"), "a\n::error::b", "another\nname"), `--output a\n::error::b has 100 % of nothing`, `give another\nname`},
		"no verbs in front": {New("", "nothing to send\ngive %s", Name("prompt")), "nothing to send", "give --prompt"},
	} {
		fault, remedy := test.problem.Parts(asFlag)
		if fault != test.fault || remedy != test.remedy {
			t.Errorf("%s: got %q and %q, want %q and %q", name, fault, remedy, test.fault, test.remedy)
		}
		if text := test.problem.Text(asFlag); strings.Contains(text, "\n") || !strings.HasPrefix(text, test.fault) || !strings.HasSuffix(text, test.remedy) {
			t.Errorf("%s: the line is %q", name, text)
		}
	}
}

func TestListBlame(t *testing.T) {
	var l List
	l.Add("seed", "%s is bad", Name("seed"))
	if !l.Blame("output", "seed") || l.Blame("output") || l.Blame() {
		t.Error("Blame found the wrong inputs")
	}
	if got := l.Error(); got != "seed is bad" {
		t.Errorf("the error is %q", got)
	}
}
