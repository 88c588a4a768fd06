package measure

import (
	"fmt"
	"regexp"
	"strconv"
)

// Rows are a request file's rows by number; an inspect.Rows.
type Rows interface {
	Len() int
	Conversations() int
	First(conversation int) uint32
	After(row uint32) (next uint32, ok bool)
	InSession(id string) (row uint32, ok bool)
	HasSession(row uint32) bool
	Images(row uint32, to []uint32) []uint32
}

// generatedID is the session_id that aiperf gives a row without one, if it runs with --random-seed: the number counts such rows.
var generatedID = regexp.MustCompile(`^session_([0-9]{6,9})$`)

// finder finds rows by what a client recorded of them.
type finder struct {
	rows     Rows
	own      []uint32          // first rows of the conversations without a session_id
	recorded map[string]uint32 // by the session_ids of inputs.json: the first row; nil until it is needed
}

// rowsOf returns the row of each request that was sent. The error says why that cannot be done.
func rowsOf(r *Run, rows Rows) (found []uint32, err error) {
	f := finder{rows: rows}
	for i := range rows.Conversations() {
		if first := rows.First(i); !rows.HasSession(first) {
			f.own = append(f.own, first)
		}
	}
	for _, sent := range r.Sent {
		row, ok := f.first(sent.Conversation)
		if !ok && f.recorded == nil {
			if err := f.readRecorded(r); err != nil {
				return nil, fmt.Errorf("its session %.60q is in no row, and %s cannot be read: %w", sent.Conversation, inputsName, err)
			}
			row, ok = f.first(sent.Conversation)
		}
		if !ok {
			return nil, fmt.Errorf("the session %.60q, which was sent, is neither in the rows nor in %s", sent.Conversation, inputsName)
		}
		for turn := range sent.Turn {
			if row, ok = rows.After(row); !ok {
				return nil, fmt.Errorf("turn %d of the session %.60q was sent, and the file has %d", sent.Turn+1, sent.Conversation, turn+1)
			}
		}
		found = append(found, row)
	}
	return found, nil
}

// first returns the first row of a conversation.
func (f *finder) first(id string) (row uint32, ok bool) {
	if row, ok = f.recorded[id]; ok {
		return row, true
	}
	if row, ok = f.rows.InSession(id); ok {
		return row, true
	}
	if parts := generatedID.FindStringSubmatch(id); parts != nil {
		if n, err := strconv.Atoi(parts[1]); err == nil && n < len(f.own) {
			return f.own[n], true
		}
	}
	return 0, false
}

// readRecorded reads the session_ids that aiperf drew.
func (f *finder) readRecorded(r *Run) error {
	f.recorded = map[string]uint32{}
	if r.sessionIDs == nil {
		return fmt.Errorf("there is none")
	}
	ids, err := r.sessionIDs()
	if err != nil {
		return err
	}
	if len(ids) != f.rows.Conversations() {
		return fmt.Errorf("it has %d sessions, and the file's rows have %d", len(ids), f.rows.Conversations())
	}
	for i, id := range ids {
		f.recorded[id] = f.rows.First(i)
	}
	return nil
}

// sentSequence is the requests in the order in which they were sent. fault says in which request the client counted other images than the row has.
func sentSequence(r *Run, rows Rows) (s *Sequence, fault string, err error) {
	found, err := rowsOf(r, rows)
	if err != nil {
		return nil, "", err
	}
	s = new(Sequence)
	var request []uint32
	for i, row := range found {
		request = rows.Images(row, request[:0])
		sent := r.Sent[i]
		if sent.Images >= 0 && sent.Images != len(request) && fault == "" {
			fault = fmt.Sprintf("a request of the run has %d images, and row %d, which it sent, has %d", sent.Images, row+1, len(request))
		}
		s.add(request, sent.WarmUp)
	}
	return s, fault, nil
}
