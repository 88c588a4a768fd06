// Package program is how tests run the program as a process, and how they read what it leaves. Only tests import it.
package program

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mmjsonl/internal/command"
)

// Main runs the tests of a package. Their binary is the program as well: tests and scripts find it as mmjsonl on PATH, and it runs in a
// process of its own.
func Main(m *testing.M) {
	testscript.Main(m, map[string]func(){"mmjsonl": func() { command.Run("") }})
}

// Root is the repository's folder: the first above the test's that has a go.mod.
func Root() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			err = errors.New("no folder above the test's has a go.mod")
		}
		dir = filepath.Dir(dir)
	}
	panic(err)
}

// Result is what a run of the program that has ended left.
type Result struct {
	Code           int // exit code
	Stdout, Stderr string
}

// Command is mmjsonl in a folder, with an environment of its own: of the caller's it has only PATH, TMPDIR and a home that is missing.
// It is killed when it has run for a minute.
func Command(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "mmjsonl", args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/no-home", "TMPDIR=" + os.TempDir()}, env...)
	return cmd
}

// Run runs the program to its end.
func Run(t *testing.T, dir string, env []string, args ...string) Result {
	t.Helper()
	cmd := Command(t, dir, env, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("failed to run mmjsonl %q: %v", args, err)
	}
	return Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

// Succeed runs the program and wants exit code 0.
func Succeed(t *testing.T, dir string, env []string, args ...string) Result {
	t.Helper()
	got := Run(t, dir, env, args...)
	if got.Code != 0 {
		t.Fatalf("mmjsonl %q: exit code %d, want 0\n%s%s", args, got.Code, got.Stdout, got.Stderr)
	}
	return got
}
