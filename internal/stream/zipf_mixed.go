package stream

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"mmjsonl/internal/random"
)

// sampleMixed is Sample for rows of different lengths.
func (z Zipf) sampleMixed(ctx context.Context, seed uint64) (*Stream, error) {
	ends, err := mixedEnds(ctx, seed, nil, z.Lengths)
	if err != nil {
		return nil, err
	}
	uses, err := z.Uses(ctx)
	if err != nil {
		return nil, err
	}
	s := &Stream{Media: make([]uint32, z.Shape().Slots), Ends: ends}
	if err := placeUses(ctx, seed, s, uses); err != nil {
		return nil, err
	}
	return s, exchangeMixed(ctx, seed, s)
}

// Uses is how often each image is used: to within one use what it should be, except that every image is used at least once and, as a row never has it
// twice, not oftener than rows have room for it. What that takes from or gives to some images, others share in proportion.
//
// Rows have room for the m images that are used most if these have, together, at most the lesser of m and a row's length in each row, for every m (Gale and
// Ryser, 1957). So where images in proportion to their weights do not fit, the m images that exceed their room by most get just that, and the others the
// rest; and the same is done with each of the two parts.
func (z Zipf) Uses(ctx context.Context) ([]uint32, error) {
	shape := z.Shape()
	if z.Lengths == nil {
		return zipfUses(ctx, z.Rows, z.PerRow, z.Pool, z.Exponent)
	}
	weights := make([]float64, z.Pool)
	for i := range weights {
		weights[i] = zipfWeight(i, z.Exponent)
	}
	room := roomOf(z.Lengths, shape)
	shares := make([]float64, z.Pool)
	uses := make([]uint32, z.Pool)
	for parts := [][2]int{{0, z.Pool}}; len(parts) > 0; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from, to := parts[len(parts)-1][0], parts[len(parts)-1][1]
		parts = parts[:len(parts)-1]
		inProportion(shares[from:to], weights[from:to], room.of(to)-room.of(from))
		worst, most, sum := 0, 1e-6, 0.0
		for i := from; i < min(to-1, shape.Widest); i++ {
			sum += shares[i]
			if excess := sum - float64(room.of(i+1)-room.of(from)); excess > most {
				worst, most = i+1, excess
			}
		}
		if worst > 0 {
			parts = append(parts, [2]int{from, worst}, [2]int{worst, to})
			continue
		}
		roundUses(uses[from:to], shares[from:to], func(images int) int64 { return room.of(from+images) - room.of(from) })
	}
	return uses, nil
}

// room is how many slots rows have for each number of images together, up to the longest row.
type room []int64

func roomOf(lengths []RowsOfLength, shape Shape) room {
	longer := make([]int64, shape.Widest+1) // rows by length, and then rows of at least that length
	for _, l := range lengths {
		if l.Rows > 0 {
			longer[l.Length] += int64(l.Rows)
		}
	}
	for length := shape.Widest - 1; length >= 0; length-- {
		longer[length] += longer[length+1]
	}
	r := make(room, shape.Widest+1)
	for images := 1; images < len(r); images++ {
		r[images] = r[images-1] + longer[images]
	}
	return r
}

func (r room) of(images int) int64 { return r[min(images, len(r)-1)] }

// inProportion fills in shares of a sum in proportion to weights, but at least 1 each: weights do not rise, and the sum is at least as many as they are.
func inProportion(shares, weights []float64, sum int64) {
	// The last ones have 1, as many as have less by the scale of those before them.
	tail := make([]float64, len(weights)+1) // sums from the first weights on
	for i, w := range weights {
		tail[i+1] = tail[i] + w
	}
	scale := func(above int) float64 { return float64(sum-int64(len(weights)-above)) / tail[above] }
	above := 1 + sort.Search(len(weights)-1, func(n int) bool { // the first n+1 are enough: the next one has at most 1
		return scale(n+1)*weights[n+1] <= 1
	})
	by := scale(above)
	for i, w := range weights {
		shares[i] = 1
		if i < above {
			shares[i] = max(by*w, 1)
		}
	}
}

