package escape

import (
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"http://h/a":                           `"http://h/a"`,
		"http://user:pass@h:80/a":              `"http://h:80/a"`,
		"http://us@er:pass@h/a@b":              `"http://h/a@b"`,
		"https://h/a?signature=secret#secret":  `"https://h/a?…"`,
		"https://h/a#secret":                   `"https://h/a#…"`,
		"https://user:pass@h?secret@b":         `"https://h?…"`,
		"https://h?a=http://user:secret@h":     `"https://h?…"`,
		"a\nb\u202e\xff\"":                     `"a\nb\u202e\xff\""`,
		"http://h/" + strings.Repeat("ü", 100): `"http://h/` + strings.Repeat("ü", 45) + `…"`,
		strings.Repeat("\xbf", 1000):           `"` + strings.Repeat(`\xbf`, 96) + `…"`,
	} {
		if got := URL(url); got != want {
			t.Errorf("%q: got %s, want %s", url, got, want)
		}
	}
}
