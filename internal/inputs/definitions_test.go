package inputs

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the README's table of inputs anew")

// metadata is what the tests read of action.yml.
type metadata struct {
	Inputs map[string]struct {
		Description string
		Default     string
	}
	Outputs map[string]struct{ Description string }
}

func readMetadata(t *testing.T) metadata {
	t.Helper()
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var m metadata
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestActionDeclaresTheInputs(t *testing.T) {
	m := readMetadata(t)
	for _, d := range definitions() {
		declared, ok := m.Inputs[d.Name]
		if !ok {
			t.Errorf("action.yml does not declare %s", d.Name)
			continue
		}
		if declared.Description != d.Help {
			t.Errorf("action.yml describes %s as %q, the definition as %q", d.Name, declared.Description, d.Help)
		}
		if declared.Default != d.Default {
			t.Errorf("action.yml has %q as the default of %s, the definition %q", declared.Default, d.Name, d.Default)
		}
		delete(m.Inputs, d.Name)
	}
	for _, d := range actionInputs() {
		if m.Inputs[d.Name].Description == "" {
			t.Errorf("action.yml does not declare %s", d.Name)
		}
		delete(m.Inputs, d.Name)
	}
	for name := range m.Inputs {
		t.Errorf("action.yml declares %s, which is no input", name)
	}
}

func TestFlagsAreTheInputs(t *testing.T) {
	_, all := (&Read{flags: map[string]string{}}).flagSets()
	for _, d := range definitions() {
		f := all.Lookup(d.Name)
		if f == nil || f.Shorthand != d.Short || !strings.HasPrefix(f.Usage, d.Help) {
			t.Errorf("the flag of %s is %+v", d.Name, f)
		}
	}
	all.VisitAll(func(f *pflag.Flag) {
		if _, value := f.Value.(flagValue); value != (f.Name != "quiet" && f.Name != "help" && f.Name != "version") {
			t.Errorf("the flag --%s is no input", f.Name)
		}
	})
}

// The README's tables stand between two comments each.
func section(t *testing.T, readme, name string) (start, end int) {
	t.Helper()
	begin, finish := fmt.Sprintf("<!-- %s -->\n", name), fmt.Sprintf("<!-- /%s -->\n", name)
	start, end = strings.Index(readme, begin)+len(begin), strings.Index(readme, finish)
	if start < len(begin) || end < start {
		t.Fatalf("README.md has no section %s", name)
	}
	return start, end
}

func TestREADMEListsTheInputs(t *testing.T) {
	const path = "../../README.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	var table strings.Builder
	table.WriteString("| input, flag | default | what it is |\n|---|---|---|\n")
	for _, d := range definitions() {
		name := "`" + d.Name + "`"
		if d.Short != "" {
			name += ", `-" + d.Short + "`"
		}
		standard := ""
		if d.Default != "" {
			standard = "`" + d.Default + "`"
		}
		help := regexp.MustCompile(`"([^"]+)"`).ReplaceAllString(d.Help, "`$1`")
		fmt.Fprintf(&table, "| %s | %s | %s |\n", name, standard, strings.ReplaceAll(help, "|", `\|`))
	}
	start, end := section(t, readme, "inputs")
	if readme[start:end] == table.String() {
		return
	}
	if !*update {
		t.Fatalf("the README's table of inputs is not what the definitions say: run go test ./internal/inputs -update\n%s", table.String())
	}
	if err := os.WriteFile(path, []byte(readme[:start]+table.String()+readme[end:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestREADMEListsTheOutputs(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	start, end := section(t, readme, "outputs")
	for name, output := range readMetadata(t).Outputs {
		if row := fmt.Sprintf("| `%s` | %s |\n", name, output.Description); !strings.Contains(readme[start:end], row) {
			t.Errorf("the README's table of outputs lacks the row %s", row)
		}
	}
	if rows, want := strings.Count(readme[start:end], "\n| `"), len(readMetadata(t).Outputs); rows != want {
		t.Errorf("the README's table of outputs has %d rows, action.yml %d outputs", rows, want)
	}
}
