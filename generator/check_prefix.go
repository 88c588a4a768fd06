package generator

import (
	"cmp"
	"context"

	"mmjsonl/internal/problem"
	"mmjsonl/internal/random"
	"mmjsonl/internal/stream"
)

// prefixExponent is the skew of groups by zipf.
const prefixExponent = 1

// checkTextPrefix decides how rows begin alike.
func (b *planner) checkTextPrefix() {
	c, rows := &b.config.Text.Prefix, int64(b.rows)
	c.Pattern = cmp.Or(c.Pattern, PatternUniform)
	problem.OneOf(&b.problems, "prefix-pattern", c.Pattern, []Pattern{PatternUniform, PatternZipf})
	if !b.inRange("prefix-tokens", c.Tokens, 0, maxWords) || c.Tokens == 0 || rows == 0 {
		return
	}
	switch least, input := b.leastText(); {
	case b.config.Text.Prompt != "":
		b.problems.Add("prefix-tokens", "%s: a fixed %s is the same in all rows as it is\nleave one of them out", problem.Name("prefix-tokens"), problem.Name("prompt"))
	case c.Tokens > least && !b.problems.Blame(input):
		b.problems.Add("prefix-tokens", "%s %d is more than the %d tokens of text that a row has\nlower it, or raise %s", problem.Name("prefix-tokens"), c.Tokens, least, input)
	}
	if c.Groups < 1 || c.Groups > rows {
		b.problems.Add("prefixes", "%s %d is out of range\ngive 1 to %d, as each prefix is that of a row", problem.Name("prefixes"), c.Groups, rows)
	}
	if b.problems.Blame("prefix-tokens", "prefixes", "prefix-pattern") {
		return
	}
	least, _ := b.leastText()
	b.plan.Text.least, b.plan.Text.before = int(least), -1
	if before := b.config.Text.Before; before != nil {
		b.plan.Text.before = int(*before)
	}
	b.plan.Text.Prefix = Prefix{Tokens: int(c.Tokens), Groups: stream.Uniform{Rows: b.rows, PerRow: 1, Pool: int(c.Groups)}}
	if c.Pattern == PatternZipf {
		b.plan.Text.Prefix.Groups = stream.Zipf{Rows: b.rows, PerRow: 1, Pool: int(c.Groups), Exponent: prefixExponent}
	}
}

// sample returns the group of each row, or nothing if rows do not begin alike.
func (p Prefix) sample(ctx context.Context, seed uint64) ([]uint32, error) {
	if p.Tokens == 0 {
		return nil, nil
	}
	order := random.New(seed, random.PrefixGroups, 0)
	groups, err := p.Groups.Sample(ctx, order.Next())
	if err != nil {
		return nil, err
	}
	return groups.Media, nil
}

// PrefixTokens is how many tokens of all rows' texts a prefix cache without limit hits: of each row but the first of its group, those that the
// group shares. They are a part of the tokens of texts, or of those of requests where these have a length.
func (p *Plan) PrefixTokens() (hits, of int64, requests bool) {
	if p.Text.Prefix.Tokens == 0 {
		return 0, 0, false
	}
	shape := p.Text.Prefix.Groups.Shape()
	hits, of = int64(p.Text.Prefix.Tokens)*int64(shape.Rows-shape.Pool), int64(shape.Rows)*int64(p.Text.Tokens)
	if p.Text.input > 0 {
		of, requests = int64(shape.Rows)*int64(p.Text.input+p.Text.template), true
	}
	return hits, of, requests
}
