package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
)

// tree makes all commands. What the program does without naming one is generate.
func (r *run) tree() *cobra.Command {
	r.commands = map[*cobra.Command]*command{}
	root, generate := r.generateCommands()
	root.AddCommand(generate)
	root.AddCommand(r.slidingWindowCommand())
	root.AddCommand(r.multiTurnCommand())
	root.AddCommand(r.videoCommand())
	root.AddCommand(r.inspectCommand())
	root.AddCommand(r.compareCommand())
	root.AddCommand(r.convertCommand())
	root.AddCommand(r.capacityCommand())
	root.AddCommand(r.regenerateCommand())
	root.AddCommand(r.joinCommand())
	root.AddCommand(r.serveCommand())
	root.AddCommand(r.completionCommand())
	root.AddCommand(r.versionCommand())
	root.SetHelpCommand(r.helpCommand(root))
	root.InitDefaultHelpCmd()

	root.SetHelpFunc(func(c *cobra.Command, _ []string) { r.helped = r.help(c) })
	root.CompletionOptions.DisableDefaultCmd = true // there is one of our own
	root.SilenceErrors, root.SilenceUsage = true, true
	root.DisableAutoGenTag = true
	root.SetOut(r.process.Stdout)
	root.SetErr(r.process.Stderr)
	return root
}

// Tree returns all commands with their flags, for documents about them; they cannot be run.
func Tree() *cobra.Command {
	r := new(run)
	root := r.tree()
	r.bindAll()
	return root
}

// command is a command of the program.
type command struct {
	use     string // its name and arguments
	aliases []string
	short   string // what it does, in a list of commands
	long    string // what it does, in sentences
	example string
	inputs  any         // points to the struct of its inputs; nil for none
	as      []inputs.As // which of them have other names, or another help
	unused  []string    // which have no place in it, so that its help leaves them out
	words   bool        // it takes arguments beside flags
	choices []string    // what the argument can be; nil for any

	// run does the work. problems are what is wrong with the command line and the inputs so far: run may add to them, and returns them.
	run func(ctx context.Context, words []string, problems problem.List) error

	set    *inputs.Set
	groups []*pflag.FlagSet // all flags, by heading
}

// add makes cobra's side of a command, without its flags: see bind.
func (r *run) add(c *command) *cobra.Command {
	made := &cobra.Command{
		Use: c.use, Aliases: c.aliases, Short: c.short, Long: c.long, Example: c.example,
		Args:      cobra.ArbitraryArgs, // they are checked together with everything else
		ValidArgs: c.choices,
		RunE:      func(made *cobra.Command, words []string) error { return r.do(made.Context(), c, words) },
	}
	if !c.words {
		made.ValidArgsFunction = cobra.NoFileCompletions
	}
	r.commands[made] = c
	r.list = append(r.list, made)
	return made
}

// bind makes the flags of a command, unless it has them, and returns the command, or nil for one of cobra's own. A run needs the flags of one
// command: to make those of all would be a tenth of the processor time of a small run.
func (r *run) bind(made *cobra.Command) *command {
	c := r.commands[made]
	if c == nil || made.Flags().HasFlags() {
		return c
	}
	if c.set == nil {
		c.bind()
	}
	made.Flags().SortFlags = false
	for _, group := range c.groups {
		made.Flags().AddFlagSet(group)
	}
	for _, name := range c.unused {
		made.Flags().Lookup(name).Hidden = true
	}
	return c
}

// bindAll makes the flags of all commands.
func (r *run) bindAll() {
	for _, made := range r.list {
		r.bind(made)
	}
}

// bind makes a command's set of inputs, and its flags.
func (c *command) bind() {
	name, _, _ := strings.Cut(c.use, " ")
	path := "mmjsonl"
	if name != path {
		path += " " + name
	}
	target := c.inputs
	if target == nil {
		target = &struct{}{}
	}
	c.set = inputs.Bind(path, target, c.as...)
	c.groups = c.set.Groups()
	if len(c.groups) == 0 || c.groups[len(c.groups)-1].Name() != "General" {
		c.groups = append(c.groups, pflag.NewFlagSet("General", pflag.ContinueOnError))
	}
	general := c.groups[len(c.groups)-1]
	general.BoolP("help", "h", false, "show this help")
	help := general.Lookup("help")
	help.Value = struct{ pflag.Value }{help.Value} // without pflag's "[=true|false]" in the help
}

