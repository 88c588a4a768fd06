package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/internal/tokenizer"
	"mmjsonl/test/program"
)

// Rows have exactly as many tokens as were requested, to a tokenizer of each kind.
func TestTokenizerRows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../internal/tokenizer/testdata/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d tokenizers, %v", len(files), err)
	}
	for _, file := range files {
		dir := t.TempDir()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		program.Write(t, filepath.Join(dir, "model", "tokenizer.json"), string(data))
		program.Succeed(t, dir, nil, "-n", "60", "--images-per-request", "1", "--image-size", "2", "--user-text-tokens", "37", "--tokenizer", "model", "-o", "x.jsonl")
		of, err := tokenizer.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := os.ReadFile(filepath.Join(dir, "x.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		distinct := map[string]bool{}
		for line := range strings.Lines(string(rows)) {
			var row struct{ Text string }
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatal(err)
			}
			if n := of.Count(row.Text); n != 37 {
				t.Errorf("%s: %q is %d tokens, want 37", file, row.Text, n)
			}
			distinct[row.Text] = true
		}
		if len(distinct) != 60 {
			t.Errorf("%s: %d distinct texts, want 60", file, len(distinct))
		}
	}
}

// The manifest knows which tokenizer it was, wherever that is now.
func TestTokenizerRegenerate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, kind := range []string{"qwen", "gpt2"} {
		data, err := os.ReadFile("../../internal/tokenizer/testdata/" + kind + ".json")
		if err != nil {
			t.Fatal(err)
		}
		program.Write(t, filepath.Join(dir, kind, "tokenizer.json"), string(data))
	}
	program.Succeed(t, dir, nil, "-n", "5", "--images-per-request", "0", "--tokenizer", "qwen", "-o", "x.jsonl")
	want, err := os.ReadFile(filepath.Join(dir, "x.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	program.Succeed(t, dir, nil, "regenerate", "x.jsonl.manifest.json", "-o", "again.jsonl")
	if err := os.Rename(filepath.Join(dir, "qwen"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	program.Succeed(t, dir, nil, "regenerate", "x.jsonl.manifest.json", "-o", "moved.jsonl", "--tokenizer", "moved/tokenizer.json")
	for _, name := range []string{"again.jsonl", "moved.jsonl"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != string(want) {
			t.Errorf("%s is another file, %v", name, err)
		}
	}
	for _, args := range [][]string{{"--tokenizer", "gpt2"}, nil} {
		got := program.Run(t, dir, nil, append([]string{"regenerate", "x.jsonl.manifest.json", "-o", "none.jsonl"}, args...)...)
		if got.Code == 0 || !strings.Contains(got.Stderr, "tokenizer") {
			t.Errorf("%q: exit code %d, %s", args, got.Code, got.Stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "none.jsonl")); err == nil {
			t.Errorf("%q: a file was made", args)
		}
	}
	// Somebody else's manifest shows no text of a file.
	program.Write(t, filepath.Join(dir, "secret"), "password {")
	manifest, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secret", "/etc/passwd", "../secret"} {
		program.Write(t, filepath.Join(dir, "theirs.manifest.json"), strings.Replace(string(manifest), `"tokenizer": "qwen"`, `"tokenizer": "`+name+`"`, 1))
		got := program.Run(t, dir, nil, "regenerate", "theirs.manifest.json", "-o", "none.jsonl")
		if got.Code != 2 || strings.Contains(got.Stderr, "password") || strings.Contains(got.Stderr, "root") || !strings.Contains(got.Stderr, "the manifest's tokenizer") {
			t.Errorf("%s: exit code %d, %s", name, got.Code, got.Stderr)
		}
	}
}

func TestTokenizerRejected(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "other.json"), `{"model_type":"qwen3_vl"}`)
	program.Write(t, filepath.Join(dir, "few.json"), `{"pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"one":0,"two":1}}}`)
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"none": "no such file", "empty": "has no tokenizer.json", "other.json": "no model", "few.json": "it has 2 words", "/dev/null": "not a plain file",
	} {
		got := program.Run(t, dir, nil, "-n", "0", "--images-per-request", "0", "--tokenizer", name)
		if got.Code != 2 || !strings.Contains(got.Stderr, "--tokenizer \""+name+"\" cannot be used: ") || !strings.Contains(got.Stderr, want) || !strings.Contains(got.Stderr, "-n 0 is too small") {
			t.Errorf("%s: exit code %d, %s, want %q", name, got.Code, got.Stderr, want)
		}
	}
	program.Write(t, filepath.Join(dir, "words.json"), "{}")
	got := program.Run(t, dir, nil, "-n", "1", "--images-per-request", "0", "--tokenizer", "words.json", "-o", "words.json")
	if got.Code != 2 || !strings.Contains(got.Stderr, `is the file that --tokenizer reads`) {
		t.Errorf("the output over the tokenizer: exit code %d, %s", got.Code, got.Stderr)
	}
}
