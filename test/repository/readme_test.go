package repository

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// The workflow that the README shows is part of the example that is run, line by line.
func TestREADMEWorkflow(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(filepath.Join(root, ".github", "workflows", "example.yml"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := program.Blocks(t, "README.md", "yaml")
	if len(blocks) == 0 {
		t.Fatal("the README shows no workflow")
	}
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	for _, block := range blocks {
		// Elsewhere the action is named by its repository.
		if !strings.Contains(squeeze(string(example)), squeeze(strings.ReplaceAll(block, "OWNER/REPOSITORY@v1", "./"))) {
			t.Errorf("the example workflow does not have\n%s", block)
		}
	}
}
