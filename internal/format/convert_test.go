package format_test

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/format"
)

// FuzzConvert converts any line into rows of each kind, or says why not: a row is one JSON value on a line.
func FuzzConvert(f *testing.F) {
	for _, line := range []string{
		`{"turns":[{"text":"a","extra":{"messages":[]}},{"text":"b"}]}`,
		`{"turns":[{"text":"a","role":"system"},{"text":"b","extra":{"messages":[]}}]}`,
		`{"session_id":"u","text":"T","images":["http://h/1.png"],"image_uuids":["x"],"timestamp":1,"extra":{"top_k":1}}`,
		`{"custom_id":"a","body":{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"a.png"}},{"type":"text","text":"T"}]}]}}`,
		`{"messages":[{"role":"user","content":"T"}],"tools":[{}],"timestamp":1,"delay":null}`,
		`{"text":"T","audios":["a.wav",{"contents":["mp3,QQ==","data:audio/wav;base64,Qg=="]}]}`,
		`{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QQ==","format":"wav"}}]}]}`,
		"{\"timestamp\":{\"\xb5\":0}}", "{\"messages\":[],\"model\":\"M\",\"top_k\":[\r1]}",
		`{"prompt":"T","image_files":["http://h/1.png"]}`, `{"content":[{"type":"text","text":"T"}]}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		for to := format.KindSingleTurn; to <= format.KindCustomImage; to++ {
			if to == format.KindMultiTurn {
				continue // which rows become by themselves
			}
			c := format.Converter{To: to, Model: "M", ReadFile: func(string) ([]byte, error) { return []byte("content"), nil }}
			for _, follows := range []bool{false, true} {
				for row, err := range c.Rows(line, follows) {
					if err == nil && (!format.IsValue(row) || bytes.IndexAny(row, "\r\n") != len(row)-1) {
						t.Errorf("%s: %q", to, row)
					}
				}
			}
		}
	})
}

func TestConvert(t *testing.T) {
	const (
		single = `{"session_id":"u","text":"T \"q\" é","images":["http://h/1.png","a.png"],"image_uuids":["x","y"],"output_length":7,"timestamp":1.50,"extra":{"top_k":1}}`
		part   = `{"type":"text","text":"T \"q\" \u00e9"},{"type":"image_url","image_url":{"url":"http://h/1.png"},"uuid":"x"},` +
			`{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="},"uuid":"y"}`
		body   = `{"model":"M","messages":[{"role":"user","content":[` + part + `]}],"max_tokens":7,"top_k":1,"stream":true,"stream_options":{"include_usage":true}}`
		batch  = `{"custom_id":"request-0","method":"POST","url":"/v1/chat/completions","body":{"model":"M","messages":[{"role":"user","content":[` + part + `]}],"max_tokens":7,"top_k":1}}`
		plain  = `{"text":"T \"q\" \u00e9","images":["http://h/1.png","data:image/png;base64,iVBORw0KGgo="],"image_uuids":["x","y"],"output_length":7,"extra":{"top_k":1}}`
		mixed  = `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":"a.png"},{"type":"text","text":"T"}]}]}`
		spoken = `{"model":"M","messages":[{"role":"user","content":[{"type":"text","text":"T"},{"type":"image_url","image_url":{"url":"http://h/1.png"}},` +
			`{"type":"input_audio","input_audio":{"data":"iVBORw0KGgo=","format":"wav"}},{"type":"input_audio","input_audio":{"data":"QQ==","format":"mp3"}},` +
			`{"type":"input_audio","input_audio":{"data":"Qg==","format":"wav"}}]}],"stream":true,"stream_options":{"include_usage":true}}`
		chat = `{"messages":[{"role":"system","content":"S"},{"role":"user","content":"T"}],"model":"N"}`
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
		{`{"texts":["a",{"contents":["b"]}],"images":[{"contents":["http://h/1.png"],"uuids":["x"]}],"videos":["http://h/v.mp4"],"role":"system","delay":5}`, format.KindSingleTurn,
			`{"texts":["a","b"],"images":["http://h/1.png"],"videos":["http://h/v.mp4"],"image_uuids":["x"],"role":"system","delay":5}`},
		{`{"text":"T","videos":["http://h/v.mp4"]}`, format.KindRawPayload, `{"model":"M","messages":[{"role":"user","content":[{"type":"text","text":"T"},` +
			`{"type":"video_url","video_url":{"url":"http://h/v.mp4"}}]}],"stream":true,"stream_options":{"include_usage":true}}`},
		{`{"text":"T","image":"http://h/1.png","audios":["a.wav",{"contents":["mp3,QQ==","data:audio/wav;base64,Qg=="]}]}`, format.KindRawPayload, spoken},
		{`{"text":"T","images":["http://h/1.png"],"audios":["a.wav",{"contents":["mp3,QQ==","data:audio/wav;base64,Qg=="]}],"video":"v.mp4"}`, format.KindSingleTurn,
			`{"text":"T","images":["http://h/1.png"],"audios":["a.wav","mp3,QQ==","wav,Qg=="],"videos":["v.mp4"]}`},
		{`{"text":"T","audio":"a.wav"}`, format.KindSingleTurn, `{"text":"T","audios":["a.wav"]}`},
		{spoken, format.KindSingleTurn, `{"text":"T","images":["http://h/1.png"],"audios":["wav,iVBORw0KGgo=","mp3,QQ==","wav,Qg=="]}`},
		{spoken, format.KindMooncake, `{"payload":` + spoken + `}`},
		{`{"text":"T","image_uuids":["x"]}`, format.KindRawPayload, `{"model":"M","messages":[{"role":"user","content":[{"type":"text","text":"T"},` +
			`{"type":"image_url","image_url":{"url":""},"uuid":"x"}]}],"stream":true,"stream_options":{"include_usage":true}}`},
		{`{"text":"no","images":["no.png"],"extra":{"messages":[{"role":"user","content":"T"}],"n":2}}`, format.KindRawPayload,
			`{"model":"M","messages":[{"role":"user","content":"T"}],"n":2,"stream":true,"stream_options":{"include_usage":true}}`},
		{`{"text":"T","extra":{"model":"E"}}`, format.KindSingleTurn, `{"text":"T","images":[],"extra":{"model":"E"}}`},
		// A text behind an image is kept where it can be.
		{mixed, format.KindCustomImage, `{"content":[{"type":"image_url","image_url":{"url":"a.png"}},{"type":"text","text":"T"}]}`},
		{mixed, format.KindBatch, `{"custom_id":"request-0","method":"POST","url":"/v1/chat/completions","body":{"model":"M","messages":[{"role":"user","content":[` +
			`{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},{"type":"text","text":"T"}]}]}}`},
		// Messages that are more than that stay as they are in bodies.
		{chat, format.KindBatch, `{"custom_id":"request-0","method":"POST","url":"/v1/chat/completions","body":{"model":"M","messages":[{"role":"system","content":"S"},{"role":"user","content":"T"}]}}`},
		{chat, format.KindSingleTurn, "more than a user's text with images"},

		{`{"text":"T","images":["missing.png"]}`, format.KindRawPayload, "its image cannot be read: file does not exist"},
		{`{"text":"T"}`, format.KindCustomImage, "it has no image"},
		{`{"text":"T","audio":"a.wav"}`, format.KindCustomImage, "it has audio"},
		{`{"text":"T","audio":"missing.wav"}`, format.KindRawPayload, "its audio cannot be read: file does not exist"},
		{`{"text":"T","audio":"a.ogg"}`, format.KindRawPayload, "neither wav nor mp3"},
		{`{"text":"T","audio":"http://h/a.wav"}`, format.KindRawPayload, "its audio is a URL"},
		{`{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QQ==","format":"flac"}}]}]}`, format.KindSingleTurn, "neither wav nor mp3"},
		{`{"text":"T","images":[{"contents":["a"]}]}`, format.KindRawPayload, "its image cannot be read: file does not exist"},
		{`{"text":"T","images":7}`, format.KindRawPayload, "its images is of another kind"},
		{`{"turns":[]}`, format.KindRawPayload, "it has no turns"},
		{`{"turns":[{"text":"a"},{"text":"T","extra":{"messages":[]}}]}`, format.KindRawPayload, "turn 2 of it: it has messages in extra"},
		{`{"text":"T","videos":["http://h/v.mp4"]}`, format.KindCustomImage, "it has videos"},
		{`{"text":"T","image_uuids":["x"]}`, format.KindCustomImage, "it names an image by its uuid alone"},
		{`{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}`, format.KindCustomImage, "a part of its content has no input_audio"},
		{`{"messages":[{"role":"user","content":[{"type":"audio_url","audio_url":{}}]}]}`, format.KindCustomImage, "a part of type \"audio_url\""},
		{mixed, format.KindSingleTurn, "a text behind an image"},
		{`{"text":"T","images":["a.png"],"image_uuids":["x","y"]}`, format.KindRawPayload, "1 images and 2 uuids"},
		{`{"input_length":5}`, format.KindRawPayload, "neither a text nor messages"},
		{`{"body":3}`, format.KindRawPayload, "its body is not an object"},
		{`{"text":`, format.KindRawPayload, "it is not JSON"},
		{`[1]`, format.KindRawPayload, "not a JSON object"},
	} {
		c := format.Converter{To: test.to, Model: "M", ReadFile: func(path string) ([]byte, error) {
			if path == "a.png" || path == "b.png" || path == "a.wav" {
				return []byte("\x89PNG\r\n\x1a\n"), nil
			}
			return nil, fs.ErrNotExist
		}}
		var got []byte
		var err error
		for row, fault := range c.Rows([]byte(test.line), false) {
			got, err = append(got, row...), fault
		}
		switch {
		case err == nil && string(got) != test.want+"\n":
			t.Errorf("%s as %s: got\n%swant\n%s", test.line, test.to, got, test.want)
		case err != nil && (strings.HasPrefix(test.want, "{") || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s as %s: %v, want %s", test.line, test.to, err, test.want)
		}
	}
}

// A body keeps its own model unless another is given, and what has no place is counted.
func TestConvertModelAndDropped(t *testing.T) {
	c := format.Converter{To: format.KindRawPayload, ReadFile: func(string) ([]byte, error) { return nil, errors.New("no") }}
	convert := func(line string) (all []byte, err error) {
		for row, fault := range c.Rows([]byte(line), false) {
			all, err = append(all, row...), fault
		}
		return all, err
	}
	row, err := convert(`{"session_id":"s","timestamp":1,"payload":{"model":"N","messages":[{"role":"user","content":"T"}]}}`)
	if err != nil || !strings.HasPrefix(string(row), `{"model":"N",`) || c.Dropped["sessions"] != 1 || c.Dropped["timestamps"] != 1 {
		t.Errorf("%s, %v, %v", row, err, c.Dropped)
	}
	if _, err := convert(`{"text":"T"}`); err == nil || !strings.Contains(err.Error(), "names the model") {
		t.Errorf("without a model: %v", err)
	}
}

// The turns of a conversation become rows with the turns before them, also where it goes on in the next line, and a system prompt is in front of them; as
// aiperf's they stay what they are.
func TestConvertConversation(t *testing.T) {
	lines := []string{
		`{"session_id":"u","turns":[{"role":"system","text":"S"},{"text":"A","images":["http://h/1.png"],"output_length":3},{"text":"B","delay":9}]}`,
		`{"session_id":"u","turns":[{"text":"C","images":["http://h/2.png"]}]}`,
		`{"turns":[{"text":"D","images":["http://h/3.png"]}]}`,
	}
	const (
		s = `{"role":"system","content":[{"type":"text","text":"S"}]}`
		a = `{"role":"user","content":[{"type":"text","text":"A"},{"type":"image_url","image_url":{"url":"http://h/1.png"}}]}`
		b = `{"role":"user","content":[{"type":"text","text":"B"}]}`
		c = `{"role":"user","content":[{"type":"text","text":"C"},{"type":"image_url","image_url":{"url":"http://h/2.png"}}]}`
		d = `{"role":"user","content":[{"type":"text","text":"D"},{"type":"image_url","image_url":{"url":"http://h/3.png"}}]}`
	)
	end := `,"stream":true,"stream_options":{"include_usage":true}}`
	for _, test := range []struct {
		to                         format.Kind
		rows                       []string
		requests, spread, sessions int64
	}{
		{format.KindRawPayload, []string{
			`{"model":"M","messages":[` + s + `,` + a + `],"max_tokens":3` + end, `{"model":"M","messages":[` + s + `,` + a + `,` + b + `]` + end,
			`{"model":"M","messages":[` + s + `,` + a + `,` + b + `,` + c + `]` + end, `{"model":"M","messages":[` + d + `]` + end,
		}, 4, 2, 0},
		{format.KindMooncake, []string{
			`{"session_id":"u","payload":{"model":"M","messages":[` + s + `,` + a + `],"max_tokens":3` + end + `}`,
			`{"session_id":"u","payload":{"model":"M","messages":[` + s + `,` + a + `,` + b + `]` + end + `,"delay":9}`,
			`{"session_id":"u","payload":{"model":"M","messages":[` + s + `,` + a + `,` + b + `,` + c + `]` + end + `}`,
			`{"session_id":"conversation-2","payload":{"model":"M","messages":[` + d + `]` + end + `}`,
		}, 4, 2, 2},
		{format.KindCustomImage, []string{
			`{"content":[{"type":"text","text":"A"},{"type":"image_url","image_url":{"url":"http://h/1.png"}}]}`,
			`{"content":[{"type":"text","text":"A"},{"type":"image_url","image_url":{"url":"http://h/1.png"}},{"type":"text","text":"B"}]}`,
			`{"content":[{"type":"text","text":"A"},{"type":"image_url","image_url":{"url":"http://h/1.png"}},{"type":"text","text":"B"},` +
				`{"type":"text","text":"C"},{"type":"image_url","image_url":{"url":"http://h/2.png"}}]}`,
			`{"content":[{"type":"text","text":"D"},{"type":"image_url","image_url":{"url":"http://h/3.png"}}]}`,
		}, 4, 2, 0},
		{format.KindSingleTurn, []string{
			`{"session_id":"u","turns":[{"text":"S","images":[],"role":"system"},{"text":"A","images":["http://h/1.png"],"output_length":3},{"text":"B","images":[],"delay":9}]}`,
			`{"session_id":"u","turns":[{"text":"C","images":["http://h/2.png"]}]}`,
			`{"turns":[{"text":"D","images":["http://h/3.png"]}]}`,
		}, 4, 0, 2},
	} {
		convert := format.Converter{To: test.to, Model: "M"}
		var got []string
		for i, line := range lines {
			if test.to == format.KindCustomImage {
				line = strings.Replace(line, `{"role":"system","text":"S"},`, "", 1) // which only bodies can hold
			}
			for row, err := range convert.Rows([]byte(line), i == 1) {
				if err != nil {
					t.Fatalf("%s, line %d: %s", test.to, i, err)
				}
				got = append(got, strings.TrimSuffix(string(row), "\n"))
			}
		}
		if alone := (format.Converter{To: test.to, Model: "M"}); test.to == format.KindSingleTurn {
			for range alone.Rows([]byte(lines[2]), false) {
			}
			if alone.Sessions() != 1 {
				t.Errorf("a conversation without a session_id makes %d sessions", alone.Sessions())
			}
		}
		if !slices.Equal(got, test.rows) {
			t.Errorf("%s: got\n%s\nwant\n%s", test.to, strings.Join(got, "\n"), strings.Join(test.rows, "\n"))
		}
		if convert.Requests != test.requests || convert.Spread != test.spread || convert.Sessions() != test.sessions {
			t.Errorf("%s: %d requests, %d conversations, %d sessions, want %d, %d and %d", test.to, convert.Requests, convert.Spread, convert.Sessions(),
				test.requests, test.spread, test.sessions)
		}
	}
}
