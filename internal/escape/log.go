package escape

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OneLine returns a text as one line that shows all there is in it: line ends, escape sequences, what turns the direction of writing,
// and bytes that are not UTF-8 are written as in a Go string.
func OneLine(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if unicode.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			b.WriteString(text[:size])
		} else {
			quoted := strconv.Quote(text[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return b.String()
}

// Printable returns a user's text as a line of a terminal or a log can show it: itself if it is plain, and otherwise
// quoted, with everything that could move a cursor, end a line or begin a runner's command escaped.
func Printable(s string) string {
	quoted := strconv.Quote(s)
	if quoted == `"`+s+`"` && !strings.Contains(s, "##") && !strings.Contains(s, "::") {
		return s
	}
	return runnerCommands.Replace(quoted)
}

// runnerCommands makes text that has its user's words quoted mean nothing to a runner that reads the log: GitHub's commands are ::name:: and
// ##[name], those of others ##vso[name] and ##teamcity[name].
var runnerCommands = strings.NewReplacer("##", `#\x23`, "::", `:\x3a`)

// Inert returns words of the program's own, of one line or several, which may hold users' words: none of their lines is a runner's
// command, which begins a line with :: or is anywhere with ##, and all characters show.
func Inert(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.ReplaceAll(OneLine(line), "##", `#\x23`)
		if words := strings.TrimLeft(line, " "); strings.HasPrefix(words, "::") {
			line = line[:len(line)-len(words)] + `:\x3a` + words[len("::"):]
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// Line returns words in which a user's words are quoted as one line that holds no runner's command, wherever in a log's line it is put.
func Line(text string) string { return runnerCommands.Replace(OneLine(text)) }
