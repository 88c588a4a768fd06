package repository

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Documents name files that exist.
func TestPathsInDocuments(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`((?:generator|internal|test|bench|e2e|docs|\\.github)/[\\w./-]+)`")
	found := 0
	for _, document := range program.Documents(t) {
		for _, name := range named.FindAllStringSubmatch(program.Document(t, document), -1) {
			found++
			if _, err := os.Stat(filepath.Join(root, strings.TrimSuffix(name[1], "/"))); err != nil {
				t.Errorf("%s names %s, which does not exist", document, name[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d paths were found", found)
	}
}

// Links within the repository lead to files and headings that exist.
func TestLinksInDocuments(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	found := 0
	for _, document := range program.Documents(t) {
		for _, to := range link.FindAllStringSubmatch(program.Document(t, document), -1) {
			if strings.Contains(to[1], "://") {
				continue
			}
			found++
			name, heading, hasHeading := strings.Cut(to[1], "#")
			target := document
			if name != "" {
				target = path.Join(path.Dir(document), name)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", document, to[1])
				continue
			}
			if hasHeading && !strings.Contains(headings(program.Document(t, target)), "\n"+heading+"\n") {
				t.Errorf("%s links to %s, which has no such heading", document, to[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d links were found", found)
	}
}

// headings returns a document's headings as links name them, each between line feeds.
func headings(text string) string {
	var all strings.Builder
	all.WriteString("\n")
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		plain := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all.WriteString(strings.ReplaceAll(plain, " ", "-") + "\n")
	}
	return all.String()
}
