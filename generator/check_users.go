package generator

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"

	"mmjsonl/internal/problem"
	"mmjsonl/internal/random"
	"mmjsonl/internal/stream"
)

// checkWindows decides the requests of users with sliding windows.
func (b *planner) checkWindows() {
	c, p := &b.config, b.plan
	w := c.Requests.Windows
	for _, decided := range []problem.Name{"num-requests", "images-per-request", "images-pool", "reuse-rate", "reuse-pattern", "zipf-exponent"} {
		if c.Given[decided] && !b.problems.Blame(decided) {
			b.problems.Add(decided, "%s has no place beside %s: the windows of users decide how many requests and images there are, and how they repeat\nleave %s or the users out",
				decided, problem.Name("num-users"), decided)
		}
	}
	users := b.inRange("num-users", w.Users, 1, maxSlots)
	turns := !b.problems.Blame("turns-per-user") && b.checkLengths("turns-per-user", w.Turns, "requests", maxSlots)
	size := b.inRange("window-size", w.Size, 1, maxSlots)
	shared := b.inRange("shared-images", w.Shared, 0, maxSlots)
	if size && shared && w.Shared >= w.Size {
		b.problems.Add("shared-images", "%s %d fills the window of %s %d, and each request has a new image of its user's own\nlower it to at most %d, or raise %s",
			problem.Name("shared-images"), w.Shared, problem.Name("window-size"), w.Size, w.Size-1, problem.Name("window-size"))
	}
	rated := b.checkRates()
	b.rows, b.perRow, b.pool = 1, 1, 1 // something to check the rest with
	windows := stream.Windows{Users: 1, Turns: 1, Window: 1}
	if users && turns && size && shared && w.Shared < w.Size && b.userTurns(&windows) {
		windows.Users, windows.Window, windows.Shared = int(w.Users), int(w.Size), int(w.Shared)
		shape := windows.Shape()
		b.rows, b.perRow, b.pool = shape.Rows, shape.Widest, shape.Pool
	} else {
		rated = false
	}
	c.Requests.Count, c.Requests.Images, c.Requests.Pool = int64(b.rows), int64(b.perRow), int64(b.pool)
	b.requested = c.Requests.Pool
	if w.Sessions && c.Format.Name.hasSessions() {
		windows.Sessions = p.Concurrency
	}
	p.Stream, p.Windows = windows, &windows
	if len(c.Reuse.Hits) > 0 && rated && !b.problems.Blame("concurrency", "shared-images") {
		if b.hitsInBytes() { // once it is known what each image takes
			b.inBytes = true
		} else if b.placeReturns(windows, nil) {
			b.warnReturns()
		}
	}
	b.warmUpWindows(windows)
}

// userTurns decides how many requests each user has, and reports whether there can be so many image slots.
func (b *planner) userTurns(windows *stream.Windows) bool {
	w := b.config.Requests.Windows
	rows := float64(w.Users) * max(w.Turns.A, 1)
	if w.Turns.Shape != LengthsFixed && rows <= maxSlots {
		windows.TurnsOf = make([]uint32, w.Users)
		rows = 0
		for user := range windows.TurnsOf {
			turns := w.Turns.of(b.config.Seed, random.UserTurns, user)
			windows.TurnsOf[user] = uint32(turns)
			rows += float64(turns)
		}
	}
	if rows*float64(w.Size) > maxSlots {
		b.problems.Add("num-users", "%s %d, %s and %s %d make more than the %d image slots that are possible\nlower one of them",
			problem.Name("num-users"), w.Users, problem.Name("turns-per-user"), problem.Name("window-size"), w.Size, int64(maxSlots))
		return false
	}
	windows.Turns = int(w.Turns.A)
	return true
}

// placeReturns has users return so that caches hit as many slots as requested, or says what makes that impossible. weights are those of the images, in
// bytes, if the capacities are in bytes; the first ones are those that the windows would have if users returned in any way.
func (b *planner) placeReturns(windows stream.Windows, weights []int64) (placed bool) {
	c, p := &b.config, b.plan
	w := c.Requests.Windows
	r := stream.Returns{Users: windows.Users, Window: windows.Window, Shared: windows.Shared, Guard: int64(windows.Window - 1),
		Turns: func(int) int { return windows.Turns }}
	row := int64(windows.Window)
	if weights != nil {
		weighed := stream.WeighWindows(weights, len(weights)-b.heldOut(), windows.Window, windows.Shared)
		r.Weights, r.Guard, row = &weighed, weighed.Others(), weighed.Row()
	}
	if windows.TurnsOf != nil { // users who return together have as many turns
		r.Turns = func(group int) int { return int(w.Turns.of(c.Seed, random.UserTurns, group)) }
	}
	if c.Reuse.Concurrency > 1 { // as for requests of their own, see checkHits
		r.Guard = 2 * c.Reuse.Concurrency * row
		r.Apart = r.Guard
	}
	for _, point := range c.Reuse.Hits {
		capacity := point.Capacity
		if weights != nil {
			capacity = point.Bytes
		}
		r.Points = append(r.Points, stream.ReturnPoint{Capacity: capacity, Rate: point.Rate})
	}
	groups, why := stream.PlaceReturns(r)
	if why != nil {
		b.unplaceable(r, why)
		return false
	}
	windows.Groups = groups.Groups
	windows.TurnsOf = nil
	for _, g := range groups.Groups {
		for range g.Users {
			windows.TurnsOf = append(windows.TurnsOf, uint32(g.Turns))
		}
	}
	shape := windows.Shape()
	b.rows, b.pool = shape.Rows, shape.Pool
	c.Requests.Count = int64(b.rows)
	p.Targets = nil
	for i, point := range c.Reuse.Hits {
		p.Targets = append(p.Targets, HitTarget{Capacity: point.Capacity, Bytes: point.Bytes, Hits: groups.Hits[i], Wanted: groups.Wanted[i]})
	}
	p.Stream, p.Windows = windows, &windows
	return true
}

