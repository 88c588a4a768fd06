//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// pythonPackages are for the notebook and the check of types; the wheel itself needs nothing.
var pythonPackages = []string{"nbclient==0.11.0", "ipykernel==7.4.0", "matplotlib==3.11.2", "mypy==2.4.1", "typing_extensions==4.16.0"}

func TestPython(t *testing.T) {
	defer timed("python")()
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=v1.2.3-rc.1", "-o", program, ".")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	must(run(build))(t)
	python := filepath.Join(root, "python")
	wheelIn := func(folder string) string {
		return strings.TrimSpace(must(run(exec.Command("python3", filepath.Join(python, "build_wheels.py"), "v1.2.3-rc.1", filepath.Join(dir, folder), "linux/"+runtime.GOARCH+"="+program)))(t))
	}
	wheel := wheelIn("wheels")
	first, second := must(os.ReadFile(wheel))(t), must(os.ReadFile(wheelIn("again")))(t)
	if string(first) != string(second) || !strings.HasPrefix(filepath.Base(wheel), "mmjsonl-1.2.3rc1-py3-none-manylinux_2_17_") {
		t.Errorf("%s: made again it is the same: %v", wheel, string(first) == string(second))
	}

	t.Run("alone", func(t *testing.T) {
		venv := filepath.Join(t.TempDir(), "venv")
		must(run(exec.Command("python3", "-m", "venv", venv)))(t)
		must(run(exec.Command(filepath.Join(venv, "bin", "pip"), "install", "-q", "--no-index", wheel)))(t)
		if said := must(run(exec.Command(filepath.Join(venv, "bin", "mmjsonl"), "--version")))(t); strings.TrimSpace(said) != "mmjsonl v1.2.3-rc.1" {
			t.Errorf("the program says %q", said)
		}
		tests := exec.Command(filepath.Join(venv, "bin", "python"), "-m", "unittest", "discover", "-s", filepath.Join(python, "tests"))
		tests.Dir = t.TempDir()
		must(run(tests))(t)
	})
	t.Run("notebook and types", func(t *testing.T) {
		tools := tool(t, installPythonPackages)
		must(run(exec.Command(filepath.Join(tools, "pip"), "install", "-q", "--no-index", "--force-reinstall", wheel)))(t)
		work := t.TempDir()
		notebook := exec.Command(filepath.Join(tools, "python"), filepath.Join(python, "run_notebook.py"), filepath.Join(python, "examples", "sweep.ipynb"), work)
		notebook.Env = append(os.Environ(), "MPLBACKEND=agg")
		must(run(notebook))(t)
		if drawn := must(os.ReadFile(filepath.Join(work, "sweep", "sweep.svg")))(t); !strings.Contains(string(drawn), "<svg") {
			t.Error("the notebook drew nothing")
		}
		must(run(exec.Command(filepath.Join(tools, "mypy"), "--strict", filepath.Join(python, "mmjsonl"))))(t)
		wrong := filepath.Join(work, "wrong.py")
		if err := os.WriteFile(wrong, []byte("import mmjsonl\nmmjsonl.generate(num_requests='x')\nmmjsonl.generate(num_request=5)\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(filepath.Join(tools, "mypy"), wrong).CombinedOutput(); err == nil || !strings.Contains(string(out), "Found 2 errors") {
			t.Errorf("wrong inputs are accepted: %v\n%s", err, out)
		}
	})
}

// installPythonPackages makes an environment with the packages that the wheel's notebook needs, and returns the folder of its programs.
func installPythonPackages() (string, error) {
	return environment(pythonPackages...)
}
