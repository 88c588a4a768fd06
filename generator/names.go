package generator

import (
	"cmp"
	"path/filepath"
	"slices"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
)

// Names are the paths of everything that a run makes.
type Names struct {
	Output   files.Place // empty for standard output
	Manifest files.Place // empty if the output is not a file
	Report   files.Place // empty for none
	Images   files.Place // the folder of image files; empty if none are written
}

// named is a path that a run makes, and the input that decides it.
type named struct {
	input  problem.Name
	what   string
	path   string // with the links in it followed
	id     files.Identity
	folder bool
}

// all lists the names, each with the input that decides it.
func (n *Names) all() []named {
	var all []named
	for _, name := range []struct {
		input  problem.Name
		what   string
		place  files.Place
		folder bool
	}{
		{"output", "the output", n.Output, false},
		{"output", "the output's manifest", n.Manifest, false},
		{"image-dir", "the image folder", n.Images, true},
		{"report", "the report", n.Report, false},
	} {
		if name.place.Here != "" {
			path := files.Resolve(name.place.Here)
			all = append(all, named{name.input, name.what, path, files.Identify(path), name.folder})
		}
	}
	return all
}

// checkNames checks the names of a run against each other: none is another's, and none is inside a file.
func (b *planner) checkNames() {
	all := append(b.kept(), b.plan.Names.all()...)
	for i, later := range all {
		for _, earlier := range all[:i] {
			if b.problems.Blame(later.input) {
				break
			}
			switch {
			case earlier.id.Same(later.id):
				b.problems.Add(later.input, "%s: %s would have the path of %s, %q\ngive %s another name",
					later.input, later.what, earlier.what, earlier.path, later.input)
			case !earlier.folder && later.id.Inside(earlier.id):
				b.problems.Add(later.input, "%s: %s would be inside %s, which is the file %q\ngive %s another name",
					later.input, later.what, earlier.what, earlier.path, later.input)
			case !later.folder && earlier.id.Inside(later.id):
				b.problems.Add(later.input, "%s: %s would be inside %s, which is the file %q\ngive %s another name",
					later.input, earlier.what, later.what, later.path, later.input)
			}
		}
	}
	b.checkImageNames(all)
}

// kept is the path of annotations that are downloaded and kept, if they are: they can be at no other.
func (b *planner) kept() []named {
	if !slices.Contains(b.display.uses, "coco-annotations") || filepath.Clean(cmp.Or(b.config.Media.Annotations, defaultAnnotations)) != defaultAnnotations {
		return nil
	}
	place, err := b.env.Places.Find(defaultAnnotations)
	if err != nil {
		return nil
	}
	if _, err := place.Stat(); err == nil {
		return nil // checkOverwrites looks at what is there
	}
	path := files.Resolve(place.Here)
	return []named{{"coco-annotations", "the downloaded annotations", path, files.Identify(path), false}}
}

// checkImageNames checks that no other file of the run takes the name of an image.
func (b *planner) checkImageNames(all []named) {
	if b.plan.Names.Images.Here == "" {
		return
	}
	images := files.Identify(b.plan.Names.Images.Here)
	for _, file := range all {
		folder, name := filepath.Dir(file.path), filepath.Base(file.path)
		if !file.folder && !b.problems.Blame(file.input) && files.Identify(folder).Same(images) && b.plan.ofImageFolder(files.Fold(name)) {
			b.problems.Add(file.input, "%s %q has a name that only images have, in their folder\ngive another", file.input, file.path)
		}
	}
}
