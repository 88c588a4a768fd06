package report

import (
	"strconv"
	"strings"
)

// Printable returns a user's text as it may stand in a line of a terminal or a log: itself if it is plain, and otherwise
// quoted, with everything that could move a cursor, end a line or begin a runner's command escaped.
func Printable(s string) string {
	quoted := strconv.Quote(s)
	if quoted == `"`+s+`"` && !strings.Contains(s, "##[") && !strings.Contains(s, "::") {
		return s
	}
	return strings.NewReplacer("##[", `#\x23[`, "::", `:\x3a`).Replace(quoted)
}
