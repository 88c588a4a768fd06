// Package mediatest holds every source of media to what package media promises of all of them.
package mediatest

import (
	"bytes"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"strings"
	"testing"

	"mmjsonl/internal/media"
)

// Suite tests the first items of a source.
func Suite(t *testing.T, source media.Source, pool uint32) {
	t.Helper()
	painter := source.Painter()
	seen := map[string]uint32{}
	shares := map[media.Size]int64{}
	total := int64(0)
	for i := range pool {
		item := source.Item(i)
		content := Paint(t, painter, i)
		length := int64(len(content))
		total += length
		shares[item.Size]++
		if length > source.Longest() || item.Bytes >= 0 && length != item.Bytes {
			t.Fatalf("item %d has %d bytes, said are %d and at most %d", i, length, item.Bytes, source.Longest())
		}
		if other, ok := seen[string(content)]; ok {
			t.Fatalf("items %d and %d are the same", other, i)
		}
		seen[string(content)] = i
		mime, size, err := decode(content)
		if err != nil {
			t.Fatalf("item %d: %v", i, err)
		}
		if size != item.Size {
			t.Fatalf("item %d is %s, want %s", i, size, item.Size)
		}
		if item.MIME != mime || !strings.Contains(item.Extension, ".") {
			t.Fatalf("item %d is %s in %s files, want %s", i, item.MIME, item.Extension, mime)
		}
	}
	weights := int64(0)
	for _, share := range source.Sizes() {
		weights += share.Weight
	}
	for _, share := range source.Sizes() {
		if want := int64(pool) * share.Weight / weights; shares[share.Size] < want || shares[share.Size] > want+1 {
			t.Errorf("%d of %d items have the size %s, said are %d", shares[share.Size], pool, share.Size, want)
		}
	}
	if got := source.Total(int(pool)); got != total {
		t.Errorf("the items have %d bytes together, said are %d", total, got)
	}
	// An item depends neither on what the painter made before nor on which painter it is.
	last := pool - 1
	other := source.Painter()
	content, sum := Paint(t, other, last), other.Sum()
	if again := Paint(t, painter, last); !bytes.Equal(content, again) || painter.Sum() != sum {
		t.Errorf("item %d is another by another painter", last)
	}
	Paint(t, painter, 0)
	if pool > 1 && painter.Sum() == sum {
		t.Errorf("items 0 and %d have the same checksum", last)
	}
	// An item that was given up leaves nothing behind.
	if err := painter.Begin(0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := painter.Append(nil); err != nil {
		t.Fatal(err)
	}
	if again := Paint(t, painter, last); !bytes.Equal(content, again) {
		t.Errorf("item %d is another after one that was not finished", last)
	}
}

// decode decodes an image. Of a video it reads what the file says of its frames.
func decode(content []byte) (mime string, size media.Size, err error) {
	if _, entry, found := bytes.Cut(content, []byte("avc1\x00\x00\x00\x00\x00\x00\x00\x01")); found {
		entry = entry[16:]
		return "video/mp4", media.Size{Width: int64(entry[0])<<8 | int64(entry[1]), Height: int64(entry[2])<<8 | int64(entry[3])}, nil
	}
	decoded, format, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return "", size, err
	}
	at := decoded.Bounds().Size()
	return "image/" + format, media.Size{Width: int64(at.X), Height: int64(at.Y)}, nil
}

// Paint returns an item.
func Paint(t testing.TB, painter media.Painter, i uint32) []byte {
	t.Helper()
	if err := painter.Begin(i); err != nil {
		t.Fatal(err)
	}
	content := []byte("before")
	for more := true; more; {
		length := len(content)
		var err error
		if content, more, err = painter.Append(content); err != nil {
			t.Fatal(err)
		}
		if piece := len(content) - length; piece > media.MaxPiece || piece == 0 {
			t.Fatalf("a piece has %d bytes, at most %d are promised", piece, media.MaxPiece)
		}
	}
	if !bytes.HasPrefix(content, []byte("before")) {
		t.Fatal("a piece replaced what came before it")
	}
	return content[len("before"):]
}
