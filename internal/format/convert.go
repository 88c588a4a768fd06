package format

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"mmjsonl/internal/escape"
)

// Converter turns rows of any kind into rows of one kind. The zero value of its options leaves what a row says.
type Converter struct {
	To        Kind   // not KindMultiTurn
	Model     string // of bodies; "" leaves the name in them
	MaxTokens int64  // of answers; 0 leaves what rows say

	// ReadFile returns the content of a local image, for rows that are bodies: their readers open no paths.
	ReadFile func(path string) ([]byte, error)

	// What rows said and their new kind has no place for, by what it is: how many rows.
	Dropped map[string]int64
	rows    int64
}

// converted is a request, whatever row it came from.
type converted struct {
	text    string
	images  []imagePart
	rest    map[string]json.RawMessage // further members of the body
	body    json.RawMessage            // messages that are more than a text and images of a user; nil if they are not
	session string
	at      json.RawMessage // timestamp
	tokens  json.RawMessage // of the answer at most
}

type imagePart struct{ url, uuid string }

// Append appends the row that a line becomes, with a line feed.
func (c *Converter) Append(dst, line []byte) ([]byte, error) {
	kind, ok := KindOf(line)
	if !ok {
		return dst, errors.New("it is not a JSON object")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return dst, fmt.Errorf("it is not JSON: %w", err)
	}
	var r converted
	var err error
	switch kind {
	case KindSingleTurn:
		err = r.readTurn(members)
	case KindMultiTurn:
		err = errors.New("it is a conversation, and only single requests are converted")
	case KindRawPayload:
		err = r.readBody(members)
	case KindBatch:
		err = r.readInside(members["body"])
	case KindMooncake:
		err = r.readTrace(members)
	case KindCustomImage:
		err = r.readCustom(members)
	}
	if err == nil {
		err = c.fit(&r)
	}
	if err != nil {
		return dst, err
	}
	c.rows++
	return append(c.append(dst, &r), '\n'), nil
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

// readTurn reads a row of single_turn.
func (r *converted) readTurn(members map[string]json.RawMessage) error {
	for _, name := range []string{"audio", "audios", "video", "videos", "delay"} {
		if _, has := members[name]; has {
			return fmt.Errorf("it has %s, which is not converted", name)
		}
	}
	var texts, images, uuids []string
	var image *string
	err := errors.Join(read(members, "text", &r.text), read(members, "texts", &texts), read(members, "image", &image), read(members, "images", &images),
		read(members, "image_uuids", &uuids), read(members, "session_id", &r.session), read(members, "timestamp", &r.at), read(members, "output_length", &r.tokens),
		read(members, "extra", &r.rest))
	if err != nil {
		return err
	}
	if len(texts) > 1 {
		return errors.New("it has several texts, which are not converted")
	}
	r.text += strings.Join(texts, "")
	if image != nil {
		images = append(images, *image)
	}
	if len(uuids) > 0 && len(uuids) != len(images) {
		return fmt.Errorf("it has %d images and %d uuids", len(images), len(uuids))
	}
	for i, url := range images {
		part := imagePart{url: url}
		if len(uuids) > 0 {
			part.uuid = uuids[i]
		}
		r.images = append(r.images, part)
	}
	return nil
}

// readCustom reads a row of custom_image.
func (r *converted) readCustom(members map[string]json.RawMessage) error {
	if content, has := members["content"]; has {
		return r.readContent(content)
	}
	var images []string
	if err := errors.Join(read(members, "prompt", &r.text), read(members, "image_files", &images)); err != nil {
		return err
	}
	for _, url := range images {
		r.images = append(r.images, imagePart{url: url})
	}
	return nil
}

// readTrace reads a row of mooncake_trace.
func (r *converted) readTrace(members map[string]json.RawMessage) error {
	if err := errors.Join(read(members, "session_id", &r.session), read(members, "timestamp", &r.at)); err != nil {
		return err
	}
	switch {
	case members["payload"] != nil:
		return r.readInside(members["payload"])
	case members["messages"] != nil || members["text_input"] != nil:
		if err := errors.Join(read(members, "output_length", &r.tokens), read(members, "extra", &r.rest), read(members, "text_input", &r.text)); err != nil {
			return err
		}
		if messages := members["messages"]; messages != nil {
			return r.readMessages(messages)
		}
		return nil
	}
	return errors.New("it has neither a text nor messages: what it says is how long a text aiperf makes up")
}

// readInside reads the body that a row holds.
func (r *converted) readInside(body json.RawMessage) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return errors.New("its body is not an object")
	}
	return r.readBody(members)
}

