package escape

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestJSONIsASCII(t *testing.T) {
	for _, s := range []string{"", "plain", "a\"b\\c\n\t\x00\x1f", "é 漢字 😀 \u2028\u2029", "</script>&", "\x7f", "�",
		"a&b", "<", ">", "http://x.example/a.jpg?w=1#~"} {
		quoted := JSON(s)
		if inside := InJSON(s); `"`+inside+`"` != string(quoted) {
			t.Errorf("%q became %s, and inside of a string %s", s, quoted, inside)
		}
		var back string
		if err := json.Unmarshal(quoted, &back); err != nil || back != s {
			t.Errorf("%q became %s, read back as %q: %v", s, quoted, back, err)
		}
		if marshalled, err := json.Marshal(s); err != nil || s < "\x7f" && string(marshalled) != string(quoted) {
			t.Errorf("%q became %s, and encoding/json has %s, %v", s, quoted, marshalled, err)
		}
		for _, c := range quoted {
			if c >= utf8.RuneSelf || c < ' ' {
				t.Errorf("%q became %q, which is not plain ASCII", s, quoted)
			}
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add("héllo \"😀\"\x00")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("NewPlan refuses what is not UTF-8")
		}
		var back string
		if err := json.Unmarshal(JSON(s), &back); err != nil || back != s {
			t.Fatalf("%q became %q: %v", s, back, err)
		}
	})
}
