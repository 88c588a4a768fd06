package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/stream"
	"mmjsonl/internal/text"
	"mmjsonl/internal/urls"
)

// Environment is what a plan depends on beside the configuration.
type Environment struct {
	Places files.Places
	// Notice shows a line about what takes time while the plan is made: a download. It may be nil.
	Notice func(line string)
	// Warn shows a warning that cannot wait until the plan is made: that the run may not survive. It may be nil.
	Warn func(problem.Problem)
	// Getenv returns an environment variable, or "" if it is not set. It may be nil, which means that none is set.
	Getenv func(name string) string
	// Unattended says that nobody is there to read standard output: a run inside a CI system's action.
	Unattended bool
}

// Plan is what will be done: checked, complete, immutable. [NewPlan] makes it.
type Plan struct {
	Requests         int
	ImagesPerRequest int
	Pool             int // distinct images in use: never more than the slots
	Mode             Mode
	Size             media.Size // of generated images
	Words            int
	Seed             uint64
	Compression      Compression
	Level            Level
	Digest           bool
	Stream           stream.Sampler // which request asks for which image
	Concurrency      int            // requests that the client keeps in flight
	HitTargets       []HitTarget    // hits that were asked for, by ascending capacity
	WarmUpRequests   int64          // rows in front that hold the first uses, if they were asked to come first

	Output       files.Place // of the file; empty for standard output
	Stdout       bool
	Manifest     files.Place // of the file that tells what the output was made from; empty if the output is no file
	Report       files.Place // of the page about the file; empty for none
	ImageDir     files.Place // of generated images; empty if none are written
	WritesImages bool        // the rows refer to generated images, by path or by URL
	ImagePrefix  string      // what stands in the rows before the names of image files
	URLs         *URLSource  // where the rows' URLs come from; nil if they come from no list

	// Warnings are what will hurt, although nothing is wrong.
	Warnings []problem.Problem

	media      media.Source // of generated images
	words      text.Source  // of random text
	prompt     []byte       // the fixed text, as the inside of a JSON string; nil means random words
	inline     bool         // images stand inside the rows
	urls       [][]byte     // the rows' URLs by image, as JSON strings; nil means generated images
	pathPrefix []byte       // what stands in a row before an image file's name, with the quotation mark
	device     bool         // the output is there already and is no plain file: a pipe, a terminal
	owner      *files.Owner
}

// URLSource tells where URLs came from.
type URLSource struct {
	Name      string // of the file as the user gave it, or its URL without what may be secret
	Available int64  // entries in it
	Repeats   int64  // of these, entries that repeat a chosen URL: the same URL is one image
	SHA256    string // of the URLs chosen, a line each, in the order of the images; in hexadecimal
}

// Slots is the number of image references in the file.
func (p *Plan) Slots() int64 { return int64(p.Requests) * int64(p.ImagesPerRequest) }

// NewPlan checks a configuration and makes the plan of its run. If anything is wrong the error is a [Problems] that names all
// of it, earlier ones included; earlier are problems of inputs whose values could not be read and stand at their defaults in c.
// Nothing is written, except that a missing default annotation file is downloaded, once everything else is right.
func NewPlan(ctx context.Context, c Config, env Environment, earlier problem.List) (*Plan, error) {
	b := &planner{
		config:   c,
		env:      env,
		problems: slices.Clone(earlier),
		plan: &Plan{Mode: c.Mode, Size: c.Size, media: media.Noise{Seed: c.Seed, Size: c.Size}, words: text.BuiltIn(), Seed: c.Seed, Compression: c.Compression, Level: c.Level,
			Digest: c.Digest, owner: env.Places.Owner},
	}
	b.checkReuse()
	b.checkText()
	b.checkImages()
	b.checkURLInputs()
	b.checkOutput()
	b.checkImageDir(ctx)
	b.checkReport()
	b.checkImageNames()
	b.checkMemory()
	if err := b.chooseURLs(ctx); err != nil {
		return nil, err
	}
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	b.warnWithoutEffect()
	b.warn()
	return b.plan, nil
}

// planner is a plan in the making.
type planner struct {
	config   Config
	env      Environment
	problems problem.List
	warnings problem.List
	plan     *Plan
	asked    int64 // images in the pool as it was asked for
}

// inRange reports whether an input's value is within its bounds, and adds a problem if not.
func (b *planner) inRange(input problem.Name, value, low, high int64) bool {
	switch {
	case b.problems.Blame(input):
		return false
	case value < low:
		b.problems.Add(input, "%s %d is too small: give at least %d", input, value, low)
	case value > high:
		b.problems.Add(input, "%s %d is too large: give at most %d", input, value, high)
	default:
		return true
	}
	return false
}

