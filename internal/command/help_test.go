package command

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/servers"
)

// helpOf returns the help of a command.
func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	r := run{process: Process{Stdout: &out}}
	if err := r.execute(t.Context(), append(args, "--help")); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The help of a command has an entry for each of its flags that has a place in it, once and in a column of its group's, with what the definition says.
func TestHelpHasEveryFlag(t *testing.T) {
	r := new(run)
	root := r.tree()
	r.bindAll()
	if len(r.list) < 8 {
		t.Fatalf("%d commands", len(r.list))
	}
	for _, c := range r.list {
		help := helpOf(t, strings.Fields(c.CommandPath())[1:]...)
		// Wrapped lines are joined again.
		joined := regexp.MustCompile(`\n {8,}`).ReplaceAllString(help, " ")
		if !strings.HasPrefix(help, c.Long+"\n\nUsage: "+c.UseLine()+"\n") || c == root != strings.Contains(help, "\nCommands ") {
			t.Errorf("the help of %s begins with %.300s", c.CommandPath(), help)
		}
		for _, line := range strings.Split(help, "\n") {
			if len([]rune(line)) > 108 {
				t.Errorf("the help of %s has a line of %d characters: %s", c.CommandPath(), len([]rune(line)), line)
			}
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden { // it has no place in the command
				if regexp.MustCompile(`(?m)^ +(-[a-z], )?--` + f.Name + ` `).MatchString(help) {
					t.Errorf("the help of %s has --%s", c.CommandPath(), f.Name)
				}
				return
			}
			entry := "      --" + f.Name
			if f.Shorthand != "" {
				entry = "  -" + f.Shorthand + ", --" + f.Name
			}
			if f.Value.Type() != "bool" {
				entry += " " + f.Value.Type()
			}
			text := f.Usage
			if f.DefValue != "" && f.DefValue != "false" {
				text += " (default " + f.DefValue + ")"
			}
			found := regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(entry)+` +(.*)$`).FindAllStringSubmatch(joined, -1)
			if len(found) != 1 || found[0][1] != text {
				t.Errorf("the help of %s has %q for %q: %q", c.CommandPath(), found, entry, text)
			}
		})
		// Bug: what was cut out of a line after the columns were made moved its text.
		for _, group := range regexp.MustCompile(`(?m)(^ +(-[a-z], )?--.*\n( {8,}.*\n)*)+`).FindAllString(help, -1) {
			column := -1
			for _, line := range strings.Split(strings.TrimSuffix(group, "\n"), "\n") {
				parts := regexp.MustCompile(`^(?:  -[a-z], --| +--)[a-z0-9-]+(?: \S+)?  +|^ +`).FindString(line)
				if column < 0 {
					column = len(parts)
				}
				if len(parts) != column {
					t.Errorf("the help of %s: this line begins in column %d, not %d: %s", c.CommandPath(), len(parts), column, line)
				}
			}
		}
	}
	if helpOf(t) != helpOf(t, "-n", "x", "--nope") {
		t.Error("what is wrong keeps the help from being shown")
	}
}

// The environment is looked through for the inputs of every command that reads it.
func TestInputsOfEveryCommandAreKnown(t *testing.T) {
	r := new(run)
	r.tree()
	r.bindAll()
	onlyFlags := []string{"help", "version", "quiet", "json", "dry-run", "config", "print-config", "metrics-url", "wait"}
	for _, c := range r.list {
		if c.Name() == "serve" || c.Name() == "version" { // whose inputs are flags alone
			if help := helpOf(t, c.Name()); strings.Contains(help, "environment") {
				t.Errorf("the help of %s: %s", c.Name(), help)
			}
			continue
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if known := (inputs.Environment{inputs.VariableOf(f): "x"}).HasInputs(); known == slices.Contains(onlyFlags, f.Name) {
				t.Errorf("%s has the flag --%s, and that its variable is known is %v", c.CommandPath(), f.Name, known)
			}
		})
		if c := r.commands[c]; c.inputs != nil && !strings.Contains(helpOf(t, strings.Fields(c.use)[0]), inputs.Variable(problem.Name(firstFlag(c)))) && c.use != "mmjsonl" {
			t.Errorf("the help of %s does not name a variable of its own", c.use)
		}
	}
}

func firstFlag(c *command) (first string) {
	c.groups[0].VisitAll(func(f *pflag.Flag) { first = cmp.Or(first, f.Name) })
	return first
}

func TestHelpNamesEveryServer(t *testing.T) {
	for _, command := range []string{"inspect", "capacity"} {
		help := helpOf(t, command)
		for _, name := range servers.Names() {
			if !strings.Contains(help, `"`+name+`"`) {
				t.Errorf("the help of %s does not name the server %s", command, name)
			}
		}
	}
}

// A misspelt command is found, and what follows it is not complained about.
func TestMisspeltCommand(t *testing.T) {
	for args, want := range map[string]string{
		"inspct f g":                `the argument "inspct" means nothing here: did you mean mmjsonl inspect? The command comes first`,
		"singleturn -n 5":           `the argument "singleturn" means nothing here: did you mean mmjsonl single-turn? The command comes first`,
		"-n 2 versio":               `the argument "versio" means nothing here: did you mean mmjsonl version? The command comes first`,
		"help completon":            `there is no command "completon": did you mean mmjsonl completion? The command comes first`,
		"elephant":                  `the argument "elephant" means nothing here: see mmjsonl --help`,
		"--quite inspect f":         `there is no flag "--quite": did you mean --quiet?`,
		"completion tcsh":           `completion needs the name of one shell, not "tcsh": give one of bash, zsh, fish, powershell`,
		"completion bash zsh":       `completion needs the name of one shell, not "bash zsh": give one of bash, zsh, fish, powershell`,
		"version please":            `the argument "please" means nothing here: see mmjsonl --help`,
		"inspect f --images-pool=3": `there is no flag "--images-pool" here: it belongs to mmjsonl`,
		"--fail=0.1":                `there is no flag "--fail" here: it belongs to mmjsonl serve`,
	} {
		r := run{process: Process{Stdout: new(bytes.Buffer), Stderr: new(bytes.Buffer)}}
		err := r.execute(t.Context(), strings.Fields(args))
		problems, ok := err.(problem.List)
		if !ok || len(problems) != 1 || problems[0].Text(r.typed) != want {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}
