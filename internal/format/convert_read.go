package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// asked is what a line asks of a server: a request, or the turns of a conversation.
type asked struct {
	kind    Kind
	session string
	turns   []request // one, unless it is a conversation
}

// request is a request, or a turn, whatever row it came from.
type request struct {
	role     string // of a turn, whatever its messages say
	messages []message
	rest     map[string]json.RawMessage // further members of the body; nil: the row has no place for them, or says nothing
	model    json.RawMessage            // that a body names
	at       json.RawMessage            // timestamp
	delay    json.RawMessage            // behind the answer to the turn before
	tokens   json.RawMessage            // of the answer at most
	replaced bool                       // its messages take the place of what the row says otherwise
}

// has reports whether a part of the request's messages is such a one.
func (r *request) has(such func(part) bool) bool {
	return slices.ContainsFunc(r.messages, func(m message) bool { return slices.ContainsFunc(m.parts, such) })
}

// message is a message of a body.
type message struct {
	role   string
	parts  []part
	raw    json.RawMessage // as a body has it; nil: it is made of its parts
	more   bool            // there is more in it than the parts say
	opaque string          // why it is not made of parts; "": it is
}

// user is the role of a message unless something else is said.
const user = "user"

// part is a part of a message's content.
type part struct {
	kind  partKind
	value string // the text, or what the image is called; "" of an image that has a uuid alone. Of audio see convert_audio.go
	uuid  string
}

type partKind uint8

// In the order in which aiperf sends them.
const (
	partText partKind = iota
	partImage
	partAudio
	partVideo
)

func (k partKind) String() string { return [...]string{"text", "image", "audio", "video"}[k] }

// readAsked reads a line of any kind.
func readAsked(line []byte) (*asked, error) {
	kind, ok := KindOf(line)
	if !ok {
		return nil, errors.New("it is not a JSON object")
	}
	if !utf8.Valid(line) { // encoding/json would read it, and write something else
		return nil, errors.New("it is not UTF-8")
	}
	if bytes.ContainsAny(line, "\r\n") { // which may be between members that go into a row as they are
		var compact bytes.Buffer
		if err := json.Compact(&compact, line); err != nil {
			return nil, fmt.Errorf("it is not JSON: %w", err)
		}
		line = compact.Bytes()
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	l := &asked{kind: kind, turns: make([]request, 1)}
	r := &l.turns[0]
	var err error
	switch kind {
	case KindSingleTurn:
		if err = read(members, "session_id", &l.session); err == nil {
			err = r.readTurn(members)
		}
	case KindMultiTurn:
		err = l.readConversation(members)
	case KindRawPayload:
		err = r.readBody(members)
	case KindBatch:
		err = r.readInside(members["body"])
	case KindMooncake:
		if err = read(members, "session_id", &l.session); err == nil {
			err = r.readTrace(members)
		}
	case KindCustomImage:
		err = r.readCustom(members)
	}
	return l, err
}

// read decodes a member, if it is there.
func read[T any](members map[string]json.RawMessage, name string, to *T) error {
	text, has := members[name]
	delete(members, name)
	if !has || string(text) == "null" {
		return nil
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("its %s is of another kind than convert reads", name)
	}
	return nil
}

// readConversation reads a row of multi_turn.
func (l *asked) readConversation(members map[string]json.RawMessage) error {
	var turns []map[string]json.RawMessage
	if err := errors.Join(read(members, "session_id", &l.session), read(members, "turns", &turns)); err != nil {
		return err
	}
	if len(turns) == 0 {
		return errors.New("it has no turns")
	}
	l.turns = make([]request, len(turns))
	for i, turn := range turns {
		if err := l.turns[i].readTurn(turn); err != nil {
			return fmt.Errorf("turn %d of it: %w", i+1, err)
		}
	}
	return nil
}

// hasSystemPrompt reports whether aiperf puts the first turn in front of the others as a system prompt, and does not send it.
func (l *asked) hasSystemPrompt() bool {
	const system = "system"
	if len(l.turns) < 2 {
		return false
	}
	r := &l.turns[0]
	return r.role == system && l.turns[1].role != system && r.has(func(p part) bool { return p.kind == partText }) &&
		!r.has(func(p part) bool { return p.kind != partText }) && r.at == nil && r.delay == nil && r.tokens == nil && r.rest == nil // with which it would be sent
}

// entries is a field of a turn that holds strings, or objects that hold them.
type entries struct{ values, uuids []string }

// UnmarshalJSON reads a string, or a list of strings or of objects with their contents.
func (e *entries) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		e.values = append(e.values, one)
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for _, each := range list {
		if json.Unmarshal(each, &one) == nil {
			e.values = append(e.values, one)
			continue
		}
		var object struct{ Contents, UUIDs []string }
		if err := json.Unmarshal(each, &object); err != nil {
			return err
		}
		e.values, e.uuids = append(e.values, object.Contents...), append(e.uuids, object.UUIDs...)
	}
	return nil
}

