//go:build e2e

package e2e

import (
	"os"
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
		mustRun(t, root, tool(t, shellcheck), "e2e/standin.sh", ".ci/run", ".ci/pin")
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
				t.Errorf("README.md shows steps that are not in example.yml or sweep.yml to the letter:\n%s", steps)
			}
		}
	})
}
