package generator

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"

	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/stream"
	"mmjsonl/internal/text"
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