// readTurn reads a row of single_turn, or a turn of multi_turn.
func (r *request) readTurn(members map[string]json.RawMessage) error {
	m := message{role: user}
	var text *string
	var texts, images, audios, videos entries
	var uuids []string
	for _, field := range []struct {
		one, several string
		to           *entries
	}{{"image", "images", &images}, {"audio", "audios", &audios}, {"video", "videos", &videos}} {
		if value, has := members[field.one]; has && string(value) != "null" {
			delete(members, field.several) // which does not count then
			members[field.several] = value
		}
		if err := read(members, field.several, field.to); err != nil {
			return err
		}
	}
	err := errors.Join(read(members, "text", &text), read(members, "texts", &texts), read(members, "image_uuids", &uuids), read(members, "role", &m.role),
		read(members, "timestamp", &r.at), read(members, "delay", &r.delay), read(members, "output_length", &r.tokens), read(members, "extra", &r.rest))
	if err != nil {
		return err
	}
	if text != nil {
		texts.values = []string{*text}
	}
	for _, each := range texts.values {
		m.parts = append(m.parts, part{kind: partText, value: each})
	}
	if len(images.values) == 0 { // uuids may stand alone
		images.values = make([]string, len(uuids))
	}
	images.uuids = append(images.uuids, uuids...)
	for _, medium := range []struct {
		kind partKind
		entries
	}{{partImage, images}, {partAudio, audios}, {partVideo, videos}} {
		if len(medium.uuids) > 0 && len(medium.uuids) != len(medium.values) {
			return fmt.Errorf("it has %d %ss and %d uuids", len(medium.values), medium.kind, len(medium.uuids))
		}
		for i, value := range medium.values {
			each := part{kind: medium.kind, value: value}
			if len(medium.uuids) > 0 {
				each.uuid = medium.uuids[i]
			}
			m.parts = append(m.parts, each)
		}
	}
	r.role, r.messages = m.role, []message{m}
	return r.replace()
}

// replace puts what extra says of messages in place of others, as aiperf does.
func (r *request) replace() error {
	messages := r.rest["messages"]
	if messages == nil {
		return nil
	}
	delete(r.rest, "messages")
	r.replaced = true
	return r.readMessages(messages)
}

// readCustom reads a row of custom_image.
func (r *request) readCustom(members map[string]json.RawMessage) error {
	m := message{role: user}
	if content, has := members["content"]; has {
		if m.readContent(content); m.opaque != "" {
			return errors.New(m.opaque)
		}
		r.messages = []message{m}
		return nil
	}
	var prompt string
	var images []string
	if err := errors.Join(read(members, "prompt", &prompt), read(members, "image_files", &images)); err != nil {
		return err
	}
	m.parts = append(m.parts, part{kind: partText, value: prompt})
	for _, url := range images {
		m.parts = append(m.parts, part{kind: partImage, value: url})
	}
	r.messages = []message{m}
	return nil
}

