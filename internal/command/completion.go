package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mmjsonl/generator"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/servers"
)

// shells are those that completion scripts are made for.
var shells = []struct {
	name  string
	write func(root *cobra.Command, w io.Writer) error
}{
	{"bash", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"zsh", (*cobra.Command).GenZshCompletion},
	{"fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
	{"powershell", (*cobra.Command).GenPowerShellCompletionWithDesc},
}

func (r *run) completionCommand() *cobra.Command {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	var made *cobra.Command
	made = r.add(&command{
		use:   "completion SHELL",
		short: "write the completion script of a shell",
		long:  "Writes the script with which a shell completes command lines of mmjsonl.\n\nSHELL is " + strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1] + ".",
		example: `  source <(mmjsonl completion bash)         in this shell alone; needs the package bash-completion
  mmjsonl completion bash > /etc/bash_completion.d/mmjsonl
  mmjsonl completion zsh > "${fpath[1]}/_mmjsonl"
  mmjsonl completion fish > ~/.config/fish/completions/mmjsonl.fish
  mmjsonl completion powershell | Out-String | Invoke-Expression`,
		words:   true,
		choices: names,
		run: func(_ context.Context, words []string, problems problem.List) error {
			shell := -1
			if len(words) == 1 {
				shell = slices.Index(names, words[0])
			}
			if shell < 0 {
				problems.Add("", "completion needs the name of one shell, not %.100q\ngive one of %s", strings.Join(words, " "), strings.Join(names, ", "))
			}
			if len(problems) > 0 {
				return problems
			}
			if err := shells[shell].write(made.Root(), r.process.Stdout); err != nil {
				return fmt.Errorf("failed to write the script: %w", err)
			}
			return nil
		},
	})
	return made
}

// choices are the values of inputs that have a few, by name.
func choices() map[string][]string {
	all := map[string][]string{
		"image-mode":        texts(generator.Modes),
		"reuse-pattern":     texts(generator.Patterns),
		"warm-up":           texts(generator.WarmUps),
		"compression":       texts(generator.Compressions),
		"compression-level": texts(generator.Levels),
		"patch":             {"28", "32"},
		"pixel-bytes":       {"1", "2", "4"},
		"seed":              {"random"},
	}
	all["server"] = servers.Names()
	return all
}

func texts[T ~string](values []T) (texts []string) {
	for _, v := range values {
		texts = append(texts, string(v))
	}
	return texts
}

// completeValues says how shells complete the values of a command's flags.
func completeValues(c *cobra.Command) {
	values := choices()
	c.Flags().VisitAll(func(f *pflag.Flag) {
		complete := cobra.NoFileCompletions
		switch placeholder := f.Value.Type(); {
		case values[f.Name] != nil:
			complete = cobra.FixedCompletions(values[f.Name], cobra.ShellCompDirectiveNoFileComp)
		case placeholder == "bool":
			complete = cobra.FixedCompletions([]string{"true", "false"}, cobra.ShellCompDirectiveNoFileComp)
		case placeholder == "FILE":
			return // files, as by default
		case placeholder == "DIR" || placeholder == "PATH":
			complete = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return nil, cobra.ShellCompDirectiveFilterDirs
			}
		}
		_ = c.RegisterFlagCompletionFunc(f.Name, complete) // which is only refused for a flag that has one
	})
}
