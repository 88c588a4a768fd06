package cli

import (
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// What the help shows as an example can be typed as it is.
func TestHelpExamples(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"", "sliding-window", "multi-turn", "video-single-turn"} {
		help := program.Succeed(t, t.TempDir(), nil, append(strings.Fields(command), "--help")...).Stdout
		_, examples, _ := strings.Cut(help, "\nExamples\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		ran := 0
		for line := range strings.Lines(examples) {
			example, found := strings.CutPrefix(line, "  mmjsonl")
			if !found {
				continue // the rest of what is said about one
			}
			example, _, _ = strings.Cut(strings.TrimRight(example, "\n"), "   ")
			ran++
			program.Succeed(t, t.TempDir(), nil, append(strings.Fields(example), "--dry-run")...)
		}
		if ran < 2 {
			t.Errorf("mmjsonl %s --help has %d examples:\n%s", command, ran, help)
		}
	}
}
