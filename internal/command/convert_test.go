package command

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/format"
	"mmjsonl/internal/inspect"
)

// sentImages are the images of a file's requests in the order of sending, one request at a time, numbered as they come.
func sentImages(t *testing.T, path string, scheduled bool) (requests [][]int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	result, err := inspect.Read(t.Context(), path, f, inspect.Options{Sending: inspect.Sending{FixedSchedule: scheduled}})
	if err != nil {
		t.Fatal(err)
	}
	if result.BadRowCount > 0 {
		t.Fatalf("%s: %+v", path, result.BadRows)
	}
	numbers := map[uint32]int{}
	result.Sent().Each(func(images []uint32) bool {
		request := []int{}
		for _, image := range images {
			if _, known := numbers[image]; !known {
				numbers[image] = len(numbers)
			}
			request = append(request, numbers[image])
		}
		requests = append(requests, request)
		return true
	})
	return requests
}

// randomConversations makes rows of a kind that names sessions, which lie in the file in any order: some of them alone, some with other images than URLs.
func randomConversations(rng *rand.Rand, kind format.Kind, timed bool, paths []string) (rows []string) {
	name := func() string {
		switch n := rng.IntN(12); {
		case n < len(paths):
			return paths[n]
		case n < 6:
			return fmt.Sprintf("data:image/png;base64,iVBORw0KGgo%d", n)
		default:
			return fmt.Sprintf("http://h/%d.png", n)
		}
	}
	request := func() map[string]any {
		images := []string{}
		for range 1 + rng.IntN(3) {
			images = append(images, name())
		}
		if kind == format.KindMooncake {
			parts := []any{map[string]any{"type": "text", "text": "T"}}
			for _, url := range images {
				if slices.Contains(paths, url) { // which no server opens
					url = "http://h/path.png"
				}
				parts = append(parts, map[string]any{"type": "image_url", "image_url": map[string]any{"url": url}})
			}
			return map[string]any{"payload": map[string]any{"model": "M", "messages": []any{map[string]any{"role": "user", "content": parts}}}}
		}
		return map[string]any{"text": "T", "images": images}
	}
	for range 1 + rng.IntN(12) {
		row := request()
		if kind == format.KindMultiTurn {
			turns := []any{}
			if rng.IntN(4) == 0 {
				turns = append(turns, map[string]any{"role": "system", "text": "S"})
			}
			for range 1 + rng.IntN(4) {
				turns = append(turns, request())
			}
			row = map[string]any{"turns": turns}
		}
		if session := rng.IntN(6); session < 4 {
			row["session_id"] = fmt.Sprint("s", session)
		}
		if timed {
			row["timestamp"] = rng.IntN(50)
		}
		text, _ := json.Marshal(row)
		rows = append(rows, string(text))
	}
	return rows
}

// TestConvertOrder: whatever client a file is converted for, it shows the same images in the same order as the file is sent, one request at a time.
func TestConvertOrder(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for i := range 3 {
		paths = append(paths, filepath.Join(dir, fmt.Sprint("image", i, ".png")))
		var content bytes.Buffer
		if err := errors.Join(png.Encode(&content, image.NewGray(image.Rect(0, 0, i+1, 2))), os.WriteFile(paths[i], content.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	moved := map[string]int{}
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 9))
		kind := []format.Kind{format.KindSingleTurn, format.KindMultiTurn, format.KindMooncake}[rng.IntN(3)]
		timed := kind == format.KindMooncake && rng.IntN(2) == 0
		rows := randomConversations(rng, kind, timed, paths)
		name := filepath.Join(dir, fmt.Sprint(seed, ".jsonl"))
		end := []string{"\n", "\r\n", "\n\n", "\r"}[rng.IntN(4)]
		content := strings.Join(rows, end) + end
		packing := []string{"", "gzip", "zstd"}[rng.IntN(3)]
		if err := os.WriteFile(name, packed(t, packing, content), 0o666); err != nil {
			t.Fatal(err)
		}
		want := sentImages(t, name, false)
		for _, to := range []string{"aiperf", "raw-payload", "mooncake", "openai-batch", "vllm-custom-image"} {
			result := filepath.Join(dir, fmt.Sprint(seed, to, ".jsonl"))
			if to == "vllm-custom-image" && strings.Contains(content, `"system"`) {
				continue // which only bodies can hold
			}
			output := result
			if seed%3 > 0 {
				output = "-" // which is faster by far
			}
			code, stdout, stderr := execute(t, dir, nil, "convert", name, "--format", to, "--model", "M", "-o", output)
			if output == "-" {
				if err := os.WriteFile(result, []byte(stdout), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if code != 0 {
				t.Fatalf("seed %d, %s as %s: %s\n%s", seed, kind, to, stderr, strings.Join(rows, "\n"))
			}
			for _, words := range []string{"session by session", "by timestamp", "the turns before it"} {
				if strings.Contains(stdout, words) {
					moved[words]++
				}
			}
			if got := sentImages(t, result, timed && to == "aiperf"); fmt.Sprint(got) != fmt.Sprint(want) {
				text, _ := os.ReadFile(result)
				t.Fatalf("seed %d, %s as %s: got\n%v\nwant\n%v\n%s\n%s", seed, kind, to, got, want, strings.Join(rows, "\n"), text)
			}
			if wrote := fmt.Sprintf("Wrote %d requests", len(want)); output != "-" && !strings.Contains(stdout, wrote) {
				t.Errorf("seed %d, %s as %s: %q does not say %q", seed, kind, to, stdout, wrote)
			}
		}
	}
	if len(moved) != 3 {
		t.Errorf("only %v", moved)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

// TestConvertStandardInput: what can be read once is put in order too.
func TestConvertStandardInput(t *testing.T) {
	rows := `{"session_id":"a","text":"1"}` + "\n" + `{"session_id":"b","text":"2"}` + "\n" + `{"session_id":"a","text":"3"}` + "\n"
	for _, packing := range []string{"", "gzip"} {
		var out, said bytes.Buffer
		code := Main(t.Context(), Process{Args: strings.Fields("convert - --format raw-payload --model M -o -"), Stdin: bytes.NewReader(packed(t, packing, rows)), Stdout: &out, Stderr: &said})
		var texts []string
		for line := range strings.Lines(out.String()) {
			var body struct {
				Messages []struct{ Content []struct{ Text string } }
			}
			if err := json.Unmarshal([]byte(line), &body); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, body.Messages[0].Content[0].Text)
		}
		if code != 0 || !slices.Equal(texts, []string{"1", "3", "2"}) {
			t.Errorf("standard input becomes %q, %d: %s", texts, code, said.String())
		}
	}
}

// packed compresses a text.
func packed(t *testing.T, packing, text string) []byte {
	t.Helper()
	var all bytes.Buffer
	var w io.WriteCloser
	var err error
	switch packing {
	case "gzip":
		w = gzip.NewWriter(&all)
	case "zstd":
		w, err = zstd.NewWriter(&all)
	default:
		return []byte(text)
	}
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}
