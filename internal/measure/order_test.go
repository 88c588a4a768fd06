package measure

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"mmjsonl/internal/inspect"
)

func rowsIn(t *testing.T, file string) Rows {
	t.Helper()
	result, err := inspect.Read(context.Background(), "f", strings.NewReader(file), inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return result.Sent().Rows()
}

const (
	// rows 1 and 3 have a session, 0, 2 and 4 none.
	mixedRows = `{"text":"a","images":["http://h/0"]}
{"text":"b","images":["http://h/1"],"session_id":"s"}
{"text":"c","images":["http://h/2"]}
{"text":"d","images":["http://h/3"],"session_id":"s"}
{"text":"e","images":["http://h/4"]}
`
	recordedIDs = `{"data":[{"session_id":"u0"},{"session_id":"s"},{"session_id":"u2"},{"session_id":"u4"}]}`
)

// TestSentSequence: a request's row is known by its session_id, by the number that a seed gives it, or through inputs.json.
func TestSentSequence(t *testing.T) {
	rows := rowsIn(t, mixedRows)
	for name, test := range map[string]struct {
		sent  []Sent
		ids   string
		want  []uint32 // the image of each request
		fails string
		fault string
	}{
		"session":   {sent: []Sent{{Conversation: "s", Turn: 1}, {Conversation: "s"}}, want: []uint32{3, 1}},
		"seed":      {sent: []Sent{{Conversation: "session_000002"}, {Conversation: "session_000000"}, {Conversation: "s"}, {Conversation: "session_000001"}}, want: []uint32{4, 0, 1, 2}},
		"inputs":    {sent: []Sent{{Conversation: "u4"}, {Conversation: "s", Turn: 1}, {Conversation: "u0"}, {Conversation: "u4"}}, ids: recordedIDs, want: []uint32{4, 3, 0, 4}},
		"unknown":   {sent: []Sent{{Conversation: "x"}}, ids: recordedIDs, fails: `the session "x", which was sent, is neither in the rows nor in inputs.json`},
		"no inputs": {sent: []Sent{{Conversation: "u4"}}, fails: `its session "u4" is in no row, and inputs.json cannot be read`},
		"too few":   {sent: []Sent{{Conversation: "u4"}}, ids: `{"data":[{"session_id":"u4"}]}`, fails: "it has 1 sessions, and the file's rows have 4"},
		"turns":     {sent: []Sent{{Conversation: "s", Turn: 2}}, fails: `turn 3 of the session "s" was sent, and the file has 2`},
		"images":    {sent: []Sent{{Conversation: "s"}, {Conversation: "s", Turn: 1, Images: 2}}, want: []uint32{1, 3}, fault: "a request of the run has 2 images, and row 4, which it sent, has 1"},
		"uncounted": {sent: []Sent{{Conversation: "s", Images: -1}}, want: []uint32{1}},
	} {
		run := &Run{Sent: test.sent, sessionIDs: func() ([]string, error) {
			if test.ids == "" {
				return nil, errors.New("not there")
			}
			return conversationIDs(strings.NewReader(test.ids))
		}}
		for i := range run.Sent {
			if run.Sent[i].Images == 0 {
				run.Sent[i].Images = 1
			}
		}
		s, fault, err := sentSequence(run, rows)
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(s.images, test.want) || fault != test.fault {
			t.Errorf("%s: %v, %q, %v", name, s, fault, err)
		}
	}
}

// TestWarmUpApart: the warm-up fills the cache and is not counted.
func TestWarmUpApart(t *testing.T) {
	run := &Run{Sent: []Sent{{Conversation: "session_000000", WarmUp: true, Images: 1}, {Conversation: "session_000000", Images: 1}, {Conversation: "s", Images: 1}}}
	s, _, err := sentSequence(run, rowsIn(t, mixedRows))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := newModel(0, nil, 5, nil)
	requests, slots := s.measured()
	if hits := m.hits(s, 5)[0]; hits != 1 || requests != 2 || slots != 2 {
		t.Errorf("%d hits in %d images of %d requests", hits, slots, requests)
	}
}
