package servers

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the README's table of caches anew")

// table is the README's, in Markdown.
func table() string {
	var b strings.Builder
	b.WriteString("| `--server` | cache | size | order, and what goes | the same image has the same | hits are seen in |\n|---|---|---|---|---|---|\n")
	for _, p := range Profiles() {
		title := p.Title
		if p.Multiplied != "" {
			title += ". " + p.Multiplied
		}
		if p.InFront != "" {
			title += ". In front: " + strings.TrimSuffix(p.InFront, ".")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", p.Name, strings.TrimSuffix(title, "."), p.SizeWords(), p.Evicts, p.Key, p.CounterWords())
	}
	return b.String()
}

// TestREADME holds the README's table to the profiles.
func TestREADME(t *testing.T) {
	const name, begin, end = "../../README.md", "<!-- servers -->\n", "<!-- /servers -->"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("the README has no place for the table between %q and %q", begin, end)
	}
	if *update {
		if err := os.WriteFile(name, []byte(before+begin+table()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != table() {
		t.Error("the README's table of caches is not that of the profiles: run go test ./internal/servers -update")
	}
}
