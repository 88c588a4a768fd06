package action

import (
	"strings"

	"mmjsonl/internal/problem"
)

// commands are those that the action runs, and the input that takes the place of each one's argument.
var commands = []struct {
	name string
	file problem.Name // "" if the command takes no argument
}{
	{"generate", ""},
	{"inspect", "file"},
	{"compare", "runs"},
	{"regenerate", "manifest"},
	{"join", "shards"},
}

// severalRuns is the input that names several of a command's arguments, a line each.
const severalRuns = "runs"

// Arguments are the command and its argument that the step's inputs stand for. All other inputs the command reads from the environment.
func (s *Step) Arguments() (args []string, problems problem.List) {
	const command = problem.Name("command")
	name := s.env.Input(command)
	if name == "" {
		name = commands[0].name
	}
	var names []string
	known := false
	for _, c := range commands {
		names = append(names, c.name)
		known = known || c.name == name
	}
	if !known {
		last := len(names) - 1
		problems.Add(command, "%s %.100q is not known\ngive %s or %s", command, name, strings.Join(names[:last], ", "), names[last])
		return nil, problems
	}
	for _, c := range commands {
		if c.file == "" {
			continue
		}
		switch file := s.env.Input(c.file); {
		case c.name != name && file != "":
			problems.Add(c.file, "%s %.100q belongs to %s %s\ngive that, or leave %s out", c.file, file, command, c.name, c.file)
		case c.name == name && (file == "" || file == "-"):
			problems.Add(c.file, "%s is empty or -\nname the file that %s reads", c.file, name)
		case c.name == name && c.file == severalRuns:
			for line := range strings.Lines(file) {
				if line = strings.TrimSpace(line); line != "" {
					args = append(args, notOption(line)) // behind -- would be a command
				}
			}
		case c.name == name:
			args = []string{"--", file}
			if c.name == "join" {
				args = append(args[:1], lines(file)...)
			}
		}
	}
	return append([]string{name}, args...), problems
}

// lines are a text's lines, without white space around them and empty ones.
func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// Lost warns if there is no file for the step's outputs.
func (s *Step) Lost() (warnings problem.List) {
	if s.env["GITHUB_OUTPUT"] == "" {
		warnings.Add("", "GITHUB_OUTPUT is not set, so the step's outputs are lost\nlet a runner start the container, or set it to the name of a file")
	}
	return warnings
}
