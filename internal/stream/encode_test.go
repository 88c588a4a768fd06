package stream_test

import (
	"bytes"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
)

// Numbers take as many bytes as the largest needs. All samplers' streams are written and read in streamtest.Suite.
func TestStreamEncodingWidths(t *testing.T) {
	for largest, bytesEach := range map[uint32]int{0: 1, 255: 1, 256: 2, 65535: 2, 65536: 3, 1<<24 - 1: 3, 1 << 24: 4, 1<<32 - 1: 4} {
		s := &stream.Stream{PerRow: 5, Media: []uint32{largest / 7, 0, largest, largest / 3, largest / 65536}}
		shape := stream.Shape{Rows: 1, Slots: 5, Widest: 5, Pool: int(largest) + 1}
		var content bytes.Buffer
		if err := s.Write(&content); err != nil {
			t.Fatal(err)
		}
		if want := 1 + 1 + 1 + 5*bytesEach + 4; content.Len() != want {
			t.Errorf("five numbers up to %d take %d bytes, want %d", largest, content.Len(), want)
		}
		back, err := stream.Read(bytes.NewReader(content.Bytes()), shape, 0, 1)
		if err != nil || !slices.Equal(back.Media, s.Media) {
			t.Errorf("%d was read as %v, %v", s.Media, back, err)
		}
		shape.Pool--
		if _, err := stream.Read(bytes.NewReader(content.Bytes()), shape, 0, 1); err == nil {
			t.Errorf("the image %d is read for a pool of %d", largest, shape.Pool)
		}
	}
}
