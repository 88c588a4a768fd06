//go:build e2e

package e2e

import (
	"path/filepath"
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
		mustRun(t, root, tool(t, shellcheck), "e2e/standin.sh", ".ci/run", ".ci/pin", ".ci/pin-action", ".ci/tag", ".ci/pages", ".ci/release")
	})
}
