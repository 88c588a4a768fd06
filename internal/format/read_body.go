package format

// The bodies of OpenAI's chat completions, and the rows that wrap them.

// messages reads the messages of a body, and appends the images in them to the Reader's references. It leaves in f what is wrong with what a
// server gets, and whether there is a text.
func (p *Reader) messages(f *field) bool {
	if p.peek() != '[' {
		return p.skip()
	}
	return p.array(func() bool {
		if p.peek() != '{' {
			return p.skip()
		}
		refs, said, server := len(p.refs), f.said, f.server
		return p.scanner.object(func(key []byte) bool {
			if string(key) != "content" {
				return p.skip()
			}
			p.refs, f.said, f.server = p.refs[:refs], said, server
			return p.content(f)
		})
	})
}

// content reads a message's content: a string, or a list of parts.
func (p *Reader) content(f *field) bool {
	switch p.peek() {
	case '"':
		p.resetText()
		ok := p.scanner.text(&p.text)
		p.say(f)
		return ok
	case '[':
		return p.array(func() bool {
			if p.peek() != '{' {
				return p.skip()
			}
			return p.part(f)
		})
	}
	return p.skip()
}

// part reads a part of a message's content: a text, an image or a video with or without a uuid, or something else.
func (p *Reader) part(f *field) bool {
	refs, uuids, server, said := len(p.refs), len(p.uuids), f.server, f.said
	name := "image_url"
	url := func(of medium) bool {
		p.refs, f.server = p.refs[:refs], server
		if p.peek() != '"' {
			return p.skip()
		}
		use := UseImageAsURL
		if p.Kind == KindCustomImage {
			use = UseImageFile
		}
		return p.entry(f, name, of, use)
	}
	ok := p.scanner.object(func(key []byte) bool {
		switch string(key) {
		case "text":
			if p.peek() != '"' {
				return p.skip()
			}
			f.said = said
			p.resetText()
			ok := p.scanner.text(&p.text)
			p.say(f)
			return ok
		case "image":
			if p.Kind != KindCustomImage {
				return p.skip()
			}
			name = "image"
			return url(mediumImage)
		case "image_url", "video_url":
			name = string(key)
			of := mediumImage
			if name == "video_url" {
				of = mediumVideo
			}
			if p.peek() != '{' {
				return url(of)
			}
			p.refs, f.server = p.refs[:refs], server
			return p.scanner.object(func(key []byte) bool {
				if string(key) == "url" {
					return url(of)
				}
				return p.skip()
			})
		case "uuid":
			p.uuids = p.uuids[:uuids]
			if p.peek() != '"' {
				return p.skip()
			}
			if p.full(len(p.uuids)) {
				return p.overfull("messages", "uuids")
			}
			p.text.reset(keepHash)
			if !p.scanner.text(&p.text) {
				return false
			}
			if p.text.length > 0 {
				p.keepUUID()
			}
			return true
		}
		return p.skip()
	})
	switch {
	case !ok:
		return false
	case len(p.uuids) > uuids:
		return p.identify(f, span{refs, len(p.refs)}, span{uuids, len(p.uuids)}, "uuid", name)
	case len(p.refs) > refs && p.refs[refs].Kind == EntryNone:
		p.refs = p.refs[:refs]
		if f.server == "" {
			f.server = name + " is an empty string, which is sent as a URL"
		}
	}
	return true
}

// body is what was read of a row that is a chat body or holds one.
type body struct {
	has      bool // there are messages, which are a list
	messages field
}

// chatBody reads an object that is a whole chat body. where names it in messages; "" is the row.
func (p *Reader) chatBody(b *body, key []byte) (handled, ok bool) {
	if string(key) != "messages" {
		return false, true
	}
	p.refs, p.uuids = p.refs[:0], p.uuids[:0]
	*b = body{has: p.peek() == '['}
	return true, p.messages(&b.messages)
}

// rawPayload reads a row of aiperf's raw_payload: a body that is sent as it is.
func (p *Reader) rawPayload() bool {
	var b body
	if p.peek() != '{' {
		return p.notAnObject()
	}
	if !p.scanner.object(func(key []byte) bool {
		if handled, ok := p.chatBody(&b, key); handled {
			return ok
		}
		return p.skip()
	}) {
		return false
	}
	if !b.has {
		p.wrong("no messages, which are a list in a row of this kind")
		return true
	}
	p.addBody(&b, &Request{})
	return true
}

