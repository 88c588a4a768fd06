package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
)

func (r *run) joinCommand() *cobra.Command {
	in := new(inputs.Join)
	return r.add(&command{
		use:   "join SHARD…",
		short: "put the shards of a file together",
		long: `Puts the files that generate --shard has made together: the bytes, the manifest and the report
are those of one run.

Name the files of all shards, or their manifests; a pattern in quotes does as well. Each is
checked first. Those that are missing or damaged are told with the command that makes them again.`,
		example: "  mmjsonl join x.shard-*",
		inputs:  in,
		words:   true,
		run: func(ctx context.Context, words []string, problems problem.List) error {
			return r.join(ctx, in, words, problems)
		},
	})
}

// shard is a file of rows that is a part, with its manifest.
type shard struct {
	path string // of the file, as the user knows it
	*manifest.Manifest
}

// join puts shards together.
func (r *run) join(ctx context.Context, in *inputs.Join, words []string, problems problem.List) error {
	places, err := r.places()
	if err != nil {
		return err
	}
	if len(words) == 0 {
		problems.Add("", "join needs the files of shards\nsee mmjsonl join --help")
		return problems
	}
	shards := r.shards(places, words, &problems)
	if len(problems) > 0 {
		return problems
	}
	first := shards[0]
	output := in.Output.Get()
	if output == "" {
		output = filepath.Join(filepath.Dir(first.path), first.Shard.Output)
		// The manifests may be somebody else's, and the user has seen only what the shards are called.
		name := generator.Shard{Index: first.Shard.Index, Count: first.Shard.Count}.Name(first.Shard.Output)
		if filepath.Base(first.path) != name {
			problems.Add("output", "%q should be called %.100q, if the file that the shards make is %.100q\ngive %s", first.path, name, first.Shard.Output, problem.Name("output"))
			return problems
		}
		if err := (manifest.File{Name: first.Shard.Output}).CheckName(); err != nil {
			problems.Add("output", "the shards make the file %.100q, which %s\ngive %s", first.Shard.Output, err, problem.Name("output"))
			return problems
		}
	}
	for _, s := range shards {
		if isSame(output, s.path) || isSame(output, s.path+generator.ManifestSuffix) {
			problems.Add("output", "%s %q is a shard itself\ngive another name", problem.Name("output"), output)
			return problems
		}
	}
	if in.InPlace.Get() && files.Resolve(filepath.Dir(absolute(places, output))) != files.Resolve(filepath.Dir(absolute(places, first.path))) {
		problems.Add("in-place", "%s has %q become the output, and %q is in another folder\ngive an output beside it, or leave %s out",
			problem.Name("in-place"), first.path, output, problem.Name("in-place"))
	}

	beside, err := places.Beside(first.path)
	if err != nil {
		return err
	}
	made := new(inputs.Generate)
	j := job{Generate: made, Set: inputs.Bind("mmjsonl join", made), quiet: in.Quiet.Get(), json: in.JSON.Get(), version: first.Version,
		joined: &generator.Joined{InPlace: in.InPlace.Get()}, theirs: &beside}
	texts := maps.Clone(first.Inputs)
	texts["output"] = output
	if err := j.ReadManifest(ctx, texts, r.step != nil); err != nil {
		return err
	}
	problems = append(problems, j.Problems()...)
	made.Force = in.Force
	if in.Output.Given() {
		made.Output = in.Output
	}
	if in.ImageDir.Given() {
		made.ImageDir = in.ImageDir
	}
	if in.ImagesFrom.Given() {
		made.ImagesFrom = in.ImagesFrom
	}
	if in.Report.Given() {
		made.Report = in.Report
	}
	for _, s := range shards {
		j.joined.Bytes += s.File.Bytes
	}
	if first.URLs != nil {
		j.joined.URLs = &generator.URLSource{Name: first.URLs.Source, Available: first.URLs.Available, Repeats: first.Shard.URLRepeats, SHA256: first.URLs.SHA256}
		j.joined.Reference = first.Shard.Reference
	}
	r.typed = j.Typed
	r.left.Store(leftNoFile)
	if in.InPlace.Get() {
		r.left.Store(leftNothingToSay)
	}
	config := j.Config()
	config.Output.Pieces = first.Shard.Count
	config.Given["tokenizer"] = true // wherever the shards had it
	plan, err := r.plan(ctx, config, places, j, problems)
	if err == nil {
		err = first.CheckPlan(plan)
	}
	if err != nil {
		return err
	}

	if whole := joinedBefore(places, output, shards); in.InPlace.Get() && whole != nil {
		stats := &generator.Stats{Figures: whole.Figures, Bytes: whole.File.Bytes, SHA256: whole.File.SHA256}
		if whole.Images != nil {
			stats.ImagesSHA256 = whole.Images.SHA256
		}
		about := r.about(plan, stats, sharing(j.Deciding(plan), plan))
		document, err := r.manifest(j, plan, stats)
		if err != nil {
			return err
		}
		r.removeRest(places, shards, true)
		return r.made(j, plan, about, document, "")
	}

	// What is wrong with the files is told by shard, with the command that makes it again.
	again := again{texts: map[problem.Name]string{}, count: first.Shard.Count}
	for name, text := range first.Inputs {
		again.texts[problem.Name(name)] = text
	}
	again.texts["output"] = filepath.Join(filepath.Dir(first.path), first.Shard.Output)
	if in.ImageDir.Given() {
		again.texts["image-dir"] = in.ImageDir.Get()
	}
	if in.ImagesFrom.Given() {
		again.texts["images-from"] = in.ImagesFrom.Get()
	}
	shown := map[problem.Name]string{"report": inputs.Shown(in.Report.Get())}
	for name, text := range again.texts {
		shown[name] = inputs.Shown(text)
	}
	shown["output"] = inputs.Shown(output)
	all := make([]generator.ShardFile, first.Shard.Count)
	for i := range all {
		name := generator.Shard{Index: int64(i), Count: first.Shard.Count}.Name(again.texts["output"])
		k := slices.IndexFunc(shards, func(s shard) bool { return s.Shard.Index == int64(i) })
		if k < 0 {
			again.add(i, "the shard %d/%d, %q, is missing", i, first.Shard.Count, name)
			continue
		}
		s := shards[k]
		place, err := places.Find(s.path)
		if err != nil {
			return err
		}
		all[i] = generator.ShardFile{Place: place, Bytes: s.File.Bytes, Digest: s.Digest()}
	}
	if len(again.wrong) > 0 {
		return again.list()
	}
	join := generator.NewJoin(plan, all, in.InPlace.Get())
	var progress generator.Progress
	stop := r.show(&progress, j.quiet)
	defer func() { stop() }()
	wrong, missing, err := join.Check(ctx, &progress)
	if err != nil {
		return err
	}
	wrongShards := func() error {
		for i := range all {
			switch {
			case wrong[i] != nil:
				again.add(i, "the shard %d/%d, %q, cannot be joined: %s", i, first.Shard.Count, shards[i].path, wrong[i])
			case missing[i] > 0:
				again.add(i, "the shard %d/%d has made %d images that are missing in %q", i, first.Shard.Count, missing[i], plan.Names.Images.Here)
			}
		}
		return again.list()
	}
	if len(wrong)+len(missing) > 0 {
		return wrongShards()
	}

	stats := &generator.Stats{Figures: first.Figures}
	if plan.Names.Report.Here != "" || plan.Text.Prefix.Tokens > 0 { // which show more than manifests say
		if stats, err = plan.Forecast(ctx); err != nil {
			return err
		}
	}
	if plan.WritesImages() {
		stats.ImagesWritten = int64(plan.Shape().Pool)
	}
	checksums := make([][]generator.Checksum, len(shards))
	for i, s := range shards {
		if checksums[i], err = s.Shard.ImageChecksums(); err != nil {
			return err
		}
	}
	stats.ImagesSHA256 = plan.Digest(checksums...)
	var about *report.Report
	var document []byte
	err = join.Run(ctx, stats, &progress, func(stats *generator.Stats) ([]generator.Companion, error) {
		about = r.about(plan, stats, sharing(j.Deciding(plan), plan))
		about.Command = inputs.CommandLine(shown) // of a run that makes the same
		var err error
		if document, err = r.manifest(j, plan, stats); err != nil {
			return nil, err
		}
		return r.companions(plan, document, about)
	})
	stop()
	stop = func() {}
	if errors.As(err, &wrong) {
		return wrongShards()
	}
	if err != nil {
		return err
	}
	r.removeRest(places, shards, in.InPlace.Get())
	return r.made(j, plan, about, document, "")
}

