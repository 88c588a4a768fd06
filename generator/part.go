package generator

import (
	"fmt"
	"math/bits"
	"path/filepath"
	"strconv"
	"strings"

	"mmjsonl/internal/problem"
)

// Part is what one process makes of a plan: consecutive rows, and consecutive images of the pool. The process knows the plan completely and
// samples all of it, so that parts put together are the bytes of one run, and each can check the reuse of all rows.
type Part struct {
	Rows, Images Span
}

// Span is the numbers from one up to before another.
type Span struct {
	From, To int
}

// Len is how many numbers there are.
func (s Span) Len() int { return s.To - s.From }

func (s Span) has(n int64) bool { return int64(s.From) <= n && n < int64(s.To) }

// Shard says which of several parts, of the same length or one more, a process makes. The zero value is a run that makes everything.
type Shard struct {
	Index int64 // from 0
	Count int64 // of all parts; 0: the run makes everything
}

// MaxShards is how many parts a plan can have.
const MaxShards = 100_000

// maxShardImages bounds the images that a shard makes, as its manifest holds their checksums.
const maxShardImages = 1_500_000

// Of returns the shard's part of the numbers below n.
func (s Shard) Of(n int) Span {
	if s.Count == 0 {
		return Span{0, n}
	}
	return Span{s.begin(n, s.Index), s.begin(n, s.Index+1)}
}

// begin is where a shard's part of the numbers below n begins.
func (s Shard) begin(n int, index int64) int {
	high, low := bits.Mul64(uint64(n), uint64(index))
	begin, _ := bits.Div64(high, low, uint64(s.Count))
	return int(begin)
}

// Name returns the name of the shard's file: x.jsonl.zst becomes x.shard-003-of-016.jsonl.zst.
func (s Shard) Name(output string) string {
	if s.Count == 0 {
		return output
	}
	before, after := s.Around(output)
	return fmt.Sprintf("%s%0*d%s", before, s.digits(), s.Index, after)
}

// Around returns what the names of all shards have before the index, and after it.
func (s Shard) Around(output string) (before, after string) {
	folder, name := filepath.Split(output)
	plain := compressionOf(name).Decompressed(name)
	end := name[len(plain):]
	if extension := filepath.Ext(plain); extension != plain {
		plain, end = strings.TrimSuffix(plain, extension), extension+end
	}
	return folder + plain + ".shard-", fmt.Sprintf("-of-%0*d%s", s.digits(), s.Count, end)
}

// digits is how many an index has, with zeros before it.
func (s Shard) digits() int { return max(3, len(strconv.FormatInt(s.Count, 10))) }

// JoinedName is the name of the file that the plan's shards make together.
func (p *Plan) JoinedName() string { return p.joined }

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// everything is the part of a run that makes all there is.
func (p *Plan) everything() Part { return p.partOf(Shard{}) }

// partOf is the part of a run that makes a shard.
func (p *Plan) partOf(s Shard) Part {
	return Part{Rows: p.rowsOf(s), Images: s.Of(p.Shape().Pool)}
}

// rowsOf are the rows of a shard: whole conversations, where rows are turns of these.
func (p *Plan) rowsOf(s Shard) Span {
	rows := s.Of(p.Shape().Rows)
	if c := p.Conversations; c != nil {
		rows.From, rows.To = c.Begin(rows.From), c.Begin(rows.To)
	}
	return rows
}

// checkShard decides what of the plan this process makes.
func (b *planner) checkShard() {
	s, p := b.config.Shard, b.plan
	if p.Stream == nil || b.problems.Blame("shard") {
		return
	}
	p.Part = p.everything()
	if s == (Shard{}) {
		return
	}
	switch {
	case s.Count < 1 || s.Count > MaxShards:
		b.problems.Add("shard", "%s %s is out of range: there cannot be %d shards\ngive from 1 to %d", problem.Name("shard"), s, s.Count, MaxShards)
		return
	case s.Index < 0 || s.Index >= s.Count:
		b.problems.Add("shard", "%s %s is out of range\nthe first is 0/%d, the last %d/%d", problem.Name("shard"), s, s.Count, s.Count-1, s.Count)
		return
	}
	p.Shard, p.Part = s, p.partOf(s)
	if p.Output.Stdout || p.Output.device {
		b.problems.Add("shard", "%s writes a file for %s, and %s is a stream\ngive a file name, or leave %s out", problem.Name("shard"), "mmjsonl join", problem.Name("output"), problem.Name("shard"))
	}
	if b.config.Output.Report != "" {
		b.problems.Add("report", "%s is about all rows, and %s makes some\ngive it to %s", problem.Name("report"), problem.Name("shard"), "mmjsonl join")
	}
	made := int64(p.Part.Images.Len())
	if b.display.inline {
		made = min(int64(p.Shape().Pool), int64(p.Part.Rows.Len())*int64(p.Shape().Widest))
	}
	if (b.display.made || b.display.theirs) && made > maxShardImages {
		b.problems.Add("shard", "%s %s has %d images, and a shard's manifest holds the checksums of %d\ngive more shards", problem.Name("shard"), s, made, maxShardImages)
	}
}
