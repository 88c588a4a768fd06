package generator

import (
	"path/filepath"
	"slices"
	"time"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
)

// The memory that a run needs, in bytes: the smallest limit under which it completes, as measured. Rows and images are streamed and never
// held.
const (
	memoryBase     = 24 << 20
	memoryOfWorker = 1 << 20 // beside a row or an image that it holds whole
	memoryOfSlot   = 5
	memoryOfImage  = 40
	memoryOfReuse  = 40  // more for an image, where images repeat
	memoryOfURL    = 440 // more for an image that is one of a list
)

// memory is about how many bytes of memory the run needs. listed says that its images are of a list of URLs.
func (p *Plan) memory(listed bool) int64 {
	image := int64(memoryOfImage)
	if int64(p.Pool) < p.Slots() {
		image += memoryOfReuse
	}
	if listed {
		image += memoryOfURL
	}
	whole := p.rowEstimate()
	if p.WritesImages {
		whole = max(whole, p.media.Longest())
	}
	perWorker := memoryOfWorker + min(whole, longestWhole)
	return memoryBase + int64(workers())*perWorker + p.Slots()*memoryOfSlot + int64(p.Pool)*image
}

// checkMemory warns if the run needs more memory than it may have. The kernel ends such a run without a word, perhaps while it reads the
// list of URLs; so this warning is shown at once, and not with the plan's other ones.
func (b *planner) checkMemory() {
	p := b.plan
	if len(b.problems) > 0 {
		return
	}
	need := p.memory(p.Mode == ModeHTTP && b.config.ImageURLBase == "")
	if most, ok := mostMemory(); ok && need > most && b.env.Warn != nil {
		b.env.Warn(problem.New("num-requests", "the run needs about %d MB of memory for %d distinct images in %d slots, and may have %d MB\nlower %s, or raise the limit",
			(need+999_999)/1e6, p.Pool, p.Slots(), most/1e6, problem.Name("num-requests")))
	}
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

// contentBound is at least the length of the rows before compression.
func (p *Plan) contentBound() int64 {
	return p.estimate() + int64(p.Requests)*int64(p.Words)*int64(p.words.Most())
}

// framed reports whether the rows are written as such a frame.
func (p *Plan) framed() bool {
	images := int64(p.ImagesPerRequest) * p.inlineLength(0)
	return p.Compression == CompressionZstd && p.inline && images >= framedTextShare*(p.rowEstimate()-images)
}

// framedTextShare is how many times as long as its text a row's images have to be for that to pay: the frame's text is larger than a
// compressor's.
const framedTextShare = 16
