package inputs

import (
	"testing"

	"mmjsonl/internal/problem"
)

// Every value of a preset can be read, and is of an input.
func TestPresets(t *testing.T) {
	for _, p := range Presets {
		g := new(Generate)
		set := Bind("mmjsonl", g)
		if err := set.ReadEnvironment(t.Context(), Environment{"INPUT_PRESET": p.Name}, false); err != nil {
			t.Fatal(err)
		}
		if problems := set.Problems(); len(problems) > 0 {
			t.Errorf("%s: %v", p.Name, problems)
		}
		texts := map[problem.Name]string{}
		for _, in := range inputsOf(g) {
			texts[in.common().Name] = in.common().text
		}
		for _, v := range p.Values {
			if texts[v.Input] != v.Value || v.Source == "" {
				t.Errorf("%s: %s is %q, want %q from a source", p.Name, v.Input, texts[v.Input], v.Value)
			}
		}
	}
}

// A runner passes the defaults of all inputs, which do not precede a preset; anything else does.
func TestPresetOfAction(t *testing.T) {
	for text, want := range map[string]int64{"300": 572, "7": 7} {
		g := new(Generate)
		if err := Bind("mmjsonl", g).ReadEnvironment(t.Context(), Environment{"INPUT_PRESET": "servegen", "INPUT_USER-TEXT-TOKENS": text}, true); err != nil {
			t.Fatal(err)
		}
		if got := g.UserTextTokens.Get(); got != want {
			t.Errorf("with %s of a runner user-text-tokens is %d, want %d", text, got, want)
		}
	}
}
