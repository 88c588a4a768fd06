package stream

import (
	"cmp"
	"math"
	"math/big"
	"slices"
)

// Returns are hit rates that users with windows are to have.
//
// A user who returns after D other images were used has all images but the new one at depths from D+1 to D+Window-1 of the LRU stack: a cache that
// holds the deepest hits them all, and one that does not hold the first hits none. So what is decided is which returns come at which distance.
// Users of a group of n take their turns together, so each comes back after (n-1)·Window images: the size of a group decides what hits its returns
// within a visit. Between two visits all other groups have theirs, and that no cache of the capacities hits. How often groups pause decides the share.
type Returns struct {
	Users, Window, Shared int // as Windows has them; Window - Shared is at least 1

	// Turns is how many turns each user of a group has, from 1.
	Turns func(group int) int

	Points []ReturnPoint // by ascending capacity, with rates that do not fall

	Weights *WindowWeights // what images take of capacities; nil: these are numbers of images, as if each image weighed 1

	Guard int64 // by which distances stay away from each capacity, in its unit
	Apart int64 // that is used between two turns of a user, at least
}

// WindowWeights are what images in windows weigh. A return is exact whatever images of these weights are in its windows.
type WindowWeights struct {
	Lightest, Heaviest int64 // image, from 1
	Least, Most        int64 // all together that a window has of its user's own
	Shared             int64 // those together that are the same for all users
}

// WeighWindows returns the weights of windows, of which each has so many images, the first ones shared, from those of all images: the shared ones first,
// and then one user's after the other's, who each have them in the order of their turns. Images behind the first images, up to own, are in no window.
func WeighWindows(weights []int64, images, window, shared int) WindowWeights {
	w := WindowWeights{Lightest: slices.Min(weights), Heaviest: slices.Max(weights)}
	for _, weight := range weights[:shared] {
		w.Shared += weight
	}
	own := weights[shared:images]
	sum := int64(0)
	for i, weight := range own {
		sum += weight
		if i < window-shared-1 {
			continue
		}
		if i >= window-shared {
			sum -= own[i-(window-shared)]
		}
		if i == window-shared-1 {
			w.Least = sum
		}
		w.Least, w.Most = min(w.Least, sum), max(w.Most, sum)
	}
	return w
}

// Row is what the images of a row weigh at most.
func (w *WindowWeights) Row() int64 { return w.Shared + w.Most }

// Others is what the other images of an image's row weigh at most.
func (w *WindowWeights) Others() int64 { return w.Row() - w.Lightest }

// ReturnPoint is a share of image slots, from 0 to 1, that an LRU cache of a capacity is to hit.
type ReturnPoint struct {
	Capacity int64 // in images, or with weights in their unit
	Rate     *big.Rat
}

// Placed is groups of users, and how many slots caches hit of the rows that they make: for each point as many as groups can be made for, which is
// the nearest number to that wanted, give or take a group.
type Placed struct {
	Groups []Group
	Hits   []int64 // by point
	Wanted []int64
}

// Unplaceable is why there are no such groups: one of these is not 0 or, for the last two, not nil.
type Unplaceable struct {
	Point         int   // of Returns.Points, to which the rest refers
	LeastCapacity int64 // the point's capacity is below
	LeastUsers    int   // about how many users there have to be
	// The least and the most hits that there can be, of so many slots.
	Least, Most *int64
	Slots       int64
}

// maxGroup bounds the users in a group, and fewGroups is into how many groups a band's users are divided at least, if they are enough.
const (
	maxGroup  = 4096
	fewGroups = 8
)

// PlaceReturns makes the groups. It does not depend on a seed, except by Turns.
func PlaceReturns(r Returns) (*Placed, *Unplaceable) {
	if r.Weights == nil {
		own := int64(r.Window - r.Shared)
		r.Weights = &WindowWeights{Lightest: 1, Heaviest: 1, Least: own, Most: own, Shared: int64(r.Shared)}
	}
	p, why := r.place()
	if last := len(r.Points) - 1; why != nil && why.Least != nil && r.Points[last].Rate.Sign() == 0 {
		// Users who never return within a visit have groups of their own, and what is in reach is that of others.
		r.Points = slices.Clone(r.Points)
		r.Points[last].Rate = big.NewRat(1, math.MaxInt64)
		return r.place()
	}
	return p, why
}