// readTrace reads a row of mooncake_trace.
func (r *request) readTrace(members map[string]json.RawMessage) error {
	if err := errors.Join(read(members, "timestamp", &r.at), read(members, "delay", &r.delay)); err != nil {
		return err
	}
	if members["payload"] != nil {
		return r.readInside(members["payload"])
	}
	var text *string
	var tools json.RawMessage
	err := errors.Join(read(members, "output_length", &r.tokens), read(members, "extra", &r.rest), read(members, "text_input", &text), read(members, "tools", &tools))
	switch messages := members["messages"]; {
	case err != nil:
		return err
	case text != nil:
		r.messages = []message{{role: user, parts: []part{{kind: partText, value: *text}}}}
	case messages != nil:
		if tools != nil && r.rest["tools"] == nil {
			if r.rest == nil {
				r.rest = map[string]json.RawMessage{}
			}
			r.rest["tools"] = tools
		}
		if err := r.readMessages(messages); err != nil {
			return err
		}
	default:
		return errors.New("it has neither a text nor messages: what it says is how long a text aiperf makes up")
	}
	return r.replace()
}

// readInside reads the body that a row holds.
func (r *request) readInside(body json.RawMessage) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return errors.New("its body is not an object")
	}
	return r.readBody(members)
}

// readBody reads a chat body.
func (r *request) readBody(members map[string]json.RawMessage) error {
	messages := members["messages"]
	if messages == nil {
		return errors.New("its body has no messages")
	}
	r.tokens = members["max_tokens"]
	if r.tokens == nil {
		r.tokens = members["max_completion_tokens"]
	}
	r.model = members["model"]
	for _, own := range []string{"model", "messages", "max_tokens", "max_completion_tokens", "stream", "stream_options"} {
		delete(members, own)
	}
	r.rest = members
	return r.readMessages(messages)
}

// readMessages reads the messages of a body.
func (r *request) readMessages(messages json.RawMessage) error {
	var all []json.RawMessage
	if err := json.Unmarshal(messages, &all); err != nil {
		return errors.New("its messages are not a list of objects")
	}
	r.messages = make([]message, len(all))
	for i, text := range all {
		m := &r.messages[i]
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text, &members); err != nil || members == nil {
			return errors.New("its messages are not a list of objects")
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, text); err != nil {
			return err
		}
		m.raw = compact.Bytes()
		json.Unmarshal(members["role"], &m.role) // else it has none
		m.readContent(members["content"])
		m.more = m.more || len(members) > 2
	}
	return nil
}

// readContent reads a message's content: a text, or parts.
func (m *message) readContent(content json.RawMessage) {
	var text string
	if json.Unmarshal(content, &text) == nil {
		m.parts = []part{{kind: partText, value: text}}
		return
	}
	var parts []map[string]json.RawMessage
	if json.Unmarshal(content, &parts) != nil {
		m.opaque = "its content is neither a text nor a list of parts"
		return
	}
	for _, members := range parts {
		var kind, uuid string
		json.Unmarshal(members["type"], &kind)
		json.Unmarshal(members["uuid"], &uuid)
		known := 2 // members
		if uuid != "" {
			known++
		}
		one := part{uuid: uuid}
		url := members[kind]
		switch kind {
		case "text":
			one.kind = partText
		case "image", "image_url":
			one.kind = partImage
		case "video_url":
			one.kind = partVideo
		case "input_audio":
			one.kind = partAudio
		default:
			m.opaque = fmt.Sprintf("its content has a part of type %.40q, which rows of another kind cannot hold", kind)
			return
		}
		more, ok := one.readValue(url)
		if isNull := string(url) == "null" && one.kind != partText && uuid != ""; !ok && !isNull {
			m.opaque = fmt.Sprintf("a part of its content has no %s", kind)
			return
		}
		m.more = m.more || more || len(members) > known
		m.parts = append(m.parts, one)
	}
}

// readValue reads what a body has in a part of that kind: a string, an object with a URL, or audio. more says that there is more in it.
func (p *part) readValue(text json.RawMessage) (more, ok bool) {
	if p.kind == partAudio {
		return false, p.readAudio(text)
	}
	if json.Unmarshal(text, &p.value) == nil {
		return false, true
	}
	var object map[string]json.RawMessage
	ok = p.kind != partText && json.Unmarshal(text, &object) == nil && json.Unmarshal(object["url"], &p.value) == nil
	return len(object) > 1, ok
}