// addBody adds a request whose images are all that was read of the body.
func (p *Reader) addBody(b *body, r *Request) {
	r.Server = b.messages.server
	p.speak(r, b.messages.said)
	p.add(r, span{0, len(p.refs)})
}

// batchRow reads a row of a batch file: a body, and where it goes.
func (p *Reader) batchRow() bool {
	if p.peek() != '{' {
		return p.notAnObject()
	}
	var b body
	found := false
	if !p.scanner.object(func(key []byte) bool {
		if string(key) != "body" {
			return p.skip()
		}
		b, found = body{}, p.peek() == '{'
		p.refs, p.uuids = p.refs[:0], p.uuids[:0]
		if !found {
			return p.skip()
		}
		return p.scanner.object(func(key []byte) bool {
			if handled, ok := p.chatBody(&b, key); handled {
				return ok
			}
			return p.skip()
		})
	}) {
		return false
	}
	switch {
	case !found:
		p.wrong("no body, which is an object in a row of this kind")
	default:
		p.addBody(&b, &Request{}) // without messages it is a request of another kind, say for embeddings
	}
	return true
}

// customImage reads a row of vLLM's custom_image: a prompt and image_files, or content as in a message.
func (p *Reader) customImage() bool {
	if p.peek() != '{' {
		return p.notAnObject()
	}
	var prompt, files, content field
	if !p.scanner.object(func(key []byte) bool {
		switch string(key) {
		case "prompt":
			prompt = field{has: true}
			p.resetText()
			ok := p.string(&prompt, "prompt")
			p.say(&prompt)
			return ok
		case "image_files":
			files = field{has: true}
			files.refs.from = len(p.refs)
			ok := p.strings(&files, "image_files", func() bool { return p.entry(&files, "image_files", mediumImage, UseImageFile) })
			files.refs.to = len(p.refs)
			return ok
		case "content":
			content = field{has: true}
			content.refs.from = len(p.refs)
			ok := p.content(&content)
			content.refs.to = len(p.refs)
			return ok
		}
		return p.skip()
	}) {
		return false
	}
	for _, f := range []*field{&prompt, &files, &content} {
		if f.fault != "" {
			p.wrong("%s", f.fault)
			return true
		}
	}
	var r Request
	switch {
	case content.has:
		r.Server = content.server
		p.speak(&r, content.said)
		p.add(&r, content.refs)
	case !prompt.has || !files.has:
		p.wrong("neither content nor a prompt with image_files")
	case files.empty != "":
		p.wrong("%s", files.empty)
	default:
		p.speak(&r, prompt.said)
		p.add(&r, files.refs)
	}
	return true
}

