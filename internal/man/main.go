// Command man writes the man pages of all commands, from the same definitions as their help:
//
//	go run ./internal/man DIR
//
// Set SOURCE_DATE_EPOCH to date them, in seconds since 1970; otherwise they have the date of today. It is a program of its own, so that what
// makes man pages is not linked into mmjsonl.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"mmjsonl/internal/command"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("got %d arguments: give one, the folder for the pages: go run ./internal/man DIR", len(args))
	}
	if err := os.MkdirAll(args[0], 0o777); err != nil {
		return fmt.Errorf("failed to make the folder: %w", err)
	}
	root := command.Tree()
	described := map[*pflag.Flag]bool{} // two commands can share a flag
	for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !described[f] {
				describe(f)
			}
			described[f] = true
		})
	}
	err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "mmjsonl", Manual: "mmjsonl"}, args[0])
	if err != nil {
		return errors.Join(errors.New("failed to write the pages"), err)
	}
	return nil
}

// describe makes a flag read in a page as in the help: a page shows a flag's default in place of what stands for its value.
func describe(f *pflag.Flag) {
	if f.DefValue != "" && f.DefValue != "false" {
		f.Usage += " (default " + f.DefValue + ")"
	}
	f.DefValue = f.Value.Type()
	if f.NoOptDefVal != "" {
		f.DefValue = "true|false"
	}
}
