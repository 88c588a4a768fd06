package generator

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// withoutCase finds the file whose name differs in case at most, as the file systems of macOS and Windows do.
func withoutCase(names []string, name string) string {
	if i := slices.IndexFunc(names, func(other string) bool { return strings.EqualFold(name, other) }); i >= 0 {
		return names[i]
	}
	return name
}

// imagesRun makes six images in dir/photos.
func imagesRun(t *testing.T, dir string, lookup func([]string, string) string, between func()) error {
	t.Helper()
	places, err := files.Places{Dir: dir, Shared: []files.Mount{{Here: dir, Next: dir, Lookup: lookup}}}.Hold()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Requests: RequestsConfig{Count: 2, Images: 3},
		Text:     TextConfig{Tokens: 1},
		Media:    MediaConfig{Sizes: media.Only(media.Size{Width: 8, Height: 8}), Mode: ModeBase64, Folder: "photos"},
		Output:   OutputConfig{Level: "fastest", Path: "x.jsonl"},
		Reuse:    Reuse{Pattern: PatternUniform, Concurrency: 1, WarmUp: WarmUpSpread},
	}
	p, err := NewPlan(t.Context(), c, Environment{Places: places}, nil)
	if err != nil {
		return err
	}
	if between != nil {
		between()
	}
	_, err = Run(context.Background(), p, nil, &Progress{}, nil)
	return err
}

// A file that a file system without case finds under an image's name is not replaced, whether the folder is the program's or not, and also if it
// comes while the run goes on. Elsewhere it is another file.
func TestImagesOfOthersWithoutCase(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"IMG_0003.PNG", "Img_0003.png", "img_0003.PNG"} {
		for _, test := range []struct {
			name         string
			marked, late bool
			lookup       func([]string, string) string
			rejected     bool
		}{
			{"without case", false, false, withoutCase, true},
			{"without case, marked", true, false, withoutCase, true},
			{"without case, late", false, true, withoutCase, true},
			{"without case, marked, late", true, true, withoutCase, true},
			{"with case", false, false, nil, false},
			{"with case, marked", true, false, nil, false},
		} {
			dir := t.TempDir()
			photo := filepath.Join(dir, "photos", name)
			if test.marked {
				if err := imagesRun(t, dir, test.lookup, nil); err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(filepath.Join(dir, "photos", "img_0003.png")); err != nil {
					t.Fatal(err)
				}
			}
			write := func() {
				if err := errors.Join(os.MkdirAll(filepath.Dir(photo), 0o755), os.WriteFile(photo, []byte("a photo"), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			var between func()
			if test.late {
				between = write
			} else {
				write()
			}
			err := imagesRun(t, dir, test.lookup, between)
			var problems problem.List
			if errors.As(err, &problems) {
				err = errors.New(flagged(problems))
			}
			if test.rejected != (err != nil) || err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("%s, %s: got %v, want an error: %t", name, test.name, err, test.rejected)
			}
			if test.rejected && !test.late && len(problems) == 0 {
				t.Errorf("%s, %s: it is not found before the run: %v", name, test.name, err)
			}
			if got, err := os.ReadFile(photo); err != nil || string(got) != "a photo" {
				t.Errorf("%s, %s: the photo is now %d bytes, %v", name, test.name, len(got), err)
			}
		}
	}
}

// A file that is the very image is kept, by whatever name the file system finds it, and a mark counts in whatever case.
func TestImagesKeptWithoutCase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := imagesRun(t, dir, withoutCase, nil); err != nil {
		t.Fatal(err)
	}
	photos := filepath.Join(dir, "photos")
	entries, err := os.ReadDir(photos)
	if err != nil || len(entries) != 7 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, entry := range entries {
		if err := os.Rename(filepath.Join(photos, entry.Name()), filepath.Join(photos, strings.ToUpper(entry.Name()))); err != nil {
			t.Fatal(err)
		}
	}
	if err := imagesRun(t, dir, withoutCase, nil); err != nil {
		t.Error(err)
	}
	if entries, err = os.ReadDir(photos); err != nil || len(entries) != 7 {
		t.Errorf("%v, %v", entries, err)
	}
	mark := filepath.Join(photos, strings.ToUpper(markBefore+"8x8_seed0"+markAfter))
	if err := os.Rename(mark, strings.Replace(mark, "8X8", "9X9", 1)); err != nil {
		t.Fatal(err)
	}
	if err := imagesRun(t, dir, withoutCase, nil); err == nil {
		t.Error("a mark of another set does not count")
	}
}

// In a folder of the program's an image's name may have come to a file that is somebody's: it stays, and what is left of an image is replaced.
func TestImagesOfOthersInMarkedFolder(t *testing.T) {
	t.Parallel()
	encode := func(width, height int) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, width, height))); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	dir := t.TempDir()
	if err := imagesRun(t, dir, nil, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "photos", "img_0003.png")
	own, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(own)
	flipped[20] ^= 0x40 // in its size
	for _, test := range []struct {
		name     string
		content  []byte
		replaced bool
	}{
		{"nothing", nil, true},
		{"zeros", make([]byte, 100), true},
		{"the first half", own[:len(own)/2], true},
		{"the first bytes", own[:12], true},
		{"a bit of it is wrong", flipped, true},
		{"text", []byte("half an image"), true},
		{"a PNG of another size", encode(16, 16), false},
		{"a PNG of the same size", slices.Concat(own[:33], encode(8, 8)[33:]), false},
		{"a JPEG", []byte("\xff\xd8\xff\xe0\x00\x10JFIF and so on"), false},
		{"a PDF", []byte("%PDF-1.7 and so on"), false},
	} {
		if err := os.WriteFile(path, test.content, 0o644); err != nil {
			t.Fatal(err)
		}
		err := imagesRun(t, dir, nil, nil)
		if (err == nil) != test.replaced || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want that it is replaced: %t", test.name, err, test.replaced)
		}
		want := test.content
		if test.replaced {
			want = own
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, want) {
			t.Errorf("%s: there are %d bytes now, %v", test.name, len(now), err)
		}
	}
}
