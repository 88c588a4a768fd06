package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Standard output and error may be plain files. Under any of their names they get the rows, and nothing is written beside these names.
func TestOutputIsAStream(t *testing.T) {
	for _, name := range []string{"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/stderr", "/dev/fd/2"} {
		dir := t.TempDir()
		rows, err := os.Create(filepath.Join(dir, "rows"))
		if err != nil {
			t.Fatal(err)
		}
		words, err := os.Create(filepath.Join(dir, "words"))
		if err != nil {
			t.Fatal(err)
		}
		cmd := program.Command(t, t.TempDir(), nil, "-n", "4", "--images-per-request", "0", "--user-text-tokens", "2", "--quiet", "-o", name)
		cmd.Stdout, cmd.Stderr = rows, words
		if strings.HasSuffix(name, "err") || strings.HasSuffix(name, "2") {
			cmd.Stdout, cmd.Stderr = words, rows
		}
		if err := cmd.Run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		content, err := os.ReadFile(rows.Name())
		if err != nil || bytes.Count(content, []byte(`{"text":"`)) != 4 {
			t.Errorf("%s: the rows are %q, %v", name, content, err)
		}
		if _, err := os.Lstat(name + ".manifest.json"); err == nil {
			t.Errorf("%s has a manifest beside it", name)
			os.Remove(name + ".manifest.json")
		}
	}
}
