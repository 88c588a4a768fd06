package command

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/problem"
)

func (r *run) regenerateCommand() *cobra.Command {
	in := new(inputs.Regenerate)
	return r.add(&command{
		use:   "regenerate MANIFEST",
		short: "make the file of a manifest again, byte for byte",
		long: `Makes the file of a manifest again, byte for byte, and fails if it comes out otherwise.

The rows name images as they did when the manifest was written, wherever the images are made now.`,
		inputs: in,
		words:  true,
		run: func(ctx context.Context, words []string, problems problem.List) error {
			return r.regenerate(ctx, in, words, problems)
		},
	})
}

// regenerate makes a manifest's file again, and fails unless it comes out the same.
func (r *run) regenerate(ctx context.Context, in *inputs.Regenerate, words []string, problems problem.List) error {
	if len(words) != 1 {
		problems.Add("", "regenerate takes one manifest, not %d\nsee mmjsonl regenerate --help", len(words))
		return problems
	}
	places, err := r.places()
	if err != nil {
		return err
	}
	path := words[0]
	m := r.readManifest(places, "manifest", path, &problems)
	if m == nil {
		return problems
	}
	output := in.Output.Get()
	if output == "" {
		output = m.File.Name
		if m.Shard != nil {
			output = m.Shard.Output // which gets the shard's name
		}
		if err := checkName(m.File, path); err != nil {
			problems.Add("output", "the manifest %q calls its file %.100q, which %s\ngive %s", path, m.File.Name, err, problem.Name("output"))
		}
	}
	if isSame(path, output) {
		problems.Add("output", "%s %q is the manifest itself\ngive another name", problem.Name("output"), output)
	}
	if problems.Blame("output") {
		return problems // nothing else can be checked without a name
	}

	theirs, err := places.Beside(path)
	if err != nil {
		return err
	}
	made := new(inputs.Generate)
	j := job{Generate: made, Set: inputs.Bind("mmjsonl regenerate", made), quiet: in.Quiet.Get(), json: in.JSON.Get(), from: m, theirs: &theirs}
	m.Inputs["output"] = output
	if m.Shard != nil {
		m.Inputs["shard"] = fmt.Sprintf("%d/%d", m.Shard.Index, m.Shard.Count)
	}
	if err := j.ReadManifest(ctx, m.Inputs, r.step != nil); err != nil {
		return err
	}
	problems = append(problems, j.Problems()...)
	made.AllowLocalURLs, made.Force = in.AllowLocalURLs, in.Force
	passOn(&made.Output, in.Output)
	passOn(&made.ImageDir, in.ImageDir)
	passOn(&made.COCOAnnotations, in.COCOAnnotations)
	passOn(&made.URLList, in.URLList)
	passOn(&made.Tokenizer, in.Tokenizer)
	return r.generate(ctx, j, problems)
}

// passOn gives an input the value that a person gave another one, if any.
func passOn[T inputs.Kind](to *inputs.Value[T], from inputs.Value[T]) {
	if from.Given() {
		*to = from
	}
}

// unreadable returns what is wrong, in a workflow, with a file that an input names to be read: an error message would show a line of one of
// the runner's own files, and nobody would notice a file without an end.
func (r *run) unreadable(places files.Places, input problem.Name, path string) (problems problem.List) {
	if r.step == nil {
		return nil
	}
	place, err := places.Find(path)
	if err != nil {
		problems.Add(input, "%s %q cannot be read: an action reads in the workspace and in the runner's folder for temporary files alone\nname a file there", input, path)
	} else if info, err := place.Stat(); err == nil && !info.Mode().IsRegular() {
		problems.Add(input, "%s %q is not a plain file\nname one", input, path)
	}
	return problems
}

// open opens a file to read it, in a workflow a plain one: somebody may have put another in the place of the one that was checked.
func (r *run) open(places files.Places, path string) (*os.File, error) {
	f, err := places.Open(path)
	if err != nil || r.step == nil {
		return f, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("it is not a plain file")}
	}
	return f, nil
}

// readManifest reads a manifest that an input names. If it cannot be used that is a problem, and the manifest is nil.
func (r *run) readManifest(places files.Places, input problem.Name, path string, problems *problem.List) *manifest.Manifest {
	if unreadable := r.unreadable(places, input, path); len(unreadable) > 0 {
		*problems = append(*problems, unreadable...)
		return nil
	}
	var m *manifest.Manifest
	f, err := r.open(places, path)
	if err == nil {
		defer f.Close()
		m, err = manifest.Read(f)
	}
	if err != nil {
		var fault *fs.PathError
		if errors.As(err, &fault) {
			err = fmt.Errorf("%w: give the name of a manifest that exists", fault.Err)
		}
		problems.Add("", "the manifest %q cannot be read: %s", path, err)
		return nil
	}
	return m
}

// checkName returns why a manifest's file must not be written under the name that the manifest gives. A manifest may be somebody else's,
// and must not lead to the loss of a file.
func checkName(file manifest.File, path string) error {
	if err := file.CheckName(); err != nil {
		return err
	}
	from, err := os.Stat(path)
	if err != nil {
		return err
	}
	if other, err := os.Stat(file.Name + generator.ManifestSuffix); err == nil && !os.SameFile(other, from) {
		return errors.New("has another manifest here")
	}
	info, err := os.Lstat(file.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	// One that is the very file already may be made again.
	if err != nil || !info.Mode().IsRegular() || info.Size() != file.Bytes || !isContent(file) {
		return errors.New("exists already, and is not the manifest's")
	}
	return nil
}

// isContent reports whether the file of a manifest's name has the digest that the manifest gives.
func isContent(file manifest.File) bool {
	digest, want := generator.ShardDigest{XXH3: file.XXH3, SHA256: file.SHA256}.Begin()
	if digest == nil {
		return false
	}
	f, err := os.Open(file.Name)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = io.Copy(digest, f)
	return err == nil && hex.EncodeToString(digest.Sum(nil)) == want
}