// execute runs the command that a command line names.
func (r *run) execute(ctx context.Context, args []string) error {
	root := r.tree()
	completing := len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
	if completing {
		r.bindAll()
		for _, made := range r.list {
			completeValues(made)
		}
	} else if found, rest, _ := root.Find(args); r.commands[found] != nil {
		c := r.bind(found)
		args = slices.Clone(strings.Fields(found.CommandPath())[1:])
		rest, r.line = c.set.Arguments(rest, found.Flags(), c.words, r.having)
		args = append(args, rest...)
	}
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		return err
	}
	return r.helped
}

// having returns the first command that has a flag, as it is typed, or "".
func (r *run) having(flag string) string {
	for _, made := range r.list {
		r.bind(made)
		if flag != "help" && made.Flags().Lookup(flag) != nil {
			return made.CommandPath()
		}
	}
	return ""
}

// do reads a command's inputs and runs it.
func (r *run) do(ctx context.Context, c *command, words []string) error {
	r.typed = c.set.Typed
	problems := slices.Clone(r.line)
	settings := inputs.SettingsOf(c.inputs)
	if settings != nil && settings.ConfigFile.Given() {
		problems = append(problems, r.readSettings(c.set, settings.ConfigFile.Get())...)
	}
	if c.inputs != nil {
		if err := c.set.ReadEnvironment(ctx, r.env, r.step != nil); err != nil {
			return err
		}
		problems = append(problems, c.set.Problems()...)
		r.warnOfInputs(c)
		if r.step != nil {
			if err := r.step.Ready(); err != nil {
				return err
			}
		}
	}
	for i, word := range words {
		if c.words || i > 0 && r.commandMeant(words[0]) != "" {
			break // what follows a misspelt command is probably right
		}
		problems.Add("", "the argument %.100q means nothing here\n%s", word, r.commandHint(word))
	}
	if settings != nil && settings.PrintConfig.Get() {
		if len(problems) > 0 {
			return problems
		}
		return c.set.WriteSettings(r.process.Stdout)
	}
	return c.run(ctx, words, problems)
}

// readSettings reads the configuration file of a command's inputs.
func (r *run) readSettings(set *inputs.Set, name string) (problems problem.List) {
	places, err := r.places()
	if err == nil {
		if problems = r.unreadable(places, "config", name); len(problems) > 0 {
			return problems
		}
	}
	f, err := r.open(places, name)
	if err != nil {
		problems.Add("config", "%s %q cannot be read: %s\ngive the name of a file that exists", problem.Name("config"), name, files.WithoutPath(err))
		return problems
	}
	defer f.Close()
	return set.ReadSettings(f, name)
}

// warnOfInputs warns about inputs in the environment that will not be read, and outputs that nobody will.
func (r *run) warnOfInputs(c *command) {
	warnings := r.env.Misspelt(r.step != nil)
	if r.step != nil {
		name, _, _ := strings.Cut(c.use, " ")
		warnings = append(warnings, c.set.Unread(r.env, name)...)
		warnings = append(warnings, r.step.Lost()...)
	}
	for _, w := range warnings {
		r.warn(w)
	}
}

// commandMeant returns the command that a word is probably meant for, or "".
func (r *run) commandMeant(word string) string {
	var names []string
	for _, c := range r.list {
		if c.HasParent() {
			names = append(append(names, c.Name()), c.Aliases...)
		}
	}
	return inputs.Closest(word, names)
}

// commandHint says what to do about a word that means nothing where it is.
func (r *run) commandHint(word string) string {
	if meant := r.commandMeant(word); meant != "" {
		return fmt.Sprintf("did you mean mmjsonl %s? The command comes first", meant)
	}
	return "see mmjsonl --help"
}
