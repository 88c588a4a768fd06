package inspect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"mmjsonl/internal/format"
)

// rows are what the order of sending depends on, by row.
type rows struct {
	count         int
	conversations []uint32 // by row: its conversation, from 1; 0 if the row is one of its own. nil: all are
	times, delays []float64
	timed         bool // these are kept

	sessions numbers // by session_id: its conversation
	last     uint32  // conversation
	line     int64   // of the last row
}

// isFirst reports whether a row would be the first of its conversation.
func (s *rows) isFirst(r *format.Request) bool {
	if !r.HasSession {
		return r.Turn == 0
	}
	_, known := s.sessions.find(r.Session)
	return !known
}

// add adds a row, and reports whether it is a request. base is the number of lines before the batch.
func (s *rows) add(r *format.Request, base int64) bool {
	conversation := uint32(0)
	first := r.Turn == 0
	line := base + r.Line
	switch {
	case r.HasSession:
		var known bool
		if conversation, known = s.sessions.find(r.Session); !known {
			s.last++
			conversation = s.last
			s.sessions.add(r.Session, conversation)
		}
		first = !known
	case r.Turn > 0 && s.count > 0 && s.line == line:
		if s.conversations == nil {
			s.conversations = make([]uint32, s.count)
		}
		before := &s.conversations[s.count-1]
		if *before == 0 {
			s.last++
			*before = s.last
		}
		conversation = *before
	}
	if r.SystemPrompt && first {
		return false
	}
	s.line = line
	if conversation != 0 && s.conversations == nil {
		s.conversations = make([]uint32, s.count)
	}
	if s.conversations != nil {
		s.conversations = append(s.conversations, conversation)
	}
	if s.timed {
		at, delay := math.NaN(), math.NaN()
		if r.HasTime {
			at = r.Timestamp
		}
		if r.HasDelay {
			delay = r.Delay
		}
		s.times, s.delays = append(s.times, at), append(s.delays, delay)
	}
	s.count++
	return true
}

// schedule reports whether the client sends rows of a kind by their times without being told: aiperf does, of a trace whose first row has one.
func (s *rows) schedule(kind Kind) bool {
	return kind == format.KindMooncake && s.timed && len(s.times) > 0 && !math.IsNaN(s.times[0])
}

// none is no row.
const none = math.MaxUint32

// plan is the order in which rows are sent.
type plan struct {
	rows        *rows
	grows       bool
	concurrency int
	sending     Sending

	next     []uint32 // by row: the next of its conversation, or none; nil: no row has one
	previous []uint32 // likewise, before
	heads    []uint32 // first rows of conversations, as they are in the file; nil: all rows
	schedule []uint32 // all rows by time; nil: not by time

	grown int64 // references of all requests, if conversations grow, or more
}

// A conversation of n turns sends about n²/2 of them: more than this, and than so many times what is in the file, is not replayed.
const (
	mostGrown  = 200_000_000
	grownRatio = 256
)

// bound has conversations not grow if that would make too much, and reports it. v holds the rows.
func (p *plan) bound(v *view, most int64) (bounded bool) {
	if !p.grows || p.previous == nil || v.slots.full {
		return false
	}
	c := cursor{stream: &v.slots}
	if p.grown = p.growth(most, func() uint64 {
		references := c.read()
		for range references {
			c.read()
		}
		return references
	}); p.grown >= 0 {
		return false
	}
	p.grows, p.grown = false, 0
	return true
}

// growth is how many references all requests have if conversations grow, and one for each row in them, or -1 if that is too much. own returns the
// references of the next row.
func (p *plan) growth(most int64, own func() uint64) (grown int64) {
	sent := make([]int64, p.rows.count) // by row: its references and those of the turns before, and one for each
	var all int64
	for row := range sent {
		sent[row] = int64(own()) + 1
		all += sent[row]
		if before := p.previous[row]; before != none {
			sent[row] += sent[before]
		}
		grown += sent[row]
	}
	if grown > max(most, grownRatio*all) {
		return -1
	}
	return grown
}

