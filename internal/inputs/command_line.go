package inputs

import (
	"strings"

	"mmjsonl/internal/escape"
)

// mostShown bounds a value in a command line that is shown, in characters.
const mostShown = 200

// CommandLine is a command with the inputs that a person gave, by whatever way, as a line for a shell, to be shown: words are its arguments. What
// may be secret in URLs, and the end of a long text, are left out.
func (s *Set) CommandLine(words []string) string {
	line := []string{s.command}
	for _, in := range inputsOf(s.target) {
		c := in.common()
		if !c.Given() || c.Group == "General" {
			continue
		}
		value := c.text
		if strings.Contains(value, "://") {
			value = escape.WithoutSecrets(value)
		}
		if runes := []rune(value); len(runes) > mostShown {
			value = string(runes[:mostShown]) + "…"
		}
		if in.Type() == "bool" && value == "true" {
			line = append(line, "--"+c.flag)
			continue
		}
		if in.Type() == "bool" {
			line = append(line, "--"+c.flag+"="+escape.Shell(value))
			continue
		}
		line = append(line, "--"+c.flag, escape.Shell(value))
	}
	for _, word := range words {
		line = append(line, escape.Shell(word))
	}
	return strings.Join(line, " ")
}
