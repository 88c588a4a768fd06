package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mmjsonl/internal/command"
)

// There is a page for each command, and in it each flag with its help.
func TestPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man")
	if err := run([]string{dir}); err != nil {
		t.Fatal(err)
	}
	// What is left of a page's words without the marks of the language that it is in.
	plain := strings.NewReplacer(`\fB`, "", `\fP`, "", `\-`, "-", `\&`, "", "\n", " ", "\t", "")
	groff, _ := exec.LookPath("groff")
	root := command.Tree()
	for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
		if c.Name() == "help" {
			continue // man itself is
		}
		name := filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1")
		content, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		page := plain.Replace(string(content))
		if !strings.HasPrefix(page, ".nh .TH ") || !strings.Contains(page, c.Short) {
			t.Errorf("the page of %s is\n%s", c.CommandPath(), content)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden { // it has no place in the command
				if strings.Contains(page, "--"+f.Name+"=") {
					t.Errorf("the page of %s has --%s", c.CommandPath(), f.Name)
				}
				return
			}
			value := "=" + f.Value.Type() + " "
			if f.Value.Type() == "bool" {
				value = "[=true|false] "
			}
			if !strings.Contains(page, "--"+f.Name+value+f.Usage) {
				t.Errorf("the page of %s lacks --%s%s%s", c.CommandPath(), f.Name, value, f.Usage)
			}
			if strings.Count(page, "--"+f.Name+value) != 1 || f.DefValue != "" && f.DefValue != "false" && !strings.Contains(page, f.Usage+" (default "+f.DefValue+")") {
				t.Errorf("the page of %s has --%s twice, or without its default %s", c.CommandPath(), f.Name, f.DefValue)
			}
		})
		if groff == "" {
			continue
		}
		if out, err := exec.Command(groff, "-Kutf8", "-man", "-ww", "-Tutf8", "-z", name).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("groff: %v: %s", err, out)
		}
	}
	if pages, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(pages) < 6 {
		t.Errorf("the pages %q, %v", pages, err)
	}
}

func TestWithoutFolder(t *testing.T) {
	if err := run(nil); err == nil || !strings.Contains(err.Error(), "go run ./internal/man DIR") {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{file}); err == nil {
		t.Error("pages were written into a file")
	}
}