// oneOf adds a problem if an input's value is none of those it may have.
func oneOf[T ~string](b *planner, input problem.Name, value T, values []T) {
	if b.problems.Blame(input) || slices.Contains(values, value) {
		return
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	b.problems.Add(input, "%s %q is not known: give %s or %s", input, value,
		strings.Join(words[:len(words)-1], ", "), words[len(words)-1])
}

func (b *planner) checkText() {
	c, p := &b.config, b.plan
	if b.inRange("user-text-tokens", c.Words, 0, maxWords) {
		p.Words = int(c.Words)
	}
	switch {
	case b.problems.Blame("prompt"):
	case !utf8.ValidString(c.Prompt):
		b.problems.Add("prompt", "%s %.40q is not valid UTF-8: save or type it as UTF-8", problem.Name("prompt"), c.Prompt)
	case len(c.Prompt) > maxPrompt:
		b.problems.Add("prompt", "%s is %d bytes long: give at most %d", problem.Name("prompt"), len(c.Prompt), maxPrompt)
	case c.Prompt != "":
		quoted := escape.JSON(c.Prompt)
		p.prompt = quoted[1 : len(quoted)-1]
	case c.Words == 0 && c.ImagesPerRequest == 0 && !b.problems.Blame("user-text-tokens", "images-per-request"):
		b.problems.Add("user-text-tokens", "%s 0 and %s 0 leave nothing to send: raise one of them, or give %s",
			problem.Name("user-text-tokens"), problem.Name("images-per-request"), problem.Name("prompt"))
	}
}

// checkImages checks what images are and how rows refer to them.
func (b *planner) checkImages() {
	c, p := &b.config, b.plan
	oneOf(b, "image-mode", c.Mode, Modes)
	oneOf(b, "compression-level", c.Level, Levels)
	if !b.problems.Blame("image-size") {
		for _, side := range []int64{c.Size.Width, c.Size.Height} {
			if side < 1 || side > media.MaxSide {
				b.problems.Add("image-size", "%s %s is out of range: give WIDTHxHEIGHT, each from 1 to %d", problem.Name("image-size"), c.Size, media.MaxSide)
				break
			}
		}
		if most := (media.Noise{Size: c.Size}).MaxPool(); int64(p.Pool) > most && !b.problems.Blame("image-size") {
			b.problems.Add("image-size", "%s %s is too small for %d images to differ: give at least 2x2, or %s of at most %d",
				problem.Name("image-size"), c.Size, p.Pool, problem.Name("images-pool"), most)
		}
	}
	p.inline = c.Mode == ModeDataURI
	p.WritesImages = (c.Mode == ModeBase64 || c.Mode == ModeHTTP && c.ImageURLBase != "") && p.Pool > 0
}

// checkURLInputs checks the inputs that say where URLs come from, short of reading the list.
func (b *planner) checkURLInputs() {
	c, p := &b.config, b.plan
	sources := []struct {
		input problem.Name
		value string
	}{{"coco-annotations", c.Annotations}, {"url-list", c.URLList}, {"image-url-base", c.ImageURLBase}}
	if c.Mode != ModeHTTP && !b.problems.Blame("image-mode") {
		return
	}
	var given []problem.Name
	for _, s := range sources {
		if s.value != "" {
			given = append(given, s.input)
		}
	}
	if len(given) > 1 {
		b.problems.Add(given[1], "%s and %s contradict each other: give one source of URLs", given[0], given[1])
	}
	if c.ImageURLBase == "" || b.problems.Blame("image-url-base") {
		return
	}
	base, err := url.Parse(c.ImageURLBase)
	if err == nil {
		err = urls.Check(c.ImageURLBase)
	}
	if err == nil && (base.RawQuery != "" || base.ForceQuery || base.Fragment != "") {
		err = errors.New("a query or fragment cannot stand before a file's name")
	}
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		b.problems.Add("image-url-base", "%s %.200q cannot be used: %s: give one like http://127.0.0.1:9999/images",
			problem.Name("image-url-base"), c.ImageURLBase, err)
		return
	}
	p.ImagePrefix = c.ImageURLBase
	p.pathPrefix = quotePrefix(p.ImagePrefix)
}

// quotePrefix returns a folder or base URL as the beginning of a JSON string, up to where a file's name follows.
func quotePrefix(folder string) []byte {
	quoted := escape.JSON(strings.TrimSuffix(folder, "/") + "/")
	return quoted[:len(quoted)-1]
}

