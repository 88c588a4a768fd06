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
