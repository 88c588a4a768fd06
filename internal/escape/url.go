package escape

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxShown is how much of a URL or of a file's name an error shows, in bytes.
const maxShown = 100

// URL shows a URL in an error or a log: quoted, shortened, and without its secrets.
func URL(s string) string {
	s = WithoutSecrets(s)
	if len(s) > maxShown {
		end := maxShown
		for end > maxShown-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end] + "…"
	}
	return strconv.Quote(s)
}

// WithoutSecrets is a URL without what may be secret, which is the user and password and everything from the ? on.
func WithoutSecrets(s string) string {
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
			s = scheme + "://" + rest[at+1:]
		}
	}
	if end := strings.IndexAny(s, "?#"); end >= 0 {
		s = s[:end+1] + "…"
	}
	return s
}

// Name shows the name of an entry of a zip, which can be 64 KiB of anything.
func Name(name string) string {
	if len(name) > maxShown {
		return strconv.Quote(name[:maxShown]) + "…"
	}
	return strconv.Quote(name)
}
