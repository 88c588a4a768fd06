package generator

import (
	"cmp"
	"fmt"
	"slices"

	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/stream"
)

// HitTarget is a requested number of hits.
type HitTarget struct {
	Capacity int64 // of an LRU cache, in images; 0 if it is in bytes, as images differ
	Bytes    int64 // what the capacity was given as, if that was bytes; else 0
	Hits     int64 // that the rows are made for
	Wanted   int64 // that the requested rate is: the same, but for users with windows, who reach some numbers alone
}

// hitsInBytes reports whether capacities are in bytes, which are so many images only if these all take the same.
func (b *planner) hitsInBytes() bool {
	return slices.ContainsFunc(b.config.Reuse.Hits, func(p HitPoint) bool { return p.Capacity == 0 && p.Bytes > 0 })
}

// capacity is the capacity in words.
func (p HitPoint) capacity() string {
	if p.Capacity == 0 && p.Bytes > 0 {
		return fmt.Sprintf("%d bytes", p.Bytes)
	}
	return fmt.Sprintf("%d images", p.Capacity)
}

// checkCapacities checks that the capacities can be had, in their order, and reports whether that is so.
func (b *planner) checkCapacities() bool {
	c := &b.config.Reuse
	const input = problem.Name("hit-rate")
	before := len(b.problems)
	for i, point := range c.Hits {
		bytes := point.Capacity == 0 && point.Bytes > 0
		if !bytes && (point.Capacity < 1 || point.Capacity > maxSlots) {
			b.problems.Add(input, "%s has a capacity of %d images\ngive one from 1 to %d", input, point.Capacity, int64(maxSlots))
		}
		if bytes && point.Bytes > maxCacheBytes {
			b.problems.Add(input, "%s has a capacity of %d bytes\ngive at most %d", input, point.Bytes, int64(maxCacheBytes))
		}
		if i == 0 {
			continue
		}
		last := c.Hits[i-1]
		switch {
		case (last.Capacity == 0) != (point.Capacity == 0):
			b.problems.Add(input, "%s has the capacities %s and %s, and images take different numbers of bytes\ngive all capacities in images, or all in bytes", input, last.capacity(), point.capacity())
		case bytes && point.Bytes <= last.Bytes, !bytes && point.Capacity <= last.Capacity:
			b.problems.Add(input, "%s has the capacity %d after %d\ngive the points by ascending capacity", input, cmp.Or(point.Capacity, point.Bytes), cmp.Or(last.Capacity, last.Bytes))
		}
	}
	return len(b.problems) == before
}

// checkHitBytes decides the hit rates of caches in bytes, once it is known what each image takes.
func (b *planner) checkHitBytes() {
	p := b.plan
	const input = problem.Name("hit-rate")
	if !b.hitsInBytes() || p.Stream == nil || b.perRow == 0 || b.problems.Blame(input) {
		return
	}
	if p.Media == nil || b.problems.Blame("image-size", "image-bytes", "images-pool", "reuse-rate", "warm-up", "concurrency") {
		return // what is wrong was said
	}
	if p.Windows != nil {
		if b.inBytes {
			b.placeInBytes()
		}
		return
	}
	weights, ok := b.weigh(b.pool)
	if !ok {
		return
	}
	if weights, ok = b.inImages(weights); !ok || !b.checkCapacities() {
		return
	}
	b.withoutHeldOut(func() { b.checkHits(weights) })
	p.Weights = weights
}

// inImages has capacities be numbers of images if all images take as much, and returns the weights that count then: nil. It reports whether caches hold
// any image.
func (b *planner) inImages(weights []int64) (left []int64, ok bool) {
	const input = problem.Name("hit-rate")
	most := slices.Max(weights)
	if slices.Min(weights) < most {
		return weights, true
	}
	b.plan.WeightOf = nil
	for i := range b.config.Reuse.Hits {
		if point := &b.config.Reuse.Hits[i]; point.Bytes > 0 {
			point.Capacity = min(point.Bytes/most, maxSlots)
			if point.Capacity == 0 {
				b.problems.Add(input, "%s: a cache of %d bytes holds no image of %d bytes\ngive a larger capacity", input, point.Bytes, most)
				return nil, false
			}
		}
	}
	return nil, true
}