// place is PlaceReturns, whatever the rates.
func (r Returns) place() (*Placed, *Unplaceable) {
	weights := r.weights()
	for try := 1; ; try++ {
		groups, why := r.groups(weights)
		if why != nil {
			return nil, why
		}
		p, short, why := r.divide(groups)
		if why != nil || short == nil {
			return p, why
		}
		const most = 10
		if try == most {
			return r.nearly(p)
		}
		for band := range weights { // users of a band have had few turns
			weights[band] *= short[band]
		}
	}
}

// nearly returns groups whose bands have too few returns, unless a point lacks more than a group makes of it.
func (r Returns) nearly(p *Placed) (*Placed, *Unplaceable) {
	largest, rows := 0, rowsOf(p.Groups)
	for _, g := range p.Groups {
		largest = max(largest, g.Users)
	}
	for i, hits := range p.Hits {
		if p.Wanted[i]-hits > int64(largest)*int64(r.Window-r.Shared-1) {
			least := int64(r.Shared) * int64(rows-1)
			if i > 0 {
				least = p.Hits[i-1]
			}
			return nil, &Unplaceable{Point: i, Least: &least, Most: &hits, Slots: int64(rows) * int64(r.Window)}
		}
	}
	return p, nil
}

// groups divides the users into groups.
func (r Returns) groups(weights []float64) (groups []Group, why *Unplaceable) {
	for band, users := range Quotas(r.Users, weights) {
		if weights[band] == 0 {
			continue
		}
		least, most := r.sizes(band)
		if r.Points[len(r.Points)-1].Rate.Sign() == 0 { // no return is within a visit
			least, most = 1, 1
		}
		if most < least {
			w := r.Weights
			return nil, &Unplaceable{Point: band, LeastCapacity: max(int64(least)*w.Most+w.Shared-w.Lightest, w.Row()) + r.below()}
		}
		sizes := groupSizes(users, least, most)
		if sizes == nil {
			share := weights[band] / sum(weights)
			whole := (users + most - 1) / most * least // of groups that are not too large
			return nil, &Unplaceable{Point: band, LeastUsers: max(int(math.Ceil(float64(max(least, whole))/share)), r.Users+1)}
		}
		for _, size := range sizes {
			groups = append(groups, Group{Users: size, Band: band, Turns: r.Turns(len(groups))})
		}
	}
	return groups, nil
}

// weights are the shares of users by band.
func (r Returns) weights() []float64 {
	weights := make([]float64, len(r.Points))
	before := float64(r.Shared) / float64(r.Window)
	for i, point := range r.Points {
		rate, _ := point.Rate.Float64()
		weights[i] = max(rate-before, 0)
		before = max(rate, before)
	}
	if sum(weights) == 0 {
		weights[0] = 1
	}
	return weights
}

func sum(numbers []float64) (all float64) {
	for _, n := range numbers {
		all += n
	}
	return all
}

// sizes are the sizes of groups whose returns within a visit are in a band: hit by its capacity and not by the one before. With a group of n, images of
// n-1 others are used between two turns of a user; the oldest of his images that he shows again is as deep as all the own images of n windows but the
// one that left, and the shared ones.
func (r Returns) sizes(band int) (least, most int) {
	w, between := r.Weights, r.Apart
	if band > 0 {
		between = r.Points[band-1].Capacity + r.Guard
	}
	least = int((between+w.Least-1)/w.Least) + 1
	holds := r.Points[band].Capacity - r.below()
	if holds < w.Row() {
		return least, 0
	}
	return least, int(min((holds-w.Shared+w.Lightest)/w.Most, int64(max(maxGroup, least))))
}

// below is by how much less than a capacity a depth has to be, to be hit in whatever way: a cache that has dropped an image for a heavy one can be less
// full than its capacity by the heaviest image.
func (r Returns) below() int64 { return r.Guard + r.Weights.Heaviest - 1 }

