package generator

import (
	"bytes"
	"path/filepath"
	"testing"
)

// The rows of parts, one after the other, are those of a run that makes everything; so are the images. Each part checks all of the reuse.
func TestParts(t *testing.T) {
	for _, mode := range []Mode{ModeDataURI, ModeBase64} {
		t.Run(string(mode), func(t *testing.T) {
			const rows = 11
			config := func(t *testing.T) Config {
				c := reuseConfig(t, rows, 2, 9, Reuse{})
				c.Media.Mode, c.Media.PathPrefix, c.Output.Digest = mode, "/data", true
				return c
			}
			all := config(t)
			want, figures := runTo(t, all)
			for _, parts := range []int{1, 2, 3, rows} {
				var got []byte
				written := int64(0)
				folder := filepath.Join(t.TempDir(), "images")
				for i := range parts {
					c := config(t)
					c.Media.Folder = folder
					p := plan(t, c)
					cut := func(n int) Span { return Span{n * i / parts, n * (i + 1) / parts} }
					p.Part = Part{cut(rows), cut(p.Shape().Pool)}
					content, stats := runPlan(t, p)
					got = append(got, content...)
					written += stats.ImagesWritten
					if stats.Slots != figures.Slots || stats.Distinct != figures.Distinct {
						t.Errorf("part %d of %d: the figures are of %d slots and %d images, want %d and %d", i, parts, stats.Slots, stats.Distinct, figures.Slots, figures.Distinct)
					}
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%d parts are other rows:\n%s\nwant\n%s", parts, got, want)
				}
				if mode == ModeBase64 && written != 9 {
					t.Errorf("%d parts write %d images, want each of 9 once", parts, written)
				}
			}
		})
	}
}

// The parts of all shards are all numbers, each once, and of the same length or one more.
func TestShardOf(t *testing.T) {
	for _, n := range []int{0, 1, 2, 15, 16, 17, 1000, 1 << 40} {
		for _, count := range []int64{1, 2, 3, 7, 16, 99_991, MaxShards} {
			end := 0
			for index := range count {
				part := Shard{index, count}.Of(n)
				if part.From != end || int64(part.Len()) < int64(n)/count || int64(part.Len()) > int64(n)/count+1 {
					t.Fatalf("shard %d/%d of %d is %+v, after %d", index, count, n, part, end)
				}
				end = part.To
			}
			if end != n {
				t.Errorf("%d shards of %d end at %d", count, n, end)
			}
		}
	}
}

func TestShardName(t *testing.T) {
	for _, test := range []struct {
		shard        Shard
		output, want string
	}{
		{Shard{3, 16}, "x.jsonl", "x.shard-003-of-016.jsonl"},
		{Shard{3, 16}, "a.b/x.jsonl.zst", "a.b/x.shard-003-of-016.jsonl.zst"},
		{Shard{0, 1}, "/d/x.jsonl.GZ", "/d/x.shard-000-of-001.jsonl.GZ"},
		{Shard{3, 12345}, "x", "x.shard-00003-of-12345"},
		{Shard{3, 16}, ".x", ".x.shard-003-of-016"},
		{Shard{}, "x.jsonl", "x.jsonl"},
	} {
		if got := test.shard.Name(test.output); got != test.want {
			t.Errorf("%s of %q is %q, want %q", test.shard, test.output, got, test.want)
		}
	}
}
