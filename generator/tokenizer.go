package generator

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"mmjsonl/internal/problem"
	"mmjsonl/internal/text"
	"mmjsonl/internal/tokenizer"
)

// tokenizerFile is what a tokenizer's file is called in a model's folder.
const tokenizerFile = "tokenizer.json"

// readTokenizer chooses the words of the text by a model's own tokenizer.
func (b *planner) readTokenizer(name string) {
	data, err := b.readTokenizerFile(name)
	var words []string
	if err == nil {
		var of *tokenizer.Tokenizer
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
	b.plan.Text.Tokenizer = tokenizer.Digest(data)
}

// readTokenizerFile reads the file of a tokenizer, which may be in a folder of the name.
func (b *planner) readTokenizerFile(name string) ([]byte, error) {
	f, err := b.open("tokenizer", name, false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		inside, err := b.open("tokenizer", filepath.Join(name, tokenizerFile), false)
		if err != nil {
			var fault *fs.PathError
			if errors.As(err, &fault) && errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("the folder has no %s", tokenizerFile)
			}
			return nil, err
		}
		defer inside.Close()
		f = inside
	}
	data, err := io.ReadAll(io.LimitReader(f, tokenizer.MostBytes+1))
	if err == nil && len(data) > tokenizer.MostBytes {
		err = fmt.Errorf("it has more than %d bytes", tokenizer.MostBytes)
	}
	return data, err
}
