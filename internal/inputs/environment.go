package inputs

import (
	"maps"
	"slices"
	"strings"

	"mmjsonl/internal/problem"
)

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

// Input returns an input of the action by its name, under either spelling, without white space around it.
func (e Environment) Input(name problem.Name) string {
	d := Definition{Name: name}
	for _, variable := range d.variables() {
		if value := strings.TrimSpace(e[variable]); value != "" {
			return value
		}
	}
	return ""
}

// HasInputs reports whether the environment sets any input, be it to nothing: a runner sets all that an action declares.
func (e Environment) HasInputs() bool {
	return slices.ContainsFunc(inEnvironment(), func(d Definition) bool {
		names := d.variables()
		_, hyphens := e[names[0]]
		_, underscores := e[names[1]]
		return hyphens || underscores
	})
}

// runnersOwn are the variables that a runner sets for its own keys in a workflow's "with".
var runnersOwn = []string{"INPUT_ARGS", "INPUT_ENTRYPOINT"}

// Misspelt warns about the variables that are named like inputs and are not any: most likely their names are misspelt. asAction says that the
// warnings should name inputs as a workflow does.
func (e Environment) Misspelt(asAction bool) (warnings problem.List) {
	given := slices.Collect(maps.Keys(e))
	given = slices.DeleteFunc(given, func(name string) bool {
		return !strings.HasPrefix(name, variablePrefix) || slices.Contains(runnersOwn, name)
	})
	if len(given) == 0 {
		return nil // before all inputs are looked at
	}
	slices.Sort(given)
	known := map[string]bool{}
	var names []string
	for _, d := range inEnvironment() {
		if d.only == "action" && !asAction {
			continue
		}
		names = append(names, string(d.Name))
		for _, variable := range d.variables() {
			known[variable] = true
		}
	}
	for _, variable := range given {
		if known[variable] {
			continue
		}
		name := strings.TrimPrefix(variable, variablePrefix)
		meant := Closest(strings.ReplaceAll(strings.ToLower(name), "_", "-"), names)
		switch {
		case meant == "" && asAction:
			warnings.Add("", "%.100q is set, but there is no such input\nsee the inputs in action.yml", variable)
		case meant == "":
			warnings.Add("", "%.100q is set, but there is no such input\nsee --help", variable)
		case asAction:
			warnings.Add("", "%.100q is set, but there is no such input\ndid you mean %s?", variable, meant)
		default:
			warnings.Add("", "%.100q is set, but there is no such input\ndid you mean %s?", variable, Variable(problem.Name(meant)))
		}
	}
	return warnings
}

// Unread warns about the inputs of a workflow that the command does not read. command is its name as the input command gives it.
func (s *Set) Unread(env Environment, command string) (warnings problem.List) {
	read := map[problem.Name]bool{}
	for _, in := range inputsOf(s.target) {
		read[in.common().Name] = true
	}
	for _, d := range inEnvironment() {
		if read[d.Name] || d.only == "action" {
			continue
		}
		if value := env.Input(d.Name); value != "" && value != d.runnerDefault {
			warnings.Add(d.Name, "%s has no effect: the command %s does not read it", d.Name, command)
		}
	}
	return warnings
}
