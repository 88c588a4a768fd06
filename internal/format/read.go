package format

import "iter"

// Line is a line of a file, without its end.
type Line struct {
	Number int64         // counted from the first of its batch, which is 0
	Text   []byte        // the line, or its first piece; no piece ends within a UTF-8 sequence
	More   func() []byte // the line's next piece, nothing at its end; nil: Text is all of it
}

// Request is what a client makes of a line, or of a part of one.
type Request struct {
	Line       int64 // of its batch, from 0
	References int   // of its batch's that are its own
	Turn       int   // of the line's, from 0; those of a line are one conversation, with or without a session
	Session    Key
	HasSession bool
	HasText    bool // there is more in it than images, audio and video
	TextCut    bool // its texts are too long to be kept
	HasTime    bool // it has a timestamp
	HasDelay   bool
	Replaced   bool // extra.messages are sent instead of the row's own text and images
	// SystemPrompt says that it is not sent, but put in front of all others of its conversation, if it is the first.
	SystemPrompt bool
	Server       string  // why no server takes it; "" if one may
	Timestamp    float64 // ms
	Delay        float64 // ms after the answer to the session's request before

	texts span // of the batch's
}

// Bad is a line that does not count.
type Bad struct {
	Line   int64 // of its batch, from 0
	Reason string
	By     Refuser
}

// Refuser is who fails at a line.
type Refuser uint8

const (
	RefusedByClient Refuser = iota // the client does not read the line
	RefusedByServer                // the client sends something that no server takes; that is a Request, with its reason in Server
	Unread                         // it is beyond a bound of this program's
)

// badKept is how many bad lines of a batch are told one by one.
const badKept = 10

// UnreadKey is a key of rows that the client does not read.
type UnreadKey struct {
	Name string // shortened
	Rows int64
	last int64 // line that has it
}

// unreadKept is how many keys that are not read a batch holds.
const unreadKept = 32

// Batch is what lines that lie next to each other hold. Nothing in it refers to the lines themselves.
type Batch struct {
	Lines      int64 // for the caller to count
	Requests   []Request
	References []Reference // of all its requests, one after the other
	BadCount   int64
	Bad        []Bad // the first of them
	Unread     []UnreadKey

	text  []byte // what entries and uuids are called
	uuids []uuid
	data  []dataURI
	said  []byte  // the texts of requests, if a Reader keeps them
	texts []place // in said
}

// Texts yields the texts of a request, in their order, if the Reader keeps them. They are valid until the batch is reset.
func (b *Batch) Texts(r *Request) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, at := range b.texts[r.texts.from:r.texts.to] {
			if !yield(b.said[at.from : at.from+at.length]) {
				return
			}
		}
	}
}

// mostKept is the number of references for which a batch that is trimmed or a Reader keeps room.
const mostKept = 1 << 16

// Reset empties the batch and keeps its room.
func (b *Batch) Reset() {
	*b = Batch{
		Requests: b.Requests[:0], References: b.References[:0], Bad: b.Bad[:0], Unread: b.Unread[:0],
		text: b.text[:0], uuids: b.uuids[:0], data: b.data[:0], said: b.said[:0], texts: b.texts[:0],
	}
}

// Mark is how much a batch held at a time.
type Mark struct {
	requests, references, text, uuids, data, bad int
	badCount                                     int64
}

// Mark returns how much the batch holds.
func (b *Batch) Mark() Mark {
	return Mark{len(b.Requests), len(b.References), len(b.text), len(b.uuids), len(b.data), len(b.Bad), b.BadCount}
}

// HasBad reports whether a bad line was added since.
func (b *Batch) HasBad(since Mark) bool { return b.BadCount > since.badCount }

// Undo takes away what was added since, which is of one line.
func (b *Batch) Undo(since Mark, line int64) {
	b.Requests, b.References = b.Requests[:since.requests], b.References[:since.references]
	b.text, b.uuids, b.data = b.text[:since.text], b.uuids[:since.uuids], b.data[:since.data]
	b.Bad, b.BadCount = b.Bad[:since.bad], since.badCount
	for i := range b.Unread {
		if b.Unread[i].last == line {
			b.Unread[i].Rows--
			b.Unread[i].last = -1
		}
	}
}

// Trim gives room back that an empty batch has too much of.
func (b *Batch) Trim() {
	if cap(b.References) > mostKept {
		b.References = nil
	}
	if cap(b.text) > mostKept*64 {
		b.text = nil
	}
	if cap(b.uuids) > mostKept {
		b.uuids = nil
	}
	if cap(b.data) > mostKept {
		b.data = nil
	}
	if cap(b.said) > mostKept*64 {
		b.said = nil
	}
	if cap(b.texts) > mostKept {
		b.texts = nil
	}
}

// AddBad notes a line that does not count.
func (b *Batch) AddBad(line int64, by Refuser, reason string) {
	b.BadCount++
	if len(b.Bad) < badKept {
		b.Bad = append(b.Bad, Bad{Line: line, Reason: reason, By: by})
	}
}

// keep returns the place of a copy of the bytes.
func (b *Batch) keep(text []byte) place {
	from := len(b.text)
	b.text = append(b.text, text...)
	return place{uint32(from), uint32(len(text))}
}

func (b *Batch) at(p place) []byte { return b.text[p.from : p.from+p.length : p.from+p.length] }

// place is where a batch holds a copy of a string, or of its beginning.
type place struct{ from, length uint32 }

// addUnread counts a key that is not read, once for each line.
func (b *Batch) addUnread(name []byte, line int64) {
	if len(name) > longestName {
		name = name[:longestName]
	}
	for i := range b.Unread {
		if b.Unread[i].Name == string(name) {
			if b.Unread[i].last != line {
				b.Unread[i].Rows++
				b.Unread[i].last = line
			}
			return
		}
	}
	if len(b.Unread) < unreadKept {
		b.Unread = append(b.Unread, UnreadKey{valid(name), 1, line})
	}
}
