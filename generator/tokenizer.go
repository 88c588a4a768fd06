package generator

import (
	"errors"
	"io/fs"
	"os"

	"mmjsonl/internal/problem"
	"mmjsonl/internal/text"
	"mmjsonl/internal/tokenizer"
)

// readTokenizer chooses the words of the text by a model's own tokenizer.
func (b *planner) readTokenizer(name string) {
	data, err := tokenizer.ReadFile(name, func(name string) (*os.File, error) { return b.open("tokenizer", name, false) })
	var of *tokenizer.Tokenizer
	var words []string
	if err == nil {
		if of, err = tokenizer.Read(data); err == nil {
			words, err = of.Words(text.Vocabulary())
		}
	}
	if err != nil {
		var fault *fs.PathError
		remedy := "give another tokenizer.json, or leave it out for the program's own words"
		if errors.As(err, &fault) {
			err, remedy = fault.Err, "give a tokenizer.json, or the folder that it is in"
		}
		if b.theirs("tokenizer") {
			err, remedy = b.unquoted("tokenizer", err), b.sourceRemedy("tokenizer")
		}
		b.problems.Add("tokenizer", "%s %q cannot be used: %s\n%s", problem.Name("tokenizer"), name, err, remedy)
		return
	}
	b.plan.Text.Source = text.Of(words)
	b.plan.Text.Tokenizer = of.Digest()
}
