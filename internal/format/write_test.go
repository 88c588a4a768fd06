package format_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mmjsonl/internal/format"
)

// uuid stands for the uuid of an image.
func uuid(dst []byte, image uint32) []byte {
	return fmt.Appendf(dst, "00000000-0000-5000-8000-%012x", image)
}

// formats are all that rows are written in; each keeps what a Format promises. The line is that of the row 7 with the text T and the images 0
// and 3, which are called R0 and R3.
var formats = []struct {
	name   string
	format format.Format
	line   string
}{
	{"single_turn", &format.SingleTurn{}, `{"text":"T","images":["R0","R3"]}`},
	{"single_turn with uuids and a length", &format.SingleTurn{Options: format.Options{UUID: uuid, MaxTokens: 500}},
		`{"text":"T","images":["R0","R3"],"image_uuids":["00000000-0000-5000-8000-000000000000","00000000-0000-5000-8000-000000000003"],"output_length":500}`},
	{"multi_turn, a turn", &format.MultiTurn{SingleTurn: format.SingleTurn{Options: format.Options{UUID: uuid, MaxTokens: 500}}},
		`{"turns":[{"text":"T","images":["R0","R3"],"image_uuids":["00000000-0000-5000-8000-000000000000","00000000-0000-5000-8000-000000000003"],"output_length":500}]}`},
	{"raw_payload", &format.Body{Wrap: format.KindRawPayload, Model: "M"},
		`{"model":"M","messages":[{"role":"user","content":[{"type":"text","text":"T"},{"type":"image_url","image_url":{"url":"R0"}},` +
			`{"type":"image_url","image_url":{"url":"R3"}}]}],"stream":true,"stream_options":{"include_usage":true}}`},
	{"mooncake with uuids", &format.Body{Wrap: format.KindMooncake, Model: "M", Options: format.Options{UUID: uuid, MaxTokens: 9}},
		`{"payload":{"model":"M","messages":[{"role":"user","content":[{"type":"text","text":"T"},` +
			`{"type":"image_url","image_url":{"url":"R0"},"uuid":"00000000-0000-5000-8000-000000000000"},` +
			`{"type":"image_url","image_url":{"url":"R3"},"uuid":"00000000-0000-5000-8000-000000000003"}]}],` +
			`"max_tokens":9,"stream":true,"stream_options":{"include_usage":true}}}`},
	{"batch", &format.Body{Wrap: format.KindBatch, Model: "M", Options: format.Options{MaxTokens: 9}},
		`{"custom_id":"request-7","method":"POST","url":"/v1/chat/completions","body":{"model":"M","messages":[{"role":"user","content":[` +
			`{"type":"text","text":"T"},{"type":"image_url","image_url":{"url":"R0"}},{"type":"image_url","image_url":{"url":"R3"}}]}],"max_tokens":9}}`},
	{"single_turn of videos", &format.SingleTurn{Options: format.Options{Videos: true}}, `{"text":"T","videos":["R0","R3"]}`},
	{"raw_payload of videos", &format.Body{Wrap: format.KindRawPayload, Model: "M", Options: format.Options{Videos: true}},
		`{"model":"M","messages":[{"role":"user","content":[{"type":"text","text":"T"},{"type":"video_url","video_url":{"url":"R0"}},` +
			`{"type":"video_url","video_url":{"url":"R3"}}]}],"stream":true,"stream_options":{"include_usage":true}}`},
	{"custom_image", &format.CustomImage{}, `{"prompt":"T","image_files":["R0","R3"]}`},
}

// write renders a row the plain way.
func write(f format.Format, row *format.Row, text string, references []string) []byte {
	line := f.Middle(append(f.Head(nil, row), text...), row)
	for i, reference := range references {
		if i > 0 {
			line = append(line, f.Between()...)
		}
		line = f.Close(append(append(line, f.Open()...), reference...), row.Images[i])
	}
	return f.Tail(line, row)
}