// placeInBytes is placeReturns of capacities in bytes, now that it is known what images take.
func (b *planner) placeInBytes() {
	c, p := &b.config, b.plan
	windows, hits := *p.Windows, slices.Clone(c.Reuse.Hits)
	if windows.TurnsOf != nil && c.Media.From != "" {
		b.problems.Add("turns-per-user", "%s: how many images users with different numbers of turns show depends on what each image takes, and those of %s are chosen before\ngive one number of turns, or the capacity of %s in images",
			problem.Name("turns-per-user"), fromInput, problem.Name("hit-rate"))
		return
	}
	// Groups of users have as many turns, so with other groups there are other images.
	for images := b.pool; ; {
		weights, ok := b.weigh(images)
		if !ok {
			return
		}
		copy(c.Reuse.Hits, hits)
		if weights, ok = b.inImages(weights); !ok || !b.checkCapacities() {
			return
		}
		placed := false
		b.withoutHeldOut(func() { placed = b.placeReturns(windows, weights) })
		if !placed {
			return
		}
		if b.pool <= images {
			if p.Weights = weights; weights != nil {
				p.Weights = weights[:b.pool]
			}
			b.warnReturns()
			return
		}
		images = max(b.pool, 2*images)
	}
}

// warnReturns says what is not as it was requested.
func (b *planner) warnReturns() {
	p := b.plan
	windows := p.Windows
	slots := windows.Shape().Slots
	const input, visible = problem.Name("hit-rate"), 0.001
	for i, t := range p.Targets {
		if got := float64(t.Hits) / float64(slots); math.Abs(got-float64(t.Wanted)/float64(slots)) > visible {
			b.warnings.Add(input, "%s: users reach %.4f@%d and not %s, as they return with whole windows, some of them together\nraise %s to come nearer",
				input, got, cmp.Or(t.Capacity, t.Bytes), decimal(b.config.Reuse.Hits[i].Rate), problem.Name("num-users"))
		}
	}
	if first := int64(windows.Shared) * (b.config.Reuse.Concurrency - 1); first > 0 {
		b.warnings.Add("shared-images", "%s are in all requests: if a server looks up the first %d before it has stored any of them, up to %d of the %d slots do not hit that are said to",
			problem.Name("shared-images"), b.config.Reuse.Concurrency, first, slots)
	}
	if windows.Sessions > 0 {
		b.warnings.Add("session-id", "%s: aiperf sends the rows of one session after the other, and not in the order that makes the hit rates, so what it will hit is what is predicted here and not %s\nleave %s out for rows that are sent as they are",
			problem.Name("session-id"), input, problem.Name("session-id"))
	}
}

// unplaceable says which bound hit rates of users with windows break.
func (b *planner) unplaceable(r stream.Returns, why *stream.Unplaceable) {
	const input = problem.Name("hit-rate")
	point := b.config.Reuse.Hits[why.Point]
	capacity, far := cmp.Or(point.Capacity, point.Bytes), fmt.Sprintf("%d images", r.Guard)
	if point.Capacity == 0 {
		far = fmt.Sprintf("%d bytes", r.Guard+r.Weights.Heaviest-1)
	}
	switch {
	case why.LeastCapacity > 0:
		b.problems.Add(input, "%s has the capacity %d, which is too small, or too close to the point before: with %s %d and %s %d the windows of users who return stay %s away from each capacity\ngive at least %d, or lower one of the two",
			input, capacity, problem.Name("window-size"), r.Window, problem.Name("concurrency"), b.config.Reuse.Concurrency, far, why.LeastCapacity)
	case why.LeastUsers > 0:
		b.problems.Add("num-users", "%s %d are too few to return at the distances that %s %s@%d needs\ngive at least %d",
			problem.Name("num-users"), r.Users, input, decimal(point.Rate), capacity, why.LeastUsers)
	case point.Rate.Cmp(big.NewRat(*why.Most, why.Slots)) > 0:
		b.problems.Add(input, "%s %s@%d cannot be reached: users show %d of %d slots again, which is %s\nlower the rate, or raise %s",
			input, decimal(point.Rate), capacity, *why.Most, why.Slots, atMost(*why.Most, why.Slots), problem.Name("turns-per-user"))
	default:
		b.problems.Add(input, "%s %s@%d cannot be reached: users show %d of %d slots again, and at most %d of these can come so late that a cache of %s has lost them\ngive a rate from %s to %s, lower the capacity, or raise %s",
			input, decimal(point.Rate), capacity, *why.Most, why.Slots, *why.Most-*why.Least, point.capacity(), atLeast(*why.Least, why.Slots), atMost(*why.Most, why.Slots), problem.Name("num-users"))
	}
}

// warmUpWindows checks that a warm-up can be in front of users with windows, and puts it there.
func (b *planner) warmUpWindows(windows stream.Windows) {
	c := &b.config.Reuse
	const input = problem.Name("warm-up")
	switch {
	case c.WarmUp == WarmUpSpread || b.problems.Blame(input):
	case c.WarmUp == WarmUpFirst:
		b.problems.Add(input, "%s first has no place beside %s: each request of a user has a first use\nleave it out, or give %s held-out:N", input, problem.Name("num-users"), input)
	case windows.Sessions > 0:
		b.problems.Add(input, "%s %s needs rows that are sent in their order, and aiperf sends rows of sessions as whole sessions\nset %s to false, or leave %s out",
			input, c.WarmUp, problem.Name("session-id"), input)
	default:
		b.checkHeldOut()
	}
}
