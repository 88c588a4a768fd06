package generator

import (
	"cmp"
	"math/big"
	"sort"

	"mmjsonl/internal/problem"
	"mmjsonl/internal/stream"
)

// checkReuse decides how many images there are and which sampler places them.
func (b *planner) checkReuse() {
	c, p := &b.config.Reuse, b.plan
	problem.OneOf(&b.problems, "reuse-pattern", c.Pattern, Patterns)
	problem.OneOf(&b.problems, "warm-up", c.WarmUp, WarmUps)
	concurrent := b.inRange("concurrency", c.Concurrency, 1, maxSlots)
	if p.Concurrency = 1; concurrent {
		p.Concurrency = int(c.Concurrency)
	}
	if !b.problems.Blame("zipf-exponent") && !(c.ZipfExponent >= 0 && c.ZipfExponent <= maxExponent) { // not a number is neither
		b.problems.Add("zipf-exponent", "%s %v is out of range\ngive a number from 0 to %d", problem.Name("zipf-exponent"), c.ZipfExponent, maxExponent)
	}
	switch r := b.config.Requests; {
	case r.Conversations != nil:
		b.checkConversations()
		return
	case r.Windows != nil:
		b.checkWindows()
		return
	}
	counted := b.checkCounts()
	rated := b.checkRates()
	if !counted {
		b.pool = 1 // something to check the rest with
		return
	}
	if !rated || !concurrent {
		b.pool = int(b.slots())
		return
	}
	b.choosePool()
	if len(c.Hits) > 0 && b.perRow > 0 && !b.hitsInBytes() {
		b.checkHits(nil)
	} else {
		b.chooseSampler() // until the images are known, for hits in bytes
	}
	b.checkHeldOut()
}

// checkCounts checks what is counted, and reports whether the number of slots is known.
func (b *planner) checkCounts() bool {
	c := &b.config
	n := b.inRange("num-requests", c.Requests.Count, 1, maxSlots)
	k := b.inRange("images-per-request", c.Requests.Images, 0, maxSlots)
	pool := b.inRange("images-pool", c.Requests.Pool, 0, maxSlots)
	if n && k {
		b.rows, b.perRow = int(c.Requests.Count), int(c.Requests.Images)
		b.checkMix() // some number of images may be so rare that no request has it
	}
	if k && pool && c.Requests.Pool > 0 && c.Requests.Pool < c.Requests.Images {
		b.problems.Add("images-pool", "%s %d is smaller than %s %d, and a request never contains the same image twice\nraise %s to at least %d",
			problem.Name("images-pool"), c.Requests.Pool, problem.Name("images-per-request"), c.Requests.Images, problem.Name("images-pool"), c.Requests.Images)
	}
	if !n || !k {
		return false
	}
	if b.slots() > maxSlots {
		b.problems.Add("num-requests", "%s %d times %s %d is %d image slots, and at most %d are possible\nlower either",
			problem.Name("num-requests"), c.Requests.Count, problem.Name("images-per-request"), c.Requests.Images, b.slots(), int64(maxSlots))
		return false
	}
	return true
}

// checkRates checks that rates are rates and do not contradict each other.
func (b *planner) checkRates() bool {
	c := &b.config.Reuse
	before := len(b.problems)
	unread := b.problems.Blame("reuse-rate", "hit-rate")
	if c.Rate != nil {
		b.checkRate("reuse-rate", c.Rate)
		if b.config.Requests.Pool > 0 {
			b.problems.Add("reuse-rate", "%s and %s %d contradict each other: the pool follows from the rate\ngive one of them",
				problem.Name("reuse-rate"), problem.Name("images-pool"), b.config.Requests.Pool)
		}
	}
	for i, point := range c.Hits {
		b.checkRate("hit-rate", point.Rate)
		if i > 0 && point.Rate.Cmp(c.Hits[i-1].Rate) < 0 {
			b.problems.Add("hit-rate", "%s falls from %s at %s to %s at %s: a larger LRU cache never hits less\ngive a rate of at least %s",
				problem.Name("hit-rate"), decimal(c.Hits[i-1].Rate), c.Hits[i-1].capacity(), decimal(point.Rate), point.capacity(), decimal(c.Hits[i-1].Rate))
		}
	}
	if !b.hitsInBytes() {
		b.checkCapacities()
	}
	if len(c.Hits) > 0 && c.Pattern != PatternUniform && !b.problems.Blame("reuse-pattern") {
		b.problems.Add("reuse-pattern", "%s %s and %s contradict each other: the rate decides which image repeats when\nleave one of them out",
			problem.Name("reuse-pattern"), c.Pattern, problem.Name("hit-rate"))
	}
	if c.WarmUp == WarmUpFirst && c.Pattern != PatternUniform && !b.problems.Blame("reuse-pattern") {
		b.problems.Add("warm-up", "%s %s and %s %s contradict each other\nuse it with %s or with %s %s",
			problem.Name("warm-up"), c.WarmUp, problem.Name("reuse-pattern"), c.Pattern, problem.Name("hit-rate"), problem.Name("reuse-pattern"), PatternUniform)
	}
	return !unread && len(b.problems) == before
}

