package servers

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of caches anew")

// table is that of docs/servers.md, in Markdown.
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

// TestTable holds the table of caches to the profiles.
func TestTable(t *testing.T) {
	const name, begin, end = "../../docs/servers.md", "<!-- servers -->\n", "<!-- /servers -->"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("docs/servers.md has no place for the table between %q and %q", begin, end)
	}
	if *update {
		if err := os.WriteFile(name, []byte(before+begin+table()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != table() {
		t.Error("docs/servers.md's table of caches is not that of the profiles: run go test ./internal/servers -update")
	}
}
