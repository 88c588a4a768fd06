package cli

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
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

// Damage alone is found while the shards are copied: of what was written nothing is left.
func TestJoinDamaged(t *testing.T) {
	t.Parallel()
	for _, damaged := range [][]int{{0}, {1}, {2}, {0, 2}} {
		dir := textShards(t)
		for _, index := range damaged {
			name := filepath.Join(dir, fmt.Sprintf("t.shard-%03d-of-003.jsonl", index))
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text[len(text)-9] ^= 1
			program.Write(t, name, string(text))
		}
		before := program.Snapshot(t, dir)
		for _, more := range [][]string{nil, {"--in-place"}} {
			got := program.Run(t, dir, nil, append([]string{"join", "t.shard-*"}, more...)...)
			if got.Code != 2 || strings.Count(got.Stderr, "make it again:") != len(damaged) {
				t.Errorf("%v damaged, %q: exit code %d\n%s", damaged, more, got.Code, got.Stderr)
			}
			for _, index := range damaged {
				if want := fmt.Sprintf("the shard %d/3, \"t.shard-%03d-of-003.jsonl\", cannot be joined: it is damaged", index, index); !strings.Contains(got.Stderr, want) {
					t.Errorf("%v damaged, %q: want %q\n%s", damaged, more, want, got.Stderr)
				}
			}
			if after := program.Snapshot(t, dir); after != before {
				t.Errorf("%v damaged, %q: the folder has changed:\n%s\nwas\n%s", damaged, more, after, before)
			}
		}
	}
}

// The SHA-256 of the whole is right whatever the shards' manifests have to begin it with: a state, one that is damaged, or, as earlier builds
// wrote them, a SHA-256 for each shard.
func TestJoinDigests(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(shard int, file, about map[string]any, content string){
		"as they are": func(int, map[string]any, map[string]any, string) {},
		"another state": func(_ int, _, about map[string]any, _ string) {
			if state, ok := about["sha256_state"].(string); ok {
				about["sha256_state"] = state[:20] + strings.Repeat("A", 10) + state[30:]
			}
		},
		"no state": func(_ int, _, about map[string]any, _ string) { delete(about, "sha256_state") },
		"a short state": func(shard int, _, about map[string]any, _ string) {
			if shard == 0 {
				about["sha256_state"] = "c2hhAw=="
			}
		},
		"an earlier build": func(_ int, file, about map[string]any, content string) {
			delete(about, "sha256_state")
			delete(file, "xxh3")
			file["sha256"] = fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
		},
	} {
		for _, more := range [][]string{nil, {"--in-place"}} {
			dir := textShards(t)
			for shard := range 3 {
				path := filepath.Join(dir, fmt.Sprintf("t.shard-%03d-of-003.jsonl", shard))
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				text, err := os.ReadFile(path + ".manifest.json")
				var m map[string]any
				if err == nil {
					err = json.Unmarshal(text, &m)
				}
				if err != nil {
					t.Fatal(err)
				}
				change(shard, m["file"].(map[string]any), m["shard"].(map[string]any), string(content))
				if text, err = json.Marshal(m); err != nil {
					t.Fatal(err)
				}
				program.Write(t, path+".manifest.json", string(text))
			}
			program.Succeed(t, dir, nil, append([]string{"join", "t.shard-*"}, more...)...)
			for _, file := range []string{"t.jsonl", "t.jsonl.manifest.json"} {
				got, err := os.ReadFile(filepath.Join(dir, file))
				want, fault := os.ReadFile(filepath.Join(dir, "one", file))
				if err != nil || fault != nil || string(got) != string(want) {
					t.Errorf("%s, %q: another %s is joined (%v, %v):\n%.900s\nwant\n%.900s", name, more, file, err, fault, got, want)
				}
			}
		}
	}
}

// textShards makes three shards of a file of rows without images in a folder, and the file of one run in the folder one below it.
func textShards(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	args := []string{"-n", "100", "--images-per-request", "0", "--user-text-tokens", "40"}
	for index := range 3 {
		program.Succeed(t, dir, nil, append(args, "-o", "t.jsonl", fmt.Sprintf("--shard=%d/3", index))...)
	}
	program.Succeed(t, dir, nil, append(args, "-o", "one/t.jsonl")...)
	return dir
}
