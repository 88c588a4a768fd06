package h264

import (
	"bytes"
	"testing"
)

// TestAppendUnit: no unit holds what would look like the beginning of another one (7.4.1).
func TestAppendUnit(t *testing.T) {
	for _, test := range []struct{ payload, want string }{
		{"abc", "Kabc"},
		{"a\x00\x00\x01b", "Ka\x00\x00\x03\x01b"},
		{"\x00\x00\x00\x00\x00\x80", "K\x00\x00\x03\x00\x00\x03\x00\x80"},
		{"\x00\x00\x03\x00\x00\x04", "K\x00\x00\x03\x03\x00\x00\x04"},
		{"\x00\x01\x00\x00\x02", "K\x00\x01\x00\x00\x03\x02"},
	} {
		if got := appendUnit(nil, 'K', []byte(test.payload)); !bytes.Equal(got, []byte(test.want)) {
			t.Errorf("%q is %q, want %q", test.payload, got, test.want)
		}
	}
}
