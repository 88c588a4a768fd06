package urls

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mmjsonl/internal/escape"
)

// zipOf makes a zip of pairs of a name and a content.
func zipOf(t testing.TB, namesAndContents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		entry, err := w.Create(namesAndContents[i])
		if err == nil {
			_, err = io.WriteString(entry, namesAndContents[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withLink makes a zip of a symbolic link and a file.
func withLink(t testing.TB, link, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: link}
	header.SetMode(0o777 | fs.ModeSymlink)
	entry, err := w.CreateHeader(header)
	if err == nil {
		_, err = io.WriteString(entry, "/etc/passwd")
	}
	if err == nil {
		entry, err = w.Create(name)
	}
	if err == nil {
		_, err = io.WriteString(entry, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAnnotations opens and reads a whole file.
func readAnnotations(data []byte, prefer string, limit int64) (string, error) {
	r, err := OpenAnnotations(bytes.NewReader(data), int64(len(data)), prefer, limit)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	if closing := r.Close(); err == nil {
		err = closing
	}
	return string(content), err
}

func TestOpenAnnotations(t *testing.T) {
	t.Parallel()
	t.Cleanup(func() { // when all subtests have ended
		for _, name := range []string{"/tmp/a.json", "/etc/a.json", "a.json", "../a.json", `..\a.json`} {
			if _, err := os.Lstat(name); err == nil {
				t.Errorf("%s was written", name)
			}
		}
	})
	whole := string(cocoJSON(3))
	folder := zipOf(t, "annotations/", "", "x.json/", "", "annotations/a.json", whole)
	// Of the same name and size as COCO's own archive has them.
	official := zipOf(t, "annotations/image_info_test-dev2017.json", "{}", "annotations/image_info_test2017.json", whole)
	tests := map[string]struct {
		data   []byte
		prefer string
	}{
		"JSON":                  {[]byte(whole), ""},
		"zip":                   {zipOf(t, "a.json", whole), ""},
		"any name":              {zipOf(t, "a.json", whole), "b.json"},
		"upper case":            {zipOf(t, "A.JSON", whole), ""},
		"folders":               {folder, ""},
		"other things":          {zipOf(t, "README.md", "{}", "a.json", whole, "a.json.txt", "{}", "json", "{}"), ""},
		"attributes of macOS":   {zipOf(t, "a.json", whole, "__MACOSX/._a.json", "Mac OS X"), ""},
		"two, one preferred":    {official, "image_info_test2017.json"},
		"path out of the zip":   {zipOf(t, "../../../../tmp/a.json", whole), ""},
		"absolute path":         {zipOf(t, "/etc/a.json", whole), ""},
		"path with a backslash": {zipOf(t, `..\a.json`, whole), ""},
		"symbolic link beside":  {withLink(t, "b.json", "a.json", whole), ""},
		"empty name beside":     {zipOf(t, "", "{}", "a.json", whole), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A limit that the content just keeps.
			got, err := readAnnotations(test.data, test.prefer, int64(len(whole)))
			if err != nil || got != whole {
				t.Errorf("got %d bytes, error %v, want %d bytes", len(got), err, len(whole))
			}
		})
	}
}

// setEntry changes what a zip of one entry says of it, in both places where it does: at an offset from the signature
// of the entry's own header, and from that of the table of contents.
func setEntry(t testing.TB, data []byte, local, central int, value ...byte) []byte {
	t.Helper()
	data = slices.Clone(data)
	for signature, at := range map[string]int{"PK\x03\x04": local, "PK\x01\x02": central} {
		start := bytes.Index(data, []byte(signature))
		if start < 0 {
			t.Fatalf("no %q in the zip", signature)
		}
		copy(data[start+at:], value)
	}
	return data
}

func TestOpenAnnotationsRefuses(t *testing.T) {
	t.Parallel()
	whole := string(cocoJSON(3))
	bomb := zipOf(t, "bomb.json", strings.Repeat(" ", 1<<20))
	// The sizes of a streamed entry stand behind it, and the table of contents repeats them: the latter counts.
	lying := setEntry(t, bomb, 22, 24, binary.LittleEndian.AppendUint32(nil, 100)...) // says that it unpacks to 100 bytes
	cut := zipOf(t, "a.json", whole)
	damaged := slices.Clone(cut)
	damaged[40] ^= 0xff
	var gzipped bytes.Buffer
	w := gzip.NewWriter(&gzipped)
	if _, err := io.WriteString(w, whole); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	six := []string{}
	for i := range 7 {
		six = append(six, fmt.Sprintf("f/%d.json", i), "{}")
	}
	tests := map[string]struct {
		data   []byte
		prefer string
		want   string
	}{
		"empty":                        {nil, "", "it is empty"},
		"page":                         {[]byte("\n<!DOCTYPE html><html>"), "", "it is an HTML or XML page"},
		"page behind a mark":           {[]byte("\ufeff<?xml version"), "", "it is an HTML or XML page"},
		"gzip":                         {gzipped.Bytes(), "", "gzip"},
		"UTF-16":                       {[]byte("\xff\xfe{\x00"), "", "UTF-16"},
		"text":                         {[]byte("404: Not Found\n::error::x\n"), "", `neither a JSON nor a zip: it begins with "404: Not Found\n::err"`},
		"empty zip":                    {zipOf(t), "", "the zip has no .json in it, only nothing"},
		"no JSON":                      {zipOf(t, "a.txt", "{}", "b\n.json.txt", "{}"), "", `the zip has no .json in it, only "a.txt", "b\n.json.txt":`},
		"many, none JSON":              {zipOf(t, "1", "", "2", "", "3", "", "4", "", "5", "", "6", ""), "", `"1", "2", "3", "4", "5" and 1 more`},
		"two":                          {zipOf(t, "a.json", "{}", "b.json", "{}"), "", `the zip has 2 JSON files, "a.json", "b.json": unpack it`},
		"two, none preferred":          {zipOf(t, "a.json", "{}", "b.json", "{}"), "c.json", `the zip has 2 JSON files`},
		"two of the preferred name":    {zipOf(t, "a/x.json", "{}", "b/x.json", "{}"), "x.json", `the zip has 2 JSON files, "a/x.json", "b/x.json"`},
		"same entry twice":             {zipOf(t, "x.json", "{}", "x.json", "{}"), "x.json", `the zip has 2 JSON files`},
		"folder of the preferred name": {zipOf(t, "x.json/", "", "x.json/a.json", "{}", "x.json/b.json", "{}"), "x.json", `the zip has 2 JSON files`},
		"seven":                        {zipOf(t, six...), "", `"f/4.json" and 2 more:`},
		"long name":                    {zipOf(t, strings.Repeat("\x1b", 60000)+".json", "{}", "b.json", "{}"), "", `\x1b"…, "b.json":`},
		"bomb":                         {bomb, "", `"bomb.json" in the zip unpacks to more than 1000 bytes`},
		"bomb that lies":               {lying, "", `failed to unpack "bomb.json"`},
		"encrypted":                    {setEntry(t, cut, 6, 8, 1), "", `"a.json" in the zip is encrypted`},
		"unknown method":               {setEntry(t, cut, 8, 10, 99), "", `failed to unpack "a.json": zip: unsupported compression algorithm`},
		"cut short":                    {cut[:len(cut)-30], "", "failed to read the zip's table of contents"},
		"signature only":               {[]byte("PK\x03\x04"), "", "failed to read the zip's table of contents"},
		"damaged":                      {damaged, "", `failed to unpack "a.json"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readAnnotations(test.data, test.prefer, 1000)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %d bytes, error %v, want an error with %q", len(got), err, test.want)
			}
			if len(got) > 1000 {
				t.Errorf("%d bytes were unpacked, at most 1000 are allowed", len(got))
			}
			if err != nil && (len(err.Error()) > 2000 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' })) {
				t.Errorf("the error %.200q cannot be shown", err)
			}
		})
	}
}

// What archive/zip holds in memory of a zip is bounded.
func TestOpenAnnotationsTableOfContents(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range maxZipDirectory/(46+100) + 1 {
		if _, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("%0100d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := readAnnotations(b.Bytes(), "", 1000)
	if want := "table of contents: it is larger than 4194304 bytes"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// The bound on the table of contents is not one on what is read after it.
func TestOpenAnnotationsStored(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.CreateHeader(&zip.FileHeader{Name: "a.json", Method: zip.Store})
	if err == nil {
		_, err = entry.Write(make([]byte, 2*maxZipDirectory))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readAnnotations(b.Bytes(), "", 2*maxZipDirectory); err != nil || len(got) != 2*maxZipDirectory {
		t.Errorf("got %d bytes, error %v", len(got), err)
	}
}

// What is packed far more tightly than annotations are is not unpacked to the limit.
func TestOpenAnnotationsRatio(t *testing.T) {
	t.Parallel()
	numbers := `{"info":[1` + strings.Repeat(",1", 40<<20) + `],"images":[]}` // 80 MB, of which 64 are free
	tight := zipOf(t, "a.json", numbers)
	if _, err := readAnnotations(tight, "", MaxJSON); err == nil || !strings.Contains(err.Error(), `"a.json" in the zip unpacks to more than 67108864 bytes`) {
		t.Errorf("%d bytes for %d: got %v", len(numbers), len(tight), err)
	}
	// An entry that says that it is large is no larger than its file.
	lying := setEntry(t, tight, 18, 20, 0xf0, 0xff, 0xff, 0xff)
	if _, err := readAnnotations(lying, "", MaxJSON); err == nil {
		t.Error("a zip that lies about its size is unpacked")
	}
	// As much in a file that is large itself, by a few images that cannot be packed.
	random := make([]byte, 800<<10)
	rand.NewChaCha8([32]byte{}).Read(random)
	loose := zipOf(t, "a.json", `{"images":[{"a":"`+hex.EncodeToString(random)+`","coco_url":"http://h/a"}],`+numbers[1:len(numbers)-len(`,"images":[]}`)]+"}")
	if got, err := readAnnotations(loose, "", MaxJSON); err != nil || len(got) < len(numbers) {
		t.Errorf("%d bytes in %d: got %v", len(numbers), len(loose), err)
	}
}

// A JSON that is not in a zip has the same limit.
func TestOpenAnnotationsTooLarge(t *testing.T) {
	t.Parallel()
	if _, err := readAnnotations(cocoJSON(9), "", 1000); err == nil || !strings.Contains(err.Error(), "at most 1000 are read") {
		t.Errorf("got %v", err)
	}
}

// faultyReaderAt fails after some bytes.
type faultyReaderAt struct {
	r     io.ReaderAt
	after int64
	err   error
}

func (f *faultyReaderAt) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > f.after {
		return 0, f.err
	}
	return f.r.ReadAt(p, at)
}

func TestOpenAnnotationsPassesErrors(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	for name, data := range map[string][]byte{"JSON": cocoJSON(100), "zip": zipOf(t, "a.json", string(cocoJSON(100)))} {
		for _, after := range []int64{0, 600} {
			r, err := OpenAnnotations(&faultyReaderAt{bytes.NewReader(data), after, fault}, int64(len(data)), "", 1<<20)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			if !errors.Is(err, fault) {
				t.Errorf("%s after %d bytes: got %v, want the file's error", name, after, err)
			}
		}
	}
	r := unpacker{body: io.NopCloser(iotest.ErrReader(fault)), name: "a", left: 1, limit: 1}
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, fault) {
		t.Errorf("got %v, want the zip's error", err)
	}
}

func TestJSONNamed(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"http://images.cocodataset.org/annotations/image_info_test2017.zip": "image_info_test2017.json",
		"https://h/a/b.zip?c=/d.zip#e/f":                                    "b.json",
		"/data/b.zip":                                                       "b.json",
		"b.zip":                                                             "b.json",
		`C:\data\b.zip`:                                                     "b.json",
		"b.json.zip":                                                        "b.json",
		"b":                                                                 "b.json",
		"what?.zip":                                                         "what?.json",
	} {
		if got := JSONNamed(source); got != want {
			t.Errorf("%q: got %q, want %q", source, got, want)
		}
	}
}

func FuzzArchive(f *testing.F) {
	f.Add([]byte(`{"images":[]}`))
	f.Add(zipOf(f, "a.json", `{"images":[]}`, "b.txt", ""))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1000
		got, err := readAnnotations(data, "x.json", limit)
		isZip := bytes.HasPrefix(data, []byte("PK"))
		if isZip && len(got) > limit {
			t.Fatalf("unpacked %d bytes, at most %d are allowed", len(got), limit)
		}
		if err != nil {
			if text := err.Error(); text != escape.OneLine(text) || len(text) > 4000 {
				t.Fatalf("the error %q cannot be shown", text)
			}
			return
		}
		if !isZip {
			if got != string(data) {
				t.Fatalf("got %q of %q", got, data)
			}
			return
		}
		// One of the entries has just this content.
		archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range archive.File {
			body, err := entry.Open()
			if err != nil {
				continue
			}
			if content, err := io.ReadAll(io.LimitReader(body, limit+1)); err == nil && string(content) == got && strings.HasSuffix(strings.ToLower(entry.Name), ".json") {
				return
			}
		}
		t.Fatalf("got %q, which no .json in the zip holds", got)
	})
}
