package inspect

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"mmjsonl/internal/reuse"
)

// With W requests in flight a server gets them nearly in the order in which they are sent. A replay takes them in windows of W, each
// shuffled, but requests of a conversation in their order; the first window is shorter by chance. aiperf has been seen to do less than
// that where requests take the same time, and about that where conversations take turns.

const (
	mostReplays  = 41
	leastReplays = 9
	// mostReplayed is how many look-ups all replays together may take, unless they are the fewest. It is some seconds' worth.
	mostReplayed = 200_000_000
)

// replays returns how many replays there are of so many slots.
func replays(slots int64, capacities int) int {
	n := mostReplayed / max(slots*int64(capacities), 1)
	return int(max(min(n, mostReplays), leastReplays)) | 1 // odd, so that there is a middle one
}

// shuffled calls send for each request of the plan, in the order of a replay.
func (p *plan) shuffled(seed uint64, send func(row uint32) bool) {
	rng := rand.New(rand.NewPCG(seed, 0x6d6d6a736f6e6c))
	window := make([]uint32, 0, min(p.concurrency, 1<<16))
	length := 1 + rng.IntN(p.concurrency)
	var own map[uint32][]int // places in the window, by conversation
	flush := func() bool {
		if p.next != nil {
			own = map[uint32][]int{}
		}
		order := slices.Clone(window)
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if p.next != nil {
			for i, row := range order {
				if c := p.rows.conversations[row]; c != 0 {
					own[c] = append(own[c], i)
				}
			}
			for _, row := range window {
				if c := p.rows.conversations[row]; len(own[c]) > 1 {
					order[own[c][0]] = row
					own[c] = own[c][1:]
				} else if len(own[c]) == 1 {
					order[own[c][0]] = row
				}
			}
		}
		for _, row := range order {
			if !send(row) {
				return false
			}
		}
		window = window[:0]
		length = p.concurrency
		return true
	}
	ok := true
	p.each(func(row uint32) bool {
		window = append(window, row)
		if len(window) >= length {
			ok = flush()
		}
		return ok
	})
	if ok {
		flush()
	}
}

// typical replays the plan again and again, and returns the hits of each replay, by capacity.
func (p *plan) typical(ctx context.Context, v *view, places []uint64, capacities []int64, n int) ([][]int64, error) {
	hits := make([][]int64, n)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			rows := randomRows{cursor: cursor{stream: &v.slots}, places: places, ready: -1}
			var request []uint32
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				caches := make([]cache, len(capacities))
				for j, capacity := range capacities {
					caches[j] = newCache(capacity, v.images)
				}
				count := 0
				p.shuffled(uint64(i), func(row uint32) bool {
					request = p.images(&rows, row, request[:0])
					for j := range caches {
						caches[j].add(request)
					}
					count++
					return count&0xfff != 0 || ctx.Err() == nil
				})
				hits[i] = make([]int64, len(capacities))
				for j := range caches {
					hits[i][j] = caches[j].hits
				}
			}
		})
	}
	workers.Wait()
	return hits, ctx.Err()
}

// spread returns the middle of the numbers, and the bounds of the middle eight tenths of them.
func spread(hits []int64) reuse.Typical {
	hits = slices.Sorted(slices.Values(hits))
	last := len(hits) - 1
	return reuse.Typical{Replays: len(hits), Hits: hits[last/2], LowHits: hits[last/10], HighHits: hits[last-last/10]}
}

// cache is an LRU cache of images whose requests look up all their images before they store any: package lru says what that means, for
// all capacities at once, and takes longer.
type cache struct {
	capacity int
	length   int
	links    []link // by image + 1; links[0] is between the newest and the oldest
	hits     int64
}

// link is an image's neighbours, by their image + 1; newer is absent if the image is not in the cache.
type link struct{ newer, older uint32 }

const absent = none

func newCache(capacity int64, images uint32) cache {
	c := cache{capacity: int(min(capacity, int64(images)))}
	if c.capacity > 0 {
		c.links = make([]link, images+1)
		for i := range c.links[1:] {
			c.links[i+1].newer = absent
		}
	}
	return c
}

func (c *cache) add(request []uint32) {
	if c.capacity < 1 {
		return
	}
	for _, image := range request {
		if c.links[image+1].newer != absent {
			c.hits++
		}
	}
	for _, image := range request {
		at := image + 1
		l := &c.links[at]
		if l.newer != absent {
			if l.newer == 0 {
				continue // it is the newest
			}
			c.links[l.newer].older, c.links[l.older].newer = l.older, l.newer
		} else if c.length == c.capacity {
			oldest := c.links[0].newer
			newer := c.links[oldest].newer
			c.links[newer].older, c.links[0].newer = 0, newer
			c.links[oldest].newer = absent
		} else {
			c.length++
		}
		newest := c.links[0].older
		c.links[at] = link{newer: 0, older: newest}
		c.links[newest].newer, c.links[0].older = at, at
	}
}
