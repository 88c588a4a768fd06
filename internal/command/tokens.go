package command

import (
	"errors"
	"io/fs"
	"os"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/tokenizer"
)

// readTokenizer reads the tokenizer.json by which inspect counts, and returns it with its digest. What is wrong with it is added to problems.
func (r *run) readTokenizer(places files.Places, name string, problems *problem.List) (*tokenizer.Tokenizer, string) {
	data, err := tokenizer.ReadFile(name, func(name string) (*os.File, error) {
		place, err := places.Find(name)
		if err != nil && r.step != nil {
			return nil, errors.New("an action reads in the workspace and in the runner's folder for temporary files alone")
		} else if err != nil {
			return nil, err
		}
		if info, err := place.Stat(); err == nil && !info.IsDir() && !info.Mode().IsRegular() { // opening a pipe waits for its writer
			return nil, errors.New("it is not a plain file")
		}
		return place.Open()
	})
	if err == nil {
		var of *tokenizer.Tokenizer
		if of, err = tokenizer.Read(data); err == nil {
			return of, of.Digest()
		}
	}
	remedy := "give another tokenizer.json"
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err, remedy = fault.Err, "give a tokenizer.json, or the folder that it is in"
	}
	problems.Add("tokenizer", "%s %q cannot be used: %s\n%s", problem.Name("tokenizer"), name, err, remedy)
	return nil, ""
}
