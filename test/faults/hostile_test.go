//go:build unix

package faults

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"mmjsonl/test/program"
)

// hostile is a file that somebody made to do harm, and what the program says about it.
type hostile struct {
	name    string
	content func(t *testing.T) string
	code    int
	want    string // on either stream
}

// text is a content made of strings, and of what is so many times the same. It is made only when it is wanted: the program itself is this
// very test binary, and would hold it as well.
func text(parts ...any) func(*testing.T) string {
	return func(*testing.T) string {
		var b strings.Builder
		for _, part := range parts {
			switch part := part.(type) {
			case times:
				b.WriteString(strings.Repeat(part.text, part.n))
			default:
				fmt.Fprint(&b, part)
			}
		}
		return b.String()
	}
}

type times struct {
	text string
	n    int
}

// zipped is a zip of pairs of a name and a content, in their order.
func zipped(namesAndContents ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := 0; i < len(namesAndContents); i += 2 {
			w, err := z.Create(namesAndContents[i])
			if err == nil {
				_, err = io.WriteString(w, namesAndContents[i+1])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
}

// changed is a content with a part replaced wherever it occurs.
func changed(content func(*testing.T) string, old, replacement string) func(*testing.T) string {
	return func(t *testing.T) string {
		made := content(t)
		if !strings.Contains(made, old) {
			t.Fatalf("%q is not in it", old)
		}
		return strings.ReplaceAll(made, old, replacement)
	}
}

// bomb is a zip whose one entry begins with a text and goes on with a pattern, of a power of two of bytes, for a number of megabytes in all;
// a few thousandths of that. Its blocks are all alike, so that it takes no time to make.
func bomb(begin, pattern string, megabytes int) func(*testing.T) string {
	return func(t *testing.T) string {
		var deflated bytes.Buffer
		w, err := flate.NewWriter(&deflated, flate.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		block := bytes.Repeat([]byte(pattern), 1<<20/len(pattern))
		sum := crc32.NewIEEE()
		write := func(p []byte) []byte {
			before := deflated.Len()
			if _, err := w.Write(p); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			return deflated.Bytes()[before:]
		}
		write([]byte(begin))
		write(block)
		again := bytes.Clone(write(block)) // which refers to nothing but the block before
		for range megabytes - 2 {
			deflated.Write(again)
		}
		deflated.Write([]byte{1, 0, 0, 0xff, 0xff}) // an empty block, the last
		sum.Write([]byte(begin))
		for range megabytes {
			sum.Write(block)
		}
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		entry, err := z.CreateRaw(&zip.FileHeader{Name: "a.json", Method: zip.Deflate, CRC32: sum.Sum32(),
			CompressedSize64: uint64(deflated.Len()), UncompressedSize64: uint64(len(begin)) + uint64(megabytes)<<20})
		if err == nil {
			_, err = entry.Write(deflated.Bytes())
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
}

func inGzip(parts ...any) func(*testing.T) string {
	return func(t *testing.T) string {
		var b bytes.Buffer
		for _, part := range parts {
			w := gzip.NewWriter(&b)
			if _, err := io.WriteString(w, text(part)(t)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
}

// inZstd is one frame of a text, so many times.
func inZstd(content times, frames int) func(*testing.T) string {
	return func(t *testing.T) string {
		encoder, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Repeat(string(encoder.EncodeAll([]byte(text(content)(t)), nil)), frames)
	}
}

const (
	annotations = `{"images":[{"coco_url":"http://h.example/a"},{"coco_url":"http://h.example/b"}]}`
	tenMB       = 10 << 20
)

// urlsOf are annotations of two images. The first has this URL, in the spelling of the JSON.
func urlsOf(url ...any) func(*testing.T) string {
	return text(slices.Concat([]any{`{"images":[{"coco_url":"`}, url, []any{`"},{"coco_url":"http://h.example/b"}]}`})...)
}

var hostileAnnotations = []hostile{
	{"byte order mark", text("\ufeff" + annotations), 0, "  2 URLs sampled from "},
	{"CRLF", text(strings.ReplaceAll(annotations, ",", ",\r\n")), 0, "  2 URLs sampled from "},
	{"the same URL twice", text(`{"images":[{"coco_url":"http://h.example/a"},{"coco_url":"http://h.example/b"},{"coco_url":"http:\/\/h.example\/\u0061"}]}`), 0,
		"entries that repeat a sampled URL: 1;"},
	{"one URL only, twice", urlsOf("http://h.example/b"), 2, "has 1 distinct URLs in 2 entries"},
	{"surrogate pair", urlsOf(`http://h.example/\ud83d\ude00`), 0, "  2 URLs sampled from "},
	{"lone surrogate", urlsOf(`http://h.example/\ud83d`), 2, "has U+FFFD"},
	{"invalid UTF-8", urlsOf("http://h.example/\xff"), 2, "has U+FFFD"},
	{"NUL", urlsOf(`http://h.example/\u0000`), 2, "U+0000 at byte 17"},
	{"NUL between", text("{\x00" + annotations[1:]), 2, "not valid JSON at byte"},
	{"zeros only", text(times{"\x00", 1000}), 2, "neither a JSON nor a zip"},
	{"UTF-16", text("\xff\xfe{\x00}\x00"), 2, "UTF-16"},
	{"line of 10 MB", text(`{"info":"`, times{"a", tenMB}, `",`+annotations[1:]), 2, "value of more than 4194304 bytes"},
	{"line of 10 MB of many values", text(`{"info":[`, times{`"a",`, tenMB / 4}, `0],`+annotations[1:]), 0, "  2 URLs sampled from "},
	{"10 MB of blanks", text(times{" ", tenMB}, annotations), 2, "value of more than 4194304 bytes"},
	{"10 MB of digits", text(`{"info":`, times{"1", tenMB}, "}"), 2, "value of more than 4194304 bytes"},
	{"deep", text(`{"x":`, times{"[", 5_000_000}), 2, "nests deeper than 1000 levels"},
	{"deep and closed", text(`{"x":`, times{`{"a":`, 1001}, "1", times{"}", 1001}, ","+annotations[1:]), 2, "nests deeper than 1000 levels"},
	{"file: URL", urlsOf("file:///etc/passwd"), 2, "neither http:// nor https://"},
	{"data: URL", urlsOf("data:image/png;base64,AAAA"), 2, "neither http:// nor https://"},
	{"javascript: URL", urlsOf("javascript:alert(1)"), 2, "neither http:// nor https://"},
	{"URL without a host", urlsOf("http:///a"), 2, "no host"},
	{"URL of 10 kB", urlsOf("http://h.example/", times{"a", 10000}), 2, "at most 8192"},
	{"port of 5 kB", urlsOf("http://h.example:", times{"9", 5000}), 2, "the highest is 65535"},
	{"images twice", text(`{"images":[],` + annotations[1:]), 2, "a second time"},
	{"page", text("<!DOCTYPE html><title>Sign in</title>"), 2, "HTML or XML page"},
	{"gzip", inGzip(annotations), 2, "compressed with gzip"},

	{"zip", zipped("a.json", annotations), 0, "  2 URLs sampled from "},
	{"zip with two JSON files", zipped("a.json", annotations, "b.json", annotations), 2, `has 2 JSON files, "a.json", "b.json"`},
	{"zip with one name twice", zipped("a.json", annotations, "a.json", annotations), 2, "has 2 JSON files"},
	{"zip with two, one of the zip's name", zipped("x/other.json", "{}", "x/hostile.json", annotations), 0, "  2 URLs sampled from "},
	{"zip with paths that climb out", zipped("../../../PWNED.json", annotations), 0, "  2 URLs sampled from "},
	{"zip with an absolute path", zipped("/tmp/PWNED.json", annotations), 0, "  2 URLs sampled from "},
	{"zip with a backslash", zipped(`..\PWNED.json`, annotations), 0, "  2 URLs sampled from "},
	{"zip in a zip", func(t *testing.T) string { return zipped("a.zip", zipped("a.json", annotations)(t))(t) }, 2, `no .json in it, only "a.zip"`},
	{"zip as the JSON in a zip", func(t *testing.T) string { return zipped("a.json", zipped("a.json", annotations)(t))(t) }, 2, "not valid JSON at byte 0"},
	{"zip that is empty", zipped(), 2, "only nothing"},
	{"zip of an empty JSON", zipped("a.json", ""), 2, "the file is empty"},
	{"zip cut short", func(t *testing.T) string { made := zipped("a.json", annotations)(t); return made[:len(made)-30] }, 2, "cut short"},
	{"zip cut in the middle", func(t *testing.T) string { return zipped("a.json", annotations)(t)[:50] }, 2, "cut short"},
	{"zip that is encrypted", changed(changed(zipped("a.json", annotations), "PK\x03\x04\x14\x00\x08\x00", "PK\x03\x04\x14\x00\x09\x00"),
		"PK\x01\x02\x14\x00\x14\x00\x08\x00", "PK\x01\x02\x14\x00\x14\x00\x09\x00"), 2, "is encrypted"},
	{"zip of an unknown kind", changed(changed(zipped("a.json", annotations), "PK\x03\x04\x14\x00\x08\x00\x08\x00", "PK\x03\x04\x14\x00\x08\x00\x63\x00"),
		"PK\x01\x02\x14\x00\x14\x00\x08\x00\x08\x00", "PK\x01\x02\x14\x00\x14\x00\x08\x00\x63\x00"), 2, "unsupported compression algorithm"},
	{"zip with a wrong checksum", func(t *testing.T) string {
		sum := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(annotations)))
		return changed(zipped("a.json", annotations), string(sum), "\x01\x02\x03\x04")(t)
	}, 2, "damaged"},
	{"bomb of blanks", bomb("", " ", 3000), 2, "value of more than 4194304 bytes"},
	{"bomb of a string", bomb(`{"info":"`, "a", 3000), 2, "value of more than 4194304 bytes"},
	{"bomb of lists", bomb(`{"info":`, "[", 3000), 2, "nests deeper than 1000 levels"},
	{"bomb of digits", bomb(`{"info":`, "1", 3000), 2, "value of more than 4194304 bytes"},
	{"bomb of numbers", bomb(`{"info":[1`, ",1", 100), 2, `"a.json" in the zip unpacks to more than `},
	{"large bomb of numbers", bomb(`{"info":[1`, ",1", 3000), 2, "more than 200000000 values"},
	{"large bomb of numbers in a list of lists", bomb(`{"annotations":[[0],[1`, ",1", 3000), 2, "value of more than 4194304 bytes"},
	{"bomb of empty lists", bomb(`{"info":[[]`, ",[] ", 100), 2, `"a.json" in the zip unpacks to more than `},
	{"bomb of empty texts", bomb(`{"info":[""`, `,"" `, 100), 2, `"a.json" in the zip unpacks to more than `},
	{"bomb of keys", bomb(`{"info":{"":0`, `,"":0,"":0,"":0 `, 100), 2, `"a.json" in the zip unpacks to more than `},
	{"bomb of images", bomb(`{"images":[{"coco_url":"http://h/"}`, `,{"coco_url":"http://h.exampl/"}`, 100), 2, `"a.json" in the zip unpacks to more than `},
	{"numbers, not packed", text(`{"info":[1`, times{",1", 20 << 20}, `],`+annotations[1:]), 0, "  2 URLs sampled from "},
	{"zip of 60,000 files", func(t *testing.T) string {
		namesAndContents := []string{"a.json", annotations}
		for i := range 60000 {
			namesAndContents = append(namesAndContents, fmt.Sprint(i), "")
		}
		return zipped(namesAndContents...)(t)
	}, 0, "  2 URLs sampled from "},
	{"bomb of nothing that is valid", bomb("", "a", 3000), 2, "not valid JSON at byte 0"},
}

// twoURLs is a list of a line and two that are good.
func twoURLs(line ...any) func(*testing.T) string {
	return text(append(line, "\nhttp://h.example/a\nhttp://h.example/b\n")...)
}

var hostileLists = []hostile{
	{"byte order mark", twoURLs("\ufeff"), 0, "  2 URLs sampled from "},
	{"byte order mark later", twoURLs("http://h.example/c\n\ufeffhttp://h.example/d"), 2, "line 2"},
	{"CRLF", text("http://h.example/a\r\nhttp://h.example/b\r\n"), 0, "  2 URLs sampled from "},
	{"CR only", text("http://h.example/a\rhttp://h.example/b\r"), 2, "U+000D"},
	{"the same URL twice", twoURLs("http://h.example/b\r\n \thttp://h.example/b"), 0, "entries that repeat a sampled URL: 2;"},
	{"one URL only, twice", text("http://h.example/b\nhttp://h.example/b\n"), 2, "has 1 distinct URLs in 2 entries"},
	{"lone surrogate", twoURLs("http://h.example/\xed\xa0\xbd"), 2, "line 1: the URL"},
	{"invalid UTF-8", twoURLs("http://h.example/\xff"), 2, "not valid UTF-8"},
	{"NUL", twoURLs("http://h.example/\x00"), 2, "U+0000"},
	{"zeros only", text(times{"\x00", tenMB}), 2, "line 1 is longer than 65536 bytes"},
	{"UTF-16", text("\xff\xfeh\x00"), 2, "UTF-16"},
	{"line of 10 MB", twoURLs("http://h.example/", times{"a", tenMB}), 2, "line 1 is longer than 65536 bytes"},
	{"comment of 10 MB", twoURLs("#", times{"a", tenMB}), 2, "line 1 is longer than 65536 bytes"},
	{"10 MB of new lines", text(times{"\n", tenMB}, "http://h.example/a\nhttp://h.example/b\n"), 0, "  2 URLs sampled from "},
	{"30 MB of new lines", text(times{"\n", 30 << 20}, "http://h.example/a\n"), 2, "line 20000001 is past what is read of a list"},
	{"30 million comments", text(times{"#\n", 30 << 20}, "http://h.example/a\n"), 2, "line 20000001 is past what is read of a list"},
	{"10 MB of one URL", text(times{"http://h.example/a\n", tenMB / 19}, "http://h.example/b\n"), 0, "(551"},
	{"file: URL", twoURLs("file:///etc/passwd"), 2, "neither http:// nor https://"},
	{"ftp: URL", twoURLs("ftp://h.example/a"), 2, "neither http:// nor https://"},
	{"data: URL", twoURLs("data:image/png;base64,AAAA"), 2, "neither http:// nor https://"},
	{"javascript: URL", twoURLs("javascript:alert(1)"), 2, "neither http:// nor https://"},
	{"URL of 10 kB", twoURLs("http://h.example/", times{"a", 10000}), 2, "at most 8192"},
	{"gzip", inGzip("http://h.example/a\n"), 2, "line 1"},
	{"zip", zipped("a.txt", "http://h.example/a\n"), 2, "line 1"},
	{"a file with secrets", text("root:$6$secret:19000:0:99999:7:::\n"), 2, "neither http:// nor https://"},
}

// good is a row of two images.
const good = `{"text":"a","images":["http://h.example/a.png","http://h.example/b.png"]}` + "\n"

var hostileRows = []hostile{
	{"byte order mark", text("\ufeff" + good), 1, "line 1: begins with a byte order mark"},
	{"CRLF", text(strings.ReplaceAll(good+good, "\n", "\r\n")), 0, "image slots           4"},
	{"the same image twice", text(good + `{"images":["http://h.example/a.png","http://h.example/\u0061.png"]}`), 0, "duplicate references  2 (1 within a request)"},
	{"surrogate pair", text(`{"images":["http://h.example/\ud83d\ude00"]}`), 0, "distinct images       1"},
	{"lone surrogate", text(good + `{"images":["\ud83d"]}`), 1, "line 2: bad JSON"},
	{"invalid UTF-8", text(good + "{\"images\":[\"\xff\"]}"), 1, "line 2: bad JSON: a string that is not UTF-8"},
	{"NUL", text(good + "{\"text\":\"\x00\"}"), 1, "line 2: bad JSON"},
	{"NUL in an escape", text(good + `{"images":["http://h.example/\u0000"]}`), 0, "distinct images       3"},
	{"path with NUL", text(good + `{"images":["\u0000"]}`), 1, `line 2: the image "\x00" `},
	{"zeros only", text(times{"\x00", tenMB}), 1, "line 1: bad JSON"},
	{"UTF-16", text("\xff\xfe{\x00}\x00\n\x00"), 1, "it is text in UTF-16"},
	{"line of 10 MB", text(good+`{"text":"`, times{"a", tenMB}, `","images":["http://h.example/a.png"]}`), 0, "requests              2"},
	{"name of 10 MB", text(good+`{"images":["http://h.example/`, times{"a", tenMB}, `"]}`), 0, "distinct images       3"},
	{"path of 10 MB", text(good+`{"images":["`, times{"a", tenMB}, `"]}`), 1, "line 2: the image "},
	{"key of 10 MB", text(good+`{"`, times{"a", tenMB}, `":1,"text":"a"}`), 0, "requests              2"},
	{"number of 10 MB", text(good+`{"x":`, times{"1", tenMB}, `,"text":"a"}`), 1, "line 2: "},
	{"row of two million images", text(`{"images":["a"`, times{`,"a"`, 2_000_000}, "]}\n"+good), 1, "line 1: images holds more than 1048576 images"},
	{"10 MB of new lines", text(times{"\n", tenMB}, good), 0, "requests              1"},
	{"deep", text(`{"x":`, times{"[", 5_000_000}, "\n"+good), 1, "more than 1024 arrays and objects within each other"},
	{"other schemes", text(`{"images":["ftp://h.example/a","data:,x","s3://b/c"]}`), 0, "1 data URI, 2 other URLs"},
	{"a scheme that makes no URL", text(`{"images":["javascript:alert(1)"]}`), 1, "does not exist"},
	{"file: URL", text(`{"images":["file:///etc/passwd"]}`), 1, "a scheme and no host"},
	{"paths of all kinds", text(`{"images":["/dev/zero","/proc/kmsg","/dev/stdin","../../../etc/passwd","/","pipe","`, times{"a", 5000}, `"]}`), 1, `line 1: the image "/dev/zero" is not a regular file`},
	{"images twice", text(good + `{"images":["a"],"images":["data:,b"]}`), 0, "distinct images       3"},
	{"images that say they are large", text(`{"images":["data:image/png;base64,iVBORw0KGgoAAAANSUhEUv////////////AIAgAAAAA="]}`), 0, "image sizes           2147483647x2147483647: 1 image"},
	{"gzip", inGzip(good, good), 0, "requests              2"},
	{"gzip cut short", func(t *testing.T) string { made := inGzip(times{good, 1000})(t); return made[:len(made)-9] }, 1, "cut short"},
	{"gzip in gzip", func(t *testing.T) string { return inGzip(inGzip(good)(t))(t) }, 1, "line 1: bad JSON"},
	{"gzip with something behind", func(t *testing.T) string { return inGzip(good)(t) + good }, 1, "gzip: invalid header"},
	{"zip", zipped("a.jsonl", good), 1, "it is a zip: unpack it"},
	{"zstd that refers back 4 GB", text("\x28\xb5\x2f\xfd\x00\xb0\x01\x00\x00"), 1, "window size exceeded"},
	{"bomb in zstd, of one line", inZstd(times{"a", 10 << 20}, 30), 1, "line 1: bad JSON"},
	{"bomb in zstd, of new lines", inZstd(times{"\n", 10 << 20}, 10), 1, "unpack to more than 10000000 lines"},
	{"bomb in zstd, of rows", inZstd(times{good, 1 << 17}, 10), 0, "requests              1,310,720"},
	{"bomb in gzip, of bad rows", inGzip(times{"[]\n", 3 << 20}), 1, "and 3,145,718 more"},
}

// watchMemory returns a function that waits for the end of the process and returns the most memory it had, in MB; 0 if the system does not say.
func watchMemory(pid int) func() int {
	most := make(chan int)
	go func() {
		kilobytes := 0
		for {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, peak, found := strings.Cut(string(status), "VmHWM:")
			if err != nil || !found {
				most <- kilobytes >> 10
				return
			}
			fmt.Sscan(peak, &kilobytes)
			time.Sleep(time.Millisecond)
		}
	}()
	return func() int { return <-most }
}

// Files that were made to do harm do none: each reader says soon and with little memory what is wrong, in lines that can be shown, or accepts
// what is harmless; and a run that fails makes nothing.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	t.Cleanup(func() { // when all subtests have ended
		for _, name := range []string{"/tmp/PWNED.json", "/PWNED.json", "PWNED.json", "../PWNED.json"} {
			if _, err := os.Lstat(name); err == nil {
				t.Errorf("%s was written", name)
			}
		}
	})
	for kind, files := range map[string][]hostile{"coco-annotations": hostileAnnotations, "url-list": hostileLists, "inspect": hostileRows} {
		for _, file := range files {
			t.Run(kind+"/"+file.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				program.Write(t, filepath.Join(dir, "hostile.zip"), file.content(t))
				if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
					t.Fatal(err)
				}
				args := []string{"inspect", "hostile.zip"}
				if kind != "inspect" {
					args = []string{"-n", "3", "--images-per-request", "1", "--images-pool", "2", "--user-text-tokens", "2", "--image-mode", "http", "--" + kind, "hostile.zip", "-o", "x.jsonl"}
				}
				cmd := program.Command(t, dir, nil, args...)
				var stdout, stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				begin := time.Now()
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				memory := watchMemory(cmd.Process.Pid)
				_ = cmd.Wait() // the exit code says it
				got := program.Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
				if took := time.Since(begin); took > 20*time.Second {
					t.Errorf("took %v", took)
				}
				if most := memory(); most > 1<<10 { // most of it is for each processor: with two it is 270
					t.Errorf("took %d MB", most)
				}
				if got.Code != file.code || !strings.Contains(got.Stdout+got.Stderr, file.want) {
					t.Errorf("exit code %d, want %d and %q\n%.2000s%.2000s", got.Code, file.code, file.want, got.Stdout, got.Stderr)
				}
				program.CheckLog(t, got, "")
				if len(got.Stderr) > 4000 {
					t.Errorf("%d bytes are said", len(got.Stderr))
				}
				var left []string
				entries, err := os.ReadDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				for _, entry := range entries {
					left = append(left, entry.Name())
				}
				want := []string{"hostile.zip", "pipe"}
				if kind != "inspect" && file.code == 0 {
					want = append(want, "x.jsonl", "x.jsonl.manifest.json")
					if rows := program.Rows(t, filepath.Join(dir, "x.jsonl")); len(rows) != 3 {
						t.Errorf("%d rows", len(rows))
					}
				}
				if fmt.Sprint(left) != fmt.Sprint(want) {
					t.Errorf("there are %q, want %q", left, want)
				}
			})
		}
	}
}
