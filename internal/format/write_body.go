package format

import (
	"cmp"
	"strconv"
)

// Body is a chat body of OpenAI's API, which a client sends as it is, or the row of a client that wraps such a body.
type Body struct {
	Wrap     Kind   // KindRawPayload is the body alone; KindMooncake and KindBatch wrap it
	Model    string // as the inside of a JSON string
	TextLast bool   // the text is behind the images
	Options
}

// Kind is the kind of row that the body is in.
func (b *Body) Kind() Kind { return b.Wrap }

// Head begins the row, the body, its message and the text in that. The rows of a batch have a custom_id, by which their answers are told apart.
func (b *Body) Head(dst []byte, row *Row) []byte {
	switch b.Wrap {
	case KindMooncake:
		dst = append(openRow(dst, row), `"payload":`...)
	case KindBatch:
		dst = strconv.AppendInt(append(dst, `{"custom_id":"request-`...), int64(row.Number), 10)
		dst = append(dst, `","method":"POST","url":"/v1/chat/completions","body":`...)
	}
	dst = append(dst, `{"model":"`...)
	dst = append(dst, b.Model...)
	dst = append(dst, `","messages":[{"role":"user","content":[`...)
	if b.TextLast {
		return dst
	}
	return append(dst, beforeText...)
}

// beforeText begins the part of the message that is the text.
const beforeText = `{"type":"text","text":"`

// Middle ends the text, or begins it if that is the last part.
func (b *Body) Middle(dst []byte, row *Row) []byte {
	if b.TextLast {
		if len(row.Images) > 0 {
			dst = append(dst, ',')
		}
		return append(dst, beforeText...)
	}
	dst = append(dst, `"}`...)
	if len(row.Images) > 0 {
		dst = append(dst, ',')
	}
	return dst
}

// Open begins a part of the message.
func (b *Body) Open() string {
	if b.Videos {
		return `{"type":"video_url","video_url":{"url":"`
	}
	return `{"type":"image_url","image_url":{"url":"`
}

// Between is a comma.
func (b *Body) Between() string { return "," }

// Close ends a part of the message, with the image's uuid where vLLM looks for it.
func (b *Body) Close(dst []byte, image uint32) []byte {
	if b.UUID == nil {
		return append(dst, `"}}`...)
	}
	return append(b.UUID(append(dst, `"},"uuid":"`...), image), `"}`...)
}

// ClosesAlike says whether images have no uuid.
func (b *Body) ClosesAlike() bool { return b.UUID == nil }

// Tail ends the message, the body and the row. A body asks for a stream that ends with the counts of tokens, since clients that send bodies as
// they are take times from streams; not so in a batch, whose readers refuse streams.
func (b *Body) Tail(dst []byte, row *Row) []byte {
	if b.TextLast {
		dst = append(dst, `"}`...)
	}
	dst = append(dst, `]}]`...)
	if tokens := cmp.Or(row.AnswerTokens, b.MaxTokens); tokens > 0 {
		dst = strconv.AppendInt(append(dst, `,"max_tokens":`...), tokens, 10)
	}
	if row.AnswerTokens > 0 {
		dst = appendExact(append(dst, ','), row)
	}
	if b.Extra != "" {
		dst = append(append(dst, ','), b.Extra...)
	}
	if b.Wrap != KindBatch {
		dst = append(dst, `,"stream":true,"stream_options":{"include_usage":true}`...)
	}
	dst = append(dst, '}')
	if b.Wrap != KindRawPayload {
		dst = append(appendTime(dst, row), '}')
	}
	return append(dst, '\n')
}
