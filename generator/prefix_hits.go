package generator

import (
	"encoding/binary"
	"slices"

	"github.com/zeebo/xxh3"

	"mmjsonl/internal/random"
	"mmjsonl/internal/tokenizer"
)

// PrefixHits is what a server's prefix cache without limit hits, as vLLM counts it: of each request the complete blocks, from the prompt's
// beginning, that an earlier one began with.
type PrefixHits struct {
	Known  bool  // the template in front of the texts is known, and these are before the images and go on behind what they share
	Tokens int64 // in blocks of tokenizer.PrefixBlock
}

// drawnAlike is how many words no two rows draw alike. Fewer are, now and then.
const drawnAlike = 8

// prefixHits counts the hits of rows in these groups.
func (p *Plan) prefixHits(groups []uint32) PrefixHits {
	prefix, before := p.Text.Prefix, p.Text.before
	shared := before + prefix.Tokens
	missing := tokenizer.PrefixBlock - shared%tokenizer.PrefixBlock // words of a row's own, in the block in which rows part
	if len(groups) == 0 || before < 0 || p.Text.Last || p.Text.least-prefix.Tokens <= missing {
		return PrefixHits{}
	}
	rows := int64(len(groups))
	// The template's own blocks.
	blocks := (rows - 1) * int64(before/tokenizer.PrefixBlock)
	// The block in which texts begin, and those of a group.
	if whole := int64(shared/tokenizer.PrefixBlock - before/tokenizer.PrefixBlock); whole > 0 {
		first := p.prefixKeys(tokenizer.PrefixBlock - before%tokenizer.PrefixBlock)
		blocks += rows - distinct(first) + (rows-int64(len(first)))*(whole-1)
	}
	// The block in which rows part: with a few of their own words in it, some have the same ones.
	if missing <= drawnAlike {
		of := p.prefixKeys(prefix.Tokens)
		keys := make([]uint64, len(groups))
		var room []byte
		for row, group := range groups {
			draws := random.New(p.Seed, random.Text, uint64(row))
			room = p.Text.Source.Append(binary.LittleEndian.AppendUint64(room[:0], of[group]), &draws, missing)
			keys[row] = xxh3.Hash(room)
		}
		blocks += rows - distinct(keys)
	}
	return PrefixHits{Known: true, Tokens: blocks * tokenizer.PrefixBlock}
}

// prefixKeys returns, for each group, what stands for the first words of its prefix.
func (p *Plan) prefixKeys(words int) []uint64 {
	keys := make([]uint64, p.Text.Prefix.Groups.Shape().Pool)
	var room []byte
	for group := range keys {
		keys[group] = uint64(group)
		if words <= drawnAlike {
			draws := random.New(p.Seed, random.Prefix, uint64(group))
			room = p.Text.Source.Append(room[:0], &draws, words)
			keys[group] = xxh3.Hash(room)
		}
	}
	return keys
}

// distinct returns how many different keys there are.
func distinct(keys []uint64) int64 {
	sorted := slices.Clone(keys)
	slices.Sort(sorted)
	return int64(len(slices.Compact(sorted)))
}
