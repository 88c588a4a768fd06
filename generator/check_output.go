package generator

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
)

// checkOutput decides what the output is called and how it is compressed.
func (b *planner) checkOutput() {
	c, p := &b.config, b.plan
	if !b.problems.Blame("compression") {
		if p.Output.Compression == "" {
			p.Output.Compression = compressionOf(c.Output.Path)
		}
		problem.OneOf(&b.problems, "compression", p.Output.Compression, Compressions)
	}
	fd, isStream := b.streamOf(c.Output.Path)
	if c.Output.Path == "-" || isStream && fd == 1 {
		p.Output.Stdout = true
		if b.env.Unattended {
			b.problems.Add("output", "%s - is standard output, which later steps cannot read\ngive a file name", problem.Name("output"))
		}
		return
	}
	if b.problems.Blame("output") {
		return
	}
	output := c.Output.Path
	if output == "" {
		output = b.generatedName()
	} else if named := compressionOf(output); named != p.Output.Compression && !isStream && !b.problems.Blame("compression") {
		b.problems.Add("output", "%s %q and %s %s contradict each other\nend the name in %q, or leave %s out",
			problem.Name("output"), output, problem.Name("compression"), p.Output.Compression, ".jsonl"+p.Output.Compression.suffix(), problem.Name("compression"))
	}
	if s := c.Shard; s.Count > 0 && s.Count <= MaxShards && !isStream && !strings.HasSuffix(output, "/") {
		p.joined, output = filepath.Base(output), s.Name(output)
	}
	if strings.HasSuffix(output, "/") {
		b.problems.Add("output", "%s %q is a folder\ngive a file name", problem.Name("output"), output)
		return
	}
	if name := filepath.Base(output); len(name) > files.MaxName {
		b.problems.Add("output", "%s %.40q… is a name of %d bytes\ngive one of at most %d", problem.Name("output"), output, len(name), files.MaxName)
		return
	}
	place, ok := b.place("output", output)
	if !ok {
		return
	}
	p.Names.Output = place
	info, err := place.Stat()
	switch {
	case isStream:
		b.checkStream(output, fd)
	case err == nil && info.IsDir():
		b.problems.Add("output", "%s %q is a folder\ngive a file name", problem.Name("output"), output)
	case err == nil && !info.Mode().IsRegular() && b.env.Unattended:
		b.problems.Add("output", "%s %q is not a plain file, so later steps cannot read it\ngive another name", problem.Name("output"), output)
	case err == nil && !info.Mode().IsRegular():
		p.Output.device = true
	default:
		b.checkFolder("output", output, filepath.Dir(files.Resolve(place.Here)))
	}
	b.checkOverwrites("output", output, place)
	if p.Output.device || b.problems.Blame("output") {
		return
	}
	// A link of the manifest's name may lead elsewhere than the output.
	if p.Names.Manifest, ok = b.place("output", output+ManifestSuffix); !ok {
		return
	}
	b.checkOverwrites("output", output, p.Names.Manifest)
	if info, err := p.Names.Manifest.Stat(); err == nil && !info.Mode().IsRegular() {
		b.problems.Add("output", "%s %q needs the name %q for its manifest, and that is not a plain file\ngive another name", problem.Name("output"), output, p.Names.Manifest.Here)
	}
}

// streamOf reports whether an output is the name of an open file, and returns its number. It may be a plain file, beside whose name in /dev nothing
// belongs. In an action nobody reads it.
func (b *planner) streamOf(output string) (fd int, ok bool) {
	path, err := b.env.Places.Absolute(output)
	if err != nil || output == "" || b.env.Unattended {
		return -1, false
	}
	return files.OpenStream(path)
}

// checkStream checks that an open file can be written to, by its number, or by its name if that is -1.
func (b *planner) checkStream(output string, fd int) {
	p := b.plan
	p.Output.device = true
	if fd < 0 {
		return
	}
	p.Output.stream = fd
	stream, err := files.Stream(fd)
	if err != nil {
		b.problems.Add("output", "%s %q is not an open file: %s\ngive a file name, or open it", problem.Name("output"), output, err)
		return
	}
	defer stream.Close()
	if info, err := stream.Stat(); err != nil || info.IsDir() {
		b.problems.Add("output", "%s %q cannot be written to\ngive a file name", problem.Name("output"), output)
	}
}

// checkOverwrites checks that what an input names to be written is not what another names to be read.
func (b *planner) checkOverwrites(input problem.Name, path string, place files.Place) {
	info, err := place.Stat()
	if err != nil {
		return
	}
	for _, source := range []struct {
		input problem.Name
		name  string
	}{{"url-list", b.config.Media.URLList}, {"coco-annotations", cmp.Or(b.config.Media.Annotations, defaultAnnotations)}, {"tokenizer", b.config.Text.Tokenizer}} {
		if other, err := os.Stat(b.sourcePath(source.input, source.name)); source.name != "" && err == nil && os.SameFile(info, other) {
			b.problems.Add(input, "%s %q is the file that %s reads\ngive another name", input, path, source.input)
		}
	}
}

