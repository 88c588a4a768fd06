package inputs

import (
	"context"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sethvargo/go-envconfig"
	"github.com/spf13/pflag"

	"mmjsonl/internal/problem"
)

// Set is the inputs of one command.
type Set struct {
	command  string // as it is typed: mmjsonl inspect
	target   any    // points to the struct
	groups   []*pflag.FlagSet
	asAction bool
	unknown  problem.List      // inputs of a manifest, or of a configuration file, that do not exist
	settings map[string]string // inputs that a configuration file gives, by name
}

// input is any [Value].
type input interface {
	pflag.Value
	common() *state
	twoWords() bool
}

// inputsOf returns the inputs in the struct that target points to, in the order of its fields.
func inputsOf(target any) []input {
	var all []input
	var add func(fields reflect.Value)
	add = func(fields reflect.Value) {
		for i := range fields.NumField() {
			if fields.Type().Field(i).Anonymous {
				add(fields.Field(i))
			} else {
				all = append(all, fields.Field(i).Addr().Interface().(input))
			}
		}
	}
	add(reflect.ValueOf(target).Elem())
	return all
}

// Bind returns the set of the inputs in the struct that target points to, like a [Generate]. command is the command as it is typed, and as says
// which inputs have other names in it.
func Bind(command string, target any, as ...As) *Set {
	s := &Set{command: command, target: target}
	definitions := definitionsOf(reflect.TypeOf(target).Elem())
	for i, in := range inputsOf(target) {
		d := definitions[i]
		apply(as, &d)
		in.common().Definition = d
		if d.only == "action" || d.flag == "" {
			continue
		}
		if len(s.groups) == 0 || s.groups[len(s.groups)-1].Name() != d.Group {
			s.groups = append(s.groups, newFlagSet(d.Group))
		}
		flag := s.groups[len(s.groups)-1].VarPF(in, d.flag, d.Short, d.Help)
		if in.Type() == "bool" {
			flag.NoOptDefVal = "true"
		}
	}
	return s
}

func newFlagSet(name string) *pflag.FlagSet {
	set := pflag.NewFlagSet(name, pflag.ContinueOnError)
	set.SortFlags = false
	set.SetOutput(io.Discard)
	return set
}

// VariableOf returns the variable of a shell that can give a flag's input too, or "".
func VariableOf(flag *pflag.Flag) string {
	in, ok := flag.Value.(input)
	if !ok || in.common().only != "" {
		return ""
	}
	return Variable(in.common().Name)
}

// Groups returns the flags by group, in the order of the definitions.
func (s *Set) Groups() []*pflag.FlagSet { return s.groups }

// ReadEnvironment reads what the flags leave open from the environment, and defaults. asAction says that problems should name inputs as a
// workflow does.
func (s *Set) ReadEnvironment(ctx context.Context, env Environment, asAction bool) error {
	s.asAction = asAction
	preset := presetOf(s.preset(env))
	return s.read(ctx, func(in *state) (string, bool) {
		if in.only == "flag" {
			return "", false
		}
		for _, name := range in.variables() {
			if strings.TrimSpace(env[name]) == "" {
				continue
			}
			if asAction && env[name] == in.runnerDefault && preset[string(in.Name)] != "" {
				continue // a runner passes the defaults of all inputs
			}
			in.variable = name
			if in.source != fromFlag {
				in.source = fromVariable
			}
			return env[name], true
		}
		text, source := s.settings[string(in.Name)], fromSettings
		if strings.TrimSpace(text) == "" {
			text, source = preset[string(in.Name)], fromPreset
		}
		if text == "" {
			return in.Default, in.redefined
		}
		if in.source != fromFlag {
			in.source = source
		}
		return text, true
	})
}

// preset is the name of the preset that is given, by a flag, the environment or a configuration file; "" for none.
func (s *Set) preset(env Environment) string {
	g, ok := s.target.(*Generate)
	switch {
	case !ok:
		return ""
	case g.Preset.source == fromFlag:
		return g.Preset.text
	case env.Input("preset") != "":
		return env.Input("preset")
	}
	return strings.TrimSpace(s.settings["preset"])
}

// ReadManifest reads the inputs that a manifest holds, by name, and defaults. asAction is as for ReadEnvironment.
func (s *Set) ReadManifest(ctx context.Context, values map[string]string, asAction bool) error {
	s.asAction = asAction
	unknown := maps.Clone(values)
	err := s.read(ctx, func(in *state) (string, bool) {
		if in.only != "" {
			return "", false
		}
		delete(unknown, string(in.Name))
		if strings.TrimSpace(values[string(in.Name)]) == "" {
			return "", false
		}
		in.source = fromManifest
		return values[string(in.Name)], true
	})
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		s.unknown.Add("", "the manifest has the input %.100q, which does not exist in this version\nuse the version that wrote the manifest", name)
	}
	return err
}

// Problems are what is wrong with the texts of the inputs that were read.
func (s *Set) Problems() problem.List {
	problems := slices.Clone(s.unknown)
	for _, in := range inputsOf(s.target) {
		problems = append(problems, in.common().problems()...)
	}
	if g, ok := s.target.(*Generate); ok && g.Preset.text != "" {
		problem.OneOf(&problems, "preset", g.Preset.text, presetNames())
	}
	return problems
}

// Given returns the names of the inputs that a person gave.
func (s *Set) Given() map[problem.Name]bool {
	given := map[problem.Name]bool{}
	for _, in := range inputsOf(s.target) {
		if c := in.common(); c.Given() {
			given[c.Name] = true
		}
	}
	return given
}

// Typed returns an input's name as the user typed it, or would type it.
func (s *Set) Typed(name problem.Name) string {
	flag := string(name)
	for _, in := range inputsOf(s.target) {
		c := in.common()
		if c.Name == name && c.flag != "" {
			flag = c.flag
		}
		switch {
		case c.Name != name:
		case c.source == fromFlag:
			return c.flagName
		case c.source == fromManifest:
			return "the manifest's " + string(name)
		case c.source == fromSettings:
			return "the configuration's " + string(name)
		case c.source == fromPreset:
			return "the preset's " + string(name)
		case c.variable != "" && !s.asAction:
			return c.variable
		}
	}
	if s.asAction {
		return string(name)
	}
	return "--" + flag
}

// read fills the inputs through go-envconfig; find returns an input's text, if there is one.
func (s *Set) read(ctx context.Context, find func(*state) (string, bool)) error {
	byKey := map[string]*state{}
	for _, in := range inputsOf(s.target) {
		byKey[in.common().key] = in.common()
	}
	err := envconfig.ProcessWith(ctx, &envconfig.Config{
		Target:   s.target,
		Lookuper: lookup(func(key string) (string, bool) { return find(byKey[key]) }),
	})
	if err != nil {
		return fmt.Errorf("failed to read the inputs: %w", err)
	}
	return nil
}

// lookup is a function that go-envconfig can ask.
type lookup func(key string) (string, bool)

func (l lookup) Lookup(key string) (string, bool) { return l(key) }
