package stream_test

import (
	"fmt"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// A user's requests are windows over images that nobody else has, turn by turn; sent, they are those of one user after the other.
func TestWindows(t *testing.T) {
	for _, w := range []stream.Windows{{Users: 1, Turns: 1, Window: 1}, {Users: 4, Turns: 6, Window: 5}, {Users: 3, Turns: 1, Window: 4}, {Users: 7, Turns: 3, Window: 1}} {
		s := sample(t, w, 1)
		streamtest.Check(t, s, w.Shape())
		if s.Sent != nil || s.Sessions != nil {
			t.Errorf("%+v: rows that name no user are sent as %v", w, s.Sent)
		}
		r := 0
		for turn := range w.Turns {
			for user := range w.Users {
				var want []uint32
				for image := range w.Window {
					want = append(want, uint32(user*(w.Window+w.Turns-1)+turn+image))
				}
				if got := s.Row(r); !slices.Equal(got, want) {
					t.Fatalf("%+v: row %d is %v, want %v", w, r, got, want)
				}
				r++
			}
		}
	}
}

// The order in which a client with so many sessions at once sends them: each answer, in the order of the requests, makes room for one more request.
func TestWindowsSent(t *testing.T) {
	for _, test := range []struct {
		users, turns, atOnce int
		want                 string
	}{
		{3, 2, 1, "[0 3 1 4 2 5]"},
		{3, 2, 2, "[0 1 3 4 2 5]"},
		{3, 2, 9, "[0 1 2 3 4 5]"},
		{4, 3, 3, "[0 1 2 4 5 6 8 9 10 3 7 11]"},
	} {
		s := sample(t, stream.Windows{Users: test.users, Turns: test.turns, Window: 2, Sessions: test.atOnce}, 1)
		streamtest.Check(t, s, stream.Windows{Users: test.users, Turns: test.turns, Window: 2}.Shape())
		if got := fmt.Sprint(s.Sent); got != test.want {
			t.Errorf("%+v: sent as %s, want %s", test, got, test.want)
		}
		for r, session := range s.Sessions {
			if int(session) != r%test.users {
				t.Errorf("row %d is of session %d of %d", r, session, test.users)
			}
		}
	}
}

// Users can have different numbers of turns, and the same images in front of their windows; who has no more turns is left out.
func TestWindowsOfDifferentUsers(t *testing.T) {
	w := stream.Windows{Users: 3, TurnsOf: []uint32{2, 1, 3}, Window: 3, Shared: 1, Sessions: 1}
	s := sample(t, w, 1)
	streamtest.Check(t, s, w.Shape())
	var rows [][]uint32
	for r := range s.Rows() {
		rows = append(rows, s.Row(r))
	}
	if got, want := fmt.Sprint(rows), "[[0 1 2] [0 4 5] [0 6 7] [0 2 3] [0 7 8] [0 8 9]]"; got != want {
		t.Errorf("the rows are %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(s.Sessions, s.Sent), "[0 1 2 0 2 2] [0 3 1 2 4 5]"; got != want {
		t.Errorf("sessions and order are %s, want %s", got, want)
	}
}
