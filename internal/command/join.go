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
	path  string // of the file, as the user knows it
	place files.Place
	*manifest.Manifest
}

// joining is shards that are to be put together.
type joining struct {
	in     *inputs.Join
	places files.Places
	shards []shard // by their index
	output string  // name of the file to make
	job    job
	plan   *generator.Plan

	about    *report.Report
	document []byte // the manifest

	wrong problem.List // what is wrong with shards
	more  int          // that are wrong too, and not listed
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
	j := &joining{in: in, places: places, shards: r.shards(places, words, &problems)}
	if len(problems) > 0 {
		return problems
	}
	j.nameOutput(&problems)
	if problems.Blame("output") {
		return problems
	}
	if err := j.makePlan(ctx, r, problems); err != nil {
		return err
	}
	if before := j.joinedBefore(); before != nil {
		err = j.describe(r, before)
	} else {
		err = j.putTogether(ctx, r)
	}
	if err != nil {
		return err
	}
	j.removeRest(r)
	return r.made(j.job, j.plan, j.about, j.document, "")
}

// nameOutput says what the file is called that the shards make, and checks that.
func (j *joining) nameOutput(problems *problem.List) {
	first := j.shards[0]
	if j.output = j.in.Output.Get(); j.output == "" {
		j.output = filepath.Join(filepath.Dir(first.path), first.Shard.Output)
		// The manifests may be somebody else's, and the user has seen only what the shards are called.
		name := generator.Shard{Index: first.Shard.Index, Count: first.Shard.Count}.Name(first.Shard.Output)
		if filepath.Base(first.path) != name {
			problems.Add("output", "%q should be called %.100q, if the file that the shards make is %.100q\ngive %s", first.path, name, first.Shard.Output, problem.Name("output"))
			return
		}
		if err := (manifest.File{Name: first.Shard.Output}).CheckName(); err != nil {
			problems.Add("output", "the shards make the file %.100q, which %s\ngive %s", first.Shard.Output, err, problem.Name("output"))
			return
		}
	}
	for _, s := range j.shards {
		if isSame(j.output, s.path) || isSame(j.output, s.path+generator.ManifestSuffix) {
			problems.Add("output", "%s %q is a shard itself\ngive another name", problem.Name("output"), j.output)
			return
		}
	}
	if here, err := j.places.Absolute(j.output); j.in.InPlace.Get() && (err != nil || files.Resolve(filepath.Dir(here)) != files.Resolve(first.place.Folder().Here)) {
		problems.Add("in-place", "%s has %q become the output, and %q is in another folder\ngive an output beside it, or leave %s out",
			problem.Name("in-place"), first.path, j.output, problem.Name("in-place"))
	}
}

// makePlan makes the plan of the whole from the first shard's manifest.
func (j *joining) makePlan(ctx context.Context, r *run, problems problem.List) error {
	in, first := j.in, j.shards[0]
	beside, err := j.places.Beside(first.path)
	if err != nil {
		return err
	}
	made := new(inputs.Generate)
	joined := &generator.Joined{InPlace: in.InPlace.Get()}
	j.job = job{Generate: made, Set: inputs.Bind("mmjsonl join", made), quiet: in.Quiet.Get(), json: in.JSON.Get(), version: first.Version,
		joined: joined, theirs: &beside}
	texts := maps.Clone(first.Inputs)
	texts["output"] = j.output
	if err := j.job.ReadManifest(ctx, texts, r.step != nil); err != nil {
		return err
	}
	problems = append(problems, j.job.Problems()...)
	made.Force = in.Force
	passOn(&made.Output, in.Output)
	passOn(&made.ImageDir, in.ImageDir)
	passOn(&made.ImagesFrom, in.ImagesFrom)
	passOn(&made.Report, in.Report)
	for _, s := range j.shards {
		joined.Bytes += s.File.Bytes
	}
	if first.URLs != nil {
		joined.URLs = &generator.URLSource{Name: first.URLs.Source, Available: first.URLs.Available, Repeats: first.Shard.URLRepeats, SHA256: first.URLs.SHA256}
		joined.Reference = first.Shard.Reference
	}
	r.typed = j.job.Typed
	r.left.Store(leftNoFile)
	if in.InPlace.Get() {
		r.left.Store(leftNothingToSay)
	}
	config := j.job.Config()
	config.Output.Pieces = first.Shard.Count
	config.Given["tokenizer"] = true // wherever the shards had it
	if j.plan, err = r.plan(ctx, config, j.places, j.job, problems); err != nil {
		return err
	}
	return first.CheckPlan(j.plan)
}

// putTogether checks the shards' files and puts them together.
func (j *joining) putTogether(ctx context.Context, r *run) error {
	all, err := j.files()
	if err != nil {
		return err
	}
	join := generator.NewJoin(j.plan, all, j.in.InPlace.Get())
	var progress generator.Progress
	defer r.show(&progress, j.job.quiet)()
	wrong, missing, err := join.Check(ctx, &progress)
	if err != nil {
		return err
	}
	if len(wrong)+len(missing) > 0 {
		return j.wrongShards(wrong, missing)
	}
	stats, err := j.stats(ctx)
	if err != nil {
		return err
	}
	err = join.Run(ctx, stats, &progress, func(stats *generator.Stats) ([]generator.Companion, error) {
		if err := j.describe(r, stats); err != nil {
			return nil, err
		}
		return r.companions(j.plan, j.document, j.about)
	})
	if errors.As(err, &wrong) {
		return j.wrongShards(wrong, nil)
	}
	return err
}

