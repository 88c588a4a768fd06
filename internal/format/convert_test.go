package format_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"mmjsonl/internal/format"
)

func TestConvert(t *testing.T) {
	const (
		single = `{"session_id":"u","text":"T \"q\" é","images":["http://h/1.png","a.png"],"image_uuids":["x","y"],"output_length":7,"timestamp":1.50,"extra":{"top_k":1}}`
		part   = `{"type":"text","text":"T \"q\" \u00e9"},{"type":"image_url","image_url":{"url":"http://h/1.png"},"uuid":"x"},` +
			`{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="},"uuid":"y"}`
		body  = `{"model":"M","messages":[{"role":"user","content":[` + part + `]}],"max_tokens":7,"top_k":1,"stream":true,"stream_options":{"include_usage":true}}`
		batch = `{"custom_id":"request-0","method":"POST","url":"/v1/chat/completions","body":{"model":"M","messages":[{"role":"user","content":[` + part + `]}],"max_tokens":7,"top_k":1}}`
		plain = `{"text":"T \"q\" \u00e9","images":["http://h/1.png","data:image/png;base64,iVBORw0KGgo="],"image_uuids":["x","y"],"output_length":7,"extra":{"top_k":1}}`
		chat  = `{"messages":[{"role":"system","content":"S"},{"role":"user","content":"T"}],"model":"N"}`
	)
	for _, test := range []struct {
		line string
		to   format.Kind
		want string // or what the error says
	}{
		{single, format.KindRawPayload, body},
		{single, format.KindMooncake, `{"session_id":"u","payload":` + body + `,"timestamp":1.50}`},
		{single, format.KindBatch, batch},
		{single, format.KindCustomImage, `{"prompt":"T \"q\" \u00e9","image_files":["http://h/1.png","a.png"]}`},
		{single, format.KindSingleTurn, `{"session_id":"u","text":"T \"q\" \u00e9","images":["http://h/1.png","a.png"],"image_uuids":["x","y"],"output_length":7,"timestamp":1.50,"extra":{"top_k":1}}`},
		{body, format.KindSingleTurn, plain},
		{batch, format.KindSingleTurn, plain},
		{batch, format.KindRawPayload, body},
		{body, format.KindBatch, batch},
		{`{"session_id":"u","timestamp":3,"payload":` + body + `}`, format.KindMooncake, `{"session_id":"u","payload":` + body + `,"timestamp":3}`},
		{`{"text_input":"T","output_length":4,"timestamp":9}`, format.KindSingleTurn, `{"text":"T","images":[],"output_length":4,"timestamp":9}`},
		{`{"prompt":"T","image_files":["http://h/1.png"]}`, format.KindSingleTurn, `{"text":"T","images":["http://h/1.png"]}`},
		{`{"content":[{"type":"text","text":"T"},{"type":"image","image":"b.png"}]}`, format.KindCustomImage, `{"prompt":"T","image_files":["b.png"]}`},
		{`{"text":"T","image":"http://h/1.png"}`, format.KindSingleTurn, `{"text":"T","images":["http://h/1.png"]}`},
		// Messages that are more than that stay as they are in bodies.
		{chat, format.KindBatch, `{"custom_id":"request-0","method":"POST","url":"/v1/chat/completions","body":{"model":"M","messages":[{"role":"system","content":"S"},{"role":"user","content":"T"}]}}`},
		{chat, format.KindSingleTurn, "more than a text with images behind it"},

		{`{"text":"T","images":["missing.png"]}`, format.KindRawPayload, "its image cannot be read: file does not exist"},
		{`{"turns":[{"text":"T"}]}`, format.KindRawPayload, "it is a conversation"},
		{`{"text":"T"}`, format.KindCustomImage, "it has no image"},
		{`{"text":"T","audio":"a.wav"}`, format.KindRawPayload, "it has audio"},
		{`{"text":"T","images":[{"contents":["a"]}]}`, format.KindRawPayload, "its images is of another kind"},
		{`{"text":"T","images":["a.png"],"image_uuids":["x","y"]}`, format.KindRawPayload, "1 images and 2 uuids"},
		{`{"input_length":5}`, format.KindRawPayload, "neither a text nor messages"},
		{`{"body":3}`, format.KindRawPayload, "its body is not an object"},
		{`{"text":`, format.KindRawPayload, "it is not JSON"},
		{`[1]`, format.KindRawPayload, "not a JSON object"},
	} {
		c := format.Converter{To: test.to, Model: "M", ReadFile: func(path string) ([]byte, error) {
			if path == "a.png" || path == "b.png" {
				return []byte("\x89PNG\r\n\x1a\n"), nil
			}
			return nil, fs.ErrNotExist
		}}
		got, err := c.Append([]byte("before"), []byte(test.line))
		switch {
		case err == nil && string(got) != "before"+test.want+"\n":
			t.Errorf("%s as %s: got\n%swant\n%s", test.line, test.to, got[6:], test.want)
		case err != nil && (strings.HasPrefix(test.want, "{") || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s as %s: %v, want %s", test.line, test.to, err, test.want)
		}
	}
}

// A body keeps its own model unless another is given, and what has no place is counted.
func TestConvertModelAndDropped(t *testing.T) {
	c := format.Converter{To: format.KindRawPayload, ReadFile: func(string) ([]byte, error) { return nil, errors.New("no") }}
	row, err := c.Append(nil, []byte(`{"session_id":"s","timestamp":1,"payload":{"model":"N","messages":[{"role":"user","content":"T"}]}}`))
	if err != nil || !strings.HasPrefix(string(row), `{"model":"N",`) || c.Dropped["sessions"] != 1 || c.Dropped["timestamps"] != 1 {
		t.Errorf("%s, %v, %v", row, err, c.Dropped)
	}
	if _, err := c.Append(nil, []byte(`{"text":"T"}`)); err == nil || !strings.Contains(err.Error(), "names the model") {
		t.Errorf("without a model: %v", err)
	}
}
