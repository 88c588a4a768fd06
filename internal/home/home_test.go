package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		typed string
		want  address
		says  string
	}{
		{"github.com/acme/bench", address{"github.com/acme/bench", "acme/bench", "ghcr.io/acme/bench"}, ""},
		{"github.com/Acme-2/Some_Bench.v1", address{"github.com/Acme-2/Some_Bench.v1", "Acme-2/Some_Bench.v1", "ghcr.io/acme-2/some_bench.v1"}, ""},
		{"", address{}, "github.com/OWNER/NAME"},
		{"acme/bench", address{}, "github.com/OWNER/NAME"},
		{"https://github.com/acme/bench", address{}, "leave https://"},
		{"github.com/acme/bench/", address{}, "anything behind NAME"},
		{"github.com/acme/bench@v1", address{}, "anything behind NAME"},
		{"gitlab.com/acme/bench", address{}, "github.com/OWNER/NAME"},
		{"github.com/ghcr.io/acme", address{}, "github.com/OWNER/NAME"},
		{"github.com/acme/.bench", address{}, "github.com/OWNER/NAME"},
		{"github.com/acme/bench..more", address{}, "github.com/OWNER/NAME"},
		{"github.com/acme/bench\n", address{}, "github.com/OWNER/NAME"},
		{"github.com/acme/bench.git", address{}, "leave that out"},
		{"github.com/acme/v2", address{}, "another name"},
		{"github.com/OWNER/NAME", address{}, "example"},
		{"github.com/OWNER/REPOSITORY", address{}, "example"},
	} {
		got, err := parse(test.typed)
		if got != test.want || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: got %+v, error %v, want %+v, an error with %q", test.typed, got, err, test.want, test.says)
		}
	}
}