// A written row is a line that the package reads back as it was meant, behind whatever the buffer held before.
func TestFormats(t *testing.T) {
	for _, test := range formats {
		f := test.format
		if got := string(write(f, &format.Row{Number: 7, Images: []uint32{0, 3}}, "T", []string{"R0", "R3"})); got != test.line+"\n" {
			t.Errorf("%s: got %swant %s", test.name, got, test.line)
		}
		for images := range 4 {
			if images == 0 && f.Kind() == format.KindCustomImage {
				continue // its reader wants one
			}
			t.Run(fmt.Sprintf("%s/%d images", test.name, images), func(t *testing.T) {
				row := &format.Row{Number: 7}
				var references []string
				for i := range images {
					row.Images = append(row.Images, uint32(i*3))
					references = append(references, fmt.Sprintf("http://h/%d.png", i*3))
				}
				line := write(f, row, `a \"b\" é`, references)
				if !bytes.HasSuffix(line, []byte("\n")) || bytes.Count(line, []byte("\n")) != 1 || !json.Valid(line) {
					t.Fatalf("%q is not a line of JSON", line)
				}
				text := bytes.TrimSuffix(line, []byte("\n"))
				if kind, ok := format.KindOf(text); !ok || kind != f.Kind() {
					t.Fatalf("%s is taken for a row of %s", line, kind)
				}
				reader := format.Reader{Kind: f.Kind()}
				var batch format.Batch
				reader.Read(format.Line{Text: text}, &batch)
				if len(batch.Requests) != 1 || batch.BadCount > 0 || batch.Requests[0].References != images || !batch.Requests[0].HasText {
					t.Fatalf("%s is read as %+v, want a request of %d images", line, batch.Requests, images)
				}
				for _, appended := range [][]byte{f.Head([]byte("x"), row), f.Middle([]byte("x"), row), f.Close([]byte("x"), 0), f.Tail([]byte("x"), row)} {
					if appended[0] != 'x' {
						t.Errorf("%q was replaced", appended)
					}
				}
				if len(f.Close(nil, 0)) != len(f.Close(nil, 1<<32-1)) {
					t.Error("what comes after a reference differs in length")
				}
			})
		}
	}
}

// Rows name their session, in the formats whose rows can.
func TestFormatsWithSession(t *testing.T) {
	for _, f := range []format.Format{&format.SingleTurn{}, &format.Body{Wrap: format.KindMooncake, Model: "M"}} {
		line := write(f, &format.Row{InSession: true, Session: 12}, "T", nil)
		if !bytes.HasPrefix(line, []byte(`{"session_id":"user_12","`)) || !json.Valid(line) {
			t.Errorf("%s", line)
		}
		reader := format.Reader{Kind: f.Kind()}
		var batch format.Batch
		reader.Read(format.Line{Text: bytes.TrimSpace(line)}, &batch)
		if len(batch.Requests) != 1 || !batch.Requests[0].HasSession {
			t.Errorf("%s is read as %+v", line, batch.Requests)
		}
	}
}

