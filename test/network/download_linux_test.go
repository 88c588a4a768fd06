package network

import (
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// What is kept of a download is on the disk before it gets its name. A disk that fails then is a failure, and nothing is kept.
func TestDownloadSynced(t *testing.T) {
	t.Parallel()
	env, _, _ := program.Archive(t, program.Serve(program.COCOZip(40)))
	dir := t.TempDir()
	args := []string{"-n", "2", "--image-mode", "http", "--user-text-tokens", "1", "-o", "a.jsonl"}
	got := program.Run(t, dir, append(env, program.Without+"=syncing"), args...)
	if got.Code == 0 || !strings.Contains(got.Stderr, "input/output error") || !strings.Contains(got.Stderr, "image_info_test2017.json") {
		t.Errorf("exit code %d, %s", got.Code, got.Stderr)
	}
	if left := program.Snapshot(t, dir); left != "./\nannotations/\n" {
		t.Errorf("left on the disk:\n%s", left)
	}
	program.Succeed(t, dir, env, args...)
}