// generatedName is what the output is called unless the user gives a name.
func (b *planner) generatedName() string {
	c := &b.config
	text := fmt.Sprintf("%dword", c.Text.Tokens)
	if c.Text.InputTokens > 0 {
		text = fmt.Sprintf("%dtoken", c.Text.InputTokens)
	}
	if b.plan.Text.Prompt != nil {
		text = "prompt"
	}
	if m := c.Requests.Conversations; m != nil {
		return fmt.Sprintf("%du_%st_%simg_%s_%s_multi-turn.jsonl%s", m.Count, m.Turns.inName(), b.imagesInName(), text, c.Media.Mode, b.plan.Output.Compression.suffix())
	}
	if w := c.Requests.Windows; w != nil {
		return fmt.Sprintf("%du_%st_%dw_%s_%s%s.jsonl%s", w.Users, w.Turns.inName(), w.Size, text, c.Media.Mode, b.formatSuffix(), b.plan.Output.Compression.suffix())
	}
	if b.videos() {
		mode := string(c.Media.Mode)
		if c.Media.Mode == ModeBase64 {
			mode = "local" // the Python program's name for paths of videos
		}
		return fmt.Sprintf("%dreq_%svid_%dpool_%s_%s%s.jsonl%s", c.Requests.Count, b.imagesInName(), b.requested, text, mode, b.formatSuffix(), b.plan.Output.Compression.suffix())
	}
	return fmt.Sprintf("%dreq_%simg_%dpool_%s_%s%s.jsonl%s", c.Requests.Count, b.imagesInName(), b.requested, text, c.Media.Mode, b.formatSuffix(), b.plan.Output.Compression.suffix())
}

// imagesInName is how many images requests have, for a generated name: 3, or 1-4.
func (b *planner) imagesInName() string {
	if m := b.config.Requests.Conversations; m != nil && len(m.Images) > 0 {
		if least := slices.Min(m.Images); least < int64(b.perRow) {
			return fmt.Sprintf("%d-%d", least, b.perRow)
		}
		return strconv.Itoa(b.perRow)
	}
	if b.mix == nil {
		return strconv.FormatInt(b.config.Requests.Images, 10)
	}
	return fmt.Sprintf("%d-%d", b.leastPerRow(), b.perRow)
}

// checkReport decides where the page about the file goes.
func (b *planner) checkReport() {
	report := b.config.Output.Report
	if report == "" {
		return
	}
	if report == "-" {
		b.problems.Add("report", "%s - is not a file\ngive a name", problem.Name("report"))
		return
	}
	place, ok := b.place("report", report)
	if !ok {
		return
	}
	b.plan.Names.Report = place
	info, err := place.Stat()
	if _, isStream := files.OpenStream(place.Here); isStream || err == nil && !info.Mode().IsRegular() {
		b.problems.Add("report", "%s %q is not a plain file\ngive another name", problem.Name("report"), report)
		return
	}
	b.checkFolder("report", report, filepath.Dir(place.Here))
	b.checkOverwrites("report", report, place)
}

// place finds the place of a path that an input gives or leads to.
func (b *planner) place(input problem.Name, path string) (files.Place, bool) {
	if i := strings.IndexFunc(path, unicode.IsControl); i >= 0 {
		b.problems.Add(input, "%s %q has a control character\ngive a name without one", input, path)
		return files.Place{}, false
	}
	place, err := b.env.Places.Find(path)
	if err == nil {
		err = files.CheckLength(place.Here)
	}
	if err != nil {
		b.problems.Add(input, "%s %.200q cannot be used: %s", input, path, err)
		return files.Place{}, false
	}
	return place, true
}

// checkFolder checks that files can be made in a folder, which may have to be made first.
func (b *planner) checkFolder(input problem.Name, path, folder string) {
	for {
		info, err := os.Stat(folder)
		switch {
		case err == nil && !info.IsDir():
			b.problems.Add(input, "%s %q cannot be used: %q is not a folder\ngive another path", input, path, folder)
		case err == nil && !files.Writable(folder):
			b.problems.Add(input, "%s %q cannot be used: the folder %q cannot be written to\nchoose another, or change its permissions",
				input, path, folder)
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(folder) != folder:
			folder = filepath.Dir(folder)
			continue
		case err != nil:
			b.problems.Add(input, "%s %q cannot be used: %s\ngive another path", input, path, err)
		}
		return
	}
}
