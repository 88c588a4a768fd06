package stream_test

import (
	"fmt"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// A turn is sent with the images of the turns before, in the order in which a client with so many conversations at once sends them.
func TestConversations(t *testing.T) {
	c := stream.Conversations{Turns: []uint32{3, 1, 2}, PerTurn: []int{2, 0, 1}, Pool: 7, Sessions: 2}
	s := sample(t, c, 1)
	streamtest.Check(t, s, c.Shape())
	var own, sent [][]uint32
	for r := range s.Rows() {
		own, sent = append(own, s.Row(r)), append(sent, s.Request(r))
	}
	if got, want := fmt.Sprint(own), "[[0 1] [] [2] [3 4] [5 6] []]"; got != want {
		t.Errorf("rows are %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(sent), "[[0 1] [0 1] [0 1 2] [3 4] [5 6] [5 6]]"; got != want {
		t.Errorf("sent are %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(s.Sessions, s.Sent), "[0 0 0 1 2 2] [0 3 1 4 2 5]"; got != want {
		t.Errorf("sessions and order are %s, want %s", got, want)
	}
	for row, want := range []int{0, 0, 0, 3, 4, 4, 6} {
		if got := c.Begin(row); got != want {
			t.Errorf("the conversation of row %d begins at %d, want %d", row, got, want)
		}
	}
}
