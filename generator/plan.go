package generator

import (
	"cmp"
	"context"
	"os"
	"runtime"
	"slices"
	"strings"

	"mmjsonl/internal/files"
	"mmjsonl/internal/format"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/stream"
	"mmjsonl/internal/text"
)

// Environment is what a plan depends on beside the configuration.
type Environment struct {
	Places files.Places
	// Theirs is the folder of the manifest that gives all inputs that [Config.Given] does not have; nil without a manifest. It may be
	// somebody else's. So the files that its inputs name are read from that folder alone, what they hold is not shown, and a URL must not
	// lead to this machine.
	Theirs *files.Places
	// Notice shows a line about what takes time while the plan is made: a download. It may be nil.
	Notice func(line string)
	// Warn shows a warning that cannot wait until the plan is made: that the run may not survive. It may be nil.
	Warn func(problem.Problem)
	// Getenv returns an environment variable, or "" if it is not set. It may be nil, which means that none is set.
	Getenv func(name string) string
	// Joined is the rows that exist in shards; nil if they are to be made.
	Joined *Joined
	// Unattended says that nobody is there to read standard output: a run inside a CI system's action.
	Unattended bool
	// DryRun says that no run follows: nothing is downloaded to be kept.
	DryRun bool
	// Workers is how many goroutines make images, and rows, side by side; 0 means one for each processor that the program may use.
	Workers int
}

// Plan is what will be done: checked, complete, immutable. [NewPlan] makes it.
type Plan struct {
	Seed uint64

	// Who asks for what.
	Stream  stream.Sampler
	Windows *stream.Windows // users with sliding windows, if the requests are theirs; else nil
	// Conversations are those that the rows are turns of; nil if each is a request of its own.
	Conversations *stream.Conversations
	Targets       []HitTarget // requested hits, by ascending capacity
	Concurrency   int         // requests that the client keeps in flight
	// Weights are what images take in the cache, by image, if targets are in bytes and images differ; else nil. WeightOf is that by the images' sizes,
	// if a server's cache was asked for; nil: it is the files' bytes.
	Weights  []int64
	WeightOf map[media.Size]int64

	// What rows show.
	Mode   Mode
	Media  media.Source // images that this program makes; nil if rows name others
	Photos bool         // the images are made to compress as photographs do
	Videos bool         // the images are videos
	// PopularSizes says that the images that are used most have the first of several sizes, and so on.
	PopularSizes bool
	Reference    Reference
	URLs         *URLSource    // where the rows' URLs come from; nil if they come from no list
	Folder       *FolderSource // the folder of a person's own images; nil if they come from none
	Text         Text
	Format       format.Format
	Model        string // what the server calls its model; "" if that is unknown
	MaxTokens    int64  // of an answer; 0 if that is left open

	// Where it goes, and what of it this process makes.
	Names  Names
	Output Output
	Shard  Shard // the zero value: everything
	Part   Part

	// Warnings are what will hurt, although nothing is wrong.
	Warnings []problem.Problem

	joined string // name of the output of all shards
	// leastShared is from how many slots on shards leave them to each other: planFileSlots, which tests lower.
	leastShared int64
	owner       *files.Owner
	workers     int
	answers     Lengths
	arrivals    *arrivals     // nil: rows do not say when they are sent
	outline     format.Format // as long as Format, for estimates: known before the rows' references are; nil: Format
}

// Text is the text of every row: a fixed one, or random tokens.
type Text struct {
	Prompt []byte // the fixed text, as the inside of a JSON string; nil: random tokens
	Tokens int    // in a row; where they differ, at most
	Source text.Source
	Prefix Prefix
	Last   bool // behind the images
	// Tokenizer is the SHA-256 of the tokenizer.json that the source's words were chosen by; "" if they are the program's own.
	Tokenizer string

	// OfImage are the tokens that an image of each size takes from the length of a request; nil if only texts have a length.
	OfImage map[media.Size]int64

	input    int // tokens of text and images in each request, if that is what they have in common; else 0
	least    int // tokens of text that each row has at least
	template int // tokens of the server's template, where requests have a length
	before   int // tokens of the server's template before the text; -1 if they are not known
}

// Prefix is how rows begin alike.
type Prefix struct {
	Tokens int            // that the rows of a group share; 0: rows share nothing
	Groups stream.Sampler // which group a row is in, as if that was its only image
}

// Output is how the rows are written.
type Output struct {
	Stdout      bool // to standard output
	Compression Compression
	Level       Level
	Digest      bool  // compute the SHA-256
	Pieces      int64 // frames or members of a compressed output, each of a shard's rows
	device      bool  // to a pipe or a terminal: what is there already and not a plain file
	stream      int   // if not 0, the number of the open file that is this device
}

// Shape is what is known of the requests before any is made. It has nothing while a plan in the making has problems with their numbers.
func (p *Plan) Shape() stream.Shape {
	if p.Stream == nil {
		return stream.Shape{}
	}
	return p.Stream.Shape()
}

