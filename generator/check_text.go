package generator

import (
	"unicode/utf8"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/text"
)

func (b *planner) checkText() {
	c, p := &b.config, b.plan
	p.Text.Source = text.BuiltIn()
	if b.inRange("user-text-tokens", c.Words, 0, maxWords) {
		p.Text.Tokens = int(c.Words)
	}
	switch {
	case b.problems.Blame("prompt"):
	case !utf8.ValidString(c.Prompt):
		b.problems.Add("prompt", "%s %.40q is not valid UTF-8\nsave or type it as UTF-8", problem.Name("prompt"), c.Prompt)
	case len(c.Prompt) > maxPrompt:
		b.problems.Add("prompt", "%s is %d bytes long\ngive at most %d", problem.Name("prompt"), len(c.Prompt), maxPrompt)
	case c.Prompt != "":
		quoted := escape.JSON(c.Prompt)
		p.Text.Prompt = quoted[1 : len(quoted)-1]
	case c.Words == 0 && c.ImagesPerRequest == 0 && !b.problems.Blame("user-text-tokens", "images-per-request"):
		b.problems.Add("user-text-tokens", "%s 0 and %s 0 leave nothing to send\nraise one of them, or give %s",
			problem.Name("user-text-tokens"), problem.Name("images-per-request"), problem.Name("prompt"))
	}
}