func (b *planner) checkRate(input problem.Name, rate *big.Rat) {
	if rate.Sign() < 0 || rate.Cmp(big.NewRat(1, 1)) > 0 {
		b.problems.Add(input, "%s %s is out of range\ngive a fraction from 0 to 1", input, decimal(rate))
	}
}

// decimal writes a rate with all its digits: rounded to 1, 0.99999999 would contradict what a message says about it. Only a rate without a
// finite decimal form, which no input has, is rounded.
func decimal(rate *big.Rat) string {
	digits, exact := rate.FloatPrec()
	if !exact {
		digits = 20
	}
	return rate.FloatString(digits)
}

// nearest is the whole number nearest to a rate of slots; a half is rounded up.
func nearest(rate *big.Rat, slots int64) int64 {
	exact := new(big.Rat).Mul(rate, big.NewRat(slots, 1))
	exact.Add(exact, big.NewRat(1, 2))
	return new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
}

// choosePool decides how many images there are.
func (b *planner) choosePool() {
	c := &b.config
	slots, k := b.slots(), c.Requests.Images
	b.requested = c.Requests.Pool
	switch {
	case k == 0:
		b.requested = 0
	case c.Reuse.Rate != nil:
		b.requested = slots - nearest(c.Reuse.Rate, slots)
		if b.requested < k {
			b.problems.Add("reuse-rate", "%s %s leaves %d distinct images, and a request of %d never contains the same image twice\ngive at most %s",
				problem.Name("reuse-rate"), decimal(c.Reuse.Rate), b.requested, k, atMost(slots-k, slots))
		}
	case c.Requests.Pool == 0 && len(c.Reuse.Hits) > 0:
		// Every miss beyond the last point is a first use.
		last := c.Reuse.Hits[len(c.Reuse.Hits)-1]
		b.requested = slots - nearest(last.Rate, slots)
		if b.requested < k {
			b.problems.Add("hit-rate", "%s %s@%d leaves %d misses, and the first request alone has %d\ngive at most %s",
				problem.Name("hit-rate"), decimal(last.Rate), cmp.Or(last.Capacity, last.Bytes), b.requested, k, atMost(slots-k, slots))
		}
	case c.Requests.Pool == 0, b.problems.Blame("images-pool"):
		b.requested = slots // or, where the pool is wrong, something to check the rest with
	case c.Requests.Pool > slots:
		b.warnings.Add("images-pool", "%s %d is more than the %d image slots of %d requests of %d\n%d images are used",
			problem.Name("images-pool"), c.Requests.Pool, slots, c.Requests.Count, k, slots)
	}
	b.pool = int(min(b.requested, slots))
}

// atMost is the largest rate of four digits that is at most part ÷ total.
func atMost(part, total int64) string {
	return decimal(big.NewRat(part*10000/total, 10000))
}

// atLeast is the smallest rate of four digits that is at least part ÷ total.
func atLeast(part, total int64) string {
	return decimal(big.NewRat((part*10000+total-1)/total, 10000))
}

