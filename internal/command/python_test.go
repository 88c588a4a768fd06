package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

// pythonDocuments is the module with the dataclasses of all documents; schemas are those documents by name.
func pythonDocuments(t *testing.T, schemas map[string]*jsonschema.Schema) string {
	var b strings.Builder
	b.WriteString(`"""The documents that the program prints with --json.

Written by go test ./internal/command -run TestSchemas -update: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ._base import Document
`)
	written, refs := map[string]bool{}, map[string]string{}
	var write func(name string, s *jsonschema.Schema, all jsonschema.Definitions)
	class := func(ref string) string {
		pkg, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/$defs/"), ".")
		name = strings.ToUpper(name[:1]) + name[1:]
		switch { // other packages have types of the same names
		case pkg == "servers" && name == "Need":
			name = "NeededSize"
		case pkg == "measure":
			name = "Measured" + name
		}
		if other, ok := refs[name]; ok && other != ref {
			t.Fatalf("%s and %s would both be the class %s: give one another name here", other, ref, name)
		}
		refs[name] = ref
		return name
	}
	var kind func(s *jsonschema.Schema) string
	kind = func(s *jsonschema.Schema) string {
		switch {
		case s.Ref != "":
			return class(s.Ref)
		case s.Type == "array":
			return "list[" + kind(s.Items) + "]"
		case s.Type == "object" && s.AdditionalProperties != nil:
			return "dict[str, " + kind(s.AdditionalProperties) + "]"
		}
		return map[string]string{"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "dict[str, Any]"}[s.Type]
	}
	write = func(name string, s *jsonschema.Schema, all jsonschema.Definitions) {
		if written[name] {
			return
		}
		written[name] = true
		var required, optional strings.Builder
		for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
			for of := pair.Value; of != nil; of = of.Items {
				if of.Ref != "" {
					write(class(of.Ref), all[strings.TrimPrefix(of.Ref, "#/$defs/")], all)
				}
			}
			field, hint := pair.Key, kind(pair.Value)
			if slices.Contains([]string{"from", "import", "class", "in", "is", "pass", "with", "as"}, field) {
				field += "_"
			}
			comment := ""
			if words := pair.Value.Description; words != "" {
				comment = "  # " + words
			}
			if slices.Contains(s.Required, pair.Key) {
				fmt.Fprintf(&required, "    %s: %s%s\n", field, hint, comment)
			} else {
				fmt.Fprintf(&optional, "    %s: Optional[%s] = None%s\n", field, hint, comment)
			}
		}
		words := strings.TrimSpace(s.Description)
		if words == "" {
			words = name + "."
		}
		fmt.Fprintf(&b, "\n\n@dataclass(frozen=True)\nclass %s(Document):\n    \"\"\"%s\"\"\"\n\n%s%s", name, strings.ReplaceAll(words, `\`, `\\`), required.String(), optional.String())
	}
	for _, name := range []string{"manifest", "plan", "inspect", "compare", "capacity", "version"} {
		write(strings.ToUpper(name[:1])+name[1:], schemas[name], schemas[name].Definitions)
	}
	return b.String()
}

// checkGenerated compares a file with what it should be, or writes it.
func checkGenerated(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(filepath.FromSlash(file)); err != nil || string(got) != want {
		t.Errorf("%s is not what the types make: run go test ./internal/command -run TestSchemas -update (%v)", file, err)
	}
}
