package format

import "fmt"

// mostReferences is the bound on the images of one row, so that a hostile one cannot take all memory.
const mostReferences = 1 << 20

// mostTurns is the bound on the turns of one conversation, for the same reason: each is a request. All its turns together have no more images than
// one row.
const mostTurns = 1 << 18

// mostNames is the bound on what is kept of the names of a row's images and uuids, in bytes. Data URIs are not among them.
const mostNames = 32 << 20

// full reports whether the row has as many images or uuids as a row may have.
func (p *Reader) full(of int) bool {
	return p.earlier+of >= mostReferences || len(p.batch.text)-p.named > mostNames
}

// overfull says of a field, beyond the bound, that it holds too much.
func (p *Reader) overfull(name, what string) bool {
	if len(p.batch.text)-p.named > mostNames {
		return p.beyond("%s holds %s with names of more than %d bytes", name, what, mostNames)
	}
	return p.beyond("%s holds more than %d %s", name, mostReferences, what)
}

// Reader reads lines into a Batch. Its zero value reads rows of single_turn; every worker has one of its own.
type Reader struct {
	Kind Kind // of the rows
	Keep bool // the room that a row took stays, however much it is
	// Texts has the Reader keep the texts of requests, for Batch.Texts.
	Texts bool

	scanner
	by    Refuser // of fault
	batch *Batch
	line  int64

	text  jsonString // the string at hand
	refs  []Reference
	uuids []uuid
	texts []place // in what the batch has said
	one   turn

	named   int // bytes of names that the batch had before the row
	spoken  int // bytes of texts that the batch had before the row
	earlier int // references of the conversation's turns before

	other  int    // of fieldsOfKind, the first that the row has
	reason string // why the line does not count, though its JSON is good
}

// SawReturn reports whether there is a carriage return in the line that was read last, as far as it was read.
func (p *Reader) SawReturn() bool { return p.cr }

// Read reads a line into the batch. A blank line is no request.
func (p *Reader) Read(l Line, into *Batch) {
	p.batch, p.line = into, l.Number
	p.rest, p.more, p.size, p.fault, p.depth, p.cr = l.Text, l.More, int64(len(l.Text)), "", 0, false
	p.by, p.reason = RefusedByClient, ""
	p.ascii = p.Kind == KindRawPayload // whose lines aiperf reads as bytes
	if cap(p.refs) > mostKept && !p.Keep {
		p.refs = nil
	}
	if cap(p.uuids) > mostKept && !p.Keep {
		p.uuids = nil
	}
	if len(into.References) == 0 && cap(into.References) > max(cap(p.refs), mostKept) {
		p.refs, into.References = into.References, p.refs[:0] // which come back when they are the row's
	}
	if len(into.uuids) == 0 && cap(into.uuids) > max(cap(p.uuids), mostKept) {
		p.uuids, into.uuids = into.uuids, p.uuids[:0]
	}
	p.refs, p.uuids = p.refs[:0], p.uuids[:0]
	p.named, p.spoken, p.earlier = len(into.text), len(into.said), 0
	p.texts = p.texts[:0]
	if !p.strip() {
		return
	}
	requests, references := len(into.Requests), len(into.References)
	text, uuids, data, texts := len(into.text), len(into.uuids), len(into.data), len(into.texts)
	p.quiet = into.BadCount >= badKept
	ok := p.row()
	if ok && p.strip() {
		p.unexpected("the end of the line")
	}
	if p.fault == "" {
		p.fault = p.reason
	}
	if p.fault != "" {
		into.Requests, into.References = into.Requests[:requests], into.References[:references]
		into.text, into.uuids, into.data = into.text[:text], into.uuids[:uuids], into.data[:data]
		into.said, into.texts = into.said[:p.spoken], into.texts[:texts]
		into.AddBad(l.Number, p.by, p.fault)
	}
}

// row reads the line's value.
func (p *Reader) row() bool {
	if len(p.rest) >= len(bom) && string(p.rest[:len(bom)]) == bom {
		return p.bad("begins with a byte order mark, which aiperf refuses")
	}
	switch p.Kind {
	case KindMultiTurn:
		return p.multiTurn()
	case KindRawPayload:
		return p.rawPayload()
	case KindMooncake:
		return p.mooncake()
	case KindBatch:
		return p.batchRow()
	case KindCustomImage:
		return p.customImage()
	}
	p.other = len(fieldsOfKind)
	if !p.turn(&p.one) {
		return false
	}
	if p.one.empty() && p.other < len(fieldsOfKind) {
		p.wrong("it is a row of %s, and the file's first is one of %s", fieldsOfKind[p.other].kind, p.Kind)
		return true
	}
	return p.addTurn(&p.one, Request{Session: p.one.session, HasSession: p.one.fields[fieldSession].filled}, nil)
}

const bom = "\ufeff"

// wrong notes why the line does not count, though its JSON is good; only the first reason counts.
func (p *Reader) wrong(format string, args ...any) {
	if p.reason == "" {
		p.reason = fmt.Sprintf(format, args...)
	}
}

// beyond is the fault that a line is beyond a bound of this program.
func (p *Reader) beyond(format string, args ...any) bool {
	if p.fault == "" {
		p.by = Unread
	}
	return p.bad(format, args...)
}

// unread notes a key that is not read. It may belong to a row of another kind.
func (p *Reader) unread(key []byte) {
	for i := range fieldsOfKind {
		if string(key) == fieldsOfKind[i].key {
			p.other = min(p.other, i)
		}
	}
	p.batch.addUnread(key, p.line)
}