// readBody reads a chat body.
func (r *converted) readBody(members map[string]json.RawMessage) error {
	messages := members["messages"]
	if messages == nil {
		return errors.New("its body has no messages")
	}
	r.tokens = members["max_tokens"]
	if r.tokens == nil {
		r.tokens = members["max_completion_tokens"]
	}
	for _, own := range []string{"messages", "max_tokens", "max_completion_tokens", "stream", "stream_options"} {
		delete(members, own)
	}
	r.rest = members
	return r.readMessages(messages)
}

// readMessages reads messages: what is more than a text and images of a user is kept as it is.
func (r *converted) readMessages(messages json.RawMessage) error {
	var all []struct {
		Role    string
		Content json.RawMessage
	}
	if err := json.Unmarshal(messages, &all); err != nil {
		return errors.New("its messages are not a list of objects")
	}
	if len(all) == 1 && all[0].Role == "user" && r.readContent(all[0].Content) == nil {
		return nil
	}
	r.text, r.images = "", nil
	var compact bytes.Buffer
	r.body = messages
	if json.Compact(&compact, messages) == nil {
		r.body = compact.Bytes()
	}
	return nil
}

// readContent reads a message's content: a text, or a text and images behind it.
func (r *converted) readContent(content json.RawMessage) error {
	if json.Unmarshal(content, &r.text) == nil {
		return nil
	}
	var parts []struct {
		Type     string
		Text     string
		Image    string
		ImageURL json.RawMessage `json:"image_url"`
		UUID     string
	}
	if err := json.Unmarshal(content, &parts); err != nil {
		return errors.New("its content is neither a text nor a list of parts")
	}
	for i, part := range parts {
		switch {
		case part.Type == "text" && i == 0:
			r.text = part.Text
		case part.Type == "image":
			r.images = append(r.images, imagePart{url: part.Image, uuid: part.UUID})
		case part.Type == "image_url":
			var image struct{ URL string }
			if json.Unmarshal(part.ImageURL, &image.URL) != nil && json.Unmarshal(part.ImageURL, &image) != nil {
				return errors.New("an image_url is neither a string nor an object with a url")
			}
			r.images = append(r.images, imagePart{url: image.URL, uuid: part.UUID})
		default:
			return fmt.Errorf("its content has a part of type %.40q, or a text behind an image, which rows of another kind cannot hold", part.Type)
		}
	}
	return nil
}

// fit checks that a request has a place in rows of the new kind.
func (c *Converter) fit(r *converted) error {
	hasBody := c.To == KindRawPayload || c.To == KindBatch || c.To == KindMooncake
	drop := func(what string, said bool) {
		if said {
			if c.Dropped == nil {
				c.Dropped = map[string]int64{}
			}
			c.Dropped[what]++
		}
	}
	if !hasBody && r.body != nil {
		return errors.New("its messages are more than a text with images behind it, which only bodies can hold")
	}
	if c.To == KindCustomImage {
		if len(r.images) == 0 {
			return errors.New("it has no image, and custom_image needs one in each row")
		}
		drop("uuids", slices.ContainsFunc(r.images, func(part imagePart) bool { return part.uuid != "" }))
		drop("lengths of answers", r.tokens != nil)
		drop("further members of the body", len(r.rest) > 1 || len(r.rest) == 1 && r.rest["model"] == nil)
	}
	if c.To != KindSingleTurn && c.To != KindMooncake {
		drop("sessions", r.session != "")
		drop("timestamps", r.at != nil)
	}
	if !hasBody {
		delete(r.rest, "model")
		return nil
	}
	if c.Model == "" && r.rest["model"] == nil {
		return errors.New("a body names the model, and neither the row nor --model does")
	}
	for i := range r.images {
		part := &r.images[i]
		scheme, _, _ := strings.Cut(part.url, ":")
		switch strings.ToLower(scheme) {
		case "http", "https", "data":
			continue
		}
		content, err := c.ReadFile(strings.TrimPrefix(part.url, "file://"))
		if err != nil {
			return fmt.Errorf("its image cannot be read: %w", err)
		}
		part.url = "data:" + http.DetectContentType(content) + ";base64," + base64.StdEncoding.EncodeToString(content)
	}
	return nil
}

