package report

import (
	"bytes"
	"errors"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmjsonl/generator"
	"mmjsonl/internal/escape/escapetest"
	"mmjsonl/internal/files"
	"mmjsonl/internal/format"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/stream"
	words "mmjsonl/internal/text"
)

// namedFigures are figures of a stream whose most used image has a name.
func namedFigures(name string) *reuse.Figures {
	f := fixed()
	f.Popularity.Top[0].Name = name
	return f
}

// count is how often each of some characters stands in a text.
func count(text, characters string) (counts []int) {
	for _, c := range characters {
		counts = append(counts, strings.Count(text, string(c)))
	}
	return counts
}

// FuzzText shows any names and messages in all that is printed and drawn. Whatever they are, there are as many lines as with plain ones, no
// line is a command, and a page has the same tags.
func FuzzText(f *testing.F) {
	type shown struct{ generated, inspected, page string }
	show := func(t *testing.T, file, name string) (s shown) {
		plan := &generator.Plan{Stream: stream.Uniform{Rows: 1, PerRow: 2, Pool: 2}, Format: &format.SingleTurn{}, Text: generator.Text{Source: words.BuiltIn()},
			Media: media.Noise{Size: media.Size{Width: 2, Height: 2}}, Output: generator.Output{Compression: generator.CompressionZstd},
			Names: generator.Names{Output: files.Place{Here: file, Next: file}, Manifest: files.Place{Here: file + ".manifest.json", Next: file + ".manifest.json"},
				Images: files.Place{Here: name, Next: name}},
			URLs: &generator.URLSource{Name: name, Available: 3, Repeats: 1}}
		made := OfRun(plan, &generator.Stats{Figures: namedFigures(name), SHA256: "00"}, Paths{Shell: file})
		// What reads rows quotes what it found, and no more.
		bad := problem.New("", "type is %.40q", name).Text(nil)
		read := OfFile(&inspect.Result{File: file, Compression: "none", BadRowCount: 1, BadRows: []inspect.BadRow{{Line: 1, Reason: bad}}, Figures: namedFigures(name),
			ImageSizes: inspect.ImageSizes{LookedAt: 1, Unreadable: 1, FirstUnreadable: "stat " + name + ": no such file"}}, nil, nil, files.Place{Here: file, Next: file})
		var generated, inspected, pages bytes.Buffer
		if err := errors.Join(made.Text(&generated, 200), read.Text(&inspected, 200), made.Page(&pages, "1"), read.Page(&pages, "1")); err != nil {
			t.Fatal(err)
		}
		s.generated, s.inspected, s.page = generated.String(), inspected.String(), pages.String()
		return s
	}
	f.Add("a/b.jsonl", "c.png")
	f.Fuzz(func(t *testing.T, file, name string) {
		if file == "" || file == "-" || name == "" || strings.ContainsAny(file, "\x00\n") {
			return // these have words of their own, and no file's name has those
		}
		plain := show(t, "f", "n")
		got := show(t, file, name)
		for what, texts := range map[string][2]string{"generated": {got.generated, plain.generated}, "inspected": {got.inspected, plain.inspected}} {
			escapetest.Log(t, texts[0])
			if lines, want := strings.Count(texts[0], "\n"), strings.Count(texts[1], "\n"); lines != want {
				t.Errorf("%s: %d lines, want %d:\n%s", what, lines, want, texts[0])
			}
		}
		if tags, want := count(got.page, `<>"'`), count(plain.page, `<>"'`); !slices.Equal(tags, want) {
			t.Errorf(`the page has %d of <>"', want %d`, tags, want)
		}
	})
}

// FuzzThumbnail makes any file small. Of most there is no thumbnail; one that there is is a small JPEG.
func FuzzThumbnail(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		small := readThumbnail(files.Place{Here: path})
		if small == nil {
			return
		}
		img, err := jpeg.Decode(bytes.NewReader(small))
		if err != nil || img.Bounds().Dx() > thumbnailSide || img.Bounds().Dy() > thumbnailSide || img.Bounds().Empty() {
			t.Errorf("the thumbnail is %v, %v", img.Bounds(), err)
		}
	})
}
