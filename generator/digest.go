package generator

import (
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"hash"

	"github.com/zeebo/xxh3"
)

// digests see the bytes of an output, in their order. A shard has the fast one, which is enough to notice damage. The SHA-256 of the complete
// file begins with the first shard, and goes on from its state when the shards are joined.
type digests struct {
	whole hash.Hash // SHA-256 of the complete file; nil for shards behind the first
	shard hash.Hash // XXH3 of a shard; nil for a file without shards
}

// newDigests are those that a plan's output has; nil: none.
func newDigests(p *Plan) *digests {
	if !p.Output.Digest {
		return nil
	}
	d := &digests{}
	if p.Shard.Count > 0 {
		d.shard = newXXH3()
	}
	if p.Shard.Index == 0 {
		d.whole = sha256.New()
	}
	return d
}

func (d *digests) write(p []byte) {
	if d.whole != nil {
		d.whole.Write(p)
	}
	if d.shard != nil {
		d.shard.Write(p)
	}
}

// sums fills in what the figures say of the output's content.
func (d *digests) sums(stats *Stats) error {
	if d == nil {
		return nil
	}
	if d.shard != nil {
		stats.XXH3 = hex.EncodeToString(d.shard.Sum(nil))
	}
	if d.whole == nil {
		return nil
	}
	stats.SHA256 = hex.EncodeToString(d.whole.Sum(nil))
	var err error
	if d.shard != nil {
		stats.SHA256State, err = d.whole.(encoding.BinaryMarshaler).MarshalBinary()
	}
	return err
}

// ShardDigest is what is known of a shard's content. The zero value is nothing.
type ShardDigest struct {
	XXH3        string // of 128 bits, in hexadecimal; "" if an earlier build made the shard
	SHA256      string // in hexadecimal; of the first shard, and of those that an earlier build made
	SHA256State []byte // of crypto/sha256 behind the content of the first shard
}

// isKnown reports whether the content can be compared with the digest.
func (d ShardDigest) isKnown() bool { return d.XXH3 != "" || d.SHA256 != "" }

// Begin returns what makes the digest of a content, and what that should be in hexadecimal. It is nil if nothing is known.
func (d ShardDigest) Begin() (h hash.Hash, want string) {
	switch {
	case d.XXH3 != "":
		return newXXH3(), d.XXH3
	case d.SHA256 != "":
		return sha256.New(), d.SHA256
	}
	return nil, ""
}

// restore returns a SHA-256 that has seen the shard. It is nil if the state is not known, or is not that of the digest.
func (d ShardDigest) restore() hash.Hash {
	h := sha256.New()
	if h.(encoding.BinaryUnmarshaler).UnmarshalBinary(d.SHA256State) != nil || hex.EncodeToString(h.Sum(nil)) != d.SHA256 {
		return nil
	}
	return h
}

// xxh3Hash is XXH3 of 128 bits as a [hash.Hash].
type xxh3Hash struct{ *xxh3.Hasher }

func newXXH3() hash.Hash { return xxh3Hash{xxh3.New()} }

func (x xxh3Hash) Size() int { return 16 }

func (x xxh3Hash) Sum(b []byte) []byte {
	sum := x.Sum128().Bytes()
	return append(b, sum[:]...)
}