// weigh returns what each of the first images takes in the cache, in bytes, and reports whether that is known.
func (b *planner) weigh(images int) (weights []int64, ok bool) {
	p := b.plan
	const input = problem.Name("hit-rate")
	weights = make([]int64, images)
	of := b.config.Reuse.Weigh
	if of != nil {
		p.WeightOf = map[media.Size]int64{}
	}
	for i := range weights {
		item := p.Media.Item(uint32(i))
		weights[i] = item.Bytes
		if of != nil {
			weight, known := p.WeightOf[item.Size]
			if !known {
				var err error
				if weight, err = of(item.Size); err == nil && (weight < 1 || weight > maxCacheBytes) {
					err = fmt.Errorf("%d bytes for an image are out of range", weight)
				}
				if err != nil {
					b.problems.Add(input, "%s: an image of %s: %s\ngive what an image of this size takes, or the capacity in images", input, item.Size, err)
					return nil, false
				}
				p.WeightOf[item.Size] = weight
			}
			weights[i] = weight
		}
	}
	if total := 0.0; slices.ContainsFunc(weights, func(weight int64) bool { total += float64(weight); return total > maxCacheBytes }) {
		b.problems.Add(input, "%s: the images take more than %d bytes together\ngive fewer images, or what they take in bytes", input, int64(maxCacheBytes))
		return nil, false
	}
	if most := 2000; len(p.WeightOf) > most {
		b.problems.Add(input, "%s has a capacity in bytes of a server, and the images have %d sizes, of which the manifest holds %d\ngive fewer images, or %s",
			input, len(p.WeightOf), most, problem.Name("bytes-per-image"))
		return nil, false
	}
	return weights, true
}

// heaviest adds up the weights of the heaviest images.
type heaviest struct {
	sums []int64 // of so many of the heaviest; nil: each weighs 1
	pool int64
}

func heaviestOf(weights []int64, pool int64) heaviest {
	if weights == nil {
		return heaviest{pool: pool}
	}
	sorted := slices.Clone(weights)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	h := heaviest{make([]int64, 1, len(sorted)+1), pool}
	for i, weight := range sorted {
		h.sums = append(h.sums, h.sums[i]+weight)
	}
	return h
}

// of is the weight of the n heaviest images, or of all.
func (h heaviest) of(n int64) int64 {
	if h.sums == nil {
		return n
	}
	return h.sums[min(n, int64(len(h.sums)-1))]
}