// groupSizes divides users into groups of sizes spread over a range, or returns nil if that is impossible. Some sizes differ by little, so that
// together they make many numbers of users.
func groupSizes(users, least, most int) (sizes []int) {
	usual := min(most, max(least, users/fewGroups))
	left := users
	for step := 0; least+step <= usual && left >= least+step; step = max(2*step, 1) {
		sizes = append(sizes, least+step)
		left -= least + step
	}
	spread := 0.0
	for left >= least {
		const golden = 0.6180339887498949 // its multiples are spread evenly
		spread = math.Mod(spread+golden, 1)
		size := min(least+int(spread*float64(usual-least+1)), left)
		sizes = append(sizes, size)
		left -= size
	}
	for i := 0; left > 0; i++ {
		if i == len(sizes) {
			return nil
		}
		more := min(most-sizes[i], left)
		sizes[i] += more
		left -= more
	}
	return sizes
}

// divide decides how many visits groups have. short is not nil where a band has fewer returns than its points want: by which factors bands need more.
func (r Returns) divide(groups []Group) (p *Placed, short []float64, why *Unplaceable) {
	rows := rowsOf(groups)
	returns := int64(rows - r.Users)
	slots, carried, always := int64(rows)*int64(r.Window), int64(r.Window-r.Shared-1), int64(r.Shared)*int64(rows-1)
	p = &Placed{Groups: groups}
	within, outside := make([]int64, len(r.Points)), -1 // returns within a visit, up to each point; a point out of reach
	for i, point := range r.Points {
		wanted := nearest(point.Rate, slots)
		p.Wanted = append(p.Wanted, wanted)
		if most := always + carried*returns; outside < 0 && (wanted < always-carried/2 || wanted > most+carried/2) {
			outside = i
		}
		if carried > 0 {
			within[i] = min(max((2*(wanted-always)+carried)/(2*carried), 0), returns)
		}
	}
	// pause divides the turns into visits: of the pauses wanted of each band, so many.
	pause := func(some func(wanted int64) int64) (pauses int64) {
		p.Hits, short = nil, nil
		more, sofar := make([]float64, len(r.Points)), int64(0) // returns within a visit
		for band := range r.Points {
			of, all, largest := groupsOf(groups, band), int64(0), int64(0)
			for _, g := range of {
				all += int64(g.Users) * int64(g.Turns-1)
				largest = max(largest, int64(g.Users))
			}
			want := max(within[band]-sofar, 0)
			if more[band] = 1; want > all+largest/2 {
				more[band], short = 2, more
				if all > 0 {
					more[band] = 1.05 * float64(want) / float64(all)
				}
			}
			wanted := all - min(want, all)
			made := spreadPauses(of, some(wanted))
			pauses += made
			sofar += all - made
			p.Hits = append(p.Hits, always+carried*sofar)
		}
		return pauses
	}
	last := len(r.Points) - 1
	beyond := r.Points[last].Capacity + r.Guard
	pause(func(wanted int64) int64 { return wanted })
	if outside < 0 && r.apart(groups, beyond) {
		return p, short, nil
	}
	share := func(of float64) func(int64) int64 {
		return func(wanted int64) int64 { return int64(of * float64(wanted)) }
	}
	const mostFewer = 1000
	few, many := 0.0, 1.0
	if r.apart(groups, beyond) {
		few = 1
	}
	for range 30 {
		middle := (few + many) / 2
		if pause(share(middle)); r.apart(groups, beyond) {
			few = middle
		} else {
			many = middle
		}
	}
	pauses := pause(share(few))
	if last == 0 { // other groups may have these pauses if just so many are wanted
		for fewer := pauses; fewer > 0 && fewer > pauses-mostFewer; fewer-- {
			if pause(func(int64) int64 { return fewer }); r.apart(groups, beyond) {
				pauses = fewer
				break
			}
		}
	}
	if outside < 0 {
		outside = last
	}
	least, most := always+carried*(returns-pauses), always+carried*returns
	return nil, nil, &Unplaceable{Point: outside, Least: &least, Most: &most, Slots: slots}
}

// rowsOf is how many rows groups have.
func rowsOf(groups []Group) (rows int) {
	for _, g := range groups {
		rows += g.Users * g.Turns
	}
	return rows
}

// nearest is the whole number nearest to a rate of slots; a half is rounded up.
func nearest(rate *big.Rat, slots int64) int64 {
	exact := new(big.Rat).Mul(rate, big.NewRat(slots, 1))
	exact.Add(exact, big.NewRat(1, 2))
	return new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
}

