package repository

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Documents name files that exist.
func TestPathsInDocuments(t *testing.T) {
	t.Parallel()
	path := regexp.MustCompile("`((?:generator|internal|test|bench|e2e|docs|\\.github)/[\\w./-]+)`")
	found := 0
	for _, document := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "bench/README.md"} {
		text, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		for _, named := range path.FindAllStringSubmatch(string(text), -1) {
			found++
			if _, err := os.Stat(filepath.Join(root, strings.TrimSuffix(named[1], "/"))); err != nil {
				t.Errorf("%s names %s, which does not exist", document, named[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d paths were found", found)
	}
}