func TestReplaced(t *testing.T) {
	t.Parallel()
	names := map[string]string{"a/b": "C/d", "ghcr.io/a/b": "ghcr.io/c/d"}
	for _, test := range []struct{ text, want string }{
		{"a/b", "C/d"},
		{"uses: a/b@v1, a/b@v2, docker://ghcr.io/a/b:v1, https://github.com/a/b.", "uses: C/d@v1, C/d@v2, docker://ghcr.io/c/d:v1, https://github.com/C/d."},
		{"a/b-tools aa/b a/bb -a/b a/b_ A/b", "a/b-tools aa/b a/bb -a/b a/b_ A/b"},
	} {
		if got := replaced(test.text, names); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// tree is the content of files by their names in a folder.
type tree map[string]string

func read(t *testing.T, dir string) tree {
	t.Helper()
	files := tree{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != own && slices.Contains(leftOut, name):
			return fs.SkipDir
		case !entry.Type().IsRegular(), name == ".git", slices.Contains([]string{".png", ".jsonl", ".part"}, filepath.Ext(name)):
			return nil // what runs of the program left there
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (files tree) write(t *testing.T, dir string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// differences are the names of files that are not the same in both.
func differences(a, b tree) (names []string) {
	all := maps.Clone(a)
	maps.Copy(all, b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if before, there := a[name]; before != b[name] || !there {
			names = append(names, name)
		}
	}
	return names
}

// in runs a command in a folder, without the network.
func in(t *testing.T, dir string, args ...string) (output string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestHome gives a copy of the repository an address, and another, and builds it.
func TestHome(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	read(t, "../..").write(t, dir)
	home := func(address string, want bool, says ...string) tree {
		t.Helper()
		out, ok := in(t, dir, "go", "run", "./internal/home", address)
		for _, word := range says {
			if ok != want || !strings.Contains(out, word) {
				t.Fatalf("%s: success %v, want %v; it does not say %q:\n%s", address, ok, want, word, out)
			}
		}
		return read(t, dir)
	}
	// An address that was written before, if the repository has one.
	module, _ := in(t, dir, "go", "list", "-m")
	said := []string{nowhere.action, `"` + nowhere.module + `/`, strings.TrimSpace(module) + "/internal"}

	first := read(t, dir)
	for _, bad := range []string{"acme/bench", "github.com/acme/con"} {
		if changed := differences(first, home(bad, false, "home: ")); changed != nil {
			t.Errorf("the address %q was refused, and yet written to %q", bad, changed)
		}
	}
	first["README.md"] += "\nSee github.com/acme/taken.\n"
	first.write(t, dir)
	if changed := differences(first, home("github.com/acme/taken", false, "README.md:", "acme/taken already")); changed != nil {
		t.Errorf("an address that was taken was written to %q", changed)
	}

	acme := home("github.com/Acme/Bench-2", true, "files changed", "github.com/Acme/Bench-2", "ghcr.io/acme/bench-2", "program called Bench-2")
	for name, text := range acme {
		if strings.HasPrefix(name, "internal/home/") {
			continue
		}
		for _, word := range said {
			if strings.Contains(text, word) {
				t.Errorf("%s still has %q", name, word)
			}
		}
	}
	for name, words := range map[string]string{
		"go.mod":                        "module github.com/Acme/Bench-2\n",
		"main.go":                       `"github.com/Acme/Bench-2/internal/command"`,
		"README.md":                     "uses: Acme/Bench-2@v1\n|ghcr.io/acme/bench-2:v1|brew install Acme/tap/mmjsonl",
		".goreleaser.yaml":              "https://github.com/Acme/Bench-2/releases/",
		"CONTRIBUTING.md":               "Acme/homebrew-tap",
		"docs/ci.md":                    "docker://ghcr.io/acme/bench-2:v1",
		".github/workflows/example.yml": "Acme/Bench-2@v1",
	} {
		for word := range strings.SplitSeq(words, "|") {
			if !strings.Contains(acme[name], word) {
				t.Errorf("%s does not have %q", name, word)
			}
		}
	}
	if changed := differences(acme, home("github.com/Acme/Bench-2", true, "0 files changed")); changed != nil {
		t.Errorf("the second time %q changed", changed)
	}
	if out, ok := in(t, dir, "gofmt", "-l", "."); !ok || out != "" {
		t.Errorf("gofmt would change %s", out)
	}

	// There and back again is as before.
	home("github.com/someone/mmjsonl", true, "ghcr.io/someone/mmjsonl")
	if changed := differences(acme, home("github.com/Acme/Bench-2", true)); changed != nil {
		t.Errorf("by another address %q came back different", changed)
	}
	for _, args := range []string{"go build ./...", "go vet ./internal/lru ./test/repository", "go test -short ./test/repository"} {
		if out, ok := in(t, dir, strings.Fields(args)...); !ok {
			t.Errorf("%s: %s", args, out)
		}
	}
}

func TestPlanSortsImports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const imports = "package a\n\nimport (\n\t_ %s\n\t_ %s\n)\n\nconst c = \"mmjsonl/b\"\n"
	tree{"go.mod": "module mmjsonl\n", "a.go": fmt.Sprintf(imports, `"github.com/b/c"`, `"mmjsonl/b"`)}.write(t, dir)
	changes, err := plan(dir, nowhere, address{"github.com/acme/bench", "acme/bench", "ghcr.io/acme/bench"})
	if want := fmt.Sprintf(imports, `"github.com/acme/bench/b"`, `"github.com/b/c"`); err != nil || len(changes) != 2 || string(changes[0].wanted) != want {
		t.Errorf("got %d changes, error %v: %+v, want %q", len(changes), err, changes, want)
	}
}

func TestPlanRefusesWhatDoesNotParse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tree{"go.mod": "module mmjsonl\n", "a.go": "package a\n\nimport _ \"mmjsonl/b\"\n", "c.go": "package a\n\nimport {\n"}.write(t, dir)
	next, err := parse("github.com/acme/bench")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan(dir, nowhere, next); err == nil || !strings.Contains(err.Error(), "c.go") {
		t.Errorf("got error %v, want one about c.go", err)
	}
}

// TestWriteAllOrNothing has one file that cannot be written beside, then one that cannot be replaced.
func TestWriteAllOrNothing(t *testing.T) {
	t.Parallel()
	for _, last := range []string{"missing/b", "folder"} {
		dir := t.TempDir()
		before := tree{"a": "old", "folder/in": "old"}
		before.write(t, dir)
		err := write([]change{
			{filepath.Join(dir, "a"), []byte("old"), []byte("new"), 0o644},
			{filepath.Join(dir, last), []byte("old"), []byte("new"), 0o644},
		})
		if err == nil {
			t.Errorf("%s: no error", last)
		}
		if changed := differences(before, read(t, dir)); changed != nil {
			t.Errorf("%s: %q changed, error %v", last, changed, err)
		}
	}
}
