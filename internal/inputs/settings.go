package inputs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"mmjsonl/internal/problem"
)

// Settings are the inputs of commands that can have their inputs from a file.
type Settings struct {
	ConfigFile  Value[string] `env:"CONFIG" value:"FILE" group:"General" only:"flag" help:"YAML file of inputs, a line of NAME: VALUE each; flags and the environment have precedence"`
	PrintConfig Value[bool]   `env:"PRINT_CONFIG" value:"BOOL" group:"General" only:"flag" help:"print the inputs as such a file, with the defaults of the others as comments, and do nothing else"`
}

// Version are the inputs of version.
type Version struct {
	JSON Value[bool] `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print one JSON document in place of text"`
}

// settings is anything that embeds [Settings].
type settings interface{ own() *Settings }

func (s *Settings) own() *Settings { return s }

// SettingsOf returns the settings among a command's inputs, or nil if it has none.
func SettingsOf(target any) *Settings {
	if s, ok := target.(settings); ok {
		return s.own()
	}
	return nil
}

// mostSettings bounds a configuration file, in bytes.
const mostSettings = 1 << 20

// ReadSettings reads a configuration file, for [Set.ReadEnvironment]. name is what the user calls it. Everything wrong with the file is a
// problem; what is wrong with the value of an input is found with all other inputs.
func (s *Set) ReadSettings(f io.Reader, name string) (problems problem.List) {
	bad := func(format string, args ...any) {
		problems.Add("config", "%s %q cannot be used: %s\ngive a YAML file with a line of NAME: VALUE for each input, as --print-config writes it", problem.Name("config"), name,
			fmt.Sprintf(format, args...))
	}
	text, err := io.ReadAll(io.LimitReader(f, mostSettings+1))
	switch {
	case err != nil:
		bad("%s", err)
		return problems
	case len(text) > mostSettings:
		bad("it has more than %d bytes", mostSettings)
		return problems
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, another yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		return nil // nothing, or comments
	} else if err != nil {
		bad("it is not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return problems
	}
	if err := decoder.Decode(&another); !errors.Is(err, io.EOF) {
		bad("it has more than one document")
		return problems
	}
	table := document.Content[0]
	if table.Kind == yaml.ScalarNode && table.Tag == "!!null" {
		return nil
	}
	if table.Kind != yaml.MappingNode {
		bad("line %d is not NAME: VALUE", table.Line)
		return problems
	}
	known := map[string]bool{}
	var names []string
	for _, in := range inputsOf(s.target) {
		if c := in.common(); c.only == "" {
			known[string(c.Name)] = true
			names = append(names, string(c.Name))
		}
	}
	s.settings = map[string]string{}
	for i := 0; i+1 < len(table.Content); i += 2 {
		key, value := table.Content[i], table.Content[i+1]
		_, twice := s.settings[key.Value]
		switch text, ok := settingText(value); {
		case key.Kind != yaml.ScalarNode || !known[key.Value]:
			remedy := "see " + s.command + " --help"
			if meant := Closest(key.Value, names); meant != "" {
				remedy = "did you mean " + meant + "?"
			}
			problems.Add("", "line %d of the configuration %q has %.100q, which is not an input of %s\n%s", key.Line, name, key.Value, s.command, remedy)
		case twice:
			problems.Add("", "line %d of the configuration %q gives %s again\ngive it once", key.Line, name, key.Value)
		case !ok:
			problems.Add("", "line %d of the configuration %q gives %s a value that is not one\ngive a text, a number, true or false, or a list of these", value.Line, name, key.Value)
		default:
			s.settings[key.Value] = text
		}
	}
	return problems
}

// settingText is a value as a flag would have it: a list is joined by commas.
func settingText(value *yaml.Node) (text string, ok bool) {
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	switch value.Kind {
	case yaml.ScalarNode:
		if value.Tag == "!!null" {
			return "", true
		}
		return value.Value, true
	case yaml.SequenceNode:
		var parts []string
		for _, part := range value.Content {
			if part.Kind != yaml.ScalarNode {
				return "", false
			}
			parts = append(parts, part.Value)
		}
		return strings.Join(parts, ","), true
	}
	return "", false
}

// WriteSettings writes the inputs that a person or a preset gave as a configuration file, and as comments the defaults of the others. Read again, the
// inputs are the same.
func (s *Set) WriteSettings(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# inputs of %s; a line without # is one that was given\n", s.command)
	group := ""
	for _, in := range inputsOf(s.target) {
		c := in.common()
		if c.only != "" {
			continue
		}
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n# %s\n", group)
		}
		line, err := settingLine(string(c.Name), c.text, in.Type())
		if err != nil {
			return fmt.Errorf("failed to write %s: %w", c.Name, err)
		}
		if !c.Given() && c.source != fromPreset {
			line = "# " + strings.TrimSuffix(strings.TrimSuffix(line, "\n"), ` ""`) // a default is one line
		}
		b.WriteString(strings.TrimSuffix(line, "\n") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// settingLine is an input as YAML: a number and a truth value as such, everything else as a text.
func settingLine(name, text, kind string) (string, error) {
	value := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if kind == "bool" {
		value.Tag, value.Value = "!!bool", strings.ToLower(text)
		if !isBool(text) {
			value.Tag = "!!str" // such as 1, which is true, or what is wrong with it
		}
	} else if isNumber(text) && (text == "0" || text[0] != '0') {
		value.Tag = "!!int"
	}
	if strings.ContainsAny(text, "\n\r") {
		value.Style = yaml.DoubleQuotedStyle
	}
	out, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: name}, &value}})
	return string(out), err
}
