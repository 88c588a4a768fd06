package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Shards may be somebody else's: what their manifests say that cannot be is rejected, and no file is replaced whose name only they have given.
func TestJoinForeignManifests(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	for name, test := range map[string]struct {
		change func(m object)
		want   string
	}{
		"no figures":         {func(m object) { delete(m, "figures") }, "has no figures"},
		"null figures":       {func(m object) { m["figures"] = nil }, "has no figures"},
		"other requests":     {func(m object) { m["figures"].(object)["requests"] = 1000000000 }, "make 6 requests"},
		"other inputs":       {func(m object) { m["inputs"].(object)["num-requests"] = "1000000" }, "make 1000000 requests"},
		"another output":     {func(m object) { m["shard"].(object)["output"] = "mine.jsonl" }, "should be called"},
		"a new output":       {func(m object) { m["shard"].(object)["output"] = "new.jsonl" }, "should be called"},
		"a path":             {func(m object) { m["shard"].(object)["output"] = "../x.jsonl" }, "x.jsonl"},
		"where files go":     {func(m object) { m["inputs"].(object)["image-dir"] = "/nowhere" }, "a manifest does not say where files go"},
		"more than there is": {func(m object) { m["file"].(object)["bytes"] = 1 << 50 }, ""},
	} {
		dir := t.TempDir()
		for _, index := range []string{"0/2", "1/2"} {
			program.Succeed(t, dir, nil, "-n", "6", "--images-per-request", "1", "--image-size", "8", "--image-mode", "datauri", "--shard", index, "-o", "x.jsonl")
		}
		manifests, err := filepath.Glob(filepath.Join(dir, "*.manifest.json"))
		if err != nil || len(manifests) != 2 {
			t.Fatal(manifests, err)
		}
		for _, path := range manifests {
			var m object
			text, err := os.ReadFile(path)
			if err == nil {
				err = json.Unmarshal(text, &m)
			}
			if err != nil {
				t.Fatal(err)
			}
			test.change(m)
			if text, err = json.Marshal(m); err != nil {
				t.Fatal(err)
			}
			program.Write(t, path, string(text))
		}
		program.Write(t, filepath.Join(dir, "mine.jsonl"), "mine\n")
		before := program.Snapshot(t, dir)
		for _, more := range [][]string{nil, {"--in-place"}} {
			got := program.Run(t, dir, nil, append([]string{"join", "x.shard-*"}, more...)...)
			if got.Code != 1 && got.Code != 2 || !strings.Contains(got.Stderr, test.want) || program.Broken(got) {
				t.Errorf("%s %q: exit code %d, want %q\n%.1000s", name, more, got.Code, test.want, got.Stderr)
			}
			if after := program.Snapshot(t, dir); after != before {
				t.Errorf("%s %q: the folder has changed:\n%s\nwas\n%s", name, more, after, before)
			}
		}
	}
}
