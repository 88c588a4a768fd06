package command

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/problem"
)

// versionDocument is what version --json prints. Names do not change once released.
type versionDocument struct {
	Version string `json:"mmjsonl"`
	Go      string `json:"go"`       // the version that built it
	System  string `json:"system"`   // linux/amd64
	Formats int    `json:"manifest"` // the newest format of manifests that it reads
}

func (r *run) versionCommand() *cobra.Command {
	in := new(inputs.Version)
	return r.add(&command{
		inputs: in,
		use:    "version",
		short:  "show which build this is",
		long:   "Shows which build of mmjsonl this is.",
		run: func(_ context.Context, _ []string, problems problem.List) error {
			if len(problems) > 0 {
				return problems
			}
			if in.JSON.Get() {
				document := versionDocument{version(r.process.Version), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, manifest.Format}
				if err := r.writeJSON(document); err != nil {
					return fmt.Errorf("failed to write the version: %w", err)
				}
				return nil
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
