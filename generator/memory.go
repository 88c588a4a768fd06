package generator

import "fmt"

// What a run holds in memory, in bytes, measured as the least limit under which it comes to its end. Neither rows nor the images'
// own bytes are held.
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
		whole = max(whole, p.Size.pngBytes())
	}
	perWorker := memoryOfWorker + min(whole, longestWhole)
	return memoryBase + int64(workers())*perWorker + p.Slots()*memoryOfSlot + int64(p.Pool)*image
}

// noticeMemory says so if the run needs more memory than it may have. The kernel ends such a run without a word, perhaps while it reads
// the list of URLs; so this is said at once, and not with the plan's warnings.
func (b *planner) noticeMemory() {
	p := b.plan
	if len(b.problems) > 0 {
		return
	}
	need := p.memory(p.Mode == ModeHTTP && b.config.ImageURLBase == "")
	if most, ok := mostMemory(); ok && need > most {
		b.notice(fmt.Sprintf("warning: the run needs about %d MB of memory for %d different images in %d slots, and may have %d MB: lower their number, or raise the limit",
			(need+999_999)/1e6, p.Pool, p.Slots(), most/1e6))
	}
}
