package format

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"mmjsonl/internal/escape"
)

// LongestRow bounds a row that is converted, in bytes, and what it becomes: both are held in memory.
const LongestRow = 1 << 30

// Converter turns rows of any kind into rows of one kind. The zero value of its options leaves what a row says.
type Converter struct {
	To        Kind   // of the rows; KindSingleTurn leaves conversations what they are
	Model     string // of bodies; "" leaves the name in them
	MaxTokens int64  // of answers; 0 leaves what rows say

	// ReadFile returns the content of a local image, for rows that are bodies: their readers open no paths.
	ReadFile func(path string) ([]byte, error)

	Made     Kind             // of the rows, once there is one: To, or KindMultiTurn
	Requests int64            // that the rows are
	Dropped  map[string]int64 // what requests said and their new kind has no place for, by what it is: how many requests
	Spread   int64            // conversations whose turns have become rows of their own

	rows      int64
	scheduled bool // rows say when they are sent
	sessions  map[Key]struct{}
	alone     int64  // rows that name no session
	history   []byte // the messages of the conversation so far, or their parts, as in a row
	images    bool   // there is one in them
	growing   bool   // turns are sent with those before them
	row       []byte // room for one
}

// Sessions is how many sessions the rows make, where some name theirs or are conversations, and else 0. A row that names none is a session of its own.
func (c *Converter) Sessions() int64 {
	if len(c.sessions) == 0 && c.Made != KindMultiTurn {
		return 0
	}
	return int64(len(c.sessions)) + c.alone
}

// Scheduled reports whether rows say when they are sent.
func (c *Converter) Scheduled() bool { return c.scheduled }

// Rows yields the rows that a line becomes, each with a line feed: one, or one for each turn of a conversation, with the turns before it. follows says
// that the line goes on with the conversation of the line before. A row is valid until the next is made, and an error is the last thing that is yielded.
func (c *Converter) Rows(line []byte, follows bool) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		l, err := readAsked(line)
		if err != nil {
			yield(nil, err)
			return
		}
		made := c.To
		if l.kind == KindMultiTurn && c.To == KindSingleTurn {
			made = KindMultiTurn
		}
		if c.rows > 0 && made != c.Made {
			yield(nil, errors.New("it is a conversation, or the rows before are: aiperf reads files of one kind"))
			return
		}
		c.Made, c.growing = made, l.kind == KindMultiTurn
		switch {
		case made == KindMultiTurn:
			err = c.conversation(l)
		case l.kind == KindMultiTurn:
			c.spread(l, follows, yield)
			return
		default:
			c.history, c.images = c.history[:0], false
			err = c.request(&l.turns[0], l.session)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		yield(c.row, nil)
	}
}

// spread yields the turns of a conversation, each as a row with those before it.
func (c *Converter) spread(l *asked, follows bool, yield func([]byte, error) bool) {
	if !follows {
		c.history, c.images = c.history[:0], false
		c.Spread++
	}
	session := l.session
	if session == "" && c.To == KindMooncake { // a turn waits for the answer to the turn before
		session = fmt.Sprint("conversation-", c.Spread)
	}
	prompt := !follows && l.hasSystemPrompt()
	for i := range l.turns {
		turn := &l.turns[i]
		var err error
		switch {
		case turn.replaced:
			err = errors.New("it has messages in extra, in place of the turns before")
		case i == 0 && prompt:
			if err = c.fit(turn, ""); err == nil {
				c.add(turn)
				continue
			}
		default:
			err = c.request(turn, session)
		}
		if err != nil {
			yield(nil, fmt.Errorf("turn %d of it: %w", i+1, err))
			return
		}
		if !yield(c.row, nil) {
			return
		}
	}
}

// conversation makes a row of multi_turn.
func (c *Converter) conversation(l *asked) error {
	first := c.count(l.session)
	c.row = append(c.row[:0], '{')
	if l.session != "" {
		c.row = append(appendString(append(c.row, `"session_id":`...), l.session), ',')
	}
	c.row = append(c.row, `"turns":[`...)
	for i := range l.turns {
		turn := &l.turns[i]
		if err := c.fit(turn, ""); err != nil {
			return fmt.Errorf("turn %d of it: %w", i+1, err)
		}
		if i > 0 {
			c.row = append(c.row, ',')
		}
		c.row = append(c.appendTurn(append(c.row, '{'), turn), '}')
		c.Requests++
	}
	if first && l.hasSystemPrompt() {
		c.Requests--
	}
	c.row = append(c.row, "]}\n"...)
	c.rows++
	return nil
}

// request makes a row of a request.
func (c *Converter) request(r *request, session string) error {
	if err := c.fit(r, session); err != nil {
		return err
	}
	c.count(session)
	if c.To != KindSingleTurn {
		c.add(r)
	}
	if c.To == KindCustomImage && !c.images {
		return errors.New("it has no image, and custom_image needs one in each row")
	}
	c.row = append(c.append(c.row[:0], r, session), '\n')
	if len(c.row) > LongestRow {
		return fmt.Errorf("it would be a row of more than %d bytes", int64(LongestRow))
	}
	c.rows++
	c.Requests++
	return nil
}

