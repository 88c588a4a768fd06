package measure

import (
	"fmt"
	"time"
)

// Run is one sending of a request file to a server, as it was recorded.
type Run struct {
	Name   string // as its user knows it
	Client string // aiperf 0.13.0, or "" if nobody knows
	File   string // the request file, as the run's configuration names it; "" if that does not
	// Folder is the working directory in which the file's name was given, or "".
	Folder string

	Concurrency   int  // requests in flight; 0 if nobody knows
	FixedSchedule bool // rows were sent by their timestamps

	Sent     []Sent // requests in the order in which they were sent; nil if nobody recorded them
	Counters *Counters

	TTFT              *Latency
	RequestsPerSecond float64       // 0 if nobody knows
	Took              time.Duration // of the command that sent the file; 0 if nobody knows
	Ended             time.Time     // when the last answer was complete; zero if nobody knows

	// Faults are what makes the run doubtful, a sentence each, and Notes what does not.
	Faults []string
	Notes  []string

	sessionIDs func() ([]string, error) // of the conversations in the file's order, see conversationIDs; nil if nobody recorded them
}

// Latency is a distribution of times in milliseconds.
type Latency struct {
	Mean float64  `json:"mean_ms"`
	P99  *float64 `json:"p99_ms,omitempty"`
	By   string   `json:"measured_by"` // "client" or "server"
}

// Sent is a request that was sent.
type Sent struct {
	Conversation string
	Turn         int
	Images       int // that the client counted in it; -1 if it did not
	WarmUp       bool
	Failed       bool

	at int64 // when it was sent, in nanoseconds
}

func (r *Run) fault(format string, args ...any) {
	r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
}
func (r *Run) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// WarmUps is how many of the requests that were sent belong to the warm-up.
func (r *Run) WarmUps() (n int64) {
	for _, sent := range r.Sent {
		if sent.WarmUp {
			n++
		}
	}
	return n
}
