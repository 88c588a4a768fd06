package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
)

func (r *run) helpCommand(root *cobra.Command) *cobra.Command {
	var names []string
	for _, c := range r.list {
		if c.HasParent() {
			names = append(names, c.Name())
		}
	}
	return r.add(&command{
		use:     "help [COMMAND]",
		short:   "show the help of a command",
		long:    "Shows the help of a command.",
		words:   true,
		choices: names,
		run: func(_ context.Context, words []string, problems problem.List) error {
			about := root
			for _, word := range words {
				found, rest, err := about.Find([]string{word})
				if err != nil || len(rest) > 0 {
					problems.Add("", "there is no command %.100q\n%s", word, r.commandHint(word))
					continue
				}
				about = found
			}
			if len(problems) > 0 {
				return problems
			}
			return r.help(about)
		},
	})
}

// help writes what a command does, and its flags by group.
func (r *run) help(about *cobra.Command) error {
	c := r.bind(about)
	if c == nil {
		return nil // cobra's own command for completion scripts
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage: %s\n", c.long, about.UseLine())
	if !about.HasParent() {
		b.WriteString("       mmjsonl COMMAND …\n\nCommands (mmjsonl COMMAND --help shows more)\n")
		for _, other := range r.list {
			if other.HasParent() {
				fmt.Fprintf(&b, "  %-14s %s\n", other.Name(), other.Short)
			}
		}
	}
	if c.example != "" {
		fmt.Fprintf(&b, "\nExamples\n%s\n", c.example)
	}
	for _, group := range c.groups {
		fmt.Fprintf(&b, "\n%s\n%s", group.Name(), group.FlagUsagesWrapped(max(60, columns(r.process.Stdout, 100))))
	}
	first, variable := "", ""
	about.Flags().VisitAll(func(f *pflag.Flag) {
		if v := inputs.VariableOf(f); v != "" && variable == "" {
			first, variable = f.Name, v
		}
	})
	if variable != "" {
		fmt.Fprintf(&b, "\nInputs can also come from the environment: --%s from %s. Flags have precedence.\n", first, variable)
	}
	_, err := io.WriteString(r.process.Stdout, b.String())
	return err
}