// count counts a row's session, where the rows can name it, and reports whether the row is the first of it.
func (c *Converter) count(session string) (first bool) {
	switch {
	case c.To != KindSingleTurn && c.To != KindMooncake:
		return false
	case session == "":
		c.alone++
		return true
	}
	key := KeyOf(session)
	if _, known := c.sessions[key]; known {
		return false
	}
	if c.sessions == nil {
		c.sessions = map[Key]struct{}{}
	}
	c.sessions[key] = struct{}{}
	return true
}

// drop counts what has no place, if a request says it.
func (c *Converter) drop(what string, said bool) {
	if !said {
		return
	}
	if c.Dropped == nil {
		c.Dropped = map[string]int64{}
	}
	c.Dropped[what]++
}

// fit checks that a request has a place in rows of the new kind, and makes data URIs of local images where their readers open none.
func (c *Converter) fit(r *request, session string) error {
	switch c.To {
	case KindRawPayload, KindBatch, KindMooncake:
		if c.Model == "" && r.model == nil && r.rest["model"] == nil {
			return errors.New("a body names the model, and neither the row nor --model does")
		}
		for i := range r.messages {
			if err := c.open(&r.messages[i]); err != nil {
				return err
			}
		}
	case KindCustomImage:
		for i := range r.messages {
			m := &r.messages[i]
			switch {
			case m.opaque != "":
				return errors.New(m.opaque)
			case m.role != user:
				return fmt.Errorf("it has a message of the role %.40q, and its messages are more than a user's text with images, which only bodies can hold", m.role)
			case slices.ContainsFunc(m.parts, func(p part) bool { return p.kind == partVideo }):
				return errors.New("it has videos, which custom_image does not")
			case slices.ContainsFunc(m.parts, func(p part) bool { return p.kind == partAudio }):
				return errors.New("it has audio, which custom_image does not")
			case slices.ContainsFunc(m.parts, func(p part) bool { return p.kind == partImage && p.value == "" }):
				return errors.New("it names an image by its uuid alone, which custom_image does not")
			}
			c.drop("further members of messages", m.more)
		}
		c.drop("uuids", r.has(func(p part) bool { return p.uuid != "" }))
		c.drop("lengths of answers", r.tokens != nil)
		c.drop("further members of the body", len(r.rest) > 0)
	default:
		if len(r.messages) != 1 {
			return errors.New("its messages are more than a user's text with images, which only bodies can hold")
		}
		m := &r.messages[0]
		if m.opaque != "" {
			return errors.New(m.opaque)
		}
		if !slices.IsSortedFunc(m.parts, func(a, b part) int { return cmp.Compare(a.kind, b.kind) }) {
			return errors.New("its content has a text behind an image, which rows of another kind cannot hold")
		}
		c.drop("uuids of some of their images", r.has(func(p part) bool { return p.kind == partImage && p.uuid != "" }) &&
			r.has(func(p part) bool { return p.kind == partImage && p.uuid == "" }))
		for i := range m.parts {
			if p := &m.parts[i]; p.kind == partAudio {
				if _, err := p.settleAudio(); err != nil {
					return err
				}
			}
		}
		c.drop("uuids of videos and audio", r.has(func(p part) bool { return p.kind > partImage && p.uuid != "" }))
		c.drop("further members of messages", m.more)
	}
	if c.To == KindSingleTurn || c.To == KindMooncake {
		c.scheduled = c.scheduled || r.at != nil
	} else {
		c.drop("sessions", session != "")
		c.drop("timestamps", r.at != nil)
		c.drop("delays", r.delay != nil)
	}
	return nil
}

// open makes data URIs of a message's local images and videos, and of its audio what bodies have.
func (c *Converter) open(m *message) error {
	for i := range m.parts {
		p := &m.parts[i]
		if p.kind == partAudio {
			if err := c.openAudio(p); err != nil {
				return err
			}
			continue
		}
		scheme, _, _ := strings.Cut(p.value, ":")
		switch strings.ToLower(scheme) {
		case "http", "https", "data":
			continue
		}
		if p.kind == partText || p.value == "" && p.uuid != "" {
			continue
		}
		content, err := c.read(p)
		if err != nil {
			return err
		}
		p.value = "data:" + http.DetectContentType(content) + ";base64," + base64.StdEncoding.EncodeToString(content)
		if m.raw != nil {
			c.drop("further members of messages", m.more)
			m.raw = nil
		}
	}
	return nil
}

// read reads the local file that a part names.
func (c *Converter) read(p *part) ([]byte, error) {
	content, err := c.ReadFile(strings.TrimPrefix(p.value, "file://"))
	if err != nil {
		return nil, fmt.Errorf("its %s cannot be read: %s", p.kind, escape.Printable(err.Error()))
	}
	return content, nil
}
