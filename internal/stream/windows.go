package stream

import "context"

// Windows are users who each show a sliding window of their own images: a request of a user has the last Window of them, one of which is new.
// Rows go turn by turn, and in a turn user by user. It is the same for all seeds.
//
// To an LRU cache this is a step. In the file's order it hits nothing below about Users·Window images and everything it can from there on; a client
// that sends user by user hits everything from Window images on.
type Windows struct {
	Users  int // from 1
	Turns  int // requests of a user, from 1
	Window int // images in a request, from 1

	// Sessions says that rows name their user, so that the client sends a user's requests one after the other, and those of so many users
	// at once; 0: rows do not, and go out in their order.
	Sessions int
}

// Own is how many images a user has.
func (w Windows) Own() int { return w.Window + w.Turns - 1 }

// Shape says that all rows have the same length.
func (w Windows) Shape() Shape {
	shape := even(w.Users*w.Turns, w.Window, w.Users*w.Own())
	if w.Sessions > 0 {
		shape.Sessions = w.Users
	}
	return shape
}

// Sample returns the stream, whatever the seed.
func (w Windows) Sample(ctx context.Context, _ uint64) (*Stream, error) {
	s := &Stream{Media: make([]uint32, 0, w.Users*w.Turns*w.Window), PerRow: w.Window, rows: w.Users * w.Turns}
	for turn := range w.Turns {
		for user := range w.Users {
			if err := cancelled(ctx, len(s.Media), w.Window); err != nil {
				return nil, err
			}
			first := user*w.Own() + turn
			for image := range w.Window {
				s.Media = append(s.Media, uint32(first+image))
			}
		}
	}
	if w.Sessions == 0 {
		return s, nil
	}
	s.Sessions = make([]uint32, s.rows)
	for r := range s.Sessions {
		s.Sessions[r] = uint32(r % w.Users)
	}
	if w.Turns > 1 {
		s.Sent = bySession(s.Sessions, w.Users, w.Sessions)
	}
	return s, nil
}

// bySession returns the order in which a client sends rows that name their session: sessions in the order of their first rows, each one's rows in
// theirs, so many sessions at once. Requests are answered in the order in which they were sent; each answer makes room for the next of its
// session, or for another session.
func bySession(sessions []uint32, count, atOnce int) []uint32 {
	const none = ^uint32(0)
	next := make([]uint32, len(sessions)) // by row: the next of its session
	last := make([]uint32, count)         // by session: the last row so far
	for i := range last {
		last[i] = none
	}
	heads := make([]uint32, 0, count) // first rows of sessions
	for r, session := range sessions {
		next[r] = none
		if before := last[session]; before == none {
			heads = append(heads, uint32(r))
		} else {
			next[before] = uint32(r)
		}
		last[session] = uint32(r)
	}
	sent := make([]uint32, 0, len(sessions))
	begin := min(atOnce, len(heads))
	sent = append(sent, heads[:begin]...)
	for answered := 0; answered < len(sent); answered++ {
		switch row := next[sent[answered]]; {
		case row != none:
			sent = append(sent, row)
		case begin < len(heads):
			sent = append(sent, heads[begin])
			begin++
		}
	}
	return sent
}
