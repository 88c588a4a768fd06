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
	if c.Text.Tokenizer != "" && !b.problems.Blame("tokenizer") {
		b.readTokenizer(c.Text.Tokenizer)
	}
	if b.inRange("user-text-tokens", c.Text.Tokens, 0, maxWords) {
		p.Text.Tokens = int(c.Text.Tokens)
	}
	switch {
	case b.problems.Blame("prompt"):
	case !utf8.ValidString(c.Text.Prompt):
		b.problems.Add("prompt", "%s %.40q is not valid UTF-8\nsave or type it as UTF-8", problem.Name("prompt"), c.Text.Prompt)
	case len(c.Text.Prompt) > maxPrompt:
		b.problems.Add("prompt", "%s is %d bytes long\ngive at most %d", problem.Name("prompt"), len(c.Text.Prompt), maxPrompt)
	case c.Text.Prompt != "":
		quoted := escape.JSON(c.Text.Prompt)
		p.Text.Prompt = quoted[1 : len(quoted)-1]
	case c.Text.Tokens == 0 && c.Requests.Images == 0 && !b.problems.Blame("user-text-tokens", "images-per-request"):
		b.problems.Add("user-text-tokens", "%s 0 and %s 0 leave nothing to send\nraise one of them, or give %s",
			problem.Name("user-text-tokens"), problem.Name("images-per-request"), problem.Name("prompt"))
	}
}
