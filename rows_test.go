package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// row is one request as a reader sees it.
type row struct {
	Text   string
	Images []string
}

// parseRows reads a request file with encoding/json and holds every line to the form readers rely on: compact ASCII, LF, the keys
// "text" and "images" in that order and nothing else, plain strings, no image twice. Names that end in .gz or .zst are
// decompressed first, by the magic number if the file is standard output.
func parseRows(name string, data []byte) ([]row, error) {
	data, err := plain(name, data)
	if err != nil {
		return nil, err
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		return nil, fmt.Errorf("the last line has no LF")
	}
	var rows []row
	for i, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		r, err := parseRow(line)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w: %.200q", i, err, line)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func plain(name string, data []byte) ([]byte, error) {
	switch {
	case strings.HasSuffix(name, ".gz"), bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case strings.HasSuffix(name, ".zst"), bytes.HasPrefix(data, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		r, err := zstd.NewReader(nil)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return r.DecodeAll(data, nil)
	}
	return data, nil
}

func parseRow(line []byte) (row, error) {
	for _, b := range line {
		if b < ' ' || b > 0x7f {
			return row{}, fmt.Errorf("has the byte %#x", b)
		}
	}
	if !bytes.HasPrefix(line, []byte(`{"text":"`)) || !bytes.HasSuffix(line, []byte("]}")) {
		return row{}, fmt.Errorf("is not of the form {\"text\":…,\"images\":[…]}")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, line); err != nil {
		return row{}, err
	}
	if !bytes.Equal(compact.Bytes(), line) {
		return row{}, fmt.Errorf("is not compact")
	}
	var fields struct {
		Text   *string   `json:"text"`
		Images *[]string `json:"images"`
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&fields); err != nil {
		return row{}, err
	}
	if fields.Text == nil || fields.Images == nil {
		return row{}, fmt.Errorf("lacks a field")
	}
	seen := map[string]bool{}
	for _, ref := range *fields.Images {
		if ref == "" || seen[ref] {
			return row{}, fmt.Errorf("has the image %.60q twice, or an empty one", ref)
		}
		seen[ref] = true
	}
	// A second spelling of either key would be taken by encoding/json without a word.
	if n := bytes.Count(line, []byte(`"text":`)); n != 1 {
		return row{}, fmt.Errorf("has %d keys \"text\"", n)
	}
	return row{Text: *fields.Text, Images: *fields.Images}, nil
}

// mustRows reads a request file as parseRows does.
func mustRows(t *testing.T, name string) []row {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parseRows(name, data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return rows
}

// cocoJSON is an image_info file in COCO's shape, each image with so many bytes of ballast that a reader has no use for.
func cocoJSON(n, ballast int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"info": {"description": "COCO 2017 Dataset", "url": "http://cocodataset.org", "version": "1.0", "year": 2017, ` +
		`"contributor": "COCO Consortium", "date_created": "2017/09/01"}, "images": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"license": 3, "file_name": "%012d.jpg", "coco_url": "%s", "height": 640, "width": 427, `+
			`"date_captured": "2013-11-16 19:17:19", "note": "%s", "id": %d}`, i, cocoURL(i), strings.Repeat("x", ballast), i)
	}
	b.WriteString(`], "licenses": [{"url": "http://creativecommons.org/licenses/by/2.0/", "id": 4, "name": "Attribution License"}], ` +
		`"categories": [{"supercategory": "person", "id": 1, "name": "person", "coco_url": "http://images.cocodataset.org/not-an-image"}]}`)
	return b.Bytes()
}

func cocoURL(i int) string { return fmt.Sprintf("http://images.cocodataset.org/test2017/%012d.jpg", i) }

// isCOCOURL says whether a URL is one of cocoJSON's.
func isCOCOURL(url string) bool {
	var i int
	n, err := fmt.Sscanf(url, "http://images.cocodataset.org/test2017/%d.jpg", &i)
	return n == 1 && err == nil && url == cocoURL(i)
}

// zipOf is a zip archive of the files.
func zipOf(files map[string][]byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			panic(err) // a bytes.Buffer takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Whatever a prompt is made of, a reader gets it back to the letter.
func TestPromptsReadBack(t *testing.T) {
	t.Parallel()
	const testSeed = 3
	rng := rand.New(rand.NewPCG(testSeed, 0))
	prompts := []string{"a\tb", "line\nline\r\nline", "\x7f\x01\x1f\b\f", "\u2028\u2029\ufeff\ufffd", `\u0041 \n "quoted"`, "😀\U0010ffff", "</script>&amp;<!--", "::error::x"}
	for len(prompts) < 24 {
		var b strings.Builder
		b.WriteByte('x') // a blank prompt was not given
		for range rng.IntN(40) {
			if r := rune(1 + rng.IntN(1<<(2+rng.IntN(20)))); utf8.ValidRune(r) && r > 0 {
				b.WriteRune(r)
			}
		}
		b.WriteByte('x')
		prompts = append(prompts, b.String())
	}
	dir := t.TempDir()
	for _, prompt := range prompts {
		got := succeed(t, dir, nil, "-n", "2", "--images-per-request", "0", "-o", "-", "--prompt", prompt)
		rows, err := parseRows("stdout", []byte(got.stdout))
		if err != nil {
			t.Fatalf("%q (test seed %d): %v", prompt, testSeed, err)
		}
		if want := strings.TrimSpace(prompt); len(rows) != 2 || rows[0].Text != prompt && rows[0].Text != want || rows[1].Text != rows[0].Text {
			t.Errorf("%q (test seed %d) reads back as %q", prompt, testSeed, rows)
		}
	}
}

// Each row of the data URI mode holds the very image files of the path mode, so that the two are two forms of one benchmark.
func TestDataURIsHoldTheFilesOfPathMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	common := []string{"-n", "12", "--images-per-request", "2", "--images-pool", "7", "--image-size", "9x5", "--user-text-tokens", "4"}
	succeed(t, dir, nil, append(common, "-o", "paths.jsonl")...)
	succeed(t, dir, nil, append(common, "--image-mode", "datauri", "-o", "inline.jsonl")...)
	paths, inline := mustRows(t, dir+"/paths.jsonl"), mustRows(t, dir+"/inline.jsonl")
	if len(paths) != 12 || len(inline) != 12 {
		t.Fatalf("%d and %d rows, want 12", len(paths), len(inline))
	}
	for i := range paths {
		for j, ref := range paths[i].Images {
			file, err := os.ReadFile(ref)
			if err != nil {
				t.Fatal(err)
			}
			if want := "data:image/png;base64," + base64.StdEncoding.EncodeToString(file); inline[i].Images[j] != want {
				t.Fatalf("row %d, image %d: the data URI does not hold %s", i, j, ref)
			}
		}
	}
}
