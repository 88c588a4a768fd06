package format

// The fields of a row of aiperf's mooncake_trace. Of the first four, a row has one.
const (
	traceInputLength = iota
	traceTextInput
	traceMessages
	tracePayload
	traceTools
	traceOutputLength
	traceHashIDs
	traceTimestamp
	traceDelay
	traceSession
	traceExtra
	traceType
)

var traceNames = [...]string{
	"input_length", "text_input", "messages", "payload", "tools", "output_length", "hash_ids", "timestamp", "delay", "session_id", "extra", "type",
}

// trace is what was read of a row of mooncake_trace.
type trace struct {
	fields        [len(traceNames)]field
	extraMessages bool // extra has messages
	request       Request
}

// mooncake reads a row of aiperf's mooncake_trace. Only those with messages or a whole payload can hold images.
func (p *Reader) mooncake() bool {
	if p.peek() != '{' {
		return p.notAnObject()
	}
	var t trace
	if !p.scanner.object(func(key []byte) bool {
		for i, name := range traceNames {
			if string(key) == name {
				t.fields[i] = field{refs: span{from: len(p.refs)}}
				ok := p.traceField(&t, i)
				t.fields[i].refs.to = len(p.refs)
				return ok
			}
		}
		return p.skip()
	}) {
		return false
	}
	sent, ok := p.judgeTrace(&t)
	if !ok {
		return true
	}
	r := &t.request
	r.Server = t.fields[sent].server
	r.HasTime, r.HasDelay = t.fields[traceTimestamp].has, t.fields[traceDelay].has && isFinite(r.Delay)
	p.speak(r, t.fields[sent].said)
	r.HasText = r.HasText || sent == traceInputLength
	p.add(r, t.fields[sent].refs)
	return true
}

// traceField reads the value of a field.
func (p *Reader) traceField(t *trace, i int) bool {
	f, name := &t.fields[i], traceNames[i]
	if i == traceType {
		return p.turnType(f, KindMooncake.String())
	}
	if null, ok := p.null(); null || !ok {
		return ok
	}
	f.has = true
	switch i {
	case traceInputLength:
		return p.count(f, name, -1<<63)
	case traceOutputLength:
		return p.count(f, name, 1)
	case traceTextInput:
		p.resetText()
		ok := p.string(f, name)
		p.say(f)
		return ok
	case traceTimestamp:
		return p.amount(f, name, &t.request.Timestamp)
	case traceDelay:
		return p.amount(f, name, &t.request.Delay)
	case traceSession:
		p.text.reset(keepHash)
		ok := p.string(f, name)
		t.request.Session, t.request.HasSession = p.text.key, p.text.length > 0
		return ok
	case traceHashIDs:
		return p.listOf(f, name, "whole numbers", func() bool {
			var each field
			ok := p.count(&each, name, -1<<63)
			if each.fault != "" {
				f.wrong("%s", each.fault)
			}
			return ok
		})
	case traceTools:
		none := true
		ok := p.listOf(f, name, "objects", func() bool {
			none = false
			return p.objectOf(f, name, nil)()
		})
		if none {
			f.wrong("tools are empty")
		}
		return ok
	case traceMessages:
		return p.traceMessages(f)
	case tracePayload:
		return p.tracePayload(f)
	default: // extra
		t.extraMessages = false
		return p.objectOf(f, name, func(key []byte) bool {
			if string(key) != "messages" {
				return p.skip()
			}
			t.extraMessages = true
			p.refs = p.refs[:f.refs.from]
			f.said, f.server = said{}, ""
			return p.messages(f)
		})()
	}
}

// traceMessages reads messages, which are stricter than those of a body.
func (p *Reader) traceMessages(f *field) bool {
	empty := true
	ok := p.listOf(f, "messages", "objects", func() bool {
		empty = false
		role := false
		refs, said, server := len(p.refs), f.said, f.server
		ok := p.objectOf(f, "messages", func(key []byte) bool {
			role = role || string(key) == "role"
			if string(key) != "content" {
				return p.skip()
			}
			p.refs, f.said, f.server = p.refs[:refs], said, server
			return p.content(f)
		})()
		if !role {
			f.wrong("a message has no role")
		}
		return ok
	})
	if empty {
		f.wrong("messages are empty")
	}
	return ok
}

// tracePayload reads a payload: a whole body.
func (p *Reader) tracePayload(f *field) bool {
	empty := true
	ok := p.objectOf(f, "payload", func(key []byte) bool {
		empty = false
		if string(key) != "messages" {
			return p.skip()
		}
		p.refs = p.refs[:f.refs.from]
		var messages field
		ok := p.messages(&messages)
		f.said, f.server = messages.said, messages.server
		return ok
	})()
	if empty {
		f.wrong("payload is empty")
	}
	return ok
}

// judgeTrace returns the field that is sent. ok is false if the row is wrong.
func (p *Reader) judgeTrace(t *trace) (sent int, ok bool) {
	for i := range t.fields {
		if t.fields[i].fault != "" {
			p.wrong("%s", t.fields[i].fault)
			return 0, false
		}
	}
	sent = -1
	for i := traceInputLength; i <= tracePayload; i++ {
		if !t.fields[i].has {
			continue
		}
		if sent >= 0 {
			p.wrong("%s and %s exclude each other", traceNames[sent], traceNames[i])
			return 0, false
		}
		sent = i
	}
	switch delay := t.request.Delay; {
	case sent < 0:
		p.wrong("none of input_length, text_input, messages and payload")
		return 0, false
	case t.fields[traceHashIDs].has && sent != traceInputLength:
		p.wrong("hash_ids without input_length")
		return 0, false
	case t.fields[traceTools].has && sent != traceMessages:
		p.wrong("tools without messages")
		return 0, false
	case t.fields[traceDelay].has && isFinite(delay) && delay < 0:
		p.wrong("delay is %g: it must be at least 0", delay)
		return 0, false
	}
	if t.extraMessages && sent != tracePayload {
		sent = traceExtra
	}
	return sent, true
}