// checkHits turns the requested hit rates into quotas of stack depths, or says which bound they break. weights are those of the images, in bytes, if
// the capacities are in bytes.
//
// An image's depth is its weight and that of all images used since. A cache of capacity C that drops the oldest images until there is room for the
// next always holds the top of the stack: at most C, and once it has dropped one more than C less the heaviest image. Depths in the cache differ from
// those in the file by the weight of some others: of the row's, k-1 at most, where images are looked up one by one instead of all at once, or hits
// become the newest before misses; and of 2Wk others where requests overtake each other by up to W. So whatever the order, a depth of at most
// C - heaviest + 1 less those hits, and one above C and those misses.
func (b *planner) checkHits(weights []int64) {
	c, p := &b.config.Reuse, b.plan
	slots, k, pool := b.slots(), int64(b.perRow), int64(b.pool)
	if b.problems.Blame("images-pool", "reuse-rate", "hit-rate") {
		return
	}
	heavy := heaviestOf(weights, pool)
	// Reuses by requests that can be in flight together would be looked up before either is stored, so there are none.
	others, shallowest := k-1, int64(1)
	if c.Concurrency > 1 {
		others = 2 * c.Concurrency * k
		shallowest = heavy.of(others) + 1
	}
	guard, row := heavy.of(others), heavy.of(k)
	below := guard + heavy.of(1) - 1 // the capacity, at which an image is sure to hit
	total := pool
	if weights != nil {
		total = 0
		for _, weight := range weights[:pool] { // others may be held out
			total += weight
		}
	}

	q := stream.HitRate{Rows: b.rows, PerRow: b.perRow, Lengths: b.mix, Pool: b.pool, Weights: weights, FirstUsesFirst: c.WarmUp == WarmUpFirst}
	from, hits := shallowest, int64(0)
	for i, point := range c.Hits {
		wanted, capacity := nearest(point.Rate, slots), point.Capacity
		if weights != nil {
			capacity = point.Bytes
		}
		if wanted > slots-pool {
			b.problems.Add("hit-rate", "%s %s@%d cannot be reached: %d of the %d slots are first uses, which no cache hits, so the bound is 1 - %d/%d = %s\nlower the rate or the pool",
				problem.Name("hit-rate"), decimal(point.Rate), capacity, pool, slots, pool, slots, atMost(slots-pool, slots))
			return
		}
		class := stream.DepthClass{From: from, To: capacity - below, Quota: wanted - hits}
		if class.Quota > 0 && class.To-class.From+1 < row {
			b.tooNarrow(i, from+row-1+below, below, guard)
			return
		}
		if class.Quota > 0 && min(class.To, total)-from+1 < row {
			b.tooFew(from+row-1, total)
			return
		}
		if class.Quota > 0 {
			q.Classes = append(q.Classes, class)
		}
		target := HitTarget{Capacity: point.Capacity, Hits: wanted, Wanted: wanted, Bytes: point.Bytes}
		p.Targets = append(p.Targets, target)
		from, hits = capacity+guard+1, wanted
	}
	if misses := slots - pool - hits; misses > 0 {
		if total-from+1 < row {
			b.tooFew(from+row-1, total)
			return
		}
		q.Classes = append(q.Classes, stream.DepthClass{From: from, To: max(total, from), Quota: misses})
	}
	last := c.Hits[len(c.Hits)-1]
	if largest := max(last.Capacity, last.Bytes*int64(min(len(weights), 1))); hits > 0 && total <= largest {
		b.warnings.Add("hit-rate", "a cache of %s holds all %d images of this file, so its hit rate does not depend on the capacity\nraise %s or %s",
			last.capacity(), pool, problem.Name("num-requests"), problem.Name("images-pool"))
	}
	p.Stream = q
	if b.checkWarmUp() && slots-pool-hits == 0 {
		least := from + row - 1
		if weights != nil {
			least = pool // which weights fewer images would have is not known
		}
		b.warnOnlyHits(least)
	}
}

// tooNarrow says that the depths of a row do not fit between a capacity and the one before. Depths stay so far below and above each capacity.
func (b *planner) tooNarrow(i int, least, below, above int64) {
	points := b.config.Reuse.Hits
	too := "too small"
	if i > 0 {
		too = fmt.Sprintf("too close to the point at %d", cmp.Or(points[i-1].Capacity, points[i-1].Bytes))
	}
	point, far := points[i], fmt.Sprintf("%d images away from each capacity", above)
	if point.Capacity == 0 {
		far = fmt.Sprintf("%d bytes below or %d above each capacity", below, above)
	}
	b.problems.Add("hit-rate", "%s has the capacity %d, which is %s: with %s %d and %s %d, reuse distances stay %s\ngive at least %d, or lower one of the two",
		problem.Name("hit-rate"), cmp.Or(point.Capacity, point.Bytes), too, problem.Name("images-per-request"), b.config.Requests.Images,
		problem.Name("concurrency"), b.config.Reuse.Concurrency, far, least)
}

// tooFew says that the pool is too small for the requested reuses.
func (b *planner) tooFew(least, total int64) {
	if b.hitsInBytes() {
		b.problems.Add("hit-rate", "%s needs a pool of at least %d bytes, and its %d images take %d\nraise %s or the number of slots",
			problem.Name("hit-rate"), least, b.pool, total, problem.Name("images-pool"))
		return
	}
	b.problems.Add("hit-rate", "%s needs a pool of at least %d images, and there are %d\nraise %s or the number of slots",
		problem.Name("hit-rate"), least, b.pool, problem.Name("images-pool"))
}