// checkOutput decides what the output is called and how it is compressed.
func (b *planner) checkOutput() {
	c, p := &b.config, b.plan
	if !b.problems.Blame("compression") {
		if p.Compression == "" {
			p.Compression = compressionOf(c.Output)
		}
		oneOf(b, "compression", p.Compression, Compressions)
	}
	if c.Output == "-" {
		p.Stdout = true
		if b.env.Unattended {
			b.problems.Add("output", "%s - is standard output, which no later step can read: give a file name", problem.Name("output"))
		}
		return
	}
	if b.problems.Blame("output") {
		return
	}
	output := c.Output
	if output == "" {
		output = b.generatedName()
	} else if named := compressionOf(output); named != p.Compression && !b.problems.Blame("compression") {
		b.problems.Add("output", "%s %q and %s %s contradict each other: end the name in %q, or leave %s out",
			problem.Name("output"), output, problem.Name("compression"), p.Compression, ".jsonl"+p.Compression.suffix(), problem.Name("compression"))
	}
	if strings.HasSuffix(output, "/") {
		b.problems.Add("output", "%s %q is a folder: give a file name", problem.Name("output"), output)
		return
	}
	if name := filepath.Base(output); len(name) > files.MaxName {
		b.problems.Add("output", "%s %.40q… is a name of %d bytes: give one of at most %d", problem.Name("output"), output, len(name), files.MaxName)
		return
	}
	place, ok := b.place("output", output)
	if !ok {
		return
	}
	p.Output = place
	info, err := os.Stat(place.Here)
	switch {
	case err == nil && info.IsDir():
		b.problems.Add("output", "%s %q is a folder: give a file name", problem.Name("output"), output)
	case err == nil && !info.Mode().IsRegular() && b.env.Unattended:
		b.problems.Add("output", "%s %q is no plain file, which no later step can read: give another name", problem.Name("output"), output)
	case err == nil && !info.Mode().IsRegular():
		p.device = true
	default:
		b.checkFolder("output", output, filepath.Dir(files.Resolve(place.Here)))
	}
	b.checkOverwrites("output", output, place)
	if p.device || b.problems.Blame("output") {
		return
	}
	p.Manifest = place.Beside(ManifestSuffix)
	b.checkOverwrites("output", output, p.Manifest)
	if info, err := os.Stat(p.Manifest.Here); err == nil && !info.Mode().IsRegular() {
		b.problems.Add("output", "%s %q needs the name %q for its manifest, which is no plain file: give another name", problem.Name("output"), output, p.Manifest.Here)
	}
}

// checkOverwrites checks that what an input names to be written is not what another names to be read.
func (b *planner) checkOverwrites(input problem.Name, path string, place files.Place) {
	info, err := os.Stat(place.Here)
	if err != nil {
		return
	}
	for _, source := range []struct {
		input problem.Name
		name  string
	}{{"url-list", b.config.URLList}, {"coco-annotations", cmp.Or(b.config.Annotations, defaultAnnotations)}} {
		if other, err := os.Stat(b.path(source.name)); source.name != "" && err == nil && os.SameFile(info, other) {
			b.problems.Add(input, "%s %q is the file that %s reads: give another name", input, path, source.input)
		}
	}
}

// compressionOf returns the compression that a file's name asks for.
func compressionOf(name string) Compression {
	for _, c := range Compressions {
		if c.suffix() != "" && strings.HasSuffix(strings.ToLower(name), c.suffix()) {
			return c
		}
	}
	return CompressionNone
}

// generatedName is what the output is called unless the user gives a name.
func (b *planner) generatedName() string {
	c := &b.config
	text := fmt.Sprintf("%dword", c.Words)
	if b.plan.prompt != nil {
		text = "prompt"
	}
	return fmt.Sprintf("%dreq_%dimg_%dpool_%s_%s.jsonl%s", c.Requests, c.ImagesPerRequest, b.asked, text, c.Mode, b.plan.Compression.suffix())
}

// checkReport decides where the page about the file goes.
func (b *planner) checkReport() {
	report := b.config.Report
	if report == "" {
		return
	}
	if report == "-" {
		b.problems.Add("report", "%s - is no file: give a name", problem.Name("report"))
		return
	}
	place, ok := b.place("report", report)
	if !ok {
		return
	}
	b.plan.Report = place
	info, err := os.Stat(place.Here)
	if err == nil && !info.Mode().IsRegular() {
		b.problems.Add("report", "%s %q is no plain file: give another name", problem.Name("report"), report)
		return
	}
	for _, other := range []files.Place{b.plan.Output, b.plan.Manifest} {
		if other.Here != "" && files.Resolve(other.Here) == files.Resolve(place.Here) {
			b.problems.Add("report", "%s %q is the name of the output or of its manifest: give another", problem.Name("report"), report)
			return
		}
	}
	b.checkFolder("report", report, filepath.Dir(place.Here))
	b.checkOverwrites("report", report, place)
}

