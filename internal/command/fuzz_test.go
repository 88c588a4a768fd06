package command

import (
	"strings"
	"testing"

	"mmjsonl/internal/escape"
)

// FuzzInspectFlags understands any command line of inspect, with zero bytes between its arguments, or says in lines that can be shown what
// is wrong with it.
func FuzzInspectFlags(f *testing.F) {
	f.Add("f\x00--cache-images=5")
	f.Fuzz(func(t *testing.T, arguments string) {
		set, asked, problems := inspectionOf(t, strings.Split(arguments, "\x00")...)
		for _, p := range problems {
			text := p.Text(set.Typed)
			if text == "" || strings.Contains(text, "\n") || text != escape.OneLine(text) || strings.Contains(text, "%!") && !strings.Contains(arguments, "%!") {
				t.Errorf("the problem %q is not a line that can be shown", text)
			}
		}
		if len(problems) > 0 {
			return
		}
		o := asked.options.Reuse
		if len(asked.files) == 0 || o.Concurrency < 1 || o.Replicas < 1 || o.Replicas > 1024 {
			t.Errorf("%+v is accepted", asked)
		}
		for _, capacity := range o.Capacities {
			if capacity < 0 || asked.server == nil && capacity < 1 {
				t.Errorf("a capacity of %d images", capacity)
			}
		}
	})
}
