package generator

import (
	"maps"
	"slices"

	"mmjsonl/internal/format"
	"mmjsonl/internal/problem"
)

// checkInputTokens decides how long texts are where requests have a length with all that is in them.
func (b *planner) checkInputTokens() {
	c, p := &b.config.Text, b.plan
	b.inRange("template-tokens", c.TemplateTokens, 0, maxWords)
	if c.InputTokens == 0 || b.problems.Blame("input-tokens", "template-tokens", "images-per-request", "image-size", "model") {
		return
	}
	switch most := b.imagesMost(); {
	case c.Prompt != "":
		b.problems.Add("input-tokens", "%s makes texts as long as needed, and a %s is fixed\nleave one of them out", problem.Name("input-tokens"), problem.Name("prompt"))
	case c.OfImage == nil && b.perRow > 0:
		b.problems.Add("input-tokens", "%s: how many tokens an image is depends on the model\ngive %s, the model's folder, or %s", problem.Name("input-tokens"), problem.Name("model"), problem.Name("image-tokens"))
	case c.InputTokens < c.TemplateTokens+most || c.InputTokens > c.TemplateTokens+most+maxWords:
		b.problems.Add("input-tokens", "%s %d is out of range, as images and template are up to %d tokens\ngive %d to %d",
			problem.Name("input-tokens"), c.InputTokens, c.TemplateTokens+most, c.TemplateTokens+most, c.TemplateTokens+most+maxWords)
	default:
		p.Text.input, p.Text.OfImage = int(c.InputTokens-c.TemplateTokens), c.OfImage
		p.Text.Tokens, p.Text.template = p.Text.input, int(c.TemplateTokens)
		if fewest := slices.Collect(maps.Values(c.OfImage)); len(fewest) > 0 {
			p.Text.Tokens -= b.leastPerRow() * int(slices.Min(fewest))
		}
	}
}

// imagesMost is how many tokens the images of a row are at most.
func (b *planner) imagesMost() int64 {
	most := int64(0)
	for _, tokens := range b.config.Text.OfImage {
		most = max(most, tokens)
	}
	return most * int64(b.perRow)
}

// leastText is how many tokens of text a row has at least, and the input that decides it.
func (b *planner) leastText() (int64, problem.Name) {
	c := &b.config.Text
	if c.InputTokens > 0 {
		return c.InputTokens - c.TemplateTokens - b.imagesMost(), "input-tokens"
	}
	return c.Tokens, "user-text-tokens"
}

// tokens is how many tokens of text a row has.
func (p *Plan) tokens(row *format.Row) int {
	if p.Text.input == 0 {
		return p.Text.Tokens
	}
	left := p.Text.input
	for _, image := range row.Images {
		left -= int(p.Text.OfImage[p.Media.Item(image).Size])
	}
	return left
}
