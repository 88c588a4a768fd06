package replay

import "testing"

// TestMarksOfLongAgo: after 2^32 requests a number comes again.
func TestMarksOfLongAgo(t *testing.T) {
	m := marks{from: ^uint32(0) - 1}
	m.begin()
	if !m.mark(3) || m.mark(3) {
		t.Error("the last number")
	}
	m.begin()
	if m.has(3) || m.has(0) || !m.mark(3) {
		t.Error("the first number again")
	}
}
