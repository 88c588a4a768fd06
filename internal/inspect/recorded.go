package inspect

import "mmjsonl/internal/format"

// Rows are a file's rows by number, from 0, for an order of sending that a client has recorded. A row of several turns counts as one row
// a turn. Rows are not safe for concurrent use.
type Rows struct {
	plan   *plan
	random randomRows
	named  []bool   // by conversation that has a number: it has a session_id
	starts []uint32 // likewise: its first row
}

// Rows returns the file's rows.
func (s *Sent) Rows() *Rows {
	if s.places == nil {
		s.places = s.view.slots.places()
	}
	r := &Rows{plan: s.plan, random: randomRows{cursor: cursor{stream: &s.view.slots}, places: s.places, ready: -1}}
	r.named = make([]bool, s.plan.rows.last+1)
	for _, e := range s.plan.rows.sessions.entries {
		if e.number != 0 {
			r.named[e.number-1] = true
		}
	}
	r.starts = make([]uint32, len(r.named))
	for row := s.plan.rows.count - 1; row >= 0 && s.plan.rows.conversations != nil; row-- {
		r.starts[s.plan.rows.conversations[row]] = uint32(row)
	}
	return r
}

// Len is how many rows there are.
func (r *Rows) Len() int { return r.plan.rows.count }

// Conversations is how many conversations the rows belong to. A row that is not part of any is one of its own.
func (r *Rows) Conversations() int { return r.plan.conversations() }

// First is the first row of a conversation. They are numbered in the order of their first rows.
func (r *Rows) First(conversation int) uint32 { return r.plan.head(conversation) }

// After is the row that comes after another one in its conversation.
func (r *Rows) After(row uint32) (next uint32, ok bool) {
	next = r.plan.after(row)
	return next, next != none
}

// InSession is the first row that has a session_id.
func (r *Rows) InSession(id string) (row uint32, ok bool) {
	conversation, ok := r.plan.rows.sessions.find(format.KeyOf(id))
	if !ok {
		return 0, false
	}
	return r.starts[conversation], true
}

// HasSession reports whether a row has a session_id.
func (r *Rows) HasSession(row uint32) bool {
	conversations := r.plan.rows.conversations
	return conversations != nil && r.named[conversations[row]]
}

// Images appends the images of the request that sends a row: the row's, and those of the rows before in a conversation that grows.
func (r *Rows) Images(row uint32, to []uint32) []uint32 { return r.plan.images(&r.random, row, to) }
