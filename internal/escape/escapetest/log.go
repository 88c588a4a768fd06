// Package escapetest checks text that the program shows.
package escapetest

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Log fails the test unless the log of a workflow's step can hold the text: a runner finds no command in it, and each character only shows.
func Log(t testing.TB, text string) {
	t.Helper()
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) || strings.Contains(text, "##") {
		t.Errorf("a log cannot hold this text: %q", text)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("the log has the command %q", line)
		}
	}
}