// joinedBefore returns the manifest of the output if the shards are in it already, and only their manifests are left: those of a join in place
// that was stopped at its very end.
func joinedBefore(places files.Places, output string, shards []shard) *manifest.Manifest {
	for _, s := range shards {
		place, err := places.Find(s.path)
		if err != nil {
			return nil
		}
		if _, err := place.Stat(); !errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	place, err := places.Find(output)
	if err != nil {
		return nil
	}
	info, err := place.Stat()
	whole, first := readBeside(place.Here+generator.ManifestSuffix), shards[0]
	if err != nil || whole == nil || whole.Shard != nil || whole.Figures == nil || whole.File.Bytes != info.Size() ||
		whole.Version != first.Version || !maps.Equal(whole.Inputs, first.Inputs) {
		return nil
	}
	return whole
}

// removeRest removes what joined shards have left: the file of their slots, and in place their manifests.
func (r *run) removeRest(places files.Places, shards []shard, inPlace bool) {
	removed := map[string]bool{}
	for _, s := range shards {
		place, err := places.Find(s.path)
		if err == nil && inPlace {
			err = place.Beside(generator.ManifestSuffix).Remove()
		}
		if folder := place.Folder(); err == nil && !removed[folder.Here] {
			removed[folder.Here] = true
			err = generator.RemovePlanFiles(folder, s.Shard.Output)
		}
		if err != nil {
			r.warn(problem.New("", "what is left of a shard was not removed: %s", err))
		}
	}
}

// again is what is wrong with shards.
type again struct {
	texts map[problem.Name]string // of the inputs that make them
	count int64
	wrong problem.List
	more  int
}

// mostAgain is how many shards a message lists.
const mostAgain = 20

// add adds what is wrong with a shard, and the command that makes it again.
func (a *again) add(index int, format string, args ...any) {
	if len(a.wrong) == mostAgain {
		a.more++
		return
	}
	a.texts["shard"] = fmt.Sprintf("%d/%d", index, a.count)
	a.wrong.Add("", format+"\n%s", append(args, "make it again: "+inputs.CommandLine(a.texts))...)
}

func (a *again) list() problem.List {
	if a.more > 0 {
		a.wrong.Add("", "so are %d more shards\nmake these first", a.more)
	}
	return a.wrong
}

// shards reads the manifests of the shards that words name, and returns them by index. All have to be of one plan.
func (r *run) shards(places files.Places, words []string, problems *problem.List) []shard {
	var shards []shard
	seen := map[string]bool{}
	for _, word := range words {
		paths := []string{word}
		if _, err := os.Lstat(word); err != nil && strings.ContainsAny(word, "*?[") {
			var err error
			paths, err = filepath.Glob(word)
			paths = slices.DeleteFunc(paths, func(path string) bool { // outside of what an action may read, files have no names
				_, err := places.Find(path)
				return err != nil
			})
			if err != nil || len(paths) == 0 {
				problems.Add("", "no file has a name like %.200q\nname the files of shards", word)
				continue
			}
		}
		for _, path := range paths {
			path = strings.TrimSuffix(path, generator.ManifestSuffix)
			if seen[filepath.Clean(path)] {
				continue
			}
			seen[filepath.Clean(path)] = true
			about := path + generator.ManifestSuffix
			if r.step != nil {
				if unreadable := r.unreadable(places, "shards", about); len(unreadable) > 0 {
					*problems = append(*problems, unreadable...)
					continue
				}
			}
			if m := r.readManifest(places, about, problems); m != nil {
				shards = append(shards, shard{path, m})
			}
		}
	}
	for _, s := range shards {
		switch {
		case s.Shard == nil:
			problems.Add("", "%q is a complete file, and not a shard\nname the files that generate --shard has made", s.path)
		case s.Figures == nil:
			problems.Add("", "the manifest of %q has no figures\nget the manifest again", s.path)
		}
	}
	if len(*problems) > 0 {
		return nil
	}
	slices.SortStableFunc(shards, func(a, b shard) int { return cmp.Compare(a.Shard.Index, b.Shard.Index) })
	for i, s := range shards[min(1, len(shards)):] {
		if differs := s.Differs(shards[0].Manifest); differs != "" {
			problems.Add("", "%q %s, %q: they are not shards of one file\njoin those that were made by the same command", s.path, differs, shards[0].path)
		} else if last := shards[i]; last.Shard.Index == s.Shard.Index {
			problems.Add("", "%q and %q are both the shard %d/%d\nname one of them", last.path, s.path, s.Shard.Index, s.Shard.Count)
		}
	}
	return shards
}

// isSame reports whether two paths lead to the same file.
func isSame(a, b string) bool {
	one, err := os.Stat(a)
	other, fault := os.Stat(b)
	return errors.Join(err, fault) == nil && os.SameFile(one, other)
}

// absolute is a path from the root, or as it is if there is none.
func absolute(places files.Places, path string) string {
	if whole, err := places.Absolute(path); err == nil {
		return whole
	}
	return path
}
