package generator

import (
	"os"
	"path/filepath"
	"testing"
)

func TestGroupMemoryIsTheLeastLimit(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for path, limit := range map[string]string{
		"memory.max":                               "max\n",
		"jobs/memory.max":                          "3000\n",
		"jobs/one/memory.max":                      "4000\n",
		"memory/memory.limit_in_bytes":             "9223372036854771712\n",
		"memory/docker/memory.limit_in_bytes":      "9223372036854771712\n",
		"memory/docker/3f2a/memory.limit_in_bytes": "2000\n",
		"contained/memory.max":                     "1000\n", // what a container sees of its own group
	} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(limit), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, root, groups string
		want               int64
	}{
		{"version 2", root, "0::/jobs/one\n", 3000},
		{"version 2 without a limit", root, "0::/\n", 5000},
		{"version 1", root, "5:devices:/docker/3f2a\n4:memory:/docker/3f2a\n0::/\n", 2000},
		{"version 1, two controllers", root, "4:cpu,memory:/docker/3f2a\n", 2000},
		{"version 1, another controller", root, "4:devices:/docker/3f2a\n", 5000},
		{"inside a container", root + "/contained", "0::/\n", 1000},
		{"inside a container, path of the outside", root + "/contained", "0::/docker/3f2a/../x\n", 1000},
		{"a path that climbs", root + "/contained", "0::/../../..\n", 1000},
		{"none", root, "", 5000},
		{"no such file", "/nowhere", "0::/jobs\n", 5000},
		{"damaged", root, "0\n\n:memory\n", 5000},
	} {
		if got := groupMemory(test.root, test.groups, 5000); got != test.want {
			t.Errorf("%s: %d bytes, want %d", test.name, got, test.want)
		}
	}
}
