package generator

import "mmjsonl/internal/problem"

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