// roundUses rounds shares, which do not rise and have a whole sum, to whole uses with that sum: each down or up, up where the fraction is largest
// (Hamilton's method), unless that leaves no room for the first images together.
func roundUses(uses []uint32, shares []float64, room func(images int) int64) {
	left := room(len(shares))
	allowed := make([]int64, len(shares)) // of the images up to this one, how many may be rounded up
	byFraction := make([]uint32, len(shares))
	fractions := make([]float64, len(shares))
	for i, share := range shares {
		uses[i] = uint32(share)
		fractions[i] = share - float64(uses[i])
		left -= int64(uses[i])
		allowed[i] = room(i+1) - (room(len(shares)) - left)
		byFraction[i] = uint32(i)
	}
	for i := len(allowed) - 1; i > 0; i-- {
		allowed[i-1] = min(allowed[i-1], allowed[i])
	}
	slices.SortStableFunc(byFraction, func(a, b uint32) int { return cmp.Compare(fractions[b], fractions[a]) })
	// Image i takes one of the first allowed[i] places to round up, the last that is free: so all images up to it have places among these.
	free := make([]uint32, left+1) // by place: the last free one up to it; 0 is none
	for place := range free {
		free[place] = uint32(place)
	}
	last := func(place uint32) uint32 {
		for free[place] != place {
			free[place] = free[free[place]]
			place = free[place]
		}
		return place
	}
	for _, i := range byFraction {
		if place := last(uint32(max(min(allowed[i], left), 0))); place > 0 {
			free[place] = place - 1
			uses[i]++
		}
	}
}

// level is rows that have as many slots left as each other.
type level struct {
	left int
	rows []uint32
}

// placeUses puts each image into as many rows as it has uses, image after image in random order: into those with most slots left, and of as many left into
// random ones, which always leaves room for the others (as Havel and Hakimi have it of graphs).
func placeUses(ctx context.Context, seed uint64, s *Stream, uses []uint32) error {
	order, err := shuffledImages(ctx, seed, random.UsesImages, len(uses))
	if err != nil {
		return err
	}
	next := make([]uint32, s.Rows()) // by row: the slot that is filled next
	byLength := map[int][]uint32{}
	for r := range next {
		next[r] = uint32(s.begin(r))
		byLength[len(s.Row(r))] = append(byLength[len(s.Row(r))], uint32(r))
	}
	var levels []level // with most left first
	for length, rows := range byLength {
		levels = append(levels, level{length, rows})
	}
	slices.SortFunc(levels, func(a, b level) int { return b.left - a.left })
	var taken, before []uint32
	done := 0
	for _, image := range order {
		need := int(uses[image])
		if err := cancelled(ctx, done, need); err != nil {
			return err
		}
		done += need
		d := random.New(seed, random.UsesLayer, uint64(image))
		before = before[:0] // rows that got the image, from the level before: they come to the next one, once that has given its own
		for i := 0; need > 0 || len(before) > 0; i++ {
			if len(before) > 0 && (i == len(levels) || levels[i].left < levels[i-1].left-1) {
				levels = slices.Insert(levels, i, level{left: levels[i-1].left - 1})
				levels[i].rows = append(levels[i].rows, before...)
				before = before[:0]
				continue
			}
			rows := levels[i].rows
			rest := len(rows) - min(need, len(rows))
			for at := len(rows) - 1; at >= rest; at-- {
				with := d.Below(uint32(at + 1))
				rows[at], rows[with] = rows[with], rows[at]
				s.Media[next[rows[at]]] = image
				next[rows[at]]++
			}
			taken = append(taken[:0], rows[rest:]...)
			levels[i].rows = append(rows[:rest], before...)
			need -= len(taken)
			before, taken = taken, before
		}
		levels = slices.DeleteFunc(levels, func(l level) bool { return len(l.rows) == 0 })
	}
	return nil
}

// exchangeMixed is exchange for rows of different lengths, twice: images that were placed early went into long rows.
func exchangeMixed(ctx context.Context, seed uint64, s *Stream) error {
	const (
		most  = 256 // slots in a row, above which comparing rows would cost more than it mixes
		times = 2
	)
	for time := range times {
		d := random.New(seed, random.UsesExchange, uint64(time))
		for r := range s.Rows() {
			row := s.Row(r)
			for i := range row {
				if err := cancelled(ctx, int(s.begin(r))+i, 1); err != nil {
					return err
				}
				other := int(d.Below(uint32(s.Rows())))
				with := s.Row(other)
				if len(with) == 0 {
					continue
				}
				j := d.Below(uint32(len(with)))
				if other != r && (max(len(row), len(with)) > most || slices.Contains(row, with[j]) || slices.Contains(with, row[i])) {
					continue
				}
				row[i], with[j] = with[j], row[i]
			}
		}
	}
	for r := range s.Rows() {
		d := random.New(seed, random.UsesRow, uint64(r))
		if err := shuffle(ctx, &d, s.Row(r)); err != nil {
			return err
		}
	}
	return nil
}
