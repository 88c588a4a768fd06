package stream_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// cache is an LRU cache of images, the plain way: a list.
type cache struct {
	capacity int64
	weigh    func(image uint32) int64
	images   []uint32 // used last first
}

func (c *cache) has(image uint32) bool { return slices.Contains(c.images, image) }

func (c *cache) use(image uint32) {
	if i := slices.Index(c.images, image); i >= 0 {
		c.images = slices.Insert(slices.Delete(c.images, i, i+1), 0, image)
		return
	}
	total := c.weigh(image)
	if total > c.capacity {
		return
	}
	for i, other := range c.images { // the oldest go until there is room
		if total += c.weigh(other); total > c.capacity {
			c.images = c.images[:i]
			break
		}
	}
	c.images = slices.Insert(c.images, 0, image)
}

// hits replays rows in an order, in each of the ways in which servers look images up: all of a request before any is stored, one after the other, and
// those that hit before those that do not.
func hits(s *stream.Stream, order []int, capacity int64, weigh func(image uint32) int64) (ways [3]int64) {
	one := cache{capacity: capacity, weigh: weigh}
	caches := [3]cache{one, one, one}
	for _, r := range order {
		row := s.Row(r)
		var missed []uint32
		for _, image := range row {
			if caches[0].has(image) {
				ways[0]++
			}
			if caches[1].has(image) {
				ways[1]++
			}
			caches[1].use(image)
		}
		for _, image := range row {
			caches[0].use(image)
		}
		for _, image := range row {
			if caches[2].has(image) {
				ways[2]++
				caches[2].use(image)
			} else {
				missed = append(missed, image)
			}
		}
		for _, image := range missed {
			caches[2].use(image)
		}
	}
	return ways
}

// shuffled is the numbers below n in an order in which none is further than displaced from its place.
func shuffled(random *rand.Rand, n, displaced int) []int {
	type at struct {
		row  int
		when float64
	}
	rows := make([]at, n)
	for i := range rows {
		rows[i] = at{i, float64(i) + random.Float64()*float64(displaced)}
	}
	slices.SortFunc(rows, func(a, b at) int {
		if a.when < b.when {
			return -1
		}
		return 1
	})
	order := make([]int, n)
	for i, row := range rows {
		order[i] = row.row
	}
	return order
}

// weightsBySize are weights of images that have some sizes by turns, or each another one, and about what one weighs.
func weightsBySize(random *rand.Rand) (weigh func(image uint32) int64, about int64) {
	sizes := make([]int64, 1+random.IntN(10))
	for i := range sizes {
		sizes[i] = 1 + random.Int64N(300)
		about += sizes[i]
	}
	about = about/int64(len(sizes)) + 1
	if random.IntN(3) == 0 {
		seed := random.Uint32()
		return func(image uint32) int64 { return sizes[0] + int64((image*2654435761+seed)>>16)%50 }, sizes[0] + 25
	}
	return func(image uint32) int64 { return sizes[image%uint32(len(sizes))] }, about
}

// Groups make the hits that they say, in whatever way a server looks up, and if they are made for it also if requests overtake each other; and that is the
// nearest number to that wanted, give or take half a group. Capacities are in images.
func TestReturnsExact(t *testing.T) { testReturns(t, false) }

// The same of capacities in bytes, of images that differ.
func TestReturnsExactInBytes(t *testing.T) { testReturns(t, true) }

