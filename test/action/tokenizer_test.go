package action

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// A step of inspect counts tokens by a tokenizer in the workspace, and reads none outside of it.
func TestActionInspectTokenizer(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../internal/tokenizer/testdata/qwen.json")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := newStepWithFile(t)
	program.Write(t, filepath.Join(s.Workspace, "model", "tokenizer.json"), string(data))
	if got := s.Run(t, "command=inspect", "file=made.jsonl", "tokenizer=model"); got.Code != 0 || !strings.Contains(s.Read(t, s.Summary), "tokens of text") {
		t.Errorf("exit code %d, %s%s, summary %s", got.Code, got.Stdout, got.Stderr, s.Read(t, s.Summary))
	}
	outside := t.TempDir()
	program.Write(t, filepath.Join(outside, "tokenizer.json"), "secret")
	for _, name := range []string{outside, filepath.Join(outside, "tokenizer.json"), "../tokenizer.json"} {
		if got := s.Run(t, "command=inspect", "file=made.jsonl", "tokenizer="+name); got.Code != 2 || !strings.Contains(got.Stdout+got.Stderr, "an action reads in the workspace") {
			t.Errorf("%s: exit code %d, %s%s", name, got.Code, got.Stdout, got.Stderr)
		}
	}
}
