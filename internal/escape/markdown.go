package escape

import (
	"strings"
)

// MarkdownCell returns a user's text as code in a table's cell, from which it cannot break out, and in which nothing becomes a link: GitHub makes one
// of www. and, after entities are read, of an address of mail.
func MarkdownCell(s string) string { return markdownCode(Printable(s)) }

// MarkdownMessage is MarkdownCell for a message, which may have a user's text in it.
func MarkdownMessage(s string) string { return markdownCode(OneLine(s)) }

func markdownCode(s string) string {
	return "<code>" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "`", "&#96;", "*", "&#42;",
		"_", "&#95;", "[", "&#91;", "~", "&#126;", `\`, "&#92;", "$", "&#36;", "@", "&#64;<wbr>", "#", "&#35;", ":", "&#58;", ".", "&#46;").Replace(s) + "</code>"
}
