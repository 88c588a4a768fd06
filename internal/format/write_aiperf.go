package format

import (
	"cmp"
	"strconv"
)

// SingleTurn is aiperf's single_turn: {"text":"…","images":["…","…"]} and a line feed, compact and ASCII, which every release reads.
type SingleTurn struct {
	Options
}

// Kind is single_turn.
func (*SingleTurn) Kind() Kind { return KindSingleTurn }

// Head begins the object, with its session if it has one, and its text.
func (*SingleTurn) Head(dst []byte, row *Row) []byte { return append(openRow(dst, row), `"text":"`...) }

// Middle ends the text and begins the list of images, or videos.
func (f *SingleTurn) Middle(dst []byte, _ *Row) []byte {
	if f.Videos {
		return append(dst, `","videos":[`...)
	}
	return append(dst, `","images":[`...)
}

// Open is a quotation mark.
func (*SingleTurn) Open() string { return `"` }

// Between is a comma.
func (*SingleTurn) Between() string { return "," }

// Close is a quotation mark.
func (*SingleTurn) Close(dst []byte, _ uint32) []byte { return append(dst, '"') }

// ClosesAlike is true: uuids are in a list of their own.
func (*SingleTurn) ClosesAlike() bool { return true }

// Tail ends the list and the object. aiperf wants as many uuids as there are images, and none for a row without images.
func (f *SingleTurn) Tail(dst []byte, row *Row) []byte { return append(f.end(dst, row), '\n') }

// end is the tail without a line feed.
func (f *SingleTurn) end(dst []byte, row *Row) []byte {
	dst = append(dst, ']')
	if f.UUID != nil && len(row.Images) > 0 {
		dst = append(dst, `,"image_uuids":[`...)
		for i, image := range row.Images {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(f.UUID(append(dst, '"'), image), '"')
		}
		dst = append(dst, ']')
	}
	if tokens := cmp.Or(row.AnswerTokens, f.MaxTokens); tokens > 0 {
		dst = strconv.AppendInt(append(dst, `,"output_length":`...), tokens, 10)
	}
	dst = appendTime(dst, row)
	if row.AnswerTokens > 0 || f.Extra != "" {
		dst = append(dst, `,"extra":{`...)
		if row.AnswerTokens > 0 {
			dst = appendExact(dst, row)
		}
		if row.AnswerTokens > 0 && f.Extra != "" {
			dst = append(dst, ',')
		}
		dst = append(append(dst, f.Extra...), '}')
	}
	return append(dst, '}')
}

// MultiTurn is aiperf's multi_turn: {"session_id":"…","turns":[{"text":"…","images":["…"]},…]}. A turn is what a row of [SingleTurn] is, and the turns
// of a conversation are rows one after the other that make one line.
type MultiTurn struct {
	SingleTurn
}

// Kind is multi_turn.
func (*MultiTurn) Kind() Kind { return KindMultiTurn }

// Head begins the turn, and before the first one the conversation.
func (*MultiTurn) Head(dst []byte, row *Row) []byte {
	if row.Turn == 0 {
		dst = append(openRow(dst, row), `"turns":[`...)
	} else {
		dst = append(dst, ',')
	}
	return append(dst, `{"text":"`...)
}

// Tail ends the turn, and after the last one the conversation.
func (f *MultiTurn) Tail(dst []byte, row *Row) []byte {
	if dst = f.end(dst, row); row.Turn+1 < row.Turns {
		return dst
	}
	return append(dst, "]}\n"...)
}