// RequestRate is how many requests a second rows are scheduled for, or 0 if they do not say when they are sent.
func (p *Plan) RequestRate() float64 {
	if p.arrivals == nil {
		return 0
	}
	return p.arrivals.Rate
}

// Noun is what the rows show: image, or video.
func (p *Plan) Noun() string {
	if p.Videos {
		return "video"
	}
	return "image"
}

// WritesImages reports whether the run puts image files into a folder.
func (p *Plan) WritesImages() bool { return p.Names.Images.Here != "" }

// inline reports whether rows hold the images themselves.
func (p *Plan) inline() bool { return p.Reference.Inline && p.Shape().Slots > 0 }

// LeavesOutImages reports whether rows name images that the run could make, and does not: their checksums are not known.
func (p *Plan) LeavesOutImages() bool {
	return p.Media != nil && !p.WritesImages() && !p.inline() && p.Folder == nil
}

// URLSource tells where URLs came from.
type URLSource struct {
	Name      string // of the file as the user gave it, or its URL without what may be secret
	Available int64  // entries in it
	Repeats   int64  // of these, entries that repeat a chosen URL: the same URL is one image
	SHA256    string // of the URLs chosen, a line each, in the order of the images; in hexadecimal
}

// NewPlan checks a configuration and makes the plan of its run. If anything is wrong the error is a [problem.List] that names all
// of it, earlier ones included; earlier are problems of inputs whose values could not be read, which have their defaults in c.
// Nothing is written, except that a missing default annotation file is downloaded, once everything else is right.
func NewPlan(ctx context.Context, c Config, env Environment, earlier problem.List) (*Plan, error) {
	display := chooseDisplay(&c)
	b := &planner{
		config:   c,
		env:      env,
		problems: slices.Clone(earlier),
		display:  display,
		plan: &Plan{Seed: c.Seed, Mode: c.Media.Mode, Reference: Reference{Inline: display.inline},
			Videos: c.Media.Format == FormatMP4, Output: Output{Compression: c.Output.Compression, Level: c.Output.Level, Digest: c.Output.Digest, Pieces: min(max(c.Output.Pieces, 1), MaxShards)}, owner: env.Places.Owner, leastShared: planFileSlots, workers: cmp.Or(env.Workers, runtime.GOMAXPROCS(0))},
	}
	b.checkReuse()
	b.checkText()
	b.checkImages()
	if err := b.readFolder(ctx); err != nil {
		return nil, err
	}
	b.checkHitBytes()
	b.checkFormat()
	b.checkInputTokens()
	b.checkTextPrefix()
	b.checkURLInputs()
	b.checkOutput()
	b.checkShard()
	b.checkImageDir(ctx)
	b.checkReport()
	b.checkNames()
	b.checkReplaced()
	b.checkMemory()
	if joined := env.Joined; joined != nil && !b.display.made && !b.display.theirs {
		b.plan.URLs, b.plan.Reference.Length = joined.URLs, joined.Reference
	} else if b.display.refer != nil {
		if err := b.display.refer(b, ctx); err != nil {
			return nil, err
		}
	}
	if len(b.problems) == 0 {
		b.checkDisks()
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
	display  display // how rows show images

	folder      *media.Folder // of a person's own images; nil if there is none
	folderPlace files.Place
	there       folderContent // in the image folder

	rows, perRow int                   // counted; 0 if they cannot be. Of a mixture, the most in a row
	mix          []stream.RowsOfLength // nil: all rows have as many
	pool         int                   // images in use, at most the slots
	requested    int64                 // images in the pool as it was requested
	inBytes      bool                  // users with windows have not been placed yet, as capacities are in bytes
}

// inRange reports whether an input's value is within its bounds, and adds a problem if not.
func (b *planner) inRange(input problem.Name, value, low, high int64) bool {
	switch {
	case b.problems.Blame(input):
		return false
	case value < low:
		b.problems.Add(input, "%s %d is too small\ngive at least %d", input, value, low)
	case value > high:
		b.problems.Add(input, "%s %d is too large\ngive at most %d", input, value, high)
	default:
		return true
	}
	return false
}

// drive is how a path on a Windows drive begins.
var drive = pattern(`^[A-Za-z]:[\\/]`)

// expanded returns a path as a shell would understand it, or an example where a variable is not set.
func (b *planner) expanded(path string) string {
	const example = "/data/images"
	if user, _, _ := strings.Cut(path, "/"); user == "~" {
		path = "$HOME" + path[1:]
	} else if user[0] == '~' {
		return example // another user's home
	}
	// A manifest, or whoever fills an action's inputs, must not have the environment shown.
	known := b.env.Getenv != nil && !b.env.Unattended && !b.theirs("image-path-prefix")
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

// slots is the number of image slots in all rows.
func (b *planner) slots() int64 {
	if b.mix != nil {
		return stream.Mixed{Lengths: b.mix}.Shape().Slots
	}
	return int64(b.rows) * int64(b.perRow)
}

// writesImages reports whether the run will put image files into a folder.
func (b *planner) writesImages() bool {
	return b.display.files && b.pool > 0 && b.config.Media.Folder != NoFolder
}
