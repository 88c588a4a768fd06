package report

import (
	"fmt"

	"mmjsonl/generator"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/tokenizer"
)

// tokenFacts are what was counted of a file's texts, if it was.
func tokenFacts(t *inspect.Tokens) []Fact {
	if t == nil {
		return nil
	}
	tokens := Fact{About: Rows, Label: "tokens of text", Text: grouped(t.Total), Note: "none counted"}
	if t.Requests > 0 {
		tokens.Note = fmt.Sprintf("%s to %s in a request, mean %s, median %s, p99 %s", grouped(t.Least), grouped(t.Most), meanWords(t.Mean), grouped(t.P50), grouped(t.P99))
	}
	if t.TooLong > 0 {
		tokens.Note += fmt.Sprintf("; without %s of more text than is read", counted(t.TooLong, "request"))
	}
	shared := Fact{About: Rows, Label: "shared prefixes", Text: fmt.Sprintf("%s of %s tokens = %s", grouped(t.Shared.Hits), grouped(t.Total), percent(t.Shared.HitRate)),
		Note: fmt.Sprintf("what a prefix cache without limit hits of the texts alone, in %s, in blocks of %d", counted(t.Shared.Requests, "request"), t.Shared.Block)}
	if t.Shared.Bounded {
		shared.Text, shared.Note = "at least "+shared.Text, shared.Note+"; there are too many blocks to be held"
	}
	return []Fact{tokens, shared}
}

// meanWords writes a mean with as many digits as tell something.
func meanWords(mean float64) string {
	if mean == float64(int64(mean)) {
		return grouped(int64(mean))
	}
	return fmt.Sprintf("%.1f", mean)
}

// prefixFacts are what a prefix (KV) cache without limit hits of a file that was made with shared prefixes.
func prefixFacts(p *generator.Plan, s *generator.Stats) []Fact {
	hits, of, requests := p.PrefixTokens()
	if of == 0 {
		return nil
	}
	what := "tokens of text"
	if requests {
		what = "tokens"
	}
	shared := Fact{About: Rows, Label: "shared prefixes", Text: fmt.Sprintf("%s of %s %s = %s", grouped(hits), grouped(of), what, percent(float64(hits)/float64(of))),
		Note: fmt.Sprintf("what a prefix cache without limit hits: %d of each row but the first of its group, %s", p.Text.Prefix.Tokens,
			counted(int64(p.Text.Prefix.Groups.Shape().Pool), "group"))}
	if !s.Prefix.Known {
		return []Fact{shared}
	}
	return []Fact{shared, {About: Rows, Label: "prefix cache", Text: grouped(s.Prefix.Tokens) + " tokens",
		Note: fmt.Sprintf("by how much vllm:prefix_cache_hits rises: complete blocks of %d, with the template before the text", tokenizer.PrefixBlock)}}
}
