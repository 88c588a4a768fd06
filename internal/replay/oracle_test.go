package replay_test

import (
	"slices"

	"mmjsonl/internal/replay"
)

// The caches of this file do literally what the servers do, with lists in which everything is searched for. They know nothing of links.

// list holds images, the oldest first.
type list struct {
	images   []uint32
	capacity int64
	weight   func(uint32) int64
}

func (l *list) has(image uint32) bool { return slices.Contains(l.images, image) }

func (l *list) used() (sum int64) {
	for _, image := range l.images {
		sum += l.weight(image)
	}
	return sum
}

func (l *list) remove(image uint32) {
	l.images = slices.DeleteFunc(l.images, func(other uint32) bool { return other == image })
}

func (l *list) newest(image uint32) {
	if l.has(image) {
		l.remove(image)
		l.images = append(l.images, image)
	}
}

// set is what Python's caches do with an item: an old one goes, and others until there is room.
func (l *list) set(image uint32) {
	if l.weight(image) > l.capacity {
		return
	}
	l.remove(image)
	for l.used()+l.weight(image) > l.capacity {
		l.images = l.images[1:]
	}
	l.images = append(l.images, image)
}

// simulate replays the rows through the rule.
func simulate(o replay.Options, rows [][]uint32) (c replay.Counts) {
	weight := func(image uint32) int64 {
		if o.Weights == nil {
			return 1
		}
		return o.Weights[image]
	}
	l := &list{capacity: o.Capacity, weight: weight}
	front := &list{capacity: o.Front, weight: weight}
	keys := map[string]uint32{}
	var sums []int64
	r := &ring{capacity: o.Capacity, largest: o.LargestItem, weight: weight}
	for _, row := range rows {
		if len(row) == 0 {
			continue
		}
		c.Requests++
		hits, lookups := int64(0), int64(len(row))
		whole := true
		switch o.Rule {
		case replay.ByRequest:
			var cached []bool
			for _, image := range row {
				cached = append(cached, l.has(image))
			}
			whole = !slices.Contains(cached, false)
			for _, image := range row {
				l.newest(image)
			}
			lookups = 0
			for i, image := range row {
				lookups++
				if l.has(image) {
					hits++
					l.newest(image)
				} else if cached[i] {
					c.Failed++
					whole = false
					break
				} else {
					l.set(image)
				}
			}
		case replay.AllOrNone:
			// TensorRT-LLM looks up no image behind one that is missing, and then stores all anew.
			for _, image := range row {
				if whole = l.has(image); !whole {
					break
				}
				l.newest(image)
			}
			if whole {
				hits = lookups
				break
			}
			for _, image := range row {
				l.set(image)
			}
		case replay.ByReference:
			for _, image := range row {
				if l.has(image) {
					hits++
					l.newest(image)
				} else {
					whole = false
					l.set(image)
				}
			}
		case replay.HitsFirst, replay.HitsFirstOnce:
			var missing []uint32
			asked := map[uint32]bool{}
			for _, image := range row {
				if o.Rule == replay.HitsFirstOnce && asked[image] {
					hits++
					continue
				}
				asked[image] = true
				if l.has(image) {
					hits++
					l.newest(image)
				} else {
					missing = append(missing, image)
				}
			}
			whole = len(missing) == 0
			for _, image := range missing {
				l.set(image)
			}
		case replay.Tuple:
			text := make([]rune, len(row))
			var sum int64
			for i, image := range row {
				text[i] = rune(image)
				sum += weight(image)
			}
			key, ok := keys[string(text)]
			if !ok {
				key = uint32(len(keys))
				keys[string(text)] = key
				sums = append(sums, sum)
			}
			l.weight = func(key uint32) int64 { return sums[key] }
			whole = l.has(key)
			if whole {
				hits = lookups
			}
			l.set(key)
		case replay.Chunks:
			for _, image := range row {
				if r.has(image) {
					hits++
				} else {
					whole = false
					r.put(image, row)
				}
			}
		case replay.TwoTiers:
			var misses int64
			for i := 0; i < len(row); {
				var pinned, save, load []uint32
				var large int64 // weight of images that do not fit in front
				for ; i < len(row); i++ {
					image := row[i]
					if slices.Contains(pinned, image) || front.has(image) {
						hits++
						c.Front++
						if !slices.Contains(pinned, image) {
							pinned = append(pinned, image)
						}
						continue
					}
					var held int64
					for _, other := range pinned {
						held += weight(other)
					}
					if held+large > 0 && held+large+weight(image) > o.Front {
						break
					}
					// Room is made at once, of what the step does not hold.
					for weight(image) <= o.Front {
						used := held + weight(image)
						for _, other := range front.images {
							if !slices.Contains(pinned, other) {
								used += weight(other)
							}
						}
						if used <= o.Front {
							break
						}
						at := slices.IndexFunc(front.images, func(other uint32) bool { return !slices.Contains(pinned, other) })
						front.images = slices.Delete(front.images, at, at+1)
					}
					if l.has(image) {
						l.newest(image)
						load = append(load, image)
					} else {
						save = append(save, image)
					}
					if weight(image) <= o.Front {
						pinned = append(pinned, image)
					} else {
						large += weight(image)
					}
				}
				for i, image := range append(save, load...) {
					if i >= len(save) && l.has(image) {
						hits++
						l.newest(image)
					} else {
						misses++
						l.set(image)
					}
				}
				// What the step held is released in the order of the last use.
				for _, image := range row[:i] {
					if slices.Contains(pinned, image) {
						front.remove(image)
						front.images = append(front.images, image)
					}
				}
			}
			whole = misses == 0
		}
		c.Hits += hits
		c.Lookups += lookups
		if whole {
			c.Whole++
		}
	}
	return c
}

// ring is a ring of bytes, written down as the bytes it covers.
type ring struct {
	capacity, largest int64
	weight            func(uint32) int64
	images            []uint32
	at                []int64 // where each begins, from 0 to capacity - 1
	next              int64   // where the newest ends; behind it, as far as the oldest, nothing is used
}

func (r *ring) has(image uint32) bool { return slices.Contains(r.images, image) }

func (r *ring) put(image uint32, row []uint32) {
	weight := r.weight(image)
	if weight > r.largest+8 || r.place(image, weight) {
		return
	}
	var freed int64
	for freed < 2*r.largest && len(r.images) > 0 && !slices.Contains(row, r.images[0]) {
		freed += r.weight(r.images[0])
		r.images, r.at = r.images[1:], r.at[1:]
	}
	r.place(image, weight)
}

func (r *ring) place(image uint32, weight int64) bool {
	if len(r.images) == 0 {
		if weight > r.capacity {
			return false
		}
		r.next = 0
	}
	at := r.next
	full := len(r.images) > 0 && at == r.at[0]
	behind := len(r.images) > 0 && at <= r.at[0] // the newest has gone past the end, the oldest has not
	switch {
	case full:
		return false
	case behind:
		if at+weight > r.at[0] {
			return false
		}
	case at+weight > r.capacity:
		at = 0
		if weight > r.capacity || len(r.images) > 0 && weight > r.at[0] {
			return false
		}
	}
	r.images = append(r.images, image)
	r.at = append(r.at, at)
	r.next = at + weight
	return true
}
