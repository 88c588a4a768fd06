package generator

import (
	"mmjsonl/internal/problem"
	"mmjsonl/internal/stream"
)

// checkWindows decides the requests of users with sliding windows.
func (b *planner) checkWindows() {
	c, p := &b.config, b.plan
	w := c.Requests.Windows
	for _, decided := range []problem.Name{"num-requests", "images-per-request", "images-pool", "reuse-rate", "reuse-pattern", "zipf-exponent", "hit-rate", "warm-up"} {
		if c.Given[decided] && !b.problems.Blame(decided) {
			b.problems.Add(decided, "%s has no place beside %s: the windows of users decide how many requests and images there are, and how they repeat\nleave %s or the users out",
				decided, problem.Name("num-users"), decided)
		}
	}
	users := b.inRange("num-users", w.Users, 1, maxSlots)
	turns := b.inRange("turns-per-user", w.Turns, 1, maxSlots)
	size := b.inRange("window-size", w.Size, 1, maxSlots)
	b.rows, b.perRow, b.pool = 1, 1, 1 // something to check the rest with
	if users && turns && size {
		// Each product is of two numbers of at most a thousand million, so it has room.
		if rows := w.Users * w.Turns; rows > maxSlots || rows*w.Size > maxSlots {
			b.problems.Add("num-users", "%s %d, %s %d and %s %d make more than the %d image slots that are possible\nlower one of them",
				problem.Name("num-users"), w.Users, problem.Name("turns-per-user"), w.Turns, problem.Name("window-size"), w.Size, int64(maxSlots))
		} else {
			b.rows, b.perRow, b.pool = int(rows), int(w.Size), int(w.Users*(w.Size+w.Turns-1))
		}
	}
	c.Requests.Count, c.Requests.Images, c.Requests.Pool = int64(b.rows), int64(b.perRow), int64(b.pool)
	b.requested = c.Requests.Pool
	windows := stream.Windows{Users: 1, Turns: 1, Window: 1}
	if len(b.problems) == 0 {
		windows = stream.Windows{Users: int(w.Users), Turns: int(w.Turns), Window: int(w.Size)}
	}
	p.Concurrency = 1
	if !b.problems.Blame("concurrency") {
		p.Concurrency = int(c.Reuse.Concurrency)
	}
	if w.Sessions && c.Format.Name.hasSessions() {
		windows.Sessions = p.Concurrency
	}
	p.Stream = windows
}
