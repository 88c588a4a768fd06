//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	goimage "image"
	_ "image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMedia has aiperf send images and videos of every kind in every mode, one request at a time: each arrives where its row has it, and as what it is.
func TestMedia(t *testing.T) {
	defer timed("16 images and videos, aiperf")()
	program, bin := builtProgram(t), tool(t, aiperf)
	tokenizer := filepath.Join(t.TempDir(), "tokenizer")
	mustRun(t, root, filepath.Join(bin, "python"), "e2e/tokenizer.py", tokenizer)
	client := aiperfClient{bin: bin, args: []string{"--no-server-metrics", "--tokenizer", tokenizer, "--ui", "none", "--workers-max", "1", "--record-processors", "1",
		"--concurrency", "1"}}
	for kind, args := range map[string]string{
		"jpeg":        "--image-format jpeg --image-size 48x32",
		"photo":       "--image-content photo --image-size 48x32",
		"mixed sizes": "--image-format jpeg --image-size 48x32:2,32x64:1",
		"own images":  "--images-from own",
		"videos":      "--image-format mp4 --image-size 64x48",
	} {
		for _, mode := range []string{"base64", "datauri", "http"} {
			t.Run(kind+"/"+mode, func(t *testing.T) {
				dir := t.TempDir()
				files := httptest.NewServer(http.FileServer(http.Dir(dir)))
				t.Cleanup(files.Close)
				words := append(strings.Fields("-n 12 --images-per-request 2 --images-pool 9 --user-text-tokens 4 --model test -o rows.jsonl --image-mode "+mode), strings.Fields(args)...)
				folder := "images"
				if kind == "own images" {
					folder = "own"
					for i, made := range []string{"--image-format jpeg --image-dir own/a/b", "--image-content photo --image-dir own"} {
						mustRun(t, dir, program, append(strings.Fields("-n 5 --images-per-request 1 --image-size 40x30 -o own.jsonl --seed "+[]string{"1", "2"}[i]), strings.Fields(made)...)...)
					}
				} else if mode != "datauri" {
					words = append(words, "--image-dir", folder)
				}
				if mode == "http" {
					words = append(words, "--image-url-base", files.URL+"/"+folder)
				}
				mustRun(t, dir, program, words...)
				server := newServer(t)
				client.run(t, exec.CommandContext(t.Context(), filepath.Join(bin, "aiperf"), append([]string{"profile", "--model", "test", "--url", server.URL, "--endpoint-type", "chat",
					"--streaming", "--input-file", filepath.Join(dir, "rows.jsonl"), "--custom-dataset-type", "single_turn", "--request-count", "12"}, client.args...)...))
				checkMedia(t, server, filepath.Join(dir, "rows.jsonl"), mode)
			})
		}
	}
}

// checkMedia compares what arrived with the rows. aiperf encodes local images again, so of these the size and what repeats are the same.
func checkMedia(t *testing.T, server *server, file, mode string) {
	t.Helper()
	if len(server.faults) > 0 {
		t.Fatalf("the server refused: %q", server.faults)
	}
	lines := strings.Split(strings.TrimSpace(string(must(os.ReadFile(file))(t))), "\n")
	if len(server.requests) != len(lines) {
		t.Fatalf("%d requests arrived, want %d", len(server.requests), len(lines))
	}
	arrivedAs, sentAs := map[string]string{}, map[string]string{}
	for i, line := range lines {
		var row struct {
			Text           string
			Images, Videos []string
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		got := server.requests[i]
		if references := append(row.Images, row.Videos...); got.text != row.Text || len(got.images) != len(references) || len(references) != 2 {
			t.Fatalf("request %d is %q with %d images, want %q with %d", i, got.text, len(got.images), row.Text, len(references))
		}
		for j, reference := range append(row.Images, row.Videos...) {
			arrived := got.images[j]
			if mode != "base64" {
				if arrived.url != reference || mode == "http" && len(arrived.fetched) == 0 {
					t.Errorf("request %d has %.80q, want %.80q", i, arrived.url, reference)
				}
				continue
			}
			_, encoded, _ := strings.Cut(arrived.url, ";base64,")
			content := must(base64.StdEncoding.DecodeString(encoded))(t)
			want := must(os.ReadFile(reference))(t)
			if len(row.Videos) > 0 {
				if !bytes.Equal(content, want) || !strings.HasPrefix(arrived.url, "data:video/mp4;") {
					t.Errorf("request %d has %.80q, which is not %s", i, arrived.url, reference)
				}
			} else {
				_, format, err := goimage.DecodeConfig(bytes.NewReader(content))
				size, wantFormat, _ := goimage.DecodeConfig(bytes.NewReader(want))
				if decoded, _, _ := goimage.DecodeConfig(bytes.NewReader(content)); err != nil || format != wantFormat || decoded.Width != size.Width || decoded.Height != size.Height {
					t.Errorf("request %d has %s of %dx%d, want %s of %dx%d: %v", i, format, decoded.Width, decoded.Height, wantFormat, size.Width, size.Height, err)
				}
			}
			if before, ok := arrivedAs[reference]; ok && before != encoded {
				t.Errorf("%s arrived as two contents", reference)
			}
			if before, ok := sentAs[encoded]; ok && before != reference {
				t.Errorf("%s and %s arrived as the same content", before, reference)
			}
			arrivedAs[reference], sentAs[encoded] = encoded, reference
		}
	}
}
