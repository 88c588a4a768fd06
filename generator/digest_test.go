package generator

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"
)

// The first shard's SHA-256 goes on from its state; other shards have none, and no run has one without digests.
func TestShardDigest(t *testing.T) {
	for _, digest := range []bool{true, false} {
		for index := range int64(2) {
			c := reuseConfig(t, 11, 0, 0, Reuse{})
			c.Output.Digest, c.Shard = digest, Shard{index, 2}
			c.Output.Path = filepath.Join(t.TempDir(), "x.jsonl")
			content, stats := runPlan(t, plan(t, c))
			d := ShardDigest{stats.XXH3, stats.SHA256, stats.SHA256State}
			h := d.restore()
			if d.isKnown() != digest || (h != nil) != (digest && index == 0) {
				t.Errorf("shard %d, digest %t: %+v", index, digest, d)
			}
			if h != nil {
				h.Write([]byte("more"))
				if got, want := h.Sum(nil), sha256.Sum256(append(content, "more"...)); fmt.Sprintf("%x", got) != fmt.Sprintf("%x", want) {
					t.Errorf("the digest of what follows is %x, want %x", got, want)
				}
			}
		}
	}
}
