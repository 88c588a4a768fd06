package repository

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// The steps that documents show are part of the workflows that are run, line by line.
func TestDocumentedSteps(t *testing.T) {
	t.Parallel()
	var workflows strings.Builder
	for _, name := range []string{"example.yml", "sweep.yml"} {
		text, err := os.ReadFile(filepath.Join(root, ".github", "workflows", name))
		if err != nil {
			t.Fatal(err)
		}
		workflows.Write(text)
	}
	var blocks []string
	for _, document := range []string{"README.md", "docs/ci.md"} {
		steps := program.Blocks(t, document, "yaml")
		steps = slices.DeleteFunc(steps, func(block string) bool { return !strings.HasPrefix(strings.TrimSpace(block), "- ") }) // of other systems
		if len(steps) == 0 {
			t.Errorf("%s shows no step", document)
		}
		blocks = append(blocks, steps...)
	}
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	for _, block := range blocks {
		// Elsewhere the action is named by its repository.
		if !strings.Contains(squeeze(workflows.String()), squeeze(strings.ReplaceAll(block, "OWNER/REPOSITORY@v1", "./"))) {
			t.Errorf("no workflow has\n%s", block)
		}
	}
}
