// Package escape makes text from outside harmless for the place where it is shown or written: a line of a terminal or a log, JSON, a
// POSIX shell, a cell of a Markdown table, a message that names a URL.
package escape
