package generator

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/internal/files"
)

// planFileConfigs are of all kinds of streams.
func planFileConfigs(t *testing.T) map[string]Config {
	hits := reuseConfig(t, 200, 3, 100, Reuse{Hits: points(20, 30, 60, 55)})
	mixed := reuseConfig(t, 200, 3, 100, Reuse{})
	mixed.Requests.Mix = []ImagesShare{{0, 1}, {1, 3}, {3, 2}}
	windows := reuseConfig(t, 0, 0, 0, Reuse{})
	windows.Requests.Windows = &WindowsConfig{Users: 9, Turns: Lengths{Shape: LengthsFixed, A: 5}, Size: 3, Shared: 1}
	conversations := reuseConfig(t, 0, 0, 20, Reuse{})
	conversations.Requests.Conversations = &ConversationsConfig{Count: 9, Turns: Lengths{Shape: LengthsUniform, A: 1, B: 5}, Images: []int64{2, 1}}
	return map[string]Config{
		"uniform":       reuseConfig(t, 200, 3, 100, Reuse{}),
		"zipf":          reuseConfig(t, 200, 3, 100, Reuse{Pattern: PatternZipf, ZipfExponent: 1}),
		"hits":          hits,
		"mixed":         mixed,
		"windows":       windows,
		"conversations": conversations,
	}
}

// shardPlan is the plan of a shard that shares its slots with others, however few they are.
func shardPlan(t *testing.T, c Config, dir string, shard Shard) *Plan {
	t.Helper()
	c.Output.Path, c.Shard = filepath.Join(dir, "x.jsonl"), shard
	p := plan(t, c)
	p.leastShared = 1
	return p
}

