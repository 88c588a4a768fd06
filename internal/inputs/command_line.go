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
		value := Shown(c.text)
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

// Shown is the text of an input as a page shows it: without what may be secret in a URL, and not longer than a line or two.
func Shown(text string) string {
	if strings.Contains(text, "://") {
		text = escape.WithoutSecrets(text)
	}
	if runes := []rune(text); len(runes) > mostShown {
		text = string(runes[:mostShown]) + "…"
	}
	return text
}
