package format

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"mmjsonl/internal/escape"
)

// appendString appends a string of JSON.
func appendString(dst []byte, text string) []byte { return append(dst, escape.JSON(text)...) }

// add adds a request's messages, or their parts, to those of the conversation so far.
func (c *Converter) add(r *request) {
	c.images = c.images || r.has(func(p part) bool { return p.kind == partImage })
	for i := range r.messages {
		m := &r.messages[i]
		switch c.To {
		case KindRawPayload, KindBatch, KindMooncake:
			if len(c.history) > 0 {
				c.history = append(c.history, ',')
			}
			c.history = m.append(c.history)
		case KindCustomImage:
			for _, p := range m.parts {
				if len(c.history) > 0 {
					c.history = append(c.history, ',')
				}
				p.uuid = ""
				c.history = p.append(c.history)
			}
		}
	}
}

// append appends the message as a body has it.
func (m *message) append(dst []byte) []byte {
	if m.raw != nil {
		return append(dst, m.raw...)
	}
	dst = append(appendString(append(dst, `{"role":`...), m.role), `,"content":[`...)
	for i, p := range m.parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.append(dst)
	}
	return append(dst, `]}`...)
}

// append appends the part as a body has it.
func (p part) append(dst []byte) []byte {
	switch p.kind {
	case partText:
		return append(appendString(append(dst, `{"type":"text","text":`...), p.value), '}')
	case partImage:
		dst = append(appendString(append(dst, `{"type":"image_url","image_url":{"url":`...), p.value), '}')
	case partAudio:
		dst = p.appendAudio(append(dst, `{"type":"input_audio","input_audio":`...))
	default:
		dst = append(appendString(append(dst, `{"type":"video_url","video_url":{"url":`...), p.value), '}')
	}
	if p.uuid != "" {
		dst = appendString(append(dst, `,"uuid":`...), p.uuid)
	}
	return append(dst, '}')
}

// isPlain reports whether a request is a text with images behind it, as the short rows of custom_image are.
func (r *request) isPlain() bool {
	if len(r.messages) != 1 || len(r.messages[0].parts) == 0 {
		return false
	}
	parts := r.messages[0].parts
	return parts[0].kind == partText && !slices.ContainsFunc(parts[1:], func(p part) bool { return p.kind != partImage })
}

// append appends a row without its end. The messages of its conversation, or their parts, are in c.history.
func (c *Converter) append(dst []byte, r *request, session string) []byte {
	dst = append(dst, '{')
	if session != "" && (c.To == KindSingleTurn || c.To == KindMooncake) {
		dst = append(appendString(append(dst, `"session_id":`...), session), ',')
	}
	switch c.To {
	case KindSingleTurn:
		dst = c.appendTurn(dst, r)
	case KindCustomImage:
		if c.growing || !r.isPlain() {
			dst = append(append(append(dst, `"content":[`...), c.history...), ']')
			break
		}
		parts := r.messages[0].parts
		dst = appendString(append(dst, `"prompt":`...), parts[0].value)
		dst = appendList(append(dst, `,"image_files":`...), parts[1:], func(p part) string { return p.value })
	case KindBatch:
		dst = strconv.AppendInt(append(dst, `"custom_id":"request-`...), c.rows, 10)
		dst = append(dst, `","method":"POST","url":"/v1/chat/completions","body":{`...)
		dst = append(c.appendBody(dst, r), '}')
	case KindMooncake:
		dst = append(c.appendBody(append(dst, `"payload":{`...), r), '}')
		dst = appendWhen(dst, r)
	default:
		dst = c.appendBody(dst, r)
	}
	return append(dst, '}')
}

// appendList appends a list of what parts say.
func appendList(dst []byte, parts []part, say func(part) string) []byte {
	dst = append(dst, '[')
	for i, p := range parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, say(p))
	}
	return append(dst, ']')
}

// appendTurn appends the inside of a row of single_turn, or of a turn of multi_turn, but for its session.
func (c *Converter) appendTurn(dst []byte, r *request) []byte {
	m := &r.messages[0]
	var by [partVideo + 1][]part
	uuids, named := 0, 0
	for _, p := range m.parts {
		by[p.kind] = append(by[p.kind], p)
		if p.kind == partImage && p.uuid != "" {
			uuids++
		}
		if p.kind == partImage && p.value != "" {
			named++
		}
	}
	value := func(p part) string { return p.value }
	switch texts := by[partText]; len(texts) {
	case 0:
		dst = append(dst, `"text":""`...)
	case 1:
		dst = appendString(append(dst, `"text":`...), texts[0].value)
	default:
		dst = appendList(append(dst, `"texts":`...), texts, value)
	}
	images := by[partImage]
	if named > 0 || len(images)+len(by[partAudio])+len(by[partVideo]) == 0 {
		dst = appendList(append(dst, `,"images":`...), images, value)
	}
	if len(by[partAudio]) > 0 {
		dst = appendList(append(dst, `,"audios":`...), by[partAudio], value)
	}
	if len(by[partVideo]) > 0 {
		dst = appendList(append(dst, `,"videos":`...), by[partVideo], value)
	}
	if uuids > 0 && uuids == len(images) {
		dst = appendList(append(dst, `,"image_uuids":`...), images, func(p part) string { return p.uuid })
	}
	if m.role != user && m.role != "" {
		dst = appendString(append(dst, `,"role":`...), m.role)
	}
	if tokens := c.tokens(r); tokens != nil {
		dst = append(append(dst, `,"output_length":`...), tokens...)
	}
	dst = appendWhen(dst, r)
	if len(r.rest) > 0 {
		dst = appendMembers(append(dst, `,"extra":{`...), r.rest)
		dst = append(dst, '}')
	}
	return dst
}

// tokens is how long an answer is at most; nil: that is open.
func (c *Converter) tokens(r *request) []byte {
	if c.MaxTokens > 0 {
		return strconv.AppendInt(nil, c.MaxTokens, 10)
	}
	return r.tokens
}

// appendWhen appends when a row is sent, if it says that.
func appendWhen(dst []byte, r *request) []byte {
	if r.at != nil {
		dst = append(append(dst, `,"timestamp":`...), r.at...)
	}
	if r.delay != nil {
		dst = append(append(dst, `,"delay":`...), r.delay...)
	}
	return dst
}

// appendBody appends the inside of a chat body, with the messages in c.history.
func (c *Converter) appendBody(dst []byte, r *request) []byte {
	model := r.model
	if said := r.rest["model"]; said != nil { // in extra
		model = said
		delete(r.rest, "model")
	}
	if c.Model != "" {
		model = escape.JSON(c.Model)
	}
	dst = append(append(dst, `"model":`...), model...)
	dst = append(append(append(dst, `,"messages":[`...), c.history...), ']')
	if tokens := c.tokens(r); tokens != nil {
		dst = append(append(dst, `,"max_tokens":`...), tokens...)
	}
	if len(r.rest) > 0 {
		dst = appendMembers(append(dst, ','), r.rest)
	}
	if c.To != KindBatch {
		dst = append(dst, `,"stream":true,"stream_options":{"include_usage":true}`...)
	}
	return dst
}

// appendMembers appends the inside of an object, by name.
func appendMembers(dst []byte, members map[string]json.RawMessage) []byte {
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(appendString(dst, name), ':'), members[name]...)
	}
	return dst
}
