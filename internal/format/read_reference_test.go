package format

import (
	"strings"
	"testing"
)

func TestReferenceName(t *testing.T) {
	for _, test := range []struct{ entry, want string }{
		{"/short.png", "/short.png"},
		{strings.Repeat("x", 60), strings.Repeat("x", 60)},
		{"/begin/" + strings.Repeat("x", 100) + "/end.png", "/begin/" + strings.Repeat("x", 22) + "…" + strings.Repeat("x", 22) + "/end.png"},
		{strings.Repeat("é", 50), strings.Repeat("é", 14) + "…" + strings.Repeat("é", 15)},
		{strings.Repeat("y", 5000), strings.Repeat("y", 59) + "…"},
	} {
		b := new(Batch)
		r := Reference{entry: b.keep([]byte(test.entry)[:min(len(test.entry), longestPath)]), Length: uint32(len(test.entry))}
		if got := b.Name(&r, true); got != test.want {
			t.Errorf("%q: got %q, want %q", test.entry, got, test.want)
		}
	}
}
