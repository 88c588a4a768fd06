//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestWorkflows(t *testing.T) {
	defer timed("6 workflows")()
	t.Run("actionlint", func(t *testing.T) {
		mustRun(t, root, tool(t, actionlint), "-shellcheck", tool(t, shellcheck))
	})
	t.Run("zizmor", func(t *testing.T) {
		mustRun(t, root, filepath.Join(tool(t, python), "zizmor"), "--offline", ".")
	})
	t.Run("hadolint", func(t *testing.T) {
		mustRun(t, root, filepath.Join(tool(t, python), "hadolint"), "Dockerfile")
	})
	t.Run("shellcheck", func(t *testing.T) {
		mustRun(t, root, tool(t, shellcheck), "e2e/standin.sh")
	})
	t.Run("test commands", func(t *testing.T) {
		workflow := string(must(os.ReadFile(filepath.Join(root, ".github/workflows/test.yml")))(t))
		last := -1
		for _, command := range []string{"run: go test ./...\n", "run: go test -tags e2e -count=1 -v -timeout 80m ./e2e\n"} {
			at := strings.Index(workflow, command)
			if at <= last {
				t.Errorf("test.yml does not have %q in its place", command)
			}
			last = at
		}
	})
	t.Run("README", func(t *testing.T) {
		// What it shows of workflows are parts of the files that act runs.
		readme := string(must(os.ReadFile(filepath.Join(root, "README.md")))(t))
		var workflows []byte
		for _, name := range []string{"example.yml", "sweep.yml"} {
			workflows = append(workflows, must(os.ReadFile(filepath.Join(root, ".github/workflows", name)))(t)...)
		}
		shown := regexp.MustCompile("(?s)```yaml\n( *- .*?)```").FindAllStringSubmatch(readme, -1)
		if len(shown) == 0 {
			t.Error("README.md shows no step of a workflow")
		}
		for _, block := range shown {
			steps := strings.ReplaceAll(block[1], "OWNER/REPOSITORY@v1", "./")
			if !strings.Contains(string(workflows), steps) {
				t.Errorf("README.md shows steps that are not in example.yml or sweep.yml as they stand there:\n%s", steps)
			}
		}
	})
	t.Run("arm64", func(t *testing.T) {
		// The release builds for it in emulation, which is not to be had everywhere; the compiler is.
		build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(t.TempDir(), "mmjsonl"), ".")
		build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0", "GOARCH=arm64")
		if _, err := run(build); err != nil {
			t.Error(err)
		}
	})
}
