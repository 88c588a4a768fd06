package replay

import "slices"

// Tried are hits by capacity, of capacities that were tried on the way to one with so many hits. Larger capacities hit as many or more.
type Tried map[int64]int64

// Open returns which capacities have not been tried, ascending, each once. None is below 0 or above most.
func (t Tried) Open(capacities []int64, most int64) []int64 {
	open := slices.DeleteFunc(slices.Clone(capacities), func(capacity int64) bool {
		_, known := t[capacity]
		return known || capacity < 0 || capacity > most
	})
	slices.Sort(open)
	return slices.Compact(open)
}

// Bracket returns the least capacity that was tried and has so many hits, or beyond if none has, and the greatest below it, or -1.
func (t Tried) Bracket(hits, beyond int64) (below, enough int64) {
	below, enough = -1, beyond
	for capacity, n := range t {
		if n >= hits {
			enough = min(enough, capacity)
		}
	}
	for capacity := range t {
		if capacity < enough {
			below = max(below, capacity)
		}
	}
	return below, enough
}
