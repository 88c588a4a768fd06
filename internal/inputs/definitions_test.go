package inputs

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the inputs of action.yml and the tables of docs/reference.md anew")

// replaceSection makes sure that between two texts, each once in a file, there is a third.
func replaceSection(t *testing.T, path, begin, end, want string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), begin)
	got, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s has no section between %q and %q", path, begin, end)
	}
	if got == want {
		return
	}
	if !*update {
		t.Errorf("%s does not say what the definitions say: run go test ./internal/inputs -update\n%s", path, want)
		return
	}
	if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// description is what the action's metadata says about an input, which several commands may have.
func description(d Definition) string {
	if d.only == "action" {
		return d.Help
	}
	var parts, said []string
	for _, c := range commands {
		for _, of := range definitionsOf(c.inputs) {
			switch {
			case of.Name != d.Name || of.only == "flag" || slices.Contains(said, of.Help):
				continue
			case c.name == "generate":
				parts = append(parts, of.Help)
			default:
				parts = append(parts, "for command "+c.name+": "+of.Help)
			}
			said = append(said, of.Help)
		}
	}
	return strings.Join(parts, "; ")
}

func TestActionDeclaresInputs(t *testing.T) {
	var text strings.Builder
	for _, d := range inEnvironment() {
		fmt.Fprintf(&text, "  %s:\n    description: %s\n", d.Name, strconv.Quote(description(d)))
		if d.runnerDefault != "" {
			fmt.Fprintf(&text, "    default: %s\n", strconv.Quote(d.runnerDefault))
		}
	}
	replaceSection(t, "../../action.yml", "\ninputs:\n", "\noutputs:", text.String())

	// What a runner makes of it.
	content, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		Inputs map[string]struct{ Description, Default string }
	}
	if err := yaml.Unmarshal(content, &metadata); err != nil {
		t.Fatal(err)
	}
	for _, d := range inEnvironment() {
		if in, ok := metadata.Inputs[string(d.Name)]; !ok || in.Description != description(d) || in.Default != d.runnerDefault {
			t.Errorf("action.yml declares %s as %+v", d.Name, in)
		}
		delete(metadata.Inputs, string(d.Name))
	}
	for name := range metadata.Inputs {
		t.Errorf("action.yml declares %s, which is not an input", name)
	}
}

func TestReferenceListsInputs(t *testing.T) {
	table := func(name string, definitions []Definition) string {
		var rows strings.Builder
		fmt.Fprintf(&rows, "| %s | default | what it is |\n|---|---|---|\n", name)
		for _, d := range definitions {
			if d.Group == "General" {
				continue
			}
			name, standard := fmt.Sprintf("`%s`", d.Name), ""
			if d.Short != "" {
				name += ", `-" + d.Short + "`"
			}
			if d.Default != "" {
				standard = "`" + d.Default + "`"
			}
			help := regexp.MustCompile(`"([^"]+)"`).ReplaceAllString(d.Help, "`$1`")
			fmt.Fprintf(&rows, "| %s | %s | %s |\n", name, standard, strings.ReplaceAll(help, "|", `\|`))
		}
		return rows.String()
	}
	for _, c := range commands {
		replaceSection(t, "../../docs/reference.md", "<!-- inputs of "+c.name+" -->\n", "<!-- / -->", table("input, flag", definitionsOf(c.inputs)))
	}
	replaceSection(t, "../../docs/reference.md", "<!-- inputs of the action -->\n", "<!-- / -->", table("input", definitionsOf(reflect.TypeFor[Action]())))
}

// The documents have every value of every preset, with its source.
func TestReferenceListsPresets(t *testing.T) {
	var text strings.Builder
	for _, p := range Presets {
		fmt.Fprintf(&text, "\n### %s\n\n%s\n\n| input | value | source |\n|---|---|---|\n", p.Name, strings.ToUpper(p.What[:1])+p.What[1:]+".")
		for _, v := range p.Values {
			fmt.Fprintf(&text, "| `%s` | `%s` | %s |\n", v.Input, v.Value, v.Source)
		}
	}
	replaceSection(t, "../../docs/presets.md", "<!-- presets -->\n", "\n<!-- / -->", text.String())
}

func TestReferenceListsOutputs(t *testing.T) {
	content, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		Outputs yaml.Node
	}
	if err := yaml.Unmarshal(content, &metadata); err != nil {
		t.Fatal(err)
	}
	rows := "| output | what it is |\n|---|---|\n"
	for i := 0; i+1 < len(metadata.Outputs.Content); i += 2 {
		var output struct{ Description string }
		if err := metadata.Outputs.Content[i+1].Decode(&output); err != nil {
			t.Fatal(err)
		}
		rows += fmt.Sprintf("| `%s` | %s |\n", metadata.Outputs.Content[i].Value, output.Description)
	}
	replaceSection(t, "../../docs/reference.md", "<!-- outputs -->\n", "<!-- / -->", rows)
}