// append appends a row without its end.
func (c *Converter) append(dst []byte, r *converted) []byte {
	if c.MaxTokens > 0 {
		r.tokens = fmt.Append(nil, c.MaxTokens)
	}
	dst = append(dst, '{')
	separator := ""
	member := func(name string, value []byte) {
		dst = append(append(append(dst, separator...), '"'), name...)
		dst = append(append(dst, `":`...), value...)
		separator = ","
	}
	texts := func(name string, all []string) {
		list := []byte{'['}
		for i, text := range all {
			if i > 0 {
				list = append(list, ',')
			}
			list = append(list, escape.JSON(text)...)
		}
		member(name, append(list, ']'))
	}
	urls, uuids := []string{}, []string{}
	for _, part := range r.images {
		urls = append(urls, part.url)
		if part.uuid != "" {
			uuids = append(uuids, part.uuid)
		}
	}
	if r.session != "" && (c.To == KindSingleTurn || c.To == KindMooncake) {
		member("session_id", escape.JSON(r.session))
	}
	switch c.To {
	case KindSingleTurn:
		member("text", escape.JSON(r.text))
		texts("images", urls)
		if len(uuids) == len(urls) && len(uuids) > 0 {
			texts("image_uuids", uuids)
		}
		if r.tokens != nil {
			member("output_length", r.tokens)
		}
		if r.at != nil {
			member("timestamp", r.at)
		}
		if len(r.rest) > 0 {
			member("extra", objectOf(r.rest))
		}
	case KindCustomImage:
		member("prompt", escape.JSON(r.text))
		texts("image_files", urls)
	case KindBatch:
		member("custom_id", fmt.Appendf(nil, `"request-%d"`, c.rows-1))
		member("method", []byte(`"POST"`))
		member("url", []byte(`"/v1/chat/completions"`))
		member("body", append(append([]byte{'{'}, c.body(r)...), '}'))
	case KindMooncake:
		member("payload", append(append([]byte{'{'}, c.body(r)...), '}'))
		if r.at != nil {
			member("timestamp", r.at)
		}
	default:
		dst = append(dst, c.body(r)...)
	}
	return append(dst, '}')
}

// body is the inside of a chat body.
func (c *Converter) body(r *converted) []byte {
	model := r.rest["model"]
	if c.Model != "" {
		model = escape.JSON(c.Model)
	}
	delete(r.rest, "model")
	body := append([]byte(`"model":`), model...)
	body = append(body, `,"messages":`...)
	if r.body != nil {
		body = append(body, r.body...)
	} else {
		body = append(append(body, `[{"role":"user","content":[{"type":"text","text":`...), escape.JSON(r.text)...)
		body = append(body, '}')
		for _, part := range r.images {
			body = append(append(body, `,{"type":"image_url","image_url":{"url":`...), escape.JSON(part.url)...)
			body = append(body, '}')
			if part.uuid != "" {
				body = append(append(body, `,"uuid":`...), escape.JSON(part.uuid)...)
			}
			body = append(body, '}')
		}
		body = append(body, `]}]`...)
	}
	if r.tokens != nil {
		body = append(append(body, `,"max_tokens":`...), r.tokens...)
	}
	if inside := objectOf(r.rest); len(inside) > 2 {
		body = append(append(body, ','), inside[1:len(inside)-1]...)
	}
	if c.To != KindBatch {
		body = append(body, `,"stream":true,"stream_options":{"include_usage":true}`...)
	}
	return body
}

// objectOf is an object of members, by name.
func objectOf(members map[string]json.RawMessage) []byte {
	object := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(append(append(object, escape.JSON(name)...), ':'), cmp.Or(string(members[name]), "null")...)
	}
	return append(object, '}')
}
