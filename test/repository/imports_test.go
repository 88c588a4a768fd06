// Package repository tests what the files of the repository say of each other.
package repository

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is generated from the code")

// root is the repository's folder.
const root = "../.."

// layers are all packages, by their folders. A package imports packages of lower layers only, so two of the same layer never import
// each other. A package that only tests use, internal/media/mediatest say, belongs to the one in whose folder it is.
var layers = [][]string{
	{"bench", "e2e", "e2e/kubernetes", "e2e/vllm", "internal/home", "internal/man"}, // and whatever is in test
	{"."},
	{"internal/command"},
	{"internal/action"},
	{"internal/report"},
	{"internal/inputs", "internal/inspect", "internal/manifest"},
	{"generator"},
	{"internal/fetch", "internal/measure", "internal/serve"},
	{"internal/format", "internal/media", "internal/stream", "internal/text", "internal/urls"},
	{"internal/files", "internal/reuse", "internal/servers"},
	{"internal/h264", "internal/jpeg", "internal/model", "internal/mp4", "internal/png", "internal/problem", "internal/replay"},
	{"internal/escape", "internal/lru", "internal/random", "internal/tokenizer", "internal/zstdframe"},
}

// only says of a package which others may import it, where that is not every one above it.
var only = map[string][]string{
	"generator": {"bench", "internal/action", "internal/command", "internal/inputs", "internal/manifest", "internal/report"},
}

// layer returns the number of a package's layer, 0 at the top, or -1 if it is in none.
func layer(folder string) int {
	if strings.HasPrefix(folder, "test/") {
		return 0
	}
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, owner(folder)) })
}

// owner is the package itself, or for one that only tests use the package that it tests.
func owner(folder string) string {
	if parent := path.Dir(folder); path.Base(folder) == path.Base(parent)+"test" {
		return parent
	}
	return folder
}

// imports returns which packages of this module each of its packages imports, by their folders: on any system, and not for its tests.
// It reads the files itself: go test repeats a result unless it sees the test open a file that changed.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		t.Fatal(err)
	}
	module := strings.TrimSpace(string(out))
	folders := map[string][]string{}
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if hidden := name != "." && strings.ContainsRune("._", rune(entry.Name()[0])); hidden || entry.Name() == "testdata" {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		here := path.Dir(name)
		folders[here] = append(folders[here], nil...)
		for _, imported := range file.Imports {
			name, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				return err
			}
			if name == module {
				folders[here] = append(folders[here], ".")
			} else if folder, ok := strings.CutPrefix(name, module+"/"); ok {
				folders[here] = append(folders[here], folder)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder := range folders {
		slices.Sort(folders[folder])
		folders[folder] = slices.Compact(folders[folder])
	}
	return folders
}

// violations says what is wrong with imports, in words.
func violations(imports map[string][]string) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, from := range slices.Sorted(maps.Keys(imports)) {
		if layer(from) < 0 {
			say("%s is in no layer: give it a place in the table of this test", from)
			continue
		}
		for _, to := range imports[from] {
			switch allowed, restricted := only[to]; {
			case owner(from) == owner(to):
			case layer(to) < 0: // said above
			case layer(from) >= layer(to):
				say("%s imports %s, which is not in a lower layer", from, to)
			case owner(to) != to:
				say("%s imports %s, which is for tests", from, to)
			case restricted && !slices.Contains(allowed, from):
				say("%s imports %s, which only %s may", from, to, strings.Join(allowed, ", "))
			}
		}
	}
	return problems
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	for _, problem := range violations(imports(t)) {
		t.Error(problem)
	}
}

func TestImportsViolations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ from, to, want string }{
		{"internal/command", "internal/lru", ""},
		{"internal/report", "generator", ""},
		{"internal/media/mediatest", "internal/media", ""},
		{"internal/media/mediatest", "internal/png", ""},
		{"internal/lru", "internal/reuse", "internal/lru imports internal/reuse, which is not in a lower layer"},
		{"internal/stream", "internal/media", "internal/stream imports internal/media, which is not in a lower layer"},
		{"internal/media/mediatest", "internal/text", "internal/media/mediatest imports internal/text, which is not in a lower layer"},
		{"generator", "internal/media/mediatest", "generator imports internal/media/mediatest, which is for tests"},
		{"internal/inspect", "generator", "internal/inspect imports generator, which only bench, "},
		{"internal/newcomer", "internal/lru", "internal/newcomer is in no layer: "},
	} {
		got := strings.Join(violations(map[string][]string{test.from: {test.to}}), "\n")
		if !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s imports %s: got %q, want %q", test.from, test.to, got, test.want)
		}
	}
}

// TestPackageJobs looks for every package in CONTRIBUTING's table of what they do.
func TestPackageJobs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	var named strings.Builder // the table's first column
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			named.WriteString(cells[1])
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(imports(t))) {
		if folder != "." && owner(folder) == folder && !strings.HasPrefix(folder, "test/") && !strings.Contains(named.String(), "`"+folder+"`") {
			t.Errorf("CONTRIBUTING.md does not say what %s does", folder)
		}
	}
}

// picture draws the imports of the program as a Mermaid flowchart, without the arrows that follow from others.
func picture(imports map[string][]string) string {
	reaches := map[string]map[string]bool{} // over one import or more
	var visit func(folder string) map[string]bool
	visit = func(folder string) map[string]bool {
		if reaches[folder] == nil {
			reaches[folder] = map[string]bool{}
			for _, to := range imports[folder] {
				reaches[folder][to] = true
				maps.Copy(reaches[folder], visit(to))
			}
		}
		return reaches[folder]
	}
	program := visit(".")
	name := func(folder string) string { return strings.NewReplacer("internal/", "", ".", "main").Replace(folder) }

	var lines strings.Builder
	for _, folder := range slices.Concat(layers...) {
		if folder != "." && !program[folder] {
			continue
		}
		var arrows []string
		for _, to := range imports[folder] {
			if !slices.ContainsFunc(imports[folder], func(other string) bool { return reaches[other][to] }) {
				arrows = append(arrows, name(to))
			}
		}
		if len(arrows) > 0 {
			fmt.Fprintf(&lines, "  %s --> %s\n", name(folder), strings.Join(arrows, " & "))
		}
	}
	return "```mermaid\nflowchart TD\n" + lines.String() + "```\n"
}

func TestImportsPicture(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- imports -->\n", "<!-- /imports -->\n"
	file := filepath.Join(root, "CONTRIBUTING.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("CONTRIBUTING.md has no lines %q and %q", begin, end)
	}
	want := before + begin + picture(imports(t)) + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Error("CONTRIBUTING.md does not show the imports as they are: run go test ./test/repository -update")
	}
}
