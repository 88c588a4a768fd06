package report

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mmjsonl/generator"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/reuse"
)

// namedFigures are figures of a stream whose most used image has a name.
func namedFigures(name string) *reuse.Figures {
	f := fixed()
	f.Popularity.Top[0].Name = name
	return f
}

// checkLog wants text that may stand in the log of a step: a runner finds no command in it, and no character does anything but show.
func checkLog(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) || strings.Contains(text, "##") {
		t.Errorf("this cannot stand in a log: %q", text)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("the log has the command %q", line)
		}
	}
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
		var b bytes.Buffer
		plan := &generator.Plan{Requests: 1, Pool: 2, WritesImages: true, Compression: generator.CompressionZstd,
			Output: generator.Place{Here: file, Next: file}, Manifest: generator.Place{Here: file + ".manifest.json"}, ImageDir: generator.Place{Here: name},
			URLs: &generator.URLSource{Name: name, Available: 3, Repeats: 1}}
		if err := Text(&b, plan, &generator.Stats{Figures: namedFigures(name), SHA256: "00"}); err != nil {
			t.Fatal(err)
		}
		s.generated = b.String()
		b.Reset()
		// What reads rows quotes what it found, and no more.
		bad := generator.NewProblem("", "type is %.40q", name).Text(nil)
		err := Inspected(&b, &inspect.Result{File: file, Compression: "none", BadRowCount: 1, BadRows: []inspect.BadRow{{Line: 1, Reason: bad}}, Figures: namedFigures(name),
			ImageSizes: inspect.ImageSizes{LookedAt: 1, Unreadable: 1, FirstUnreadable: "stat " + name + ": no such file"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.inspected = b.String()
		b.Reset()
		err = Page(&b, PageData{Title: "title", Subtitle: file, Figures: namedFigures(name), Facts: [][2]string{{"fact", name}}, Images: []Thumbnail{{Name: name, Data: dot}, {Name: file}}})
		if err != nil {
			t.Fatal(err)
		}
		s.page = b.String()
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
			checkLog(t, texts[0])
			if lines, want := strings.Count(texts[0], "\n"), strings.Count(texts[1], "\n"); lines != want {
				t.Errorf("%s: %d lines, want %d:\n%s", what, lines, want, texts[0])
			}
		}
		if tags, want := count(got.page, `<>"'`), count(plain.page, `<>"'`); !slices.Equal(tags, want) {
			t.Errorf(`the page has %d of <>"', want %d`, tags, want)
		}
		for _, text := range []string{file, name, file + "\n" + name, "mmjsonl: " + file + ": " + name} {
			checkLog(t, Inert(text))
			checkLog(t, Printable(text))
			if strings.Count(Inert(text), "\n") != strings.Count(text, "\n") || strings.Contains(Printable(text), "\n") {
				t.Errorf("lines were made or lost: %q, %q of %q", Inert(text), Printable(text), text)
			}
		}
		document, err := json.MarshalIndent(map[string]string{"file": file, "name": name}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		inert := InertJSON(document)
		checkLog(t, string(inert))
		var want, same map[string]string
		if err := json.Unmarshal(document, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(inert, &same); err != nil || same["file"] != want["file"] || same["name"] != want["name"] {
			t.Errorf("%s means %q, %v; want %q", inert, same, err, want)
		}
	})
}

// FuzzShellQuote has a shell read any word back.
func FuzzShellQuote(f *testing.F) {
	f.Add("a b")
	f.Fuzz(func(t *testing.T, word string) {
		if strings.Contains(word, "\x00") || strings.HasSuffix(word, "\n") || len(word) > 1<<10 {
			return
		}
		quoted := shellQuote(word)
		checkLog(t, "zstd -d "+quoted)
		if strings.Contains(quoted, "\n") {
			t.Errorf("%q has several lines", quoted)
		}
		if quoted == word && !ShellSafe(word) {
			t.Errorf("%q is not quoted", word)
		}
		command := exec.Command("sh", "-c", "printf '%s|' "+quoted+" end")
		command.Dir = t.TempDir()
		if got, err := command.CombinedOutput(); err != nil || string(got) != word+"|end|" {
			t.Errorf("a shell reads %s as %q, %v, want %q", quoted, got, err, word+"|end|")
		}
		if entries, err := os.ReadDir(command.Dir); err != nil || len(entries) > 0 {
			t.Errorf("%s makes files: %v, %v", quoted, entries, err)
		}
	})
}

// FuzzThumbnail makes any file small. Of most there is no thumbnail; one that there is is a small PNG.
func FuzzThumbnail(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		small := ReadThumbnail("x", path)
		if small.Data == nil {
			return
		}
		img, err := png.Decode(bytes.NewReader(small.Data))
		if err != nil || img.Bounds().Dx() > thumbnailSide || img.Bounds().Dy() > thumbnailSide || img.Bounds().Empty() {
			t.Errorf("the thumbnail is %v, %v", img.Bounds(), err)
		}
	})
}
