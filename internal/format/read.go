package format

// Line is a line of a file, without its end.
type Line struct {
	Number int64         // counted from the first of its batch, which is 0
	Text   []byte        // the line, or its first piece; no piece ends within a UTF-8 sequence
	More   func() []byte // the line's next piece, nothing at its end; nil: Text is all of it
}

// Request is what figures need of a line.
type Request struct {
	Line       int64 // of its batch, from 0
	References int   // of its batch's that are its own
	Session    Key
	HasSession bool
	Fault      string // why the line does not count; "" if it does
}

// Batch is what lines that lie next to each other hold. What its slices point to is in part the lines themselves.
type Batch struct {
	Lines      int64 // for the caller to count
	Requests   []Request
	References []Reference // of all its requests, one after the other

	copies []byte // of what does not lie in a line whole
}

// Reset empties the batch and keeps its room.
func (b *Batch) Reset() {
	*b = Batch{Requests: b.Requests[:0], References: b.References[:0], copies: b.copies[:0]}
}
