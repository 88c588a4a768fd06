package generator

// Part is what one process makes of a plan: consecutive rows, and consecutive images of the pool. The process knows the plan completely and
// samples all of it, so that parts put together are the bytes of one run, and each can check the reuse of all rows.
type Part struct {
	Rows, Images Span
}

// Span is the numbers from one up to before another.
type Span struct {
	From, To int
}

// Len is how many numbers there are.
func (s Span) Len() int { return s.To - s.From }

// everything is the part of a run that makes all there is.
func (p *Plan) everything() Part {
	return Part{Rows: Span{0, p.Shape().Rows}, Images: Span{0, p.Shape().Pool}}
}
