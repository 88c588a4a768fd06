package program

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Documents returns the files that people read, the README first, by their path from the repository's folder.
func Documents(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "bench/README.md"}
	docs, err := filepath.Glob(filepath.Join(Root(), "docs", "*.md"))
	if err != nil || len(docs) < 5 {
		t.Fatalf("docs has %d documents, %v", len(docs), err)
	}
	for _, doc := range docs {
		names = append(names, "docs/"+filepath.Base(doc))
	}
	return names
}

// Document returns the text of a document.
func Document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Blocks are a document's fenced blocks of a language.
func Blocks(t *testing.T, name, language string) []string {
	t.Helper()
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(Document(t, name), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}
