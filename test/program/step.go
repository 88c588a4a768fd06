package program

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Metadata is what a runner reads of action.yml.
type Metadata struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Description string }
	Runs    struct {
		Entrypoint string
		Args       []string
	}
}

// ReadMetadata reads the repository's action.yml.
func ReadMetadata() (*Metadata, error) {
	text, err := os.ReadFile(filepath.Join(Root(), "action.yml"))
	if err != nil {
		return nil, err
	}
	var m Metadata
	if err := yaml.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("action.yml: %w", err)
	}
	if len(m.Inputs) == 0 || len(m.Outputs) == 0 || m.Runs.Entrypoint == "" {
		return nil, fmt.Errorf("action.yml: got %+v, want inputs, outputs and an entry point", m)
	}
	return &m, nil
}

// InputNames are the names of the inputs, sorted.
func (m *Metadata) InputNames() []string { return slices.Sorted(maps.Keys(m.Inputs)) }

// OutputNames are the names of the outputs that are not another command's, sorted.
func (m *Metadata) OutputNames() []string {
	names := slices.Sorted(maps.Keys(m.Outputs))
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(m.Outputs[name].Description, "for command ") })
}

// Variables are the variables by which a runner passes a step its inputs: each one that is declared, with what the workflow gives or its
// default. expressions are ${{ … }} and their values.
func (m *Metadata) Variables(with map[string]string, expressions ...string) (map[string]string, error) {
	variables := map[string]string{}
	for name, input := range m.Inputs {
		value, given := with[name]
		if !given {
			value = input.Default
		}
		value = strings.NewReplacer(expressions...).Replace(value)
		if strings.Contains(value, "${{") {
			return nil, fmt.Errorf("input %s: the test cannot evaluate %s", name, value)
		}
		variables[Variable(name)] = value
	}
	for name := range with {
		if _, declared := m.Inputs[name]; !declared {
			return nil, fmt.Errorf("action.yml has no input %s", name)
		}
	}
	return variables, nil
}

// Variable is what a runner calls the variable of an input.
func Variable(input string) string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(input, " ", "_"))
}

// ParseOutputs reads a GITHUB_OUTPUT file by the runner's rules: lines NAME=VALUE, or NAME<<END, lines of the value, and END.
func ParseOutputs(text string) (map[string]string, error) {
	outputs := map[string]string{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if line == "" {
			continue
		}
		name, value, plain := strings.Cut(line, "=")
		if heredoc, delimiter, ok := strings.Cut(line, "<<"); ok && (!plain || len(heredoc) < len(name)) {
			var body []string
			for i++; i < len(lines) && lines[i] != delimiter; i++ {
				body = append(body, lines[i])
			}
			if i == len(lines) {
				return nil, fmt.Errorf("output %s never ends", heredoc)
			}
			name, value, plain = heredoc, strings.Join(body, "\n"), true
		}
		if !plain {
			return nil, fmt.Errorf("line %q sets no output", line)
		}
		if _, ok := outputs[name]; ok {
			return nil, fmt.Errorf("output %s is set twice", name)
		}
		outputs[name] = value
	}
	return outputs, nil
}

// CheckOutputs returns an error if outputs are not exactly those that action.yml declares.
func CheckOutputs(outputs map[string]string) error {
	m, err := ReadMetadata()
	if err != nil {
		return err
	}
	if set, declared := slices.Sorted(maps.Keys(outputs)), m.OutputNames(); !slices.Equal(set, declared) {
		return fmt.Errorf("the outputs %q were set, action.yml declares %q", set, declared)
	}
	return nil
}

// Step is the surroundings of one step on a runner whose paths are the same inside and outside of the action's container, as under act.
type Step struct {
	Workspace, Output, Summary string   // paths
	Env                        []string // of the step; later ones win
}

// NewStep makes the folders and files of a step whose images are small.
func NewStep(t *testing.T) *Step {
	t.Helper()
	root := t.TempDir()
	s := &Step{
		Workspace: filepath.Join(root, "work", "repo"),
		Output:    filepath.Join(root, "commands", "set_output"),
		Summary:   filepath.Join(root, "commands", "step_summary"),
	}
	Write(t, s.Output, "")
	Write(t, s.Summary, "")
	if err := os.MkdirAll(s.Workspace, 0o777); err != nil {
		t.Fatal(err)
	}
	m, err := ReadMetadata()
	if err != nil {
		t.Fatal(err)
	}
	variables, err := m.Variables(map[string]string{"image-size": "8"}, "${{ job.container.id }}", "")
	if err != nil {
		t.Fatal(err)
	}
	s.Env = []string{"GITHUB_ACTIONS=true", "CI=true", "GITHUB_WORKSPACE=" + s.Workspace, "GITHUB_OUTPUT=" + s.Output, "GITHUB_STEP_SUMMARY=" + s.Summary}
	for name, value := range variables {
		s.Env = append(s.Env, name+"="+value)
	}
	return s
}

// Run runs the step with further inputs, NAME=VALUE.
func (s *Step) Run(t *testing.T, inputs ...string) Result {
	t.Helper()
	env := slices.Clone(s.Env)
	for _, in := range inputs {
		name, value, _ := strings.Cut(in, "=")
		env = append(env, Variable(name)+"="+value)
	}
	return Run(t, s.Workspace, env)
}

// Read returns the content of a file.
func (s *Step) Read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Outputs are the outputs that were set.
func (s *Step) Outputs(t *testing.T) map[string]string {
	t.Helper()
	outputs, err := ParseOutputs(s.Read(t, s.Output))
	if err != nil {
		t.Fatalf("%v: %q", err, s.Read(t, s.Output))
	}
	return outputs
}

// CheckLog reads both streams as a runner reads them: by lines, which end in LF or CR, for commands at a line's beginning or, of the old
// kind, anywhere. The only commands are own annotations, of the kinds that a regular expression allows, and all characters are visible.
func CheckLog(t *testing.T, got Result, annotations string) {
	t.Helper()
	own := regexp.MustCompile(`^::(` + annotations + `)( title=Input [^:,\r]*| (file=[^:,\r]+,line=[0-9]+,)?title=Bad row)?::[^\r]*$`)
	for _, line := range strings.FieldsFunc(got.Stdout+"\n"+got.Stderr, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") && (annotations == "" || !own.MatchString(line)) || strings.Contains(line, "##") {
			t.Errorf("the log has the command %q", line)
		}
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("the log has a line with invisible characters: %q", line)
		}
	}
	if Broken(got) {
		t.Errorf("the program broke: %s", got.Stderr)
	}
}

// Broken reports whether the program ended in a panic.
func Broken(got Result) bool {
	return strings.Contains(got.Stderr, "goroutine ") || strings.Contains(got.Stderr, "panic:")
}