// files are the files of all shards. If shards are missing the error says which.
func (j *joining) files() (all []generator.ShardFile, err error) {
	count, output := j.shards[0].Shard.Count, j.again()["output"]
	for i := range int(count) {
		if len(all) < len(j.shards) && j.shards[len(all)].Shard.Index == int64(i) {
			s := j.shards[len(all)]
			all = append(all, generator.ShardFile{Place: s.place, Bytes: s.File.Bytes, Digest: s.Digest()})
			continue
		}
		j.blame(i, "the shard %d/%d, %q, is missing", i, count, generator.Shard{Index: int64(i), Count: count}.Name(output))
	}
	return all, j.fault()
}

// wrongShards is what is wrong with the files of shards, and how many images of each are missing.
func (j *joining) wrongShards(wrong generator.WrongShards, missing map[int]int) error {
	for i, s := range j.shards {
		switch {
		case wrong[i] != nil:
			j.blame(i, "the shard %d/%d, %q, cannot be joined: %s", i, s.Shard.Count, s.path, wrong[i])
		case missing[i] > 0:
			j.blame(i, "the shard %d/%d has made %d images that are missing in %q", i, s.Shard.Count, missing[i], j.plan.Names.Images.Here)
		}
	}
	return j.fault()
}

// stats are the figures of the whole, without its size and digest.
func (j *joining) stats(ctx context.Context) (stats *generator.Stats, err error) {
	stats = &generator.Stats{Figures: j.shards[0].Figures}
	if j.plan.Names.Report.Here != "" || j.plan.Text.Prefix.Tokens > 0 { // which show more than manifests say
		if stats, err = j.plan.Forecast(ctx); err != nil {
			return nil, err
		}
	}
	if j.plan.WritesImages() {
		stats.ImagesWritten = int64(j.plan.Shape().Pool)
	}
	checksums := make([][]generator.Checksum, len(j.shards))
	for i, s := range j.shards {
		if checksums[i], err = s.Shard.ImageChecksums(); err != nil {
			return nil, err
		}
	}
	stats.ImagesSHA256 = j.plan.Digest(checksums...)
	return stats, nil
}

// describe makes the report and the manifest of the whole.
func (j *joining) describe(r *run, stats *generator.Stats) (err error) {
	j.about = r.about(j.plan, stats, sharing(j.job.Deciding(j.plan), j.plan))
	texts := j.again()
	texts["output"], texts["report"] = j.output, j.in.Report.Get()
	for name, text := range texts {
		texts[name] = inputs.Shown(text)
	}
	j.about.Command = inputs.CommandLine(texts) // of a run that makes the same
	j.document, err = r.manifest(j.job, j.plan, stats)
	return err
}

// joinedBefore returns the figures of the output if the shards are in it already, and only their manifests are left: those of a join in place
// that was stopped at its very end.
func (j *joining) joinedBefore() *generator.Stats {
	if !j.in.InPlace.Get() {
		return nil
	}
	for _, s := range j.shards {
		if _, err := s.place.Stat(); !errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	place, err := j.places.Find(j.output)
	if err != nil {
		return nil
	}
	info, err := place.Stat()
	whole, first := readBeside(place.Here+generator.ManifestSuffix), j.shards[0]
	if err != nil || whole == nil || whole.Shard != nil || whole.Figures == nil || whole.File.Bytes != info.Size() ||
		whole.Version != first.Version || !maps.Equal(whole.Inputs, first.Inputs) {
		return nil
	}
	stats := &generator.Stats{Figures: whole.Figures, Bytes: whole.File.Bytes, SHA256: whole.File.SHA256}
	if whole.Images != nil {
		stats.ImagesSHA256 = whole.Images.SHA256
	}
	return stats
}

// removeRest removes what joined shards have left: the file of their slots, and in place their manifests.
func (j *joining) removeRest(r *run) {
	removed := map[string]bool{}
	for _, s := range j.shards {
		var err error
		if j.in.InPlace.Get() {
			err = s.place.Beside(generator.ManifestSuffix).Remove()
		}
		if folder := s.place.Folder(); err == nil && !removed[folder.Here] {
			removed[folder.Here] = true
			err = generator.RemovePlanFiles(folder, s.Shard.Output)
		}
		if err != nil {
			r.warn(problem.New("", "what is left of a shard was not removed: %s", err))
		}
	}
}

// again are the inputs that make the shards again.
func (j *joining) again() map[problem.Name]string {
	first := j.shards[0]
	texts := map[problem.Name]string{"output": filepath.Join(filepath.Dir(first.path), first.Shard.Output)}
	for name, text := range first.Inputs {
		texts[problem.Name(name)] = text
	}
	if j.in.ImageDir.Given() {
		texts["image-dir"] = j.in.ImageDir.Get()
	}
	if j.in.ImagesFrom.Given() {
		texts["images-from"] = j.in.ImagesFrom.Get()
	}
	return texts
}

// mostBlamed is how many shards a message lists.
const mostBlamed = 20

// blame adds what is wrong with a shard, and the command that makes it again.
func (j *joining) blame(index int, format string, args ...any) {
	if len(j.wrong) == mostBlamed {
		j.more++
		return
	}
	texts := j.again()
	texts["shard"] = fmt.Sprintf("%d/%d", index, j.shards[0].Shard.Count)
	j.wrong.Add("", format+"\n%s", append(args, "make it again: "+inputs.CommandLine(texts))...)
}

// fault is what is wrong with shards, or nil.
func (j *joining) fault() error {
	if len(j.wrong) == 0 {
		return nil
	}
	if j.more > 0 {
		j.wrong.Add("", "so are %d more shards\nmake these first", j.more)
	}
	return j.wrong
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
			m := r.readManifest(places, "shards", path+generator.ManifestSuffix, problems)
			if m == nil {
				continue
			}
			place, err := places.Find(path)
			if err != nil {
				problems.Add("", "%q cannot be joined: %s", path, err)
			}
			shards = append(shards, shard{path, place, m})
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
