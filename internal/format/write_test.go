package format_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mmjsonl/internal/format"
)

// formats are all that rows are written in; each keeps what a Format promises.
var formats = map[string]format.Format{
	"single_turn": format.SingleTurn{},
}

// write renders a row the plain way.
func write(f format.Format, row format.Row, text string, references []string) []byte {
	line := f.Middle(append(f.Head(nil, row), text...), row)
	for i, reference := range references {
		if i > 0 {
			line = append(line, f.Between()...)
		}
		line = append(append(append(line, f.Open()...), reference...), f.Close()...)
	}
	return f.Tail(line, row)
}

// A written row is a line that the package reads back as it was meant, behind whatever the buffer held before.
func TestFormats(t *testing.T) {
	for name, f := range formats {
		for images := range 4 {
			t.Run(fmt.Sprintf("%s/%d images", name, images), func(t *testing.T) {
				row := format.Row{Number: 7}
				var references []string
				for i := range images {
					row.Images = append(row.Images, uint32(i*3))
					references = append(references, fmt.Sprintf("http://h/%d.png", i*3))
				}
				line := write(f, row, `a \"b\" é`, references)
				if !bytes.HasSuffix(line, []byte("\n")) || bytes.Count(line, []byte("\n")) != 1 {
					t.Fatalf("%q is not a line", line)
				}
				var reader format.Reader
				var batch format.Batch
				reader.Read(format.Line{Text: bytes.TrimSuffix(line, []byte("\n"))}, &batch)
				if len(batch.Requests) != 1 || batch.BadCount > 0 || batch.Requests[0].References != images {
					t.Fatalf("%s is read as %+v, want a request of %d images", line, batch.Requests, images)
				}
				for _, appended := range [][]byte{f.Head([]byte("x"), row), f.Middle([]byte("x"), row), f.Tail([]byte("x"), row)} {
					if appended[0] != 'x' {
						t.Errorf("%q was replaced", appended)
					}
				}
			})
		}
	}
}

func TestSingleTurnArguments(t *testing.T) {
	for _, test := range []struct {
		file format.File
		want string
	}{
		{format.File{Path: "f.jsonl", Requests: 500}, "--input-file f.jsonl --custom-dataset-type single_turn --request-count 500"},
		{format.File{Path: "f.jsonl", Requests: 500, WarmUp: 20}, "--input-file f.jsonl --custom-dataset-type single_turn --warmup-request-count 20 --request-count 480"},
		{format.File{Path: "f.jsonl", Requests: 5, WarmUp: 5}, "--input-file f.jsonl --custom-dataset-type single_turn --request-count 5"},
	} {
		if got := strings.Join(format.SingleTurn{}.Arguments(test.file), " "); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.file, got, test.want)
		}
	}
}
