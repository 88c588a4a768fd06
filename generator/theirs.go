package generator

import (
	"errors"
	"io/fs"
	"path/filepath"

	"mmjsonl/internal/problem"
)

// What is wrong with a file that somebody else's manifest names, in words that show nothing of the file.
var (
	errNotTheirs      = errors.New("a manifest names files in its own folder alone")
	errNotPlain       = errors.New("it is not a plain file")
	errNotList        = errors.New("it is not a list of URLs")
	errNotAnnotations = errors.New("it is not a COCO annotation file")
	errNotTokenizer   = errors.New("it is not a tokenizer.json that this program reads")
)

// theirs reports whether it is a manifest that gives an input, if anything does.
func (b *planner) theirs(input problem.Name) bool {
	return b.env.Theirs != nil && !b.config.Given[input]
}

// isDefault reports whether annotations are those that every run reads which is told of no others: they are in the working folder.
func (b *planner) isDefault(name string) bool { return filepath.Clean(name) == defaultAnnotations }

// theirFile reports whether it is a manifest that names a file, and not the one that every run reads.
func (b *planner) theirFile(input problem.Name, name string) bool {
	return b.theirs(input) && !(input == "coco-annotations" && b.isDefault(name))
}

// sourcePath is where a file is that an input names.
func (b *planner) sourcePath(input problem.Name, name string) string {
	places := &b.env.Places
	if b.theirFile(input, name) {
		places = b.env.Theirs
	}
	if path, err := places.Absolute(name); err == nil {
		return path
	}
	return name
}

// unquoted is an error of a file that is read as it may be shown: with a piece of the source's text only if a person has named the source.
func (b *planner) unquoted(input problem.Name, err error) error {
	switch {
	case !b.theirs(input):
		return err
	case errors.Is(err, errNotTheirs), errors.Is(err, errNotPlain):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		return fs.ErrPermission
	case input == "url-list":
		return errNotList
	case input == "tokenizer":
		return errNotTokenizer
	}
	return errNotAnnotations
}

// sourceRemedy says what to do where a source of URLs cannot be read.
func (b *planner) sourceRemedy(input problem.Name) string {
	if b.theirs(input) {
		return "say yourself which file to read: give " + string(input)
	}
	return "give the name of an existing file"
}
