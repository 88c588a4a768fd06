package generator

import (
	"path/filepath"
	"slices"
	"time"

	"mmjsonl/internal/files"
	"mmjsonl/internal/format"
	"mmjsonl/internal/problem"
)

// The memory that a run needs, in bytes: the smallest limit under which it completes, as measured. Rows and images are streamed and never
// held.
const (
	memoryBase     = 24 << 20
	memoryOfWorker = 2 << 20 // beside a row that it holds completely, or the part of an image
	memoryOfSlot   = 5
	memoryOfImage  = 40
	memoryOfReuse  = 40  // more for an image, where images repeat
	memoryOfURL    = 220 // more for an image that is one of a list
	memoryOfBytes  = 16  // more for an image, and a capacity in bytes
)

// memory is about how many bytes of memory the run needs. listed says that its images are of a list of URLs.
func (p *Plan) memory(listed bool) int64 {
	image, shape := int64(memoryOfImage), p.Shape()
	if int64(shape.Pool) < shape.Slots {
		image += memoryOfReuse
	}
	if p.Weights != nil {
		image += 8 + memoryOfBytes*int64(len(p.Targets))
	}
	if listed {
		image += memoryOfURL
	}
	whole := p.rowEstimate()
	if p.WritesImages() {
		whole = max(whole, min(p.Media.Longest(), bufferedImage))
	}
	perWorker := memoryOfWorker + min(whole, longestWhole)
	if p.Videos && p.Media != nil {
		perWorker += 2 * p.Media.Longest() // its frames, and then the file
	}
	return memoryBase + int64(p.workers)*perWorker + shape.Slots*memoryOfSlot + int64(shape.Pool)*image
}

// checkMemory warns if the run needs more memory than it may have. The kernel ends such a run without a word, perhaps while it reads the
// list of URLs; so this warning is shown at once, and not with the plan's other ones.
func (b *planner) checkMemory() {
	p := b.plan
	if len(b.problems) > 0 {
		return
	}
	need := p.memory(!b.display.made)
	if most, ok := mostMemory(); ok && need > most && b.env.Warn != nil {
		b.env.Warn(problem.New("num-requests", "the run needs about %d MB of memory for %d distinct images in %d slots, and may have %d MB\nlower %s, or raise the limit",
			(need+999_999)/1e6, b.pool, b.slots(), most/1e6, problem.Name("num-requests")))
	}
}

// rowEstimate is about how many bytes a row has.
func (p *Plan) rowEstimate() int64 {
	shape := p.Shape()
	outline := p.estimated()
	row := &format.Row{Number: shape.Rows - 1, Images: make([]uint32, shape.Slots/int64(shape.Rows)),
		InSession: shape.Sessions > 0, Session: uint32(max(shape.Sessions-1, 0)),
		Turns: 1, AnswerTokens: p.answers.largest(), Scheduled: p.arrivals != nil, Micros: p.arrivals.about(shape.Rows - 1)}
	around := len(outline.Tail(outline.Middle(outline.Head(nil, row), row), row))
	text := int64(float64(p.Text.Tokens) * p.Text.Source.Mean())
	if p.Text.Prompt != nil {
		text = int64(len(p.Text.Prompt))
	}
	reference := int64(len(outline.Open())+p.closing()) + p.Reference.Length
	if p.inline() {
		reference = p.inlineEstimate()
	}
	return int64(around) + text + shape.Slots/int64(shape.Rows)*(reference+int64(len(outline.Between())))
}

// estimated is a format whose rows are as long as the plan's.
func (p *Plan) estimated() format.Format {
	if p.outline != nil {
		return p.outline
	}
	return p.Format
}

// closing is how long it is what the format has after a reference.
func (p *Plan) closing() int { return len(p.estimated().Close(nil, 0)) }

// inlineEstimate is about how many bytes a reference has that holds its image.
func (p *Plan) inlineEstimate() int64 {
	mean := p.Media.Total(p.Shape().Pool) / int64(p.Shape().Pool)
	return int64(len(p.beforeInline(nil, 0))+p.closing()) + (mean+2)/3*4
}

// estimate is about how many bytes the rows have before compression.
func (p *Plan) estimate() int64 { return int64(p.Shape().Rows) * p.rowEstimate() }

// warn says what will hurt.
func (b *planner) warn() {
	p := b.plan
	row := p.rowEstimate()
	if c := p.Conversations; c != nil { // the last turn of the longest
		row *= int64(slices.Max(c.Turns))
	}
	if p.inline() && row > maxInline {
		b.warnings.Add("images-per-request", "each request carries %d MiB of inline images, and some servers refuse more than %d MiB\nlower %s or %s",
			row>>20, maxInline>>20, problem.Name("images-per-request"), problem.Name("image-size"))
	}
	if c := p.Cost(); p.Mode == ModeBase64 && p.WritesImages() && c.Client >= 10*time.Second {
		b.warnings.Add("image-mode", "aiperf will spend about %s and %.1f GB of disk encoding %d images, one after another, before its first request\nuse %s datauri to avoid this",
			c.Client.Round(time.Second), float64(c.ClientBytes)/1e9, p.Shape().Slots, problem.Name("image-mode"))
	}
	p.Warnings = b.warnings
}

// checkDisks rejects a run that needs more room than a disk has, before anything is written.
func (b *planner) checkDisks() {
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
	if p.WritesImages() {
		there := 0
		for _, image := range b.there.images {
			if p.Part.Images.has(int64(image)) {
				there++
			}
		}
		need(p.Names.Images.Here, p.Media.Total(p.Part.Images.Len()-there))
	}
	if joined := b.env.Joined; joined != nil {
		if !joined.InPlace {
			need(filepath.Dir(p.Names.Output.Here), joined.Bytes)
		}
	} else if !p.Output.Stdout && !p.Output.device && p.Output.Compression == CompressionNone {
		need(filepath.Dir(p.Names.Output.Here), int64(p.Part.Rows.Len())*p.rowEstimate())
	}
	if p.sharesPlan() {
		need(filepath.Dir(p.Names.Output.Here), p.planFileSize())
	}
	for _, d := range disks {
		if d.needed > d.free {
			b.addDisk(d.needed, d.folder, d.free)
		}
	}
}

// contentBound is at least the length of the rows before compression.
func (p *Plan) contentBound() int64 {
	return p.estimate() + int64(p.Shape().Rows)*int64(p.Text.Tokens)*int64(p.Text.Source.Most())
}

// framed reports whether the rows are written as such a frame.
func (p *Plan) framed() bool {
	if p.Output.Compression != CompressionZstd || !p.inline() {
		return false
	}
	images := int64(p.Shape().Widest) * p.inlineEstimate()
	return images >= framedTextShare*(p.rowEstimate()-images)
}

// framedTextShare is how many times as long as its text a row's images have to be for that to pay: the frame's text is larger than a
// compressor's.
const framedTextShare = 16

// addDisk adds what is wrong with a disk: a problem, or a warning where the run goes on all the same.
func (b *planner) addDisk(needed int64, folder string, free int64) {
	what := "the run needs about %d MB, and the disk of %q has %d MB free\n"
	if b.config.Output.Force {
		b.warnings.Add("output", what+"free some space, or write elsewhere", needed/1e6, folder, free/1e6)
		return
	}
	b.problems.Add("output", what+"free some space, write elsewhere, or go on with %s", needed/1e6, folder, free/1e6, problem.Name("force"))
}