// Commands share the environment, so that an input of one name is one thing.
func TestDefinitionsAgree(t *testing.T) {
	all := map[string]Definition{}
	for _, c := range commands {
		values := inputsOf(reflect.New(c.inputs).Interface())
		// A command without an environment does not share it.
		alone := !slices.ContainsFunc(definitionsOf(c.inputs), func(d Definition) bool { return d.only != "flag" })
		for i, d := range definitionsOf(c.inputs) {
			isBool := values[i].Type() == "bool"
			if d.Help == "" || d.Group == "" || d.Placeholder == "" && !isBool || strings.HasSuffix(d.Help, ".") || strings.Contains(d.Help, "`") {
				t.Errorf("%s of %s: %+v", d.Name, c.name, d)
			}
			if isBool && d.Default == "true" && d.only == "flag" {
				t.Errorf("nobody can turn off %s of %s by leaving it out", d.Name, c.name)
			}
			if other, found := all[string(d.Name)]; found && (other.runnerDefault != d.runnerDefault || other.Placeholder != d.Placeholder || other.Short != d.Short || other.only != d.only) && !alone {
				t.Errorf("%s: %+v and %+v", d.Name, other, d)
			}
			all[string(d.Name)] = d
		}
	}
	for _, d := range definitionsOf(reflect.TypeFor[Action]()) {
		if other, found := all[string(d.Name)]; found || d.only != "action" {
			t.Errorf("the action has %+v beside %+v", d, other)
		}
	}
}

// Names of inputs are written out where something is wrong with them: each of these is one.
func TestNamesInProblemsExist(t *testing.T) {
	known := map[string]bool{}
	for _, c := range commands {
		for _, d := range definitionsOf(c.inputs) {
			known[string(d.Name)] = true
		}
	}
	for _, d := range inEnvironment() {
		known[string(d.Name)] = true
	}
	names, files := 0, 0
	for _, folder := range []string{"../../generator", "../command", "../action", "../manifest"} {
		sources, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources {
			if strings.HasSuffix(source, "_test.go") {
				continue
			}
			content, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			files++
			for _, m := range regexp.MustCompile(`(?:problem\.Name|\.Add|\.Blame|problem\.New|inRange|\.Input)\(("[^"]*"(?:, "[a-z0-9-]+")*)`).FindAllStringSubmatch(string(content), -1) {
				for name := range strings.SplitSeq(m[1], ", ") {
					name = strings.Trim(name, `"`)
					if names++; name != "" && !known[name] {
						t.Errorf("%s: %q is not an input", source, name)
					}
				}
			}
		}
	}
	if names < 100 || files < 20 {
		t.Errorf("found %d names in %d files", names, files)
	}
}

// The Python module knows the inputs of the commands that it runs.
func TestPythonKnowsInputs(t *testing.T) {
	var b strings.Builder
	b.WriteString(`"""The inputs of the program's commands, for type checkers.

Written by go test ./internal/inputs -update: do not edit.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Optional, TypedDict, Union

Path = Union[str, os.PathLike[str]]
Number = Union[str, int, float]
`)
	for _, command := range []struct {
		name   string
		inputs any
	}{{"Generate", new(Generate)}, {"Inspect", new(Inspect)}, {"Compare", new(Compare)}, {"Capacity", new(Capacity)}, {"Regenerate", new(Regenerate)}} {
		fmt.Fprintf(&b, "\n\nclass %sInputs(TypedDict, total=False):\n    \"\"\"Inputs of the command %s.\"\"\"\n\n", command.name, strings.ToLower(command.name))
		Bind("mmjsonl", command.inputs)
		for _, in := range inputsOf(command.inputs) {
			d := in.common().Definition
			if d.only != "" {
				continue
			}
			kind := "Union[Number, Sequence[Number]]"
			switch _, integer := in.(*Value[int64]); {
			case in.Type() == "bool":
				kind = "bool"
			case integer:
				kind = "int"
			case d.Placeholder == "FILE" || d.Placeholder == "DIR" || d.Placeholder == "PATH":
				kind = "Path"
			}
			if _, number := in.(*Value[float64]); number {
				kind = "float"
			}
			switch in.(type) {
			case *Value[Prose]:
				kind = "str"
			case *Value[string]:
				if kind != "Path" {
					kind = "str"
				}
			}
			fmt.Fprintf(&b, "    %s: Optional[%s]  # %s\n", strings.ReplaceAll(string(d.Name), "-", "_"), kind, d.Help)
		}
	}
	const file = "../../python/mmjsonl/_inputs.py"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != b.String() {
		t.Errorf("%s does not say what the definitions say: run go test ./internal/inputs -update (%v)", file, err)
	}
}