// place finds the place of a path that an input gives or leads to.
func (b *planner) place(input problem.Name, path string) (files.Place, bool) {
	if i := strings.IndexFunc(path, unicode.IsControl); i >= 0 {
		b.problems.Add(input, "%s %q has a control character: give a name without", input, path)
		return files.Place{}, false
	}
	place, err := b.env.Places.Find(path)
	if err != nil {
		b.problems.Add(input, "%s %q cannot be used: %s", input, path, err)
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
			b.problems.Add(input, "%s %q cannot be used: %q is not a folder: give another path", input, path, folder)
		case err == nil && !files.Writable(folder):
			b.problems.Add(input, "%s %q cannot be used: the folder %q cannot be written to: choose another, or change its permissions",
				input, path, folder)
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(folder) != folder:
			folder = filepath.Dir(folder)
			continue
		case err != nil:
			b.problems.Add(input, "%s %q cannot be used: %s: give another path", input, path, err)
		}
		return
	}
}

// checkImageDir decides where image files go and how rows name them, and looks at what is there already.
func (b *planner) checkImageDir(ctx context.Context) {
	c, p := &b.config, b.plan
	if !p.WritesImages {
		return
	}
	b.checkPrefix()
	if b.problems.Blame("image-dir", "image-size", "seed") {
		return
	}
	folder := c.ImageDir
	if folder == "" {
		if b.problems.Blame("output") {
			return // it would be beside the output
		}
		folder = "images_" + p.media.Set()
		if !p.Stdout && !p.device {
			folder = filepath.Join(filepath.Dir(p.Output.Here), folder)
		}
	}
	place, ok := b.place("image-dir", folder)
	if !ok {
		return
	}
	p.ImageDir = place
	b.checkFolder("image-dir", folder, place.Here)
	if b.problems.Blame("image-dir") {
		return
	}
	found, err := p.contradiction(ctx)
	if err != nil {
		b.problems.Add("image-dir", "%s %q cannot be used: %s", problem.Name("image-dir"), folder, err)
	} else if found != "" {
		b.problems.Add("image-dir", "%s %q %s, which an earlier file may refer to, and this run's are of %q: give another folder, or delete this one",
			problem.Name("image-dir"), folder, found, p.media.Set())
	}
	if p.Mode == ModeBase64 {
		prefix := c.ImagePathPrefix
		if prefix == "" {
			prefix = place.Next
			if !utf8.ValidString(prefix) {
				b.problems.Add("image-dir", "%s %q is not valid UTF-8, and a row cannot name it: give another folder, or %s",
					problem.Name("image-dir"), prefix, problem.Name("image-path-prefix"))
			}
		}
		p.ImagePrefix = prefix
		p.pathPrefix = quotePrefix(prefix)
	}
}

// checkImageNames checks that no other file of the run takes the name of an image.
func (b *planner) checkImageNames() {
	p := b.plan
	if p.ImageDir.Here == "" {
		return
	}
	for _, file := range []struct {
		input problem.Name
		place files.Place
	}{{"output", p.Output}, {"output", p.Manifest}, {"report", p.Report}} {
		if file.place.Here == "" || b.problems.Blame(file.input) {
			continue
		}
		path := files.Resolve(file.place.Here)
		if folder, name := filepath.Split(path); filepath.Clean(folder) == files.Resolve(p.ImageDir.Here) && ofImageDir(name) {
			b.problems.Add(file.input, "%s %q has a name that only images have, in their folder: give another", file.input, path)
		}
	}
}

// checkPrefix checks the path that rows hold in place of the image folder's. It belongs to whoever reads the rows, perhaps on Windows.
func (b *planner) checkPrefix() {
	prefix := b.config.ImagePathPrefix
	scheme, _, hasScheme := strings.Cut(prefix, ":")
	switch {
	case prefix == "" || b.problems.Blame("image-path-prefix"):
	case !utf8.ValidString(prefix) || strings.ContainsFunc(prefix, unicode.IsControl):
		b.problems.Add("image-path-prefix", "%s %q has a byte that a row's path cannot have\ngive a plain folder name", problem.Name("image-path-prefix"), prefix)
	case len(prefix) > maxImageDir:
		b.problems.Add("image-path-prefix", "%s is %d bytes long\ngive at most %d", problem.Name("image-path-prefix"), len(prefix), maxImageDir)
	case prefix[0] == '~' || prefix[0] == '$':
		b.problems.Add("image-path-prefix", "%s %q would stand in the rows as it is, and only a shell knows what it means\ngive the complete path, like %q",
			problem.Name("image-path-prefix"), prefix, b.expanded(prefix))
	case hasScheme && !drive.MatchString(prefix) && !strings.Contains(scheme, "/"):
		b.problems.Add("image-path-prefix", "%s %q reads like a URL\nfor URLs of generated images give %s http with %s",
			problem.Name("image-path-prefix"), prefix, problem.Name("image-mode"), problem.Name("image-url-base"))
	}
}

