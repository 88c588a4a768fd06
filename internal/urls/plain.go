package urls

import "strings"

// isPlain reports whether a text is what nearly all URLs of images are: http:// or https://, a host, perhaps a port of one to four digits, and then
// only characters that no list needs to be mended of and [Check] has no word about. Lists have millions of lines, and this looks at each byte once.
func isPlain(text string) bool {
	rest, ok := strings.CutPrefix(text, "http://")
	if !ok {
		if rest, ok = strings.CutPrefix(text, "https://"); !ok {
			return false
		}
	}
	if len(text) > maxURL {
		return false
	}
	host := plainHostLength(rest)
	if host == 0 {
		return false
	}
	rest = rest[host:]
	if strings.HasPrefix(rest, ":") {
		port := 1
		for port < len(rest) && '0' <= rest[port] && rest[port] <= '9' {
			port++
		}
		if port < 1+1 || port > 1+4 {
			return false
		}
		rest = rest[port:]
	}
	if rest == "" {
		return true
	}
	if rest[0] != '/' {
		return false
	}
	for _, c := range []byte(rest) {
		if !isPlainPath[c] {
			return false
		}
	}
	return true
}

// plainHostLength returns how many bytes at the start of a text are characters of plainHost.
func plainHostLength(text string) int {
	end := 0
	for end < len(text) && isPlainHost[text[end]] {
		end++
	}
	return end
}

// plainHost has the characters of hosts about which nothing can be wrong.
const plainHost = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."

var (
	isPlainHost = setOf(plainHost)
	isPlainPath = setOf(plainHost + "/_~%?=+@!$()*#&")
)

func setOf(characters string) (is [256]bool) {
	for _, c := range []byte(characters) {
		is[c] = true
	}
	return is
}
