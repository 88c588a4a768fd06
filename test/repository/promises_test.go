package repository

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Every row of the table of promises names tests, and these exist, where it says.
func TestPromises(t *testing.T) {
	t.Parallel()
	tests := map[string]string{} // the folders of their packages
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range function.FindAllSubmatch(text, -1) {
			tests[string(m[1])] = filepath.Dir(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	rows, named := 0, regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w+)(?:/([^`]*))?`( ◆)?")
	for line := range strings.Lines(program.Document(t, "docs/guarantees.md")) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 2 || strings.HasPrefix(line, "|---") || rows == 0 && strings.Contains(cells[1], "held by") {
			continue
		}
		rows++
		names := named.FindAllStringSubmatch(cells[1], -1)
		if len(names) == 0 {
			t.Errorf("no test is named for %q", strings.TrimSpace(cells[0]))
		}
		for _, name := range names {
			folder, there := tests[name[1]]
			if name[1] == "TestScripts" {
				_, err := os.Stat(filepath.Join(root, "test", "cli", "scripts", name[2]+".txtar"))
				there = err == nil
			}
			if !there || (folder == filepath.Join(root, "e2e")) != (name[3] != "") {
				t.Errorf("%s, named for %q, is not a test, or not one of that kind", name[0], strings.TrimSpace(cells[0]))
			}
		}
	}
	if rows < 10 {
		t.Errorf("docs/guarantees.md has %d promises, want at least 10", rows)
	}
}
