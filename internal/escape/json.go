package escape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns s, valid UTF-8, as a JSON string in ASCII.
func JSON(s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can always be marshalled
	}
	ascii := make([]byte, 0, len(quoted))
	for len(quoted) > 0 {
		r, n := utf8.DecodeRune(quoted)
		switch {
		case r < utf8.RuneSelf:
			ascii = append(ascii, byte(r))
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			ascii = appendEscape(appendEscape(ascii, high), low)
		default:
			ascii = appendEscape(ascii, r)
		}
		quoted = quoted[n:]
	}
	return ascii
}

// InJSON returns s, valid UTF-8, as the inside of a JSON string in ASCII.
func InJSON(s string) string {
	if isPlain(s) {
		return s
	}
	quoted := JSON(s)
	return string(quoted[1 : len(quoted)-1])
}

// isPlain reports whether a string is in JSON as it is: most URLs are, of which there can be many.
func isPlain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// appendEscape appends a UTF-16 code unit as \uXXXX.
func appendEscape(dst []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
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
