package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// A file is inspected with the tokenizer that it was made with, in words, as JSON and on a page.
func TestInspectTokens(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../internal/tokenizer/testdata/llama.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "model", "tokenizer.json"), string(data))
	for _, format := range []string{"aiperf", "raw-payload", "mooncake", "openai-batch", "vllm-custom-image"} {
		program.Succeed(t, dir, nil, "-n", "40", "--images-per-request", "1", "--image-mode", "datauri", "--image-size", "2", "--user-text-tokens", "70", "--tokenizer", "model",
			"--prefix-tokens", "33", "--prefixes", "4", "--format", format, "--model", "m", "-o", "x.jsonl.gz")
		got := program.Succeed(t, dir, nil, "inspect", "x.jsonl.gz", "--tokenizer", "model/tokenizer.json", "--json", "--report", "x.html")
		var document struct {
			Files []struct {
				Tokens struct {
					Tokenizer                              string
					Requests, Total, Least, Most, P50, P99 int64
					Mean                                   float64
					Shared                                 struct {
						Hits     int64   `json:"hit_tokens"`
						HitRate  float64 `json:"hit_rate"`
						Requests int64
					} `json:"shared_prefixes"`
				} `json:"text_tokens"`
			}
		}
		if err := json.Unmarshal([]byte(got.Stdout), &document); err != nil {
			t.Fatal(err)
		}
		tokens := document.Files[0].Tokens
		// Two blocks of 16 of each row but the first of its group.
		if tokens.Requests != 40 || tokens.Total != 40*70 || tokens.Least != 70 || tokens.Most != 70 || tokens.Mean != 70 || tokens.P50 != 70 || tokens.P99 != 70 ||
			tokens.Shared.Hits != 36*32 || tokens.Shared.Requests != 36 || tokens.Shared.HitRate != 36.0*32/40/70 || len(tokens.Tokenizer) != 64 {
			t.Errorf("%s: %+v", format, tokens)
		}
		page, err := os.ReadFile(filepath.Join(dir, "x.html"))
		if err != nil {
			t.Fatal(err)
		}
		words := program.Succeed(t, dir, nil, "inspect", "x.jsonl.gz", "--tokenizer", "model").Stdout
		for _, where := range []string{string(page), words} {
			for _, want := range []string{"okens of text", "2,800", "1,152 of 2,800 tokens = 41.14 %"} {
				if !strings.Contains(where, want) {
					t.Errorf("%s: no %q in %.2000s", format, want, where)
				}
			}
		}
	}
}

func TestInspectTokenizerRejected(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "x.jsonl"), `{"text":"a"}`+"\n")
	program.Write(t, filepath.Join(dir, "other.json"), `{"model_type":"qwen3_vl"}`)
	program.Write(t, filepath.Join(dir, "cut.json"), `{"model":{"type":"BPE","vocab":{"a":1`)
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"none": "no such file", "empty": "has no tokenizer.json", "other.json": "no model", "cut.json": "not complete", "/dev/null": "not a plain file",
	} {
		got := program.Run(t, dir, nil, "inspect", "x.jsonl", "--tokenizer", name, "--replicas", "0")
		if got.Code != 2 || got.Stdout != "" || !strings.Contains(got.Stderr, "--tokenizer \""+name+"\" cannot be used: ") || !strings.Contains(got.Stderr, want) ||
			!strings.Contains(got.Stderr, "--replicas 0 is out of range") {
			t.Errorf("%s: exit code %d, %s, want %q", name, got.Code, got.Stderr, want)
		}
	}
}