// What single rows say beside text and images.
func TestFormatsOfRows(t *testing.T) {
	all := &format.Row{AnswerTokens: 20, Scheduled: true, Micros: 1_234_050}
	options := format.Options{MaxTokens: 9, Extra: `"top_k":1`}
	for _, test := range []struct {
		format format.Format
		row    *format.Row
		want   string
	}{
		{&format.SingleTurn{Options: options}, all,
			`{"text":"T","images":[],"output_length":20,"timestamp":1234.050,"extra":{"min_tokens":20,"ignore_eos":true,"top_k":1}}`},
		{&format.SingleTurn{Options: options}, &format.Row{}, `{"text":"T","images":[],"output_length":9,"extra":{"top_k":1}}`},
		{&format.SingleTurn{}, &format.Row{AnswerTokens: 20, Scheduled: true}, `{"text":"T","images":[],"output_length":20,"timestamp":0,"extra":{"min_tokens":20,"ignore_eos":true}}`},
		{&format.Body{Wrap: format.KindMooncake, Model: "M", Options: options}, all,
			`{"payload":{"model":"M","messages":[{"role":"user","content":[{"type":"text","text":"T"}]}],"max_tokens":20,"min_tokens":20,"ignore_eos":true,"top_k":1,` +
				`"stream":true,"stream_options":{"include_usage":true}},"timestamp":1234.050}`},
		{&format.Body{Wrap: format.KindRawPayload, Model: "M", Options: options}, &format.Row{},
			`{"model":"M","messages":[{"role":"user","content":[{"type":"text","text":"T"}]}],"max_tokens":9,"top_k":1,"stream":true,"stream_options":{"include_usage":true}}`},
	} {
		line := bytes.TrimSuffix(write(test.format, test.row, "T", nil), []byte("\n"))
		if string(line) != test.want || !json.Valid(line) {
			t.Errorf("got %s\nwant %s", line, test.want)
		}
		reader := format.Reader{Kind: test.format.Kind()}
		var batch format.Batch
		reader.Read(format.Line{Text: line}, &batch)
		if len(batch.Requests) != 1 || batch.BadCount > 0 || batch.Requests[0].HasTime != (test.row.Scheduled) {
			t.Errorf("%s is read as %+v", line, batch)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, test := range []struct {
		kind format.Kind
		file format.File
		want string
	}{
		{format.KindSingleTurn, format.File{Path: "f.jsonl", Requests: 500}, "--input-file f.jsonl --custom-dataset-type single_turn --request-count 500 --random-seed 1 --output-artifact-dir artifacts/f"},
		{format.KindSingleTurn, format.File{Path: "f.jsonl", Requests: 500, WarmUp: 20},
			"--input-file f.jsonl --custom-dataset-type single_turn --warmup-request-count 20 --request-count 480 --random-seed 1 --output-artifact-dir artifacts/f"},
		{format.KindSingleTurn, format.File{Path: "d/a.b.jsonl.gz", Requests: 5, WarmUp: 5, Concurrency: 8},
			"--input-file d/a.b.jsonl.gz --custom-dataset-type single_turn --request-count 5 --concurrency 8 --random-seed 1 --output-artifact-dir artifacts/a.b"},
		{format.KindSingleTurn, format.File{Path: "/...jsonl", Requests: 5, Concurrency: 1},
			"--input-file /...jsonl --custom-dataset-type single_turn --request-count 5 --random-seed 1 --output-artifact-dir artifacts/...jsonl"},
		{format.KindSingleTurn, format.File{Path: "f.jsonl", Requests: 50, Sessions: 5},
			"--input-file f.jsonl --custom-dataset-type single_turn --num-conversations 5 --random-seed 1 --output-artifact-dir artifacts/f"},
		{format.KindRawPayload, format.File{Path: "f.jsonl", Requests: 5}, "--input-file f.jsonl --custom-dataset-type raw_payload --request-count 5 --random-seed 1 --output-artifact-dir artifacts/f"},
		{format.KindMooncake, format.File{Path: "f.jsonl", Requests: 5}, "--input-file f.jsonl --custom-dataset-type mooncake_trace --request-count 5 --random-seed 1 --output-artifact-dir artifacts/f"},
		{format.KindMooncake, format.File{Path: "f.jsonl", Requests: 50, Scheduled: true, Concurrency: 3},
			"--input-file f.jsonl --custom-dataset-type mooncake_trace --fixed-schedule --random-seed 1 --output-artifact-dir artifacts/f"},
		{format.KindBatch, format.File{Path: "f.jsonl", Requests: 5}, ""},
		{format.KindCustomImage, format.File{Path: "f.jsonl", Requests: 5}, ""},
	} {
		if got := strings.Join(test.kind.Arguments(test.file), " "); got != test.want {
			t.Errorf("%s, %+v: got %s, want %s", test.kind, test.file, got, test.want)
		}
	}
}

func TestCommand(t *testing.T) {
	file := format.File{Path: "f.jsonl", Requests: 5, Model: "M", MaxTokens: 7}
	for kind, want := range map[format.Kind]string{
		format.KindRawPayload: "aiperf profile --model M --url URL --endpoint-type chat --streaming --input-file f.jsonl --custom-dataset-type raw_payload --request-count 5 " +
			"--random-seed 1 --output-artifact-dir artifacts/f",
		format.KindBatch: "vllm run-batch -i f.jsonl -o f.jsonl.results --model M",
		format.KindCustomImage: "vllm bench serve --model M --base-url URL --backend openai-chat --endpoint /v1/chat/completions --dataset-name custom_image " +
			"--dataset-path f.jsonl --disable-shuffle --no-oversample --num-prompts 5 --custom-output-len 7",
	} {
		if got := strings.Join(kind.Command(file), " "); got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
	}
}

// The turns of a conversation are rows one after the other that make one line.
func TestMultiTurnWrite(t *testing.T) {
	f := &format.MultiTurn{}
	var line []byte
	for turn, text := range []string{"A", "B", "C"} {
		row := &format.Row{Number: 9 + turn, InSession: true, Session: 4, Turn: uint32(turn), Turns: 3, Images: []uint32{uint32(turn)}}
		line = append(line, write(f, row, text, []string{fmt.Sprint("R", turn)})...)
	}
	want := `{"session_id":"user_4","turns":[{"text":"A","images":["R0"]},{"text":"B","images":["R1"]},{"text":"C","images":["R2"]}]}` + "\n"
	if string(line) != want {
		t.Errorf("got %swant %s", line, want)
	}
}
