//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	goimage "image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/format/formattest"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/servers"
)

// loaded is what loader.py says of a file.
type loaded struct {
	File     string
	Refused  *string
	Requests []struct {
		Session int
		Text    bool
		Images  []struct {
			URL  string
			UUID *string
		}
	}
}

// load has aiperf's loaders read files, by name, in the folder.
func load(t *testing.T, dir string, files map[string]string) map[string]loaded {
	t.Helper()
	bin := tool(t, aiperf)
	cases := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(cases, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "python"), filepath.Join(root, "e2e", "loader.py"), cases)
	cmd.Dir = dir
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, tail(errors.Bytes()))
	}
	all := map[string]loaded{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var one loaded
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		all[one.File] = one
	}
	if len(all) != len(files) {
		t.Fatalf("%d of %d files were read: %s", len(all), len(files), tail(errors.Bytes()))
	}
	return all
}

// localFiles makes the files that random rows name.
func localFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	img := goimage.NewRGBA(goimage.Rect(0, 0, 40, 30))
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range img.Pix {
		img.Pix[i] = byte(rng.Uint32()) | 3
	}
	img.Set(0, 0, color.White)
	var pngFile, jpegFile bytes.Buffer
	if err := png.Encode(&pngFile, img); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&jpegFile, img, nil); err != nil {
		t.Fatal(err)
	}
	index := "\xff\xe2\x00\x58MPF\x00MM\x00\x2a\x00\x00\x00\x08\x00\x03\xb0\x00\x00\x07\x00\x00\x00\x040100\xb0\x01\x00\x04\x00\x00\x00\x01\x00\x00\x00\x02\xb0\x02\x00\x07\x00\x00\x00\x20\x00\x00\x00\x32" +
		strings.Repeat("\x00", 4+32)
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"folder", "folder.mp4"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range map[string][]byte{
		"a.png": pngFile.Bytes(), "copy.png": pngFile.Bytes(), "a b.png": jpegFile.Bytes(), "b.jpg": jpegFile.Bytes(), "c.gif": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
		"c.webp": []byte("RIFF\x24\x00\x00\x00WEBPVP8 "), "cut.png": pngFile.Bytes()[:pngFile.Len()/2], "cut.jpg": jpegFile.Bytes()[:jpegFile.Len()/2],
		"mpo.jpg": slices.Concat(jpegFile.Bytes()[:2], []byte(index), jpegFile.Bytes()[2:]), "empty.png": nil, "text.png": []byte("hello"),
		"v.mp4": []byte("x"), "V.WEBM": []byte("x"), "v.mov": []byte("x"), ".mp4": []byte("x"), "empty.mp4": nil, "s.wav": []byte("x"), "s.mp3": nil, "s.ogg": []byte("x"),
	} {
		write(name, data)
	}
	if err := os.Symlink("a.png", filepath.Join(dir, "link.png")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLoader feeds rows at random, and real ones with something changed, to aiperf's own loaders and to inspect. What the loaders refuse is
// what inspect says they refuse, and the images of the others are told apart as they are sent.
func TestLoader(t *testing.T) {
	dir := localFiles(t)
	rng := rand.New(rand.NewPCG(15, 0))
	files := map[string]string{}
	for i := range 4000 {
		files[fmt.Sprintf("single_turn-%04d.jsonl", i)] = formattest.RandomRow(rng) + "\n"
	}
	for _, kind := range []string{"multi_turn", "raw_payload", "mooncake_trace"} {
		for i := range 700 {
			files[fmt.Sprintf("%s-%04d.jsonl", kind, i)] = formattest.RandomOther(rng, kind) + "\n"
		}
	}
	real := realRows(t)
	for i := range 1500 {
		row := []byte(real[rng.IntN(len(real))])
		for range 1 + rng.IntN(2) {
			at := rng.IntN(len(row))
			switch rng.IntN(4) {
			case 0:
				row = slices.Delete(row, at, min(at+1+rng.IntN(3), len(row)))
			case 1:
				row = slices.Insert(row, at, []byte{'"', '{', '[', ' ', ',', ':', '0', '\\', '\r', 0xff, 'a', '}'}[rng.IntN(12)])
			case 2:
				row[at] ^= 1 << rng.IntN(7)
			default:
				other := real[rng.IntN(len(real))]
				from := rng.IntN(len(other))
				row = slices.Insert(row, at, []byte(other[from:min(from+1+rng.IntN(20), len(other))])...)
			}
			if len(row) == 0 {
				row = []byte("{}")
			}
		}
		files[fmt.Sprintf("single_turn-real%04d.jsonl", i)] = strings.ReplaceAll(string(row), "\n", " ") + "\n"
	}
	refused, differ := 0, 0
	for name, want := range load(t, dir, files) {
		if want.Refused != nil {
			refused++
		}
		if err := compare(t, dir, files[name], want); err != nil {
			t.Errorf("%s: %s: %v", name, files[name], err)
			if differ++; differ > 30 {
				t.Fatal("and so on")
			}
		}
	}
	if refused < len(files)/5 || refused > len(files)*4/5 {
		t.Errorf("%d of %d files were refused", refused, len(files))
	}
}

// TestLoaderFiles feeds whole files: many rows of sessions, in the order in which they are sent one after another.
func TestLoaderFiles(t *testing.T) {
	dir := localFiles(t)
	rng := rand.New(rand.NewPCG(16, 0))
	files := map[string]string{}
	for i := range 150 {
		kind := []string{"single_turn", "single_turn", "multi_turn", "raw_payload", "mooncake_trace"}[i%5]
		var text strings.Builder
		for range 1 + rng.IntN(12) {
			for {
				row := formattest.RandomRow(rng)
				if kind != "single_turn" {
					row = formattest.RandomOther(rng, kind)
				}
				if r := inspected(t, dir, row+"\n"); r == nil || r.BadRowCount > 0 || r.Requests == 0 || r.Kind != kind || strings.Contains(row, "timestamp") {
					continue
				}
				// A conversation's system prompt in a line of its own counts as a request, and aiperf puts it before those of the lines that follow.
				if kind == "multi_turn" && strings.Contains(row, "system") && strings.Contains(row, "session_id") {
					continue
				}
				text.WriteString(row)
				break
			}
			ends := []string{"\n", "\r\n", "\n\n", " \n\u00a0\n"}
			if kind == "raw_payload" { // where other blanks are no blank line
				ends = ends[:3]
			}
			text.WriteString(ends[rng.IntN(len(ends))])
			if kind == "single_turn" && rng.IntN(3) == 0 {
				text.WriteString("\r")
			}
		}
		files[fmt.Sprintf("%s-%03d.jsonl", kind, i)] = text.String()
	}
	refused := 0
	for name, want := range load(t, dir, files) {
		if want.Refused != nil {
			if !strings.Contains(*want.Refused, "ixed") { // sessions of several kinds of rows
				t.Errorf("%s: %s\n%s", name, *want.Refused, files[name])
			}
			refused++
			continue
		}
		if err := compare(t, dir, files[name], want); err != nil {
			t.Errorf("%s: %v\n%s", name, err, files[name])
		}
	}
	if refused > len(files)/5 {
		t.Errorf("%d of %d files were refused", refused, len(files))
	}
}

// realRows are rows of people's files, in small.
func realRows(t *testing.T) []string {
	return []string{
		`{"text": "describe", "images": ["a.png", "copy.png"], "session_id": "user_0"}`,
		`{"text":"a b c","images":["data:image/png;base64,iVBORw0KGgo=","http://media.example/1.png"]}`,
		`{"session_id": "operator-0", "text": "screen 0", "images": ["http://media.example/op0/0.png", "http://media.example/op0/1.png"], "image_uuids": ["x-0", "x-1"]}`,
		`{"texts": [{"name": "q", "contents": ["compare"]}], "images": [{"name": "left", "contents": ["http://media.example/l.png"], "uuids": ["l"]}, {"name": "right", "contents": ["http://media.example/r.png"]}]}`,
		`{"text": "q", "image": "b.jpg", "timestamp": 1234.5, "output_length": 100, "extra": {"ignore_eos": true, "min_tokens": 100}}`,
		`{"text": "q", "delay": 10, "role": "user", "video": "v.mp4", "audio": "s.wav", "type": "single_turn"}`,
		`{"messages": [{"role": "user", "content": "<image>what is shown"}, {"role": "assistant", "content": "a cup"}], "images": ["http://media.example/0.png"]}`,
		`{"text": "", "images": ["http://media.example/0.png"], "extra": {"messages": [{"role": "user", "content": [{"type": "text", "text": "q"}, {"type": "image_url", "image_url": {"url": "http://media.example/1.png"}}]}]}}`,
	}
}

// inspected is what inspect says of a text; nil if it is no file of rows.
func inspected(t *testing.T, dir, text string) *inspect.Result {
	t.Helper()
	r, err := inspect.Read(t.Context(), "-", strings.NewReader(text), inspect.Options{Dir: dir, Identities: []servers.Identity{servers.ByURL}})
	if err != nil {
		return nil
	}
	return r
}

// compare holds inspect to what the loader says.
func compare(t *testing.T, dir, text string, want loaded) error {
	t.Helper()
	kind, _, _ := strings.Cut(want.File, "-")
	r := inspected(t, dir, text)
	if r == nil {
		if want.Refused == nil && strings.TrimSpace(text) != "" {
			return fmt.Errorf("it is called no file of rows")
		}
		return nil
	}
	if r.Kind != kind {
		// Messages alone are both a body and a trace, and a document without a field that tells its kind may be anything.
		if want.Refused == nil && (kind != "mooncake_trace" || r.Kind != "raw_payload") {
			return fmt.Errorf("it is called %s: %+v", r.Kind, r.BadRows)
		}
		return nil
	}
	refused := slices.ContainsFunc(r.BadRows, func(b inspect.BadRow) bool { return b.RefusedBy == "client" })
	switch {
	case refused != (want.Refused != nil):
		reason := "nothing"
		if want.Refused != nil {
			reason = *want.Refused
		}
		return fmt.Errorf("bad rows are %+v, the loader says %s", r.BadRows, reason)
	case refused:
		return nil
	case r.BadRowCount > 0:
		for _, request := range want.Requests {
			for _, image := range request.Images {
				if scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(image.URL)), ":"); !found || scheme != "http" && scheme != "https" && scheme != "data" {
					return nil
				}
				if !strings.HasPrefix(image.URL, "http://h") && !strings.HasPrefix(image.URL, "data:") {
					return nil
				}
			}
		}
		return fmt.Errorf("bad rows are %+v, the loader sends only URLs", r.BadRows)
	}

	// The same images are the same, and others are others.
	var got [][]uint32
	r.Sent().Each(func(request []uint32) bool {
		got = append(got, slices.Clone(request))
		return true
	})
	if len(got) != len(want.Requests) {
		return fmt.Errorf("%d requests, the loader has %d", len(got), len(want.Requests))
	}
	numbers, names := map[string]uint32{}, map[uint32]string{}
	history := map[int][]string{}
	withoutText := int64(0)
	for i, request := range want.Requests {
		var sent []string
		for _, image := range request.Images {
			name := image.URL
			if name == "" && image.UUID != nil {
				name = "uuid " + *image.UUID
			}
			sent = append(sent, name)
		}
		if kind == "multi_turn" {
			history[request.Session] = append(history[request.Session], sent...)
			sent = history[request.Session]
		}
		if len(sent) != len(got[i]) {
			return fmt.Errorf("request %d has %d images, the loader's %d: %q", i, len(got[i]), len(sent), sent)
		}
		for j, name := range sent {
			number, known := numbers[name]
			if !known {
				numbers[name] = got[i][j]
				number = got[i][j]
			}
			if other, known := names[got[i][j]]; known && other != name || number != got[i][j] {
				return fmt.Errorf("image %d of request %d is number %d, which is %q, and should be %q (%d)", j, i, got[i][j], other, name, number)
			}
			names[got[i][j]] = name
		}
		if !request.Text {
			withoutText++
		}
	}
	if r.WithoutText != withoutText && kind != "multi_turn" { // where a system prompt is in each
		return fmt.Errorf("%d rows without text, the loader has %d", r.WithoutText, withoutText)
	}
	return nil
}
