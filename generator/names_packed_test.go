package generator

import (
	"fmt"
	"strings"
	"testing"
)

// Packed names are what they were, whatever they have in common.
func TestNamedBy(t *testing.T) {
	many := make([]string, 1000)
	for i := range many {
		many[i] = "http://h/" + strings.Repeat("x", i%3) + fmt.Sprint(i)
	}
	for _, test := range []struct {
		begin string
		names []string
	}{
		{"http://h/only", []string{"http://h/only"}},
		{"http://h/a", []string{"http://h/ab", "http://h/a", "http://h/ac"}},
		{`http://h/\u00e`, []string{`http://h/\u00e4`, `http://h/\u00e5`}},
		{"", []string{"http://h/a", "ftp://h/a"}},
		{"http://h/", many},
	} {
		r := namedBy(test.names)
		if r.Begin != test.begin {
			t.Errorf("%.40q begin with %q, want %q", test.names, r.Begin, test.begin)
		}
		length := 0
		for i, want := range test.names {
			if got := string(r.append(nil, uint32(i))); got != want {
				t.Fatalf("name %d is %q, want %q", i, got, want)
			}
			r.ReadAhead([]uint32{uint32(i)}) // does not run past the ends
			length += len(want)
		}
		if want := int64(length / len(test.names)); r.Length != want {
			t.Errorf("a usual name of %.40q has %d bytes, want %d", test.names, r.Length, want)
		}
	}
}