// addTurn adds the request that a turn is, unless something is wrong with it. where, if it is not nil, says what to put in front of what is wrong.
func (p *Reader) addTurn(t *turn, r Request, where func() string) bool {
	fault, by := p.judge(t)
	if p.fault != "" {
		return false
	}
	if fault != "" {
		if where != nil {
			fault = where() + fault
		}
		if by != RefusedByServer {
			p.wrong("%s", fault)
			return true
		}
		r.Server = fault
	}
	f := &t.fields
	r.HasTime, r.Timestamp = f[fieldTimestamp].has, t.timestamp
	r.HasDelay, r.Delay = f[fieldDelay].has, t.delay
	text := f[fieldTexts].said
	if f[fieldText].has {
		text = f[fieldText].said
	}
	images := f[fieldImages].refs
	if f[fieldImage].has {
		images = f[fieldImage].refs
	}
	sent := images
	if t.messages {
		r.Replaced = true
		text, sent = f[fieldExtra].said, f[fieldExtra].refs
	}
	p.speak(&r, text)
	p.add(&r, sent)
	at := &p.batch.Requests[len(p.batch.Requests)-1]
	if t.messages {
		at.References += p.addOpened(images, UseReplaced)
	}
	for i := fieldAudio; i <= fieldVideos && t.hasMedia(); i += 2 {
		from := f[i].refs
		if !f[i].has {
			from = f[i+1].refs
		}
		switch use := useOf(i); {
		case use == UseVideo && !t.messages:
			p.batch.References = append(p.batch.References, p.refs[from.from:from.to]...)
			at.References += from.len()
		case use == UseVideo:
			at.References += p.addOpened(from, UseVideoReplaced)
		default:
			at.References += p.addOpened(from, use)
		}
	}
	return true
}

// hasMedia reports whether there is a field of audio or video.
func (t *turn) hasMedia() bool {
	for _, i := range t.touched[:t.read] {
		if fieldAudio <= i && i <= fieldVideos {
			return true
		}
	}
	return false
}

// add adds a request, with references of the Reader's.
func (p *Reader) add(r *Request, refs span) {
	r.Line, r.References = p.line, refs.len()
	b := p.batch
	if len(b.References) == 0 && refs.from == 0 && refs.to == len(p.refs) && len(p.refs) > mostKept {
		b.References, p.refs = p.refs, b.References
	} else {
		b.References = append(b.References, p.refs[refs.from:refs.to]...)
	}
	b.Requests = append(b.Requests, *r)
}

// addOpened adds references to files that a client opens, and returns how many there are.
func (p *Reader) addOpened(refs span, use Use) int {
	n := 0
	for i := refs.from; i < refs.to; i++ {
		if r := p.refs[i]; r.Kind == EntryPath && r.Use != UseImageAsURL {
			r.Use = use
			p.batch.References = append(p.batch.References, r)
			n++
		}
	}
	return n
}

// multiTurn reads a conversation, of which each turn is a request.
func (p *Reader) multiTurn() bool {
	if p.peek() != '{' {
		return p.notAnObject()
	}
	var session, turns, kind field
	var id Key
	requests, references := len(p.batch.Requests), len(p.batch.References)
	turn := 0
	var prompt, system bool // of the first turn: it is a system prompt and nothing else; of the second: its role is system
	ok := p.scanner.object(func(key []byte) bool {
		switch string(key) {
		case "type":
			kind = field{}
			return p.turnType(&kind, KindMultiTurn.String())
		case "session_id":
			session = field{}
			if null, ok := p.null(); null || !ok {
				return ok
			}
			p.text.reset(keepHash)
			ok := p.string(&session, "session_id")
			id, session.filled = p.text.key, p.text.length > 0
			return ok
		case "turns":
			turns = field{has: true}
			p.batch.Requests, p.batch.References = p.batch.Requests[:requests], p.batch.References[:references]
			turn, p.reason = 0, ""
			if p.peek() != '[' {
				turns.wrong("turns is not a list")
				return p.skip()
			}
			return p.array(func() bool {
				if turn == mostTurns {
					return p.beyond("turns holds more than %d turns", mostTurns)
				}
				p.refs, p.uuids = p.refs[:0], p.uuids[:0]
				p.earlier = len(p.batch.References) - references
				if !p.turn(&p.one) || !p.addTurn(&p.one, Request{}, func() string { return fmt.Sprintf("turns[%d]: ", turn) }) {
					return false
				}
				switch turn {
				case 0:
					prompt = p.one.isSystemPrompt()
				case 1:
					system = p.one.system
				}
				turn++
				return true
			})
		}
		return p.skip()
	})
	if !ok {
		return false
	}
	for _, f := range []*field{&kind, &session, &turns} {
		if f.fault != "" {
			p.wrong("%s", f.fault)
		}
	}
	switch {
	case !turns.has:
		p.wrong("no turns, which the file's first row has")
	case turn == 0:
		p.wrong("turns are empty")
	}
	if p.reason != "" {
		return true
	}
	own := p.batch.Requests[requests:]
	for i := range own {
		own[i].Session, own[i].HasSession = id, session.filled
		own[i].Turn = i
	}
	own[0].SystemPrompt = len(own) > 1 && prompt && !system
	return true
}

// isSystemPrompt reports whether aiperf makes a turn, as a conversation's first, the system prompt of those that follow.
func (t *turn) isSystemPrompt() bool {
	f := &t.fields
	for i := fieldImage; i <= fieldVideos; i++ {
		if i%2 == 0 && f[i].has || f[i].filled {
			return false
		}
	}
	for _, i := range []int{fieldTimestamp, fieldDelay, fieldOutputLength, fieldExtra} {
		if f[i].has {
			return false
		}
	}
	return t.system && (f[fieldText].said.any || f[fieldTexts].said.any && !f[fieldText].has)
}
