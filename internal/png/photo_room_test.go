package png

import (
	"bytes"
	"image/png"
	"testing"
)

// Where pixels take more room than was reserved, rows get the shortest codes, and the file has its length all the same.
func TestPhotoRoom(t *testing.T) {
	var e Photo
	for _, spare := range []int64{0, 1000, 100_000} {
		e.Reset(1, 2, 400, 300)
		e.spare = spare
		var content []byte
		for e.More() {
			content = e.Append(content)
		}
		if got, want := int64(len(content)), PhotoSize(1, 2, 400, 300); got != want {
			t.Errorf("spare %d: %d bytes, want %d", spare, got, want)
		}
		if _, err := png.Decode(bytes.NewReader(content)); err != nil {
			t.Errorf("spare %d: %v", spare, err)
		}
	}
}
