package escape

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"mmjsonl/internal/escape/escapetest"
)

// FuzzShell has a shell read any word back.
func FuzzShell(f *testing.F) {
	f.Add("a b")
	f.Fuzz(func(t *testing.T, word string) {
		if strings.Contains(word, "\x00") || strings.HasSuffix(word, "\n") || len(word) > 1<<10 {
			return
		}
		quoted := Shell(word)
		escapetest.Log(t, "zstd -d "+quoted)
		if strings.Contains(quoted, "\n") {
			t.Errorf("%q has several lines", quoted)
		}
		if quoted == word && !ShellSafe(word) {
			t.Errorf("%q is not quoted", word)
		}
		command := exec.Command("sh", "-c", "printf '%s|' "+quoted+" end")
		command.Dir = t.TempDir()
		if got, err := command.CombinedOutput(); err != nil || string(got) != word+"|end|" {
			t.Errorf("a shell reads %s as %q, %v, want %q", quoted, got, err, word+"|end|")
		}
		if entries, err := os.ReadDir(command.Dir); err != nil || len(entries) > 0 {
			t.Errorf("%s makes files: %v, %v", quoted, entries, err)
		}
	})
}