// planFiles are the paths of the plan files in a folder.
func planFiles(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "x.jsonl.plan-*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func figuresJSON(t *testing.T, s *Stats) string {
	t.Helper()
	text, err := json.Marshal(s.Figures)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Shards make the same bytes and figures with the file that the first one leaves, without it, and with one that is not what they need.
func TestPlanFile(t *testing.T) {
	change := func(change func(content []byte) []byte) func(t *testing.T, path string, c Config) {
		return func(t *testing.T, path string, _ Config) {
			content, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, change(content), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	flip := func(part, of int) func(t *testing.T, path string, c Config) {
		return change(func(content []byte) []byte {
			content[(len(content)-1)*part/of] ^= 4
			return content
		})
	}
	after := map[string]func(t *testing.T, path string, c Config){
		"as it is":  func(*testing.T, string, Config) {},
		"begin":     flip(0, 1),
		"key":       flip(1, 99),
		"first":     flip(1, 5),
		"middle":    flip(1, 2),
		"last":      flip(9, 10),
		"end":       flip(1, 1),
		"truncated": change(func(content []byte) []byte { return content[:len(content)-1] }),
		"half":      change(func(content []byte) []byte { return content[:len(content)/2] }),
		"empty":     change(func([]byte) []byte { return nil }),
		"longer":    change(func(content []byte) []byte { return append(content, 'x') }),
		"removed": func(t *testing.T, path string, _ Config) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"another seed's": func(t *testing.T, path string, c Config) {
			c.Seed++
			dir := t.TempDir()
			runPlan(t, shardPlan(t, c, dir, Shard{0, 3}))
			others := planFiles(t, dir)
			if len(others) != 1 || filepath.Base(others[0]) == filepath.Base(path) {
				t.Fatalf("another seed leaves %v", others)
			}
			if err := os.Rename(others[0], path); err != nil {
				t.Fatal(err)
			}
		},
		"a folder": func(t *testing.T, path string, _ Config) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(path, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, c := range planFileConfigs(t) {
		t.Run(name, func(t *testing.T) {
			want, figures := runTo(t, c)
			for what, change := range after {
				dir := t.TempDir()
				var got []byte
				for index := range int64(3) {
					content, stats := runPlan(t, shardPlan(t, c, dir, Shard{index, 3}))
					got = append(got, content...)
					if figuresJSON(t, stats) != figuresJSON(t, figures) {
						t.Errorf("%s: shard %d has other figures:\n%s\nwant\n%s", what, index, figuresJSON(t, stats), figuresJSON(t, figures))
					}
					if left := planFiles(t, dir); len(left) != 1 {
						t.Fatalf("%s: shard %d leaves %v", what, index, left)
					} else if index == 0 {
						change(t, left[0], c)
					}
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s: the shards make other rows", what)
				}
			}
		})
	}
}

// What the file holds is used: with the slots of another seed, under the right key, other rows come out.
func TestPlanFileIsUsed(t *testing.T) {
	for name, c := range planFileConfigs(t) {
		if name == "windows" { // which no seed draws
			continue
		}
		dir := t.TempDir()
		want, _ := runPlan(t, shardPlan(t, c, t.TempDir(), Shard{1, 2}))
		first := shardPlan(t, c, dir, Shard{0, 2})
		_, stats := runPlan(t, first)
		key, err := first.planKey()
		if err != nil {
			t.Fatal(err)
		}
		other, err := first.Stream.Sample(t.Context(), c.Seed+1)
		if err != nil {
			t.Fatal(err)
		}
		folder, err := files.Place{Here: dir}.OpenFolder()
		if err != nil {
			t.Fatal(err)
		}
		defer folder.Close()
		if err := first.writePlanFile(folder, key, other, stats.Figures); err != nil {
			t.Fatal(err)
		}
		if got, _ := runPlan(t, shardPlan(t, c, dir, Shard{1, 2})); bytes.Equal(got, want) {
			t.Errorf("%s: the plan file is not used", name)
		}
	}
}

// The key follows from what slots and figures follow from, and from nothing else: not from an address in memory, or which shard asks.
func TestPlanKey(t *testing.T) {
	keys := map[string]string{}
	for name, c := range planFileConfigs(t) {
		keyOf := func(c Config, shard Shard) string {
			key, err := shardPlan(t, c, t.TempDir(), shard).planKey()
			if err != nil {
				t.Fatal(err)
			}
			return string(key)
		}
		key := keyOf(c, Shard{0, 3})
		if again := keyOf(c, Shard{2, 5}); again != key {
			t.Errorf("%s: two shards have two keys", name)
		}
		other := c
		other.Seed++
		all := map[string]string{name: key, name + ", another seed": keyOf(other, Shard{0, 3})}
		if c.Reuse.Hits == nil {
			several := c
			several.Reuse.Concurrency++
			all[name+", several in flight"] = keyOf(several, Shard{0, 3})
		}
		for what, key := range all {
			if same, ok := keys[key]; ok {
				t.Errorf("%s has the key of %s", what, same)
			}
			keys[key] = what
		}
	}
}

// A run of everything leaves no such file, nor does one of few slots; and what looks like one is removed only if it is one.
func TestPlanFileWhere(t *testing.T) {
	c := reuseConfig(t, 200, 3, 100, Reuse{})
	dir := t.TempDir()
	few := shardPlan(t, c, dir, Shard{0, 3})
	few.leastShared = planFileSlots
	runPlan(t, few)
	runPlan(t, shardPlan(t, c, dir, Shard{}))
	runPlan(t, shardPlan(t, c, dir, Shard{0, 1}))
	if left := planFiles(t, dir); len(left) > 0 {
		t.Errorf("%v was left", left)
	}
	runPlan(t, shardPlan(t, c, dir, Shard{0, 3}))
	own := planFiles(t, dir)
	if len(own) != 1 {
		t.Fatalf("%v was left", own)
	}
	content, err := os.ReadFile(own[0])
	if err != nil {
		t.Fatal(err)
	}
	stay := []string{"x.jsonl.plan-0123456789abcdef", "y.jsonl.plan-0123456789abcdef", "x.jsonl.plan-0123456789abcdef.jsonl", "x.jsonl.plan-2026"}
	for i, name := range stay {
		text := content
		if i == 0 {
			text = []byte("my plan\n")
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemovePlanFiles(files.Place{Here: dir}, "x.jsonl"); err != nil {
		t.Fatal(err)
	}
	for _, name := range stay {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(own[0]); err == nil {
		t.Errorf("%s was not removed", own[0])
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			t.Errorf("%s was left", entry.Name())
		}
	}
}
