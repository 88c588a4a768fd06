package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"mmjsonl/generator"
)

// Printable returns a user's text as it may stand in a line of a terminal or a log: itself if it is plain, and otherwise
// quoted, with everything that could move a cursor, end a line or begin a runner's command escaped.
func Printable(s string) string {
	quoted := strconv.Quote(s)
	if quoted == `"`+s+`"` && !strings.Contains(s, "##") && !strings.Contains(s, "::") {
		return s
	}
	return inert.Replace(quoted)
}

// inert makes text that has its user's words quoted mean nothing to a runner that reads the log: GitHub's commands are ::name:: and
// ##[name], those of others ##vso[name] and ##teamcity[name].
var inert = strings.NewReplacer("##", `#\x23`, "::", `:\x3a`)

// Inert returns words of the program's own, of one line or several, in which users' words may stand: no line of them is a runner's
// command, which begins one with :: or stands anywhere with ##, and all characters show.
func Inert(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.ReplaceAll(generator.OneLine(line), "##", `#\x23`)
		if words := strings.TrimLeft(line, " "); strings.HasPrefix(words, "::") {
			line = line[:len(line)-len(words)] + `:\x3a` + words[len("::"):]
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// InertJSON returns a JSON document in which the same holds of all its strings, and which means the same.
func InertJSON(document []byte) []byte {
	var b []byte
	for _, r := range string(document) {
		if r == '\n' || unicode.IsPrint(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			b = fmt.Appendf(b, `\u%04x`, unit)
		}
	}
	return bytes.ReplaceAll(b, []byte("##"), []byte(`#\u0023`))
}