// groupsOf is the part of groups that are of a band; they are one after the other.
func groupsOf(groups []Group, band int) []Group {
	from, _ := slices.BinarySearchFunc(groups, band, func(g Group, band int) int { return cmp.Compare(g.Band, band) })
	to, _ := slices.BinarySearchFunc(groups, band+1, func(g Group, band int) int { return cmp.Compare(g.Band, band) })
	return groups[from:to]
}

// spreadPauses divides the turns of groups into visits, so that of their users' returns about so many come after a pause, and as many for each group
// as for any other, give or take one, or all that it has. It returns how many do.
func spreadPauses(groups []Group, wanted int64) int64 {
	all := func(level int) (pauses int64) {
		for _, g := range groups {
			pauses += int64(g.Users) * int64(min(level, g.Turns-1))
		}
		return pauses
	}
	highest := 0
	for _, g := range groups {
		highest = max(highest, g.Turns-1)
	}
	level := 0 // the highest that does not make too many
	for step := 1 << 30; step > 0; step >>= 1 {
		if level+step <= highest && all(level+step) <= wanted {
			level += step
		}
	}
	left := wanted - all(level)
	var more []*Group // those that can have one more
	for i := range groups {
		g := &groups[i]
		g.Visits = 1 + min(level, g.Turns-1)
		if g.Turns-1 > level {
			more = append(more, g)
		}
	}
	// The first few groups make up what the others leave: half of what they are, where sums of their sizes are dense.
	few := more[:min(len(more), 3*fewGroups)]
	most := int64(0)
	for _, g := range few {
		most += int64(g.Users)
	}
	for _, g := range more[len(few):] {
		if left-int64(g.Users) >= most/2 {
			g.Visits++
			left -= int64(g.Users)
		}
	}
	return wanted - left + chooseNearest(few, left, most)
}

// chooseNearest gives some of a few groups, of so many users together, one visit more, so that these groups have about as many users as wanted. It
// returns how many they have.
func chooseNearest(few []*Group, wanted, most int64) int64 {
	const unreached = -1
	by := make([]int8, most+1) // by sum: the group that reached it first
	for i := range by {
		by[i] = unreached
	}
	reached := []int64{0}
	for i, g := range few {
		for _, old := range slices.Clone(reached) {
			if next := old + int64(g.Users); next > 0 && by[next] == unreached {
				by[next] = int8(i)
				reached = append(reached, next)
			}
		}
	}
	best := int64(0)
	for _, sum := range reached {
		if abs(sum-wanted) < abs(best-wanted) {
			best = sum
		}
	}
	for left := best; left > 0; {
		g := few[by[left]]
		g.Visits++
		left -= int64(g.Users)
	}
	return best
}

func abs(n int64) int64 { return max(n, -n) }

// apart reports whether images of so much weight are used between any two visits of a group, in whatever order groups of as many visits have theirs.
func (r Returns) apart(groups []Group, weight int64) bool {
	order := slices.Clone(groups)
	slices.SortStableFunc(order, func(a, b Group) int { return cmp.Compare(b.Visits, a.Visits) })
	// Up to each group: the images of a visit of each, at least; and how much less than these one of the groups has used since its last turn.
	used, less := make([]int64, len(order)+1), make([]int64, len(order)+1)
	for i, g := range order {
		visit := int64(g.Users) * r.least(r.Window-r.Shared-1+g.Turns/g.Visits)
		used[i+1] = used[i] + visit
		less[i+1] = max(less[i], visit-int64(g.Users-1)*r.Weights.Least)
	}
	now := len(order) // groups in this round
	for round := 1; ; round++ {
		next := now
		for next > 0 && order[next-1].Visits <= round {
			next--
		}
		if next == 0 {
			return true
		}
		if used[now]-less[next] < weight {
			return false
		}
		now = next
	}
}

// least is what so many of a user's own images weigh at least, from as many as a window has.
func (r Returns) least(images int) int64 {
	own := r.Window - r.Shared
	return int64(images/own)*r.Weights.Least + int64(images%own)*r.Weights.Lightest
}
