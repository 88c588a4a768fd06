package escape

import (
	"fmt"
	"strings"
)

// ShellSafe reports whether a POSIX shell takes a word as it is, without quotes.
func ShellSafe(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("@%+=:,./_-", r))
	})
}

// Shell returns what a POSIX shell reads as the given word, and what a line of a log can show. There is no quote for characters
// that do not show, so that printf has to make them. A word has no zero byte and does not end in a new line: no path of a plan does.
func Shell(word string) string {
	switch {
	case ShellSafe(word):
		return word
	case OneLine(word) == word:
		return "'" + strings.NewReplacer("'", `'\''`, "##", "#''#''").Replace(word) + "'"
	}
	var b strings.Builder
	for _, c := range []byte(word) {
		if ShellSafe(string(rune(c))) && c != '%' && c != '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return `"$(printf '` + b.String() + `')"`
}
