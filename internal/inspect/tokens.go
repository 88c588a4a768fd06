package inspect

import (
	"encoding/binary"
	"math"

	"github.com/zeebo/xxh3"

	"mmjsonl/internal/format"
	"mmjsonl/internal/tokenizer"
)

// Tokens are the tokens of the rows' texts. Each text of a request is counted by itself, without what a server's chat template puts around it
// and without images; in a conversation that grows, without the turns before.
type Tokens struct {
	Tokenizer string  `json:"tokenizer"` // SHA-256 of the tokenizer.json
	Requests  int64   `json:"requests"`  // that were counted; those without text among them
	TooLong   int64   `json:"too_long"`  // requests whose texts are longer than is read; they are left out
	Total     int64   `json:"total"`
	Least     int64   `json:"least"`
	Mean      float64 `json:"mean"`
	P50       int64   `json:"p50"`
	P99       int64   `json:"p99"`
	Most      int64   `json:"most"`
	Shared    Shared  `json:"shared_prefixes"`
}

// Shared is what a prefix (KV) cache without limit hits that sees the texts alone.
type Shared struct {
	Block    int64   `json:"block_tokens"` // the cache hits complete blocks of so many tokens, counted from a text's beginning
	Hits     int64   `json:"hit_tokens"`   // that an earlier request began with
	HitRate  float64 `json:"hit_rate"`     // of all tokens
	Requests int64   `json:"requests"`     // that begin with a block which an earlier request began with
	Bounded  bool    `json:"bounded"`      // there are too many blocks to be held: the hits are at least these
}

// rowTokens are the tokens of a request's texts.
type rowTokens struct {
	count  int32
	blocks uint32 // of the tokenBatch's
	cut    bool
}

// tokenBatch holds the tokens of a batch's requests.
type tokenBatch struct {
	rows   []rowTokens
	blocks []uint64 // of all of them: a hash of everything from the text's beginning to the block's end
}

// tokenCounter counts the tokens of batches. Each worker has its own.
type tokenCounter struct {
	of    *tokenizer.Tokenizer
	ids   []int32
	block [8 + 4*tokenizer.PrefixBlock]byte
}

// newTokenCounter returns nil if nothing is to be counted.
func newTokenCounter(of *tokenizer.Tokenizer) *tokenCounter {
	if of == nil {
		return nil
	}
	return &tokenCounter{of: of.Clone()}
}

// count counts the tokens of a batch's requests.
func (c *tokenCounter) count(b *format.Batch, into *tokenBatch) {
	into.rows, into.blocks = into.rows[:0], into.blocks[:0]
	if c == nil {
		return
	}
	for i := range b.Requests {
		r := &b.Requests[i]
		if r.TextCut {
			into.rows = append(into.rows, rowTokens{cut: true})
			continue
		}
		c.ids = c.ids[:0]
		for text := range b.Texts(r) {
			c.ids = c.of.Encode(c.ids, string(text))
		}
		before := uint64(0)
		for at := 0; at+tokenizer.PrefixBlock <= len(c.ids); at += tokenizer.PrefixBlock {
			buf := binary.LittleEndian.AppendUint64(c.block[:0], before)
			for _, id := range c.ids[at : at+tokenizer.PrefixBlock] {
				buf = binary.LittleEndian.AppendUint32(buf, uint32(id))
			}
			before = xxh3.Hash(buf)
			into.blocks = append(into.blocks, before)
		}
		into.rows = append(into.rows, rowTokens{count: int32(min(len(c.ids), math.MaxInt32)), blocks: uint32(len(c.ids) / tokenizer.PrefixBlock)})
	}
	if cap(c.ids) > 1<<20 {
		c.ids = nil
	}
}

// tokenTally sums up the tokens of requests.
type tokenTally struct {
	result Tokens
	counts []int64 // requests by their tokens, up to mostCounts
	known  blockSet
}

// mostCounts is one more than the most tokens of a request that the median and the 99th percentile tell apart.
const mostCounts = 1 << 20

func (t *tokenTally) add(row rowTokens, blocks []uint64) {
	r := &t.result
	if row.cut {
		r.TooLong++
		return
	}
	n := int64(row.count)
	if r.Requests == 0 || n < r.Least {
		r.Least = n
	}
	r.Requests++
	r.Total += n
	r.Most = max(r.Most, n)
	at := min(int(n), mostCounts-1)
	if at >= len(t.counts) {
		t.counts = append(t.counts, make([]int64, at+1-len(t.counts))...)
	}
	t.counts[at]++
	hits := 0
	for hits < len(blocks) && t.known.has(blocks[hits]) {
		hits++
	}
	for _, block := range blocks[hits:] {
		t.known.add(block)
	}
	if hits > 0 {
		r.Shared.Requests++
		r.Shared.Hits += int64(hits) * tokenizer.PrefixBlock
	}
}

// end completes the figures.
func (t *tokenTally) end() *Tokens {
	r := &t.result
	if r.Requests > 0 {
		r.Mean = float64(r.Total) / float64(r.Requests)
	}
	if r.Total > 0 {
		r.Shared.HitRate = float64(r.Shared.Hits) / float64(r.Total)
	}
	r.P50, r.P99 = t.quantile(0.5), t.quantile(0.99)
	r.Shared.Block, r.Shared.Bounded = tokenizer.PrefixBlock, t.known.full
	return r
}

// quantile returns the least number of tokens that is not exceeded by this share of the requests.
func (t *tokenTally) quantile(share float64) int64 {
	left := int64(math.Ceil(share * float64(t.result.Requests)))
	for n, requests := range t.counts {
		if left -= requests; left <= 0 {
			if n == mostCounts-1 {
				break
			}
			return int64(n)
		}
	}
	return t.result.Most
}

// blockSet is a set of hashes: a table with open addressing, a power of two of them, at most three quarters full. Its zero value is empty.
type blockSet struct {
	table []uint64 // 0 is free
	held  int
	most  int  // 0: mostBlocks
	full  bool // a hash was left out
}

// mostBlocks is how many blocks are held, in 64 MiB.
const mostBlocks = 6 << 20

func (s *blockSet) has(hash uint64) bool {
	return len(s.table) > 0 && s.table[s.place(hash)] != 0
}

// add adds a hash, unless there are too many.
func (s *blockSet) add(hash uint64) {
	if s.most == 0 {
		s.most = mostBlocks
	}
	if s.held >= s.most {
		s.full = true
		return
	}
	if 4*(s.held+1) > 3*len(s.table) {
		old := s.table
		s.table = make([]uint64, max(2*len(old), leastEntries))
		for _, each := range old {
			if each != 0 {
				s.table[s.place(each)] = each
			}
		}
	}
	if at := &s.table[s.place(hash)]; *at == 0 {
		*at = nonzero(hash)
		s.held++
	}
}

// place returns where a hash is, or the free place that it would get.
func (s *blockSet) place(hash uint64) uint64 {
	hash = nonzero(hash)
	mask := uint64(len(s.table) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s.table[i] == 0 || s.table[i] == hash {
			return i
		}
	}
}

func nonzero(hash uint64) uint64 { return max(hash, 1) }
