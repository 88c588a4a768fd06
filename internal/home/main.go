// Command home gives this repository its address on GitHub. Whoever publishes the repository, or moves it, runs it once, in the
// repository's top folder:
//
//	go run ./internal/home github.com/OWNER/NAME
//
// It writes the address into go.mod and all imports, and wherever a file names the action (OWNER/NAME@v1), the container image
// (ghcr.io/owner/name, in lower case) or the owner's tap of Homebrew (OWNER/tap, OWNER/homebrew-tap). An address that was written before is replaced. Everything is checked before the first file is
// written; git diff shows what changed, and git restore . takes it back.
package main

import (
	"fmt"
	"os"
	"path"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "home:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("got %d arguments: give one, the repository's address: go run ./internal/home github.com/OWNER/NAME", len(args))
	}
	next, err := parse(args[0])
	if err != nil {
		return err
	}
	before, err := current(".")
	if err != nil {
		return err
	}
	changes, err := plan(".", before, next)
	if err != nil {
		return err
	}
	if err := write(changes); err != nil {
		return err
	}
	fmt.Printf("%d files changed: this is now %s, its container image %s\n", len(changes), next.module, next.image)
	if name := path.Base(next.module); name != program {
		fmt.Printf("go install makes a program called %s, while the documents call it %s.\n", name, program)
	}
	return nil
}
