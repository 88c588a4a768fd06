package command

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"mmjsonl/internal/problem"
)

func (r *run) versionCommand() *cobra.Command {
	return r.add(&command{
		use:   "version",
		short: "show which build this is",
		long:  "Shows which build of mmjsonl this is.",
		run: func(_ context.Context, _ []string, problems problem.List) error {
			if len(problems) > 0 {
				return problems
			}
			return r.version()
		},
	})
}

func (r *run) version() error {
	_, err := fmt.Fprintln(r.process.Stdout, "mmjsonl", version(r.process.Version))
	return err
}

// next is the version that the source is on its way to.
const next = "0.1.0"

// version tells the build: what the build set, or else what Go knows of the module.
func version(set string) string {
	if set != "" {
		return set
	}
	text := next + "-dev"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return text
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v // installed as a module of that version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			text += " " + setting.Value
		}
	}
	return text
}