func testReturns(t *testing.T, inBytes bool) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	placed, exact, all, sharedInFlight := 0, 0, 0, 0
	for range 400 {
		inFlight := 1
		if random.IntN(3) == 0 {
			inFlight = 2 + random.IntN(3)
		}
		r := stream.Returns{Users: 1 + random.IntN(150), Window: 2 + random.IntN(5)}
		if inFlight > 1 {
			r.Users += 200
		}
		if random.IntN(3) == 0 || inFlight > 1 && random.IntN(2) == 0 {
			r.Shared = random.IntN(r.Window)
		}
		turns := 1 + random.IntN(12)
		various := random.IntN(2) == 0
		r.Turns = func(group int) int {
			if various {
				return 1 + (group*7+turns)%turns
			}
			return turns
		}
		weigh, scale := func(uint32) int64 { return 1 }, int64(1)
		row, others := int64(r.Window), int64(r.Window-1)
		if inBytes {
			weigh, scale = weightsBySize(random)
			weights := make([]int64, r.Shared+r.Users*(r.Window-r.Shared+turns))
			for i := range weights {
				weights[i] = weigh(uint32(i))
			}
			w := stream.WeighWindows(weights, len(weights), r.Window, r.Shared)
			r.Weights = &w
			row, others = w.Row(), w.Others()
		}
		if r.Guard = others; inFlight > 1 {
			r.Guard = 2 * int64(inFlight) * row
			r.Apart = r.Guard
		}
		capacity, rate := r.Guard, int64(100*r.Shared/r.Window)
		points := 1 + random.IntN(3)
		if r.Shared > 0 && inFlight > 1 { // where few rates are in reach
			points = 1
		}
		for range points {
			capacity += r.Guard + 1 + scale*random.Int64N(60)
			if inBytes {
				capacity += capacity * random.Int64N(200) / 100
			}
			rate = min(rate+random.Int64N(40), 100)
			r.Points = append(r.Points, stream.ReturnPoint{Capacity: capacity, Rate: big.NewRat(rate, 100)})
		}
		p, why := stream.PlaceReturns(r)
		if why != nil && why.Least != nil && len(r.Points) == 1 && *why.Most > *why.Least {
			// What is out of reach is said with bounds that are in reach, to a step or two. Where groups differ, or stay apart, they depend on how
			// groups share the pauses, and what is in reach is between them.
			step := int64(max(r.Window-r.Shared-1, 1))
			bounds := [][]int64{{*why.Least, *why.Least + step, *why.Least + 2*step}, {*why.Most, *why.Most - step, *why.Most - 2*step}}
			if middle := (*why.Least + *why.Most) / 2; various || inFlight > 1 {
				bounds = [][]int64{{middle, middle + step, middle + 2*step}}
			}
			for _, near := range bounds {
				for _, bound := range near {
					r.Points[0].Rate = big.NewRat(bound, why.Slots)
					if p, _ = stream.PlaceReturns(r); p != nil {
						break
					}
				}
				if p == nil {
					t.Fatalf("seed %d: %+v: cannot hit about %d, which is said to be in reach", seed, r, near[0])
				}
			}
		}
		if p == nil {
			continue
		}
		placed++
		if r.Shared > 0 && inFlight > 1 {
			sharedInFlight++
		}
		w := stream.Windows{Users: r.Users, Window: r.Window, Shared: r.Shared, Groups: p.Groups}
		largest := 0
		for _, g := range p.Groups {
			largest = max(largest, g.Users)
			for range g.Users {
				w.TurnsOf = append(w.TurnsOf, uint32(g.Turns))
			}
		}
		s := sample(t, w, random.Uint64())
		streamtest.Check(t, s, w.Shape())
		checkUsersInOrder(t, s, w)
		order := make([]int, s.Rows())
		for i := range order {
			order[i] = i
		}
		if inFlight > 1 {
			order = shuffled(random, s.Rows(), inFlight)
		}
		for i, point := range r.Points {
			got := hits(s, order, point.Capacity, weigh)
			for way, n := range got {
				if n != p.Hits[i] {
					t.Fatalf("seed %d: %+v: point %d hits %d in way %d, want %d", seed, r, i, n, way, p.Hits[i])
				}
			}
			step := int64(r.Window - r.Shared - 1)
			off := max(p.Hits[i]-p.Wanted[i], p.Wanted[i]-p.Hits[i])
			if off > step*int64(largest) {
				t.Errorf("seed %d: %+v: point %d hits %d, want about %d", seed, r, i, p.Hits[i], p.Wanted[i])
			}
			if len(r.Points) == 1 && inFlight == 1 && !various && 2*off > step {
				t.Errorf("seed %d: %+v: hits %d, want the nearest to %d in steps of %d", seed, r, p.Hits[i], p.Wanted[i], step)
			}
			all++
			if 2*off <= step {
				exact++
			}
		}
	}
	if least := map[bool]int{false: 100, true: 60}[inBytes]; placed < least {
		t.Errorf("seed %d: only %d of 400 could be placed", seed, placed)
	}
	if sharedInFlight == 0 {
		t.Errorf("seed %d: none of windows that share images with several requests in flight", seed)
	}
	t.Logf("%d placed, %d of windows that share images with several requests in flight, %d of %d points nearest", placed, sharedInFlight, exact, all)
}

// checkUsersInOrder fails the test unless each user's rows are windows in the order of his turns.
func checkUsersInOrder(t *testing.T, s *stream.Stream, w stream.Windows) {
	t.Helper()
	own := w.Window - w.Shared
	firsts := map[uint32]int{} // of the next turn of each user: his first image then
	at := uint32(w.Shared)
	user := map[uint32]int{}
	for i, turns := range w.TurnsOf {
		firsts[at] = i
		for turn := range turns {
			user[at+turn] = i
		}
		at += uint32(own) + turns - 1
	}
	next := map[int]uint32{}
	for r := range s.Rows() {
		row := s.Row(r)
		for i, image := range row[:w.Shared] {
			if int(image) != i {
				t.Fatalf("row %d shows %v", r, row)
			}
		}
		first := row[w.Shared]
		u, known := user[first]
		if i, begins := firsts[first]; begins && i == u && next[u] == 0 {
			next[u] = first
		}
		if !known || next[u] != first {
			t.Fatalf("row %d shows %v, and its user's next image is %d", r, row, next[u])
		}
		for i, image := range row[w.Shared:] {
			if image != first+uint32(i) {
				t.Fatalf("row %d shows %v", r, row)
			}
		}
		next[u]++
	}
}