// chooseSampler decides how the images are placed when no hit rate is requested.
func (b *planner) chooseSampler() {
	c, p := &b.config.Reuse, b.plan
	if b.slots() == 0 || b.problems.Blame("images-pool", "reuse-rate", "reuse-pattern", "warm-up", "zipf-exponent") {
		p.Stream = stream.Uniform{Rows: b.rows}
		return
	}
	n, k, pool := b.rows, b.perRow, b.pool
	switch {
	case c.WarmUp == WarmUpFirst: // which only the uniform pattern has
		p.Stream = stream.First{Rows: n, PerRow: k, Pool: pool, Lengths: b.mix}
	case c.Pattern == PatternSteady:
		p.Stream = stream.Steady{Rows: n, PerRow: k, Pool: pool, Lengths: b.mix}
	case c.Pattern == PatternZipf:
		zipf := stream.Zipf{Rows: n, PerRow: k, Pool: pool, Exponent: c.ZipfExponent, Lengths: b.mix}
		p.Stream = zipf
		b.warnZipf(zipf)
	case b.mix != nil:
		p.Stream = stream.Mixed{Lengths: b.mix, Pool: pool}
	default:
		p.Stream = stream.Uniform{Rows: n, PerRow: k, Pool: pool}
	}
	b.checkWarmUp()
}

// warnZipf warns about shares that cannot be reached.
func (b *planner) warnZipf(zipf stream.Zipf) {
	s := zipf.Exponent
	hottest, most := zipf.Share(0), b.rows // requests that have images
	for _, l := range b.mix {
		if l.Length == 0 {
			most -= l.Rows
		}
	}
	if wanted := hottest * float64(b.slots()); wanted > float64(most)+0.5 {
		b.warnings.Add("zipf-exponent", "with %s %v the hottest image of %d would take %.1f %% of the slots, but a request never contains it twice, so it takes at most %.1f %%",
			problem.Name("zipf-exponent"), s, b.pool, 100*hottest, 100*float64(most)/float64(b.slots()))
	}
	if coldest := zipf.Share(b.pool-1) * float64(b.slots()); coldest < 0.5 {
		b.warnings.Add("zipf-exponent", "with %s %v the coldest of %d images would be used %.2g times, but every image is used, so it is used once",
			problem.Name("zipf-exponent"), s, b.pool, coldest)
	}
}

// checkWarmUp reports whether requests in front hold all first uses and others follow them. Where none follow there is nothing to measure
// but these requests, so they are not a warm-up.
func (b *planner) checkWarmUp() bool {
	if b.config.Reuse.WarmUp != WarmUpFirst || b.plan.Shape().WarmUp > 0 {
		return b.plan.Shape().WarmUp > 0
	}
	if b.warnings.Blame("warm-up") { // hits in bytes are checked again
		return false
	}
	if b.rows == 1 {
		b.warnings.Add("warm-up", "%s first has no effect: there is only one request\nraise %s", problem.Name("warm-up"), problem.Name("num-requests"))
	} else {
		b.warnings.Add("warm-up", "%s first has no effect: the first uses of %d images fill all %d requests\ngive %s of at most %d",
			problem.Name("warm-up"), b.pool, b.rows, problem.Name("images-pool"), b.largestWarmUp())
	}
	return false
}

// largestWarmUp is the largest pool whose first uses leave requests to measure.
func (b *planner) largestWarmUp() int {
	return sort.Search(b.pool, func(pool int) bool {
		return stream.First{Rows: b.rows, PerRow: b.perRow, Pool: pool + 1, Lengths: b.mix}.Shape().WarmUp == 0
	})
}

// warnOnlyHits says that the requests after the warm-up do nothing but hit, and what would leave misses among them: fewer images than now,
// but at least so many that one can be further away than the largest capacity.
func (b *planner) warnOnlyHits(leastPool int64) {
	c := &b.config
	add := func(remedy string, args ...any) {
		args = append([]any{problem.Name("warm-up"), c.Reuse.Hits[len(c.Reuse.Hits)-1].capacity()}, args...)
		b.warnings.Add("warm-up", "with %s first every miss is a first use, so all image slots after the warm-up hit a cache of %s\n"+remedy, args...)
	}
	pool, mostPool := problem.Name("images-pool"), int64(b.pool)-1
	switch {
	case leastPool > mostPool:
		add("to leave misses for the measurement, raise %s", problem.Name("num-requests"))
	case c.Reuse.Rate != nil:
		add("to leave misses for the measurement, raise %s", problem.Name("reuse-rate"))
	case c.Requests.Pool > 0:
		add("to leave misses for the measurement, lower %s to between %d and %d", pool, leastPool, mostPool)
	default:
		add("to leave misses for the measurement, give %s between %d and %d", pool, leastPool, mostPool)
	}
}
