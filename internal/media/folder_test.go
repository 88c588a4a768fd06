package media_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/gif"
	"strings"
	"testing"
	"testing/fstest"

	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

// folder returns a folder of n small images in two formats and two folders, and a large one.
func folder(t *testing.T, n int) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	jpegs := media.PhotoJPEG{Seed: 3, Size: media.Size{Width: 40, Height: 30}}.Painter()
	pngs := media.Noise{Seed: 3, Size: media.Size{Width: 20, Height: 10}}.Painter()
	for i := range n {
		if i%2 == 0 {
			files[fmt.Sprintf("a%03d.JPG", i)] = &fstest.MapFile{Data: mediatest.Paint(t, jpegs, uint32(i))}
		} else {
			files[fmt.Sprintf("deep/er/b%03d.png", i)] = &fstest.MapFile{Data: mediatest.Paint(t, pngs, uint32(i))}
		}
	}
	large := media.Noise{Seed: 3, Size: media.Size{Width: 300, Height: 200}} // in several pieces
	files["large.png"] = &fstest.MapFile{Data: mediatest.Paint(t, large.Painter(), 0)}
	return files
}

func read(t *testing.T, files fstest.MapFS, seed uint64) *media.Folder {
	t.Helper()
	f, err := media.ReadFolder(context.Background(), files, seed, func(media.Item) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolder(t *testing.T) {
	f := read(t, folder(t, 31), 9)
	if f.Len() != 32 || f.Same != 0 || len(f.Left) != 0 {
		t.Fatalf("%d images, %d the same, left out %v", f.Len(), f.Same, f.Left)
	}
	mediatest.Suite(t, f, 32)
	if got := f.Sizes().String(); got != "40x30:16,20x10:15,300x200:1" {
		t.Error(got)
	}
}

// Image i is the same file whatever becomes of the pool; another seed makes another order, and so does nothing else.
func TestFolderOrder(t *testing.T) {
	files := folder(t, 40)
	all, other := read(t, files, 9), read(t, files, 10)
	fewer := read(t, files, 9)
	fewer.Limit(10)
	moved, kept := 0, 0
	for i := range uint32(10) {
		if fewer.Name(i) != all.Name(i) {
			t.Errorf("of fewer images number %d is another", i)
		}
		if other.Name(i) != all.Name(i) {
			moved++
		}
	}
	if moved < 5 {
		t.Errorf("another seed moves %d of 10 images", moved)
	}
	// A file that comes moves no other past another.
	files["new.gif"] = &fstest.MapFile{Data: smallGIF(t)}
	more := read(t, files, 9)
	for i := range uint32(41) {
		for kept < more.Len() && more.Name(uint32(kept)) != all.Name(i) {
			kept++
		}
	}
	if kept >= more.Len() || more.Len() != 42 {
		t.Error("a file that came changes the order of the others")
	}
}

func smallGIF(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewRGBA(image.Rect(0, 0, 7, 5)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Of the same content there is one image; what is no image, is cut short, or is of another format than its name says is named.
func TestFolderLeftOut(t *testing.T) {
	files := folder(t, 4)
	whole := files["a000.JPG"].Data
	noise := files["deep/er/b001.png"].Data
	lossless, err := base64.StdEncoding.DecodeString("UklGRhwAAABXRUJQVlA4TA8AAAAvAUAAAAcQ/Y/+ByKi/wEA") // of 2 × 2 pixels
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"copy.jpg": whole, "deep/copy.jpeg": whole, "cut.jpg": whole[:len(whole)-30], "lies.png": whole, "text.png": []byte("hello"), "empty.gif": nil,
		".hidden.png": []byte("hello"), ".git/x.png": []byte("hello"), "notes.txt": []byte("hello"), "cut.png": noise[:len(noise)-14],
		"ok.gif": smallGIF(t), "ok.webp": lossless, "cut.webp": lossless[:len(lossless)-4],
	} {
		files[name] = &fstest.MapFile{Data: data}
	}
	f := read(t, files, 1)
	if f.Len() != 7 || f.Same != 2 {
		t.Errorf("%d images, %d the same", f.Len(), f.Same)
	}
	var left []string
	for _, l := range f.Left {
		left = append(left, l.Name+": "+l.Why)
	}
	want := `cut.jpg: its end is missing
cut.png: its end is missing
cut.webp: its end is missing
empty.gif: it is not an image, or is damaged
lies.png: it is JPEG, and its name says PNG
text.png: it is not an image, or is damaged`
	if got := strings.Join(left, "\n"); got != want {
		t.Errorf("left out are\n%s\nwant\n%s", got, want)
	}
	for i := range uint32(f.Len()) {
		if f.Name(i) == "ok.webp" && (f.Item(i).MIME != "image/webp" || f.Item(i).Size != media.Size{Width: 2, Height: 2}) {
			t.Errorf("the WebP image is %+v", f.Item(i))
		}
	}
}

// A file that changes its length after the folder was listed is an error, and no other image.
func TestFolderChanges(t *testing.T) {
	files := folder(t, 2)
	f := read(t, files, 1)
	whole := files["a000.JPG"].Data
	for i := range uint32(2) {
		if f.Name(i) != "a000.JPG" {
			continue
		}
		for want, data := range map[string][]byte{"shorter": whole[:len(whole)-1], "longer": append(bytes.Clone(whole), 0)} {
			files["a000.JPG"] = &fstest.MapFile{Data: data}
			p := f.Painter()
			err := p.Begin(i)
			for more := err == nil; more && err == nil; {
				_, more, err = p.Append(nil)
			}
			if err == nil || !strings.Contains(err.Error(), "has become "+want) {
				t.Errorf("a file that became %s: %v", want, err)
			}
		}
	}
}

// Images that begin alike and have one length are the same only if all of them is; and an image's size may come after much else.
func TestFolderOfLongImages(t *testing.T) {
	large := mediatest.Paint(t, media.Noise{Seed: 3, Size: media.Size{Width: 300, Height: 200}}.Painter(), 0)
	other := bytes.Clone(large)
	other[len(other)-20] ^= 1 // behind all that is read of it to know its size
	small := mediatest.Paint(t, media.PhotoJPEG{Seed: 3, Size: media.Size{Width: 40, Height: 30}}.Painter(), 0)
	late := append([]byte{0xff, 0xd8}, []byte{0xff, 0xe1, 0xff, 0xff}...) // a segment of 65,535 bytes, as cameras write it
	late = append(append(late, make([]byte, 65533)...), small[2:]...)
	f := read(t, fstest.MapFS{"a.png": {Data: large}, "b.png": {Data: other}, "c.png": {Data: large}, "late.jpg": {Data: late}}, 1)
	if f.Len() != 3 || f.Same != 1 || len(f.Left) != 0 {
		t.Fatalf("%d images, %d the same, left out %v", f.Len(), f.Same, f.Left)
	}
	for i := range uint32(3) {
		if item := f.Item(i); item.MIME == "image/jpeg" && item.Size != (media.Size{Width: 40, Height: 30}) {
			t.Errorf("%s has %s", f.Name(i), item.Size)
		}
	}
}