// mooncake reads a row of aiperf's mooncake_trace. Only those with messages or a whole payload can hold images.
func (p *Reader) mooncake() bool {
	if p.peek() != '{' {
		return p.notAnObject()
	}
	const (
		inputLength = iota
		textInput
		messages
		payload
		tools
		outputLength
		hashIDs
		timestamp
		delay
		session
		extra
		rowType
	)
	names := [...]string{
		"input_length", "text_input", "messages", "payload", "tools", "output_length", "hash_ids", "timestamp", "delay", "session_id", "extra", "type",
	}
	var fields [len(names)]field
	var r Request
	var b body
	empty := true // payload or messages
	var extraMessages bool
	if !p.scanner.object(func(key []byte) bool {
		i := -1
		for at, name := range names {
			if string(key) == name {
				i = at
			}
		}
		if i < 0 {
			return p.skip()
		}
		f, name := &fields[i], names[i]
		*f = field{}
		if i == rowType {
			return p.turnType(f, KindMooncake.String())
		}
		if null, ok := p.null(); null || !ok {
			return ok
		}
		f.has = true
		switch i {
		case inputLength:
			return p.count(f, name, -1<<63)
		case outputLength:
			return p.count(f, name, 1)
		case textInput:
			p.resetText()
			ok := p.string(f, name)
			p.say(f)
			return ok
		case timestamp:
			return p.amount(f, name, &r.Timestamp)
		case delay:
			return p.amount(f, name, &r.Delay)
		case session:
			p.text.reset(keepHash)
			ok := p.string(f, name)
			r.Session, r.HasSession = p.text.key, p.text.length > 0
			return ok
		case hashIDs:
			return p.listOf(f, name, "whole numbers", func() bool {
				var each field
				ok := p.count(&each, name, -1<<63)
				if each.fault != "" {
					f.wrong("%s", each.fault)
				}
				return ok
			})
		case tools:
			none := true
			ok := p.listOf(f, name, "objects", func() bool {
				none = false
				return p.objectOf(f, name, nil)()
			})
			if none {
				f.wrong("tools are empty")
			}
			return ok
		case messages:
			f.refs.from, empty = len(p.refs), true
			ok := p.listOf(f, name, "objects", func() bool {
				empty = false
				role := false
				refs, said, server := len(p.refs), f.said, f.server
				ok := p.objectOf(f, name, func(key []byte) bool {
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
			f.refs.to = len(p.refs)
			if empty {
				f.wrong("messages are empty")
			}
			return ok
		case payload:
			f.refs.from, empty = len(p.refs), true
			ok := p.objectOf(f, name, func(key []byte) bool {
				empty = false
				if string(key) != "messages" {
					return p.skip()
				}
				p.refs = p.refs[:f.refs.from]
				b = body{has: p.peek() == '['}
				ok := p.messages(&b.messages)
				f.said, f.server = b.messages.said, b.messages.server
				return ok
			})()
			f.refs.to = len(p.refs)
			if empty {
				f.wrong("payload is empty")
			}
			return ok
		default: // extra
			f.refs.from = len(p.refs)
			extraMessages = false
			ok := p.objectOf(f, name, func(key []byte) bool {
				if string(key) != "messages" {
					return p.skip()
				}
				extraMessages = true
				p.refs = p.refs[:f.refs.from]
				f.said, f.server = said{}, ""
				return p.messages(f)
			})()
			f.refs.to = len(p.refs)
			return ok
		}
	}) {
		return false
	}
	for i := range fields {
		if fields[i].fault != "" {
			p.wrong("%s", fields[i].fault)
			return true
		}
	}
	sent := -1
	for i := inputLength; i <= payload; i++ {
		if !fields[i].has {
			continue
		}
		if sent >= 0 {
			p.wrong("%s and %s exclude each other", names[sent], names[i])
			return true
		}
		sent = i
	}
	switch {
	case sent < 0:
		p.wrong("none of input_length, text_input, messages and payload")
		return true
	case fields[hashIDs].has && sent != inputLength:
		p.wrong("hash_ids without input_length")
		return true
	case fields[tools].has && sent != messages:
		p.wrong("tools without messages")
		return true
	case fields[delay].has && isFinite(r.Delay) && r.Delay < 0:
		p.wrong("delay is %g: it must be at least 0", r.Delay)
		return true
	}
	if extraMessages && sent != payload {
		sent = extra
	}
	r.Server = fields[sent].server
	r.HasTime, r.HasDelay = fields[timestamp].has, fields[delay].has && isFinite(r.Delay)
	p.speak(&r, fields[sent].said)
	r.HasText = r.HasText || sent == inputLength
	refs := span{}
	if sent == messages || sent == payload || sent == extra {
		refs = fields[sent].refs
	}
	p.add(&r, refs)
	return true
}

// listOf reads a list, each element with element.
func (p *Reader) listOf(f *field, name, of string, element func() bool) bool {
	if p.peek() != '[' {
		f.wrong("%s is not a list of %s", name, of)
		return p.skip()
	}
	return p.array(element)
}

// objectOf returns a function that reads an object, with its members read by member, or skipped if that is nil.
func (p *Reader) objectOf(f *field, name string, member func(key []byte) bool) func() bool {
	return func() bool {
		if p.peek() != '{' {
			f.wrong("%s is not an object", name)
			return p.skip()
		}
		return p.scanner.object(func(key []byte) bool {
			if member == nil {
				return p.skip()
			}
			return member(key)
		})
	}
}

func (p *Reader) notAnObject() bool {
	if p.peek() == 0 {
		return p.unexpected("a value")
	}
	p.wrong("not a JSON object")
	return p.skip()
}
