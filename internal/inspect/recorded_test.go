package inspect

import (
	"context"
	"reflect"
	"strings"
	"testing"
)

// TestRows: rows can be taken in any order, by their place in the file or by their session.
func TestRows(t *testing.T) {
	const file = `{"text":"a","images":["http://h/0"]}
{"text":"b","images":["http://h/1","http://h/2"],"session_id":"sé"}
{"text":"c","images":["http://h/0"],"session_id":"other"}
{"text":"d","images":["http://h/3"],"session_id":"sé"}
{"text":"e","images":["http://h/1"]}
`
	result, err := Read(context.Background(), "f", strings.NewReader(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := result.Sent().Rows()
	if rows.Len() != 5 || rows.Conversations() != 4 {
		t.Fatalf("%d rows, %d conversations", rows.Len(), rows.Conversations())
	}
	want := [][]uint32{{0}, {1, 2}, {0}, {3}, {1}}
	for _, row := range []uint32{3, 1, 1, 4, 0, 2} {
		if got := rows.Images(row, nil); !reflect.DeepEqual(got, want[row]) {
			t.Errorf("row %d has the images %v", row, got)
		}
	}
	var first []uint32
	for i := range rows.Conversations() {
		first = append(first, rows.First(i))
	}
	if !reflect.DeepEqual(first, []uint32{0, 1, 2, 4}) {
		t.Errorf("first rows %v", first)
	}
	if next, ok := rows.After(1); next != 3 || !ok {
		t.Errorf("after row 1: %d, %v", next, ok)
	}
	if _, ok := rows.After(3); ok {
		t.Error("there is a row after the last of its session")
	}
	for id, want := range map[string]uint32{"sé": 1, "other": 2} {
		if row, ok := rows.InSession(id); row != want || !ok {
			t.Errorf("session %q: row %d, %v", id, row, ok)
		}
	}
	if _, ok := rows.InSession("none"); ok {
		t.Error("there is a session that no row has")
	}
	for row, want := range []bool{false, true, true, true, false} {
		if rows.HasSession(uint32(row)) != want {
			t.Errorf("row %d has a session: %v", row, !want)
		}
	}
}

// TestRowsThatGrow: turns are rows, and send the images of the turns before again.
func TestRowsThatGrow(t *testing.T) {
	const file = `{"turns":[{"text":"a","images":["http://h/0"]},{"text":"b","images":["http://h/1"]}]}
{"session_id":"s","turns":[{"text":"c","images":["http://h/2"]}]}
`
	result, err := Read(context.Background(), "f", strings.NewReader(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := result.Sent().Rows()
	next, ok := rows.After(rows.First(0))
	if got := rows.Images(next, nil); !ok || !reflect.DeepEqual(got, []uint32{0, 1}) {
		t.Errorf("the second turn sends %v", got)
	}
	if rows.HasSession(0) || rows.HasSession(1) || !rows.HasSession(2) {
		t.Error("which rows have a session_id")
	}
}
