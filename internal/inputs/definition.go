package inputs

import (
	"cmp"
	"reflect"
	"strings"
	"sync"

	"mmjsonl/internal/problem"
)

// Definition is what is known of an input beside its value. It is written in the tags of a struct's field, which say
//
//	env    the input's name as go-envconfig wants it, and its default; NUM_REQUESTS is the input num-requests
//	short  its one-letter flag
//	value  what stands for the value in the help
//	group  the heading above it in the help
//	help   what it is, for the help, the action's metadata and docs/reference.md
//	only   "flag" or "action" for an input that exists there alone
//	runner the default in the action's metadata, where it is an expression of the runner
type Definition struct {
	Name        problem.Name // num-requests
	Short       string       // n, or ""
	Default     string
	Placeholder string // what stands for the value in the help
	Group       string
	Help        string

	flag          string // without dashes; "" for none
	only          string
	runnerDefault string // what a runner passes if a workflow does not mention the input
	key           string // NUM_REQUESTS
	redefined     bool   // the default is a command's own
}

// Input is the input's name, for problems.
func (d *Definition) Input() problem.Name { return d.Name }

// definitionOf reads the tags of a field.
func definitionOf(tag reflect.StructTag) Definition {
	key, option, _ := strings.Cut(tag.Get("env"), ", ")
	d := Definition{
		Name:        nameOf(key),
		flag:        string(nameOf(key)),
		Short:       tag.Get("short"),
		Default:     strings.TrimPrefix(option, "default="),
		Placeholder: tag.Get("value"),
		Group:       tag.Get("group"),
		Help:        tag.Get("help"),
		only:        tag.Get("only"),
		key:         key,
	}
	d.runnerDefault = d.Default
	if expression, ok := tag.Lookup("runner"); ok {
		d.runnerDefault = expression
	}
	return d
}

// As is an input under another name, for a command that shows it to people who know it by that.
type As struct {
	Name    problem.Name
	Flag    string // without dashes; "" if the command has no flag for it
	Default string // "" if it stays
	Help    string // "" if it stays
}

// apply gives a definition the names of a command's own.
func apply(as []As, d *Definition) {
	for _, a := range as {
		if a.Name != d.Name {
			continue
		}
		d.flag = a.Flag
		if a.Default != "" {
			d.Default, d.redefined = a.Default, true
		}
		d.Help = cmp.Or(a.Help, d.Help)
	}
}

func nameOf(key string) problem.Name {
	return problem.Name(strings.ReplaceAll(strings.ToLower(key), "_", "-"))
}

func keyOf(name problem.Name) string {
	return strings.ToUpper(strings.ReplaceAll(string(name), "-", "_"))
}

const variablePrefix = "INPUT_"

// Variable is the name that an input has in a shell's environment: INPUT_NUM_REQUESTS.
func Variable(name problem.Name) string { return variablePrefix + keyOf(name) }

// variables are the names an input can have in the environment: as GitHub's runner writes it, and as a shell can.
func (d *Definition) variables() [2]string {
	return [2]string{variablePrefix + strings.ToUpper(string(d.Name)), Variable(d.Name)}
}

// commands are those that have inputs, in the order in which people should meet them, and the structs that define these.
var commands = []struct {
	name   string
	inputs reflect.Type
}{
	{"generate", reflect.TypeFor[Generate]()},
	{"inspect", reflect.TypeFor[Inspect]()},
	{"compare", reflect.TypeFor[Compare]()},
	{"capacity", reflect.TypeFor[Capacity]()},
	{"convert", reflect.TypeFor[Convert]()},
	{"regenerate", reflect.TypeFor[Regenerate]()},
	{"join", reflect.TypeFor[Join]()},
	{"serve", reflect.TypeFor[Serve]()},
}

// knownDefinitions are the definitions that were read, by struct: several commands share one.
var knownDefinitions sync.Map

// definitionsOf returns the definitions of a struct, in the order of its fields; those of an embedded struct are in its place. They are not to be
// changed.
func definitionsOf(t reflect.Type) (definitions []Definition) {
	if known, ok := knownDefinitions.Load(t); ok {
		return known.([]Definition)
	}
	defer func() { knownDefinitions.Store(t, definitions) }()
	for i := range t.NumField() {
		if field := t.Field(i); field.Anonymous {
			definitions = append(definitions, definitionsOf(field.Type)...)
		} else {
			definitions = append(definitions, definitionOf(field.Tag))
		}
	}
	return definitions
}

// inEnvironment are the inputs that an environment can give, of all commands and of the action: each name once.
var inEnvironment = sync.OnceValue(func() (all []Definition) {
	seen := map[problem.Name]bool{}
	add := func(t reflect.Type) {
		for _, d := range definitionsOf(t) {
			if d.only != "flag" && !seen[d.Name] {
				seen[d.Name] = true
				all = append(all, d)
			}
		}
	}
	add(reflect.TypeFor[Action]())
	for _, c := range commands {
		add(c.inputs)
	}
	return all
})