// drive is how a path on a Windows drive begins.
var drive = regexp.MustCompile(`^[A-Za-z]:[\\/]`)

// expanded returns a path as a shell would understand it, or an example where a variable is not set.
func (b *planner) expanded(path string) string {
	const example = "/data/images"
	if user, _, _ := strings.Cut(path, "/"); user == "~" {
		path = "$HOME" + path[1:]
	} else if user[0] == '~' {
		return example // another user's home
	}
	known := b.env.Getenv != nil
	path = os.Expand(path, func(name string) string {
		if !known {
			return ""
		}
		value := b.env.Getenv(name)
		known = value != ""
		return value
	})
	if !known || path == "" || path[0] == '~' || path[0] == '$' {
		return example
	}
	return path
}

// rowEstimate is about how many bytes a row has.
func (p *Plan) rowEstimate() int64 {
	text := int64(float64(p.Words) * p.words.Mean())
	if p.prompt != nil {
		text = int64(len(p.prompt))
	}
	var reference int64
	switch {
	case p.inline:
		reference = p.inlineLength(0)
	case p.urls != nil:
		reference = int64(len(p.urls[0]))
	default:
		reference = int64(len(p.pathPrefix)) + int64(len("img_0000.png")) + 1
	}
	return int64(len(beforeText+beforeImages+afterImages)) + text + int64(p.ImagesPerRequest)*(reference+1)
}

// estimate is about how many bytes the rows have before compression.
func (p *Plan) estimate() int64 { return int64(p.Requests) * p.rowEstimate() }

// What it costs the client to read a reference to a local image: it decodes and encodes each again, one after another; measured
// with aiperf 0.13.0 on 512×512 noise, about 67 ms an image.
const reencode = 256 * time.Nanosecond // a pixel

// warn says what will hurt.
func (b *planner) warn() {
	p := b.plan
	if row := p.rowEstimate(); p.inline && row > maxInline {
		b.warnings.Add("images-per-request", "each request carries %d MiB of inline images, and transports of some servers refuse more than %d MiB: lower %s or %s",
			row>>20, maxInline>>20, problem.Name("images-per-request"), problem.Name("image-size"))
	}
	if p.Mode == ModeBase64 {
		perImage := time.Duration(p.Size.Width*p.Size.Height) * reencode
		if total := time.Duration(p.Slots()) * perImage; total >= 10*time.Second {
			b.warnings.Add("image-mode", "before its first request aiperf reads and encodes each of the %d image references again, one after another: about %s; %s datauri spares it that",
				p.Slots(), total.Round(time.Second), problem.Name("image-mode"))
		}
	}
	b.warnDisk()
	p.Warnings = b.warnings
}

// warnDisk says so if a disk has less room than the run needs.
func (b *planner) warnDisk() {
	p := b.plan
	type disk struct {
		number       uint64
		folder       string
		free, needed int64
	}
	var disks []disk
	need := func(folder string, bytes int64) {
		folder = files.Existing(folder)
		free, number, ok := files.FreeSpace(folder)
		i := slices.IndexFunc(disks, func(d disk) bool { return d.number == number })
		switch {
		case !ok:
		case i >= 0:
			disks[i].needed += bytes
		default:
			disks = append(disks, disk{number, folder, free, bytes})
		}
	}
	if p.WritesImages {
		there, _ := imagesIn(p.ImageDir.Here, p.Pool) // a folder that cannot be read was a problem before
		need(p.ImageDir.Here, p.media.Total(p.Pool-len(there)))
	}
	if !p.Stdout && !p.device && p.Compression == CompressionNone {
		need(filepath.Dir(p.Output.Here), p.estimate())
	}
	for _, d := range disks {
		if d.needed > d.free {
			b.warnings.Add("output", "the run needs about %d MB and the disk of %q has %d MB free: free some space, or write elsewhere",
				d.needed/1e6, d.folder, d.free/1e6)
		}
	}
}
