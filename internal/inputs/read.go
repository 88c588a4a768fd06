package inputs

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"mmjsonl/internal/problem"
)

// Read is what was found on a command line and in an environment.
type Read struct {
	Inputs Inputs

	Quiet   bool // no progress
	Help    bool // the user asks what there is
	Version bool // the user asks which build this is

	// Problems are those of the command line itself: a flag that does not exist.
	Problems problem.List
	// Unknown are the environment's variables that look like inputs and are none.
	Unknown []string

	flags    map[string]string // what flags say, by the input's key
	given    map[string]bool   // which inputs are not left at their defaults, by key
	typed    map[string]string // what the user called an input, by key
	asAction bool
}

// Environment is a process's environment by name.
type Environment map[string]string

// NewEnvironment makes one from what os.Environ returns.
func NewEnvironment(environ []string) Environment {
	env := Environment{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}

const variablePrefix = "INPUT_"

// variables are the names an input can have in the environment: as GitHub's runner writes it, and as a shell can.
func (d definition) variables() [2]string {
	return [2]string{variablePrefix + strings.ToUpper(d.Name), variablePrefix + d.key}
}

// actionInputs are the inputs that action.yml has beside the definitions: on the command line there are subcommands and arguments instead.
func actionInputs() []definition {
	var all []definition
	for _, name := range []problem.Name{"command", "file", "cache-images", "job-container"} {
		all = append(all, definition{Name: string(name), key: keyOf(name)})
	}
	return all
}

// Input returns an input of the action by its name, under either spelling, without white space around it.
func (e Environment) Input(name problem.Name) string {
	for _, variable := range (definition{Name: string(name), key: keyOf(name)}).variables() {
		if value := strings.TrimSpace(e[variable]); value != "" {
			return value
		}
	}
	return ""
}

// HasInputs reports whether the environment sets any input, be it to nothing: a runner sets all that an action declares.
func (e Environment) HasInputs() bool {
	return slices.ContainsFunc(slices.Concat(definitions(), actionInputs()), func(d definition) bool {
		names := d.variables()
		_, hyphens := e[names[0]]
		_, underscores := e[names[1]]
		return hyphens || underscores
	})
}

// From reads a command line, without the program's name, and an environment. A flag wins over the environment; an empty or
// blank value is not given. asAction says that problems should name inputs as a workflow does.
func From(ctx context.Context, args []string, env Environment, asAction bool) (*Read, error) {
	r := &Read{flags: map[string]string{}, given: map[string]bool{}, typed: map[string]string{}, asAction: asAction}
	r.parseFlags(args)
	variables := r.readVariables(env)
	r.findUnknown(env)
	err := envconfig.ProcessWith(ctx, &envconfig.Config{
		Target:   &r.Inputs,
		Lookuper: envconfig.MultiLookuper(envconfig.MapLookuper(r.flags), envconfig.MapLookuper(variables)),
	})
	if err != nil {
		return nil, fmt.Errorf("failed to read the inputs: %w", err)
	}
	return r, nil
}

// readVariables returns what the environment says, by the input's key.
func (r *Read) readVariables(env Environment) map[string]string {
	variables := map[string]string{}
	for _, d := range definitions() {
		_, flagged := r.flags[d.key]
		r.given[d.key] = flagged
		for _, name := range d.variables() {
			if _, found := variables[d.key]; found || strings.TrimSpace(env[name]) == "" {
				continue
			}
			variables[d.key] = d.trim(env[name])
			if flagged {
				continue
			}
			// A runner passes the default of an input that the workflow does not mention, so the default is "not given" here.
			r.given[d.key] = variables[d.key] != d.Default
			if !r.asAction {
				r.typed[d.key] = name
			}
		}
	}
	return variables
}

// trim removes white space around a value, except a prompt's: that is text.
func (d definition) trim(value string) string {
	if d.Name == "prompt" {
		return value
	}
	return strings.TrimSpace(value)
}

func keyOf(name problem.Name) string {
	return strings.ToUpper(strings.ReplaceAll(string(name), "-", "_"))
}

// value returns an input's text.
func (r *Read) value(name problem.Name) string {
	for _, d := range definitions() {
		if d.Name == string(name) {
			return reflect.ValueOf(r.Inputs).Field(d.field).String()
		}
	}
	return ""
}

// Typed returns an input's name as the user typed it, or would type it.
func (r *Read) Typed(name problem.Name) string {
	if typed, ok := r.typed[keyOf(name)]; ok {
		return typed
	}
	if r.asAction {
		return string(name)
	}
	return "--" + string(name)
}

// findUnknown lists variables that are named like inputs and are none: most likely misspelt.
func (r *Read) findUnknown(env Environment) {
	known := map[string]bool{}
	all := definitions()
	if r.asAction {
		all = slices.Concat(all, actionInputs())
	}
	for _, d := range all {
		for _, name := range d.variables() {
			known[name] = true
		}
	}
	for name := range env {
		if strings.HasPrefix(name, variablePrefix) && !known[name] {
			r.Unknown = append(r.Unknown, name)
		}
	}
	slices.Sort(r.Unknown)
}