func newPlan(s *rows, grows bool, concurrency int, sending Sending) *plan {
	p := &plan{rows: s, grows: grows, concurrency: max(concurrency, 1), sending: sending}
	if s.conversations != nil {
		lastOf := make([]uint32, s.last+1)
		for i := range lastOf {
			lastOf[i] = none
		}
		p.next, p.previous = make([]uint32, s.count), make([]uint32, s.count)
		for row, conversation := range s.conversations {
			p.next[row], p.previous[row] = none, none
			if conversation != 0 {
				if before := lastOf[conversation]; before != none {
					p.next[before], p.previous[row] = uint32(row), before
				}
				lastOf[conversation] = uint32(row)
			}
			if p.previous[row] == none {
				p.heads = append(p.heads, uint32(row))
			}
		}
	}
	if len(p.heads) == s.count { // each conversation has one row
		p.next, p.previous, p.heads = nil, nil, nil
	}
	if sending.FixedSchedule {
		p.byTime()
	}
	return p
}

// byTime sorts rows by the time at which they are sent: their timestamp, or their delay behind the one before.
func (p *plan) byTime() {
	at := slices.Clone(p.rows.times)
	p.schedule = make([]uint32, 0, p.rows.count)
	for i := range p.conversations() {
		for row := p.head(i); row != none; row = p.after(row) {
			p.schedule = append(p.schedule, row)
			if row == p.head(i) {
				continue
			}
			before := at[p.previous[row]]
			if math.IsNaN(at[row]) {
				at[row] = before
				if delay := p.rows.delays[row]; !math.IsNaN(delay) {
					at[row] += delay
				}
			}
			at[row] = max(at[row], before)
		}
	}
	slices.SortStableFunc(p.schedule, func(a, b uint32) int { return cmp.Compare(at[a], at[b]) })
}

// conversations is how many there are; a row of none is one of its own.
func (p *plan) conversations() int {
	if p.next == nil {
		return p.rows.count
	}
	return len(p.heads)
}

func (p *plan) head(i int) uint32 {
	if p.next == nil {
		return uint32(i)
	}
	return p.heads[i]
}

func (p *plan) after(row uint32) uint32 {
	if p.next == nil {
		return none
	}
	return p.next[row]
}

// isFile reports whether rows are sent as they are in the file, each once.
func (p *plan) isFile() bool {
	return p.next == nil && p.schedule == nil && p.sending.Requests == 0 && p.sending.WarmUp == 0
}

// each calls send for each request, with its row, until it returns false. Requests in flight are answered in the order in which they were
// sent; each answer makes room for the next of its conversation, or for another conversation.
func (p *plan) each(send func(row uint32) bool) {
	if p.rows.count == 0 {
		return
	}
	next := 0 // conversation
	left := int64(p.conversations())
	if p.sending.WarmUp > 0 {
		sent, ok := p.phase(&next, math.MaxInt64, p.sending.WarmUp, send)
		if !ok {
			return
		}
		if p.sending.Requests == 0 && p.schedule == nil {
			// What the warm-up left of the file.
			if rest := int64(p.rows.count) - sent; rest > 0 && p.next == nil {
				p.phase(&next, math.MaxInt64, rest, send)
			} else if p.next != nil && int64(next) < left {
				p.phase(&next, left-int64(next), math.MaxInt64, send)
			}
			return
		}
	}
	switch {
	case p.schedule != nil:
		rows := p.schedule
		if n := p.sending.Requests; n > 0 && n < int64(len(rows)) {
			rows = rows[:n]
		}
		for _, row := range rows {
			if !send(row) {
				return
			}
		}
	case p.sending.Requests > 0:
		p.phase(&next, math.MaxInt64, p.sending.Requests, send)
	default:
		p.phase(&next, left, math.MaxInt64, send)
	}
}

