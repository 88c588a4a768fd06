package stream

import (
	"cmp"
	"context"
	"slices"

	"mmjsonl/internal/random"
)

// Windows are users who each show a sliding window of their images: a request of a user has the last Window of them, one of which is new. The first
// Shared images of each window are the same for all users, and do not slide.
//
// Rows go turn by turn, and in a turn user by user, the same for all seeds. To an LRU cache that is a step: in the file's order it hits nothing of a
// user's own images below about Users·Window images and everything it can from there on; a client that sends user by user hits everything from Window
// images on. With Groups users return at distances that make it hit a share of them, see [PlaceReturns].
type Windows struct {
	Users   int      // from 1
	Turns   int      // requests of a user, from 1
	TurnsOf []uint32 // requests of each user, from 1, in place of Turns; nil: all have Turns
	Window  int      // images in a request, from 1
	Shared  int      // of these in front, the same for all users, below Window

	// Groups are users one after the other who return together; nil: rows go turn by turn. With them there is TurnsOf.
	Groups []Group

	// Sessions says that rows name their user, so that the client sends a user's requests one after the other, and those of so many users
	// at once; 0: rows do not, and go out in their order.
	Sessions int
}

// Group is users who take their turns together, one after the other, and after some turns pause together, until they come for another visit.
type Group struct {
	Users  int
	Turns  int // of each user
	Visits int // over which these are divided, from 1 to Turns
	Band   int // of their returns within a visit, see [PlaceReturns]
}

// Own is how many images a user has that nobody else has, where all have as many turns.
func (w Windows) Own() int { return w.Window - w.Shared + w.Turns - 1 }

// turns is how many requests a user has.
func (w Windows) turns(user int) int {
	if w.TurnsOf != nil {
		return int(w.TurnsOf[user])
	}
	return w.Turns
}

// Shape says that all rows have the same length.
func (w Windows) Shape() Shape {
	rows := w.Users * w.Turns
	if w.TurnsOf != nil {
		rows = 0
		for _, turns := range w.TurnsOf {
			rows += int(turns)
		}
	}
	shape := even(rows, w.Window, w.Shared+w.Users*(w.Window-w.Shared-1)+rows)
	if w.Sessions > 0 {
		shape.Sessions = w.Users
	}
	return shape
}

// Sample returns the stream; only the order of groups depends on the seed.
func (w Windows) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	shape := w.Shape()
	s := &Stream{Media: make([]uint32, 0, shape.Slots), PerRow: w.Window, rows: shape.Rows}
	if w.Sessions > 0 {
		s.Sessions = make([]uint32, 0, shape.Rows)
	}
	first := make([]uint32, w.Users) // of each user's own images
	next := uint32(w.Shared)
	for user := range first {
		first[user] = next
		next += uint32(w.Window - w.Shared + w.turns(user) - 1)
	}
	row := func(user, turn int) error {
		if err := cancelled(ctx, len(s.Media), w.Window); err != nil {
			return err
		}
		for image := range w.Shared {
			s.Media = append(s.Media, uint32(image))
		}
		for image := range w.Window - w.Shared {
			s.Media = append(s.Media, first[user]+uint32(turn+image))
		}
		if w.Sessions > 0 {
			s.Sessions = append(s.Sessions, uint32(user))
		}
		return nil
	}
	inOrder := w.turnByTurn
	if w.Groups != nil {
		inOrder = w.visits
	}
	if err := inOrder(ctx, seed, row); err != nil {
		return nil, err
	}
	if w.Sessions > 0 && shape.Rows > w.Users {
		s.Sent = bySession(s.Sessions, w.Users, w.Sessions)
	}
	return s, nil
}

// turnByTurn calls row for each turn of each user who has so many, and in a turn for user after user.
func (w Windows) turnByTurn(_ context.Context, _ uint64, row func(user, turn int) error) error {
	users := make([]int, w.Users) // who have more turns
	for user := range users {
		users[user] = user
	}
	for turn := 0; len(users) > 0; turn++ {
		users = slices.DeleteFunc(users, func(user int) bool { return w.turns(user) <= turn })
		for _, user := range users {
			if err := row(user, turn); err != nil {
				return err
			}
		}
	}
	return nil
}

// visits calls row for the turns of groups that visit one after the other, in rounds: those with more visits first, and otherwise in random order.
func (w Windows) visits(ctx context.Context, seed uint64, row func(user, turn int) error) error {
	firstUser := make([]int, len(w.Groups))
	for i := range w.Groups[1:] {
		firstUser[i+1] = firstUser[i] + w.Groups[i].Users
	}
	order, err := shuffledImages(ctx, seed, random.Visits, len(w.Groups))
	if err != nil {
		return err
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(w.Groups[b].Visits, w.Groups[a].Visits) })
	for visit := 0; len(order) > 0; visit++ {
		for len(order) > 0 && w.Groups[order[len(order)-1]].Visits <= visit {
			order = order[:len(order)-1]
		}
		for _, i := range order {
			g := w.Groups[i]
			for turn := g.begin(visit); turn < g.begin(visit+1); turn++ {
				for user := range g.Users {
					if err := row(firstUser[i]+user, turn); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// begin is the turn with which a visit begins, for the number of visits that of turns.
func (g Group) begin(visit int) int { return int(int64(visit) * int64(g.Turns) / int64(g.Visits)) }

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