// phase sends so many conversations, or so many requests, whichever comes first. next is the first conversation, and then the one that
// comes after the phase; behind the last the first comes again.
func (p *plan) phase(next *int, conversations, requests int64, send func(row uint32) bool) (sent int64, ok bool) {
	begin := func() uint32 {
		row := p.head(*next % p.conversations())
		*next = *next%p.conversations() + 1
		conversations--
		return row
	}
	if p.next == nil {
		for ; conversations > 0 && sent < requests; sent++ {
			if !send(begin()) {
				return sent, false
			}
		}
		return sent, true
	}
	var flight queue
	for sent < requests {
		row := uint32(none)
		if flight.length() < p.concurrency && conversations > 0 {
			row = begin()
		} else {
			answered, ok := flight.pop()
			if !ok {
				break
			}
			if row = p.next[answered]; row == none && conversations > 0 {
				row = begin()
			}
			if row == none {
				continue
			}
		}
		flight.push(row)
		sent++
		if !send(row) {
			return sent, false
		}
	}
	return sent, true
}

// queue holds rows, first in, first out.
type queue struct {
	rows []uint32
	head int
}

func (q *queue) length() int { return len(q.rows) - q.head }

func (q *queue) push(row uint32) { q.rows = append(q.rows, row) }

func (q *queue) pop() (row uint32, ok bool) {
	if q.length() == 0 {
		return 0, false
	}
	row = q.rows[q.head]
	if q.head++; q.head > len(q.rows)/2 {
		q.rows = q.rows[:copy(q.rows, q.rows[q.head:])]
		q.head = 0
	}
	return row, true
}

// images appends what a request with the row sends: the row's images, and those of the rows before in its conversation if it grows.
func (p *plan) images(r *randomRows, row uint32, to []uint32) []uint32 {
	if !p.grows || p.previous == nil {
		return r.row(row, to)
	}
	r.chain = r.chain[:0]
	for ; row != none; row = p.previous[row] {
		r.chain = append(r.chain, row)
	}
	for _, row := range slices.Backward(r.chain) {
		to = r.row(row, to)
	}
	return to
}

// randomRows reads rows of a stream in any order.
type randomRows struct {
	cursor
	places []uint64
	ready  int // the row that comes next, or -1
	chain  []uint32
}

// row appends the row's images.
func (r *randomRows) row(row uint32, to []uint32) []uint32 {
	if r.ready != int(row) {
		r.seek(r.places[row])
	}
	r.ready = int(row) + 1
	return r.next(to)
}

// Order is the order in which requests were taken.
type Order struct {
	By       string   `json:"by"`                // "file", "sessions" or "timestamps"
	Words    string   `json:"words"`             // the same as a sentence, with the reason
	Rows     int64    `json:"rows"`              // good ones of the file
	Requests int64    `json:"requests"`          // that were taken, with the warm-up
	WarmUp   int64    `json:"warm_up,omitempty"` // of these
	Notes    []string `json:"notes,omitempty"`   // what else the client has to be told, or does by itself
}

// order describes the order, in which so many requests were sent.
func (p *plan) order(kind Kind, sent int64) Order {
	o := Order{By: "file", Rows: int64(p.rows.count), Requests: sent, WarmUp: min(p.sending.WarmUp, sent)}
	switch {
	case p.schedule != nil:
		o.By = "timestamps"
		o.Words = "by timestamp, as --fixed-schedule sends rows"
		if kind == format.KindMooncake {
			o.Words = "by timestamp, as aiperf sends rows of mooncake_trace that have one"
		}
	case p.next != nil:
		o.By = "sessions"
		o.Words = format.SessionOrder(p.concurrency)
		if kind == format.KindMultiTurn {
			o.Words = format.ConversationOrder(p.concurrency)
			if !p.grows {
				o.Words = fmt.Sprintf("conversation by conversation, %d at once, each turn with its own images alone", p.concurrency)
			}
		}
	default:
		o.Words = "as in the file, as no row has a session_id"
		if p.rows.last > 0 {
			o.Words = "as in the file, as no two rows have the same session_id"
		}
		if kind != format.KindSingleTurn {
			o.Words = "as in the file"
		}
	}
	return o
}
