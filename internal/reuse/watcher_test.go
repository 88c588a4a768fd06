package reuse

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func watch(options Options, stream [][]uint32) *Figures {
	w := NewWatcher(options)
	for _, request := range stream {
		w.Add(request)
	}
	return w.Figures()
}

// capacitiesTo are -1 to n: all that a stream of n-1 images tells apart, and some beyond.
func capacitiesTo(n int) []int64 {
	var all []int64
	for c := int64(-1); c <= int64(n); c++ {
		all = append(all, c)
	}
	return all
}

// TestCounts holds all that needs no cache to a count by hand, of random streams.
func TestCounts(t *testing.T) {
	for seed := range uint64(60) {
		rng := newRand(seed)
		s := shape{requests: rng.IntN(80), most: rng.IntN(7), pool: 1 + rng.IntN(40), repeats: seed%2 == 0, skewed: seed%3 == 0}
		stream := s.stream(rng)
		f := watch(Options{}, stream)

		var want Figures
		uses := map[uint32]int64{}
		lastUse := map[uint32]int{}
		ages := map[int]int64{}
		for r, request := range stream {
			want.Requests++
			want.MostInARow = max(want.MostInARow, len(request))
			if len(request) == 0 {
				want.TextOnly++
			}
			for i, image := range request {
				want.Slots++
				uses[image]++
				if slices.Contains(request[:i], image) {
					want.WithinRows++
				}
				if last, ok := lastUse[image]; ok {
					want.Duplicates++
					ages[r-last]++
				} else {
					want.Distinct++
				}
				lastUse[image] = r
			}
		}
		got := []int64{f.Requests, f.Slots, f.Distinct, f.Duplicates, f.WithinRows, int64(f.MostInARow), f.TextOnly}
		if w := []int64{want.Requests, want.Slots, want.Distinct, want.Duplicates, want.WithinRows, int64(want.MostInARow), want.TextOnly}; !slices.Equal(got, w) {
			t.Fatalf("seed %d: counts %v, want %v", seed, got, w)
		}
		if want.Slots > 0 {
			if r := float64(want.Duplicates) / float64(want.Slots); f.ReuseRate != r {
				t.Fatalf("seed %d: reuse rate %v, want %v", seed, f.ReuseRate, r)
			}
		}

		for _, class := range f.Ages {
			var n int64
			for age, uses := range ages {
				if int64(age) >= class.From && int64(age) <= class.To {
					n += uses
					delete(ages, age)
				}
			}
			if n != class.Uses || n == 0 {
				t.Fatalf("seed %d: %d reuses of age %d to %d, want %d", seed, class.Uses, class.From, class.To, n)
			}
		}
		if len(ages) > 0 {
			t.Fatalf("seed %d: reuses of no class: %v", seed, ages)
		}

		var top []Use
		for image, n := range uses {
			top = append(top, Use{Image: image, Uses: n})
		}
		slices.SortFunc(top, func(a, b Use) int {
			if a.Uses != b.Uses {
				return int(b.Uses - a.Uses)
			}
			return int(a.Image) - int(b.Image)
		})
		share := func(images int) float64 {
			var n int64
			for _, u := range top[:min(max(images, 1), len(top))] {
				n += u.Uses
			}
			return Share(n, want.Slots)
		}
		p := f.Popularity
		if p.Top1 != share(len(top)/100) || p.Top10 != share(len(top)/10) {
			t.Fatalf("seed %d: shares %v and %v, want %v and %v", seed, p.Top1, p.Top10, share(len(top)/100), share(len(top)/10))
		}
		// The definition: half of the mean difference of two images, as a part of the mean.
		var differences float64
		for _, a := range top {
			for _, b := range top {
				differences += math.Abs(float64(a.Uses - b.Uses))
			}
		}
		if n := float64(len(top)); n > 0 {
			if gini := differences / (2 * n * float64(want.Slots)); math.Abs(p.Gini-gini) > 1e-12 {
				t.Fatalf("seed %d: Gini %v, want %v", seed, p.Gini, gini)
			}
		}
		if top = top[:min(10, len(top))]; !slices.Equal(p.Top, top) {
			t.Fatalf("seed %d: top %v, want %v", seed, p.Top, top)
		}
	}
}

// TestNeeded: no smaller cache hits that much.
func TestNeeded(t *testing.T) {
	for seed := range uint64(20) {
		rng := newRand(seed)
		stream := shape{requests: 5 + rng.IntN(70), most: 1 + rng.IntN(6), pool: 2 + rng.IntN(30), repeats: seed%2 == 0}.stream(rng)
		possible, _, _ := simulate(stream, 100)
		needed := watch(Options{}, stream).Needed
		if (len(needed) == 0) != (possible == 0) {
			t.Fatalf("seed %d: %+v for %d hits", seed, needed, possible)
		}
		for i, n := range needed {
			enough, _, _ := simulate(stream, int(n.Capacity))
			below, _, _ := simulate(stream, int(n.Capacity)-1)
			part := possible * int64(n.Percent) // in percent of a hit
			if n.Percent != neededPercents[i] || 100*enough < part || 100*below >= part || 100*n.Hits < part || 100*(n.Hits-1) >= part {
				t.Errorf("seed %d: %+v, of %d possible hits it has %d, and one smaller %d", seed, n, possible, enough, below)
			}
		}
	}
}

// TestHits holds hits to literal caches, of the whole stream and of each replica's part of it.
func TestHits(t *testing.T) {
	for seed := range uint64(40) {
		rng := newRand(seed)
		s := shape{requests: 1 + rng.IntN(70), most: 1 + rng.IntN(6), pool: 1 + rng.IntN(30), repeats: seed%2 == 0, skewed: seed%3 == 0}
		stream := s.stream(rng)
		replicas := rng.IntN(5)
		f := watch(Options{Capacities: capacitiesTo(s.pool + 2), Replicas: replicas}, stream)

		checkPoints := func(what string, points []Point, stream [][]uint32) {
			var slots, withImages int64
			for _, request := range stream {
				slots += int64(len(request))
				if len(request) > 0 {
					withImages++
				}
			}
			for _, p := range points {
				byRequest, byReference, requests := simulate(stream, int(p.Capacity))
				want := Point{p.Capacity, byRequest, byReference, Share(byRequest, slots), requests, Share(requests, withImages), byRequest, byRequest, nil, 0}
				if p != want {
					t.Fatalf("seed %d: %s: got %+v, want %+v", seed, what, p, want)
				}
			}
		}
		checkPoints("capacities", f.Capacities, stream)
		checkPoints("curve", f.Curve, stream)
		if len(f.Capacities) != s.pool+4 {
			t.Fatalf("seed %d: %d capacities of %d", seed, len(f.Capacities), s.pool+4)
		}

		if replicas < 2 {
			if f.Replicas != nil {
				t.Fatalf("seed %d: replicas of %d", seed, replicas)
			}
			continue
		}
		if len(f.Replicas) != replicas {
			t.Fatalf("seed %d: %d replicas of %d", seed, len(f.Replicas), replicas)
		}
		for i, r := range f.Replicas {
			var part [][]uint32
			images := map[uint32]bool{}
			var slots int64
			for j := i; j < len(stream); j += replicas {
				part = append(part, stream[j])
				slots += int64(len(stream[j]))
				for _, image := range stream[j] {
					images[image] = true
				}
			}
			if r.Requests != int64(len(part)) || r.Slots != slots || r.Distinct != int64(len(images)) || r.ReuseRate != Share(slots-int64(len(images)), slots) {
				t.Fatalf("seed %d: replica %d of %d is %+v, want %d requests, %d slots, %d images", seed, i, replicas, r, len(part), slots, len(images))
			}
			checkPoints(fmt.Sprint("replica ", i), r.Points, part)
		}
	}
}

// TestWarmUp holds the hits behind a warm-up to a literal cache: those of all requests without those of the first ones.
func TestWarmUp(t *testing.T) {
	for seed := range uint64(40) {
		rng := newRand(seed)
		s := shape{requests: 2 + rng.IntN(60), most: 1 + rng.IntN(5), pool: 1 + rng.IntN(30), repeats: seed%2 == 0}
		stream := s.stream(rng)
		warmUp := rng.IntN(len(stream) + 2)
		f := watch(Options{Capacities: capacitiesTo(s.pool + 1), WarmUp: int64(warmUp)}, stream)

		var slots, warmSlots int64
		for r, request := range stream {
			slots += int64(len(request))
			if r < warmUp && warmUp <= len(stream) {
				warmSlots += int64(len(request))
			}
		}
		if warmSlots == 0 {
			if f.WarmUp != 0 || f.MeasuredSlots != 0 {
				t.Fatalf("seed %d: %d requests and %d measured slots without a warm-up", seed, f.WarmUp, f.MeasuredSlots)
			}
			continue
		}
		if f.WarmUp != int64(warmUp) || f.MeasuredSlots != slots-warmSlots {
			t.Fatalf("seed %d: a warm-up of %d requests and %d slots behind it, want %d and %d", seed, f.WarmUp, f.MeasuredSlots, warmUp, slots-warmSlots)
		}
		for _, p := range f.Capacities {
			all, _, _ := simulate(stream, int(p.Capacity))
			warm, _, _ := simulate(stream[:warmUp], int(p.Capacity))
			if p.MeasuredHits != all-warm {
				t.Fatalf("seed %d: %d hits behind the warm-up at %d images, want %d", seed, p.MeasuredHits, p.Capacity, all-warm)
			}
		}
	}
}

// TestCapacitiesOnce: a capacity that is given twice is one.
func TestCapacitiesOnce(t *testing.T) {
	f := watch(Options{Capacities: []int64{5, 5, 1, 5}, Replicas: 2}, [][]uint32{{0}, {0}})
	for _, points := range [][]Point{f.Capacities, f.Replicas[0].Points} {
		if len(points) != 2 || points[0].Capacity != 5 || points[1].Capacity != 1 {
			t.Errorf("points %+v, want 5 and 1 images", points)
		}
	}
}

// TestRangeAllOrders tries every order of short streams in which no request is too far from its place.
func TestRangeAllOrders(t *testing.T) {
	for seed := range uint64(30) {
		rng := newRand(seed)
		s := shape{requests: 7, most: 1 + rng.IntN(3), pool: 2 + rng.IntN(7), repeats: seed%3 == 0}
		stream := s.stream(rng)
		for w := 2; w <= 4; w++ {
			f := watch(Options{Concurrency: w, Capacities: capacitiesTo(s.pool + 1)}, stream)
			orders(stream, w-1, func(order [][]uint32) {
				checkRange(t, f, order)
			})
		}
	}
}

// TestRangeShuffles tries random orders of longer streams, in which the bounds are far apart from 0 and from each other.
func TestRangeShuffles(t *testing.T) {
	narrower := false
	for seed := range uint64(40) {
		rng := newRand(seed)
		s := shape{requests: 150, most: 1 + rng.IntN(4), pool: 30 + rng.IntN(60), repeats: seed%4 == 0, skewed: seed%3 == 0}
		w := 2 + rng.IntN(6)
		stream := s.stream(rng)
		f := watch(Options{Concurrency: w, Capacities: []int64{5, 20, 40, 60, 80}}, stream)
		for _, p := range f.Capacities {
			narrower = narrower || p.LeastHits > 0 && p.MostHits < f.Duplicates
		}
		for range 6 {
			checkRange(t, f, disorder(rng, stream, w-1))
		}
	}
	if !narrower {
		t.Error("no bound was narrower than nothing to everything: the test shows nothing")
	}
}

func checkRange(t *testing.T, f *Figures, order [][]uint32) {
	t.Helper()
	for _, p := range f.Capacities {
		if p.MostHits > f.Duplicates {
			t.Fatalf("more hits than a cache without limit has, %d: %+v", f.Duplicates, p)
		}
		if p.LeastHits > p.HitsByRequest || p.HitsByRequest > p.MostHits {
			t.Fatalf("the range does not hold the file's own order: %+v", p)
		}
		if hits, _, _ := simulate(order, int(p.Capacity)); hits < p.LeastHits || hits > p.MostHits {
			t.Fatalf("concurrency %d: another order hits %d: %+v", f.Concurrency, hits, p)
		}
	}
}

// TestRangeIsTheCurve: where no request repeats an image, the bounds are the curve's own points.
func TestRangeIsTheCurve(t *testing.T) {
	s := shape{requests: 400, most: 3, pool: 80}
	stream := s.stream(newRand(3))
	const w = 4
	f := watch(Options{Concurrency: w, Capacities: []int64{40, 50, 10, 75, math.MaxInt64}}, stream)
	g := 2 * (w - 1) * 3
	for _, p := range f.Capacities {
		c := int(min(p.Capacity, 1000))
		least, _, _ := simulate(stream, c-g)
		most, _, _ := simulate(stream, c+g)
		if p.LeastHits != least || p.MostHits != most {
			t.Errorf("%+v, want %d to %d", p, least, most)
		}
	}
}

// TestRangeOfHugeConcurrency: more in flight than there are requests is all of them.
func TestRangeOfHugeConcurrency(t *testing.T) {
	stream := shape{requests: 6, most: 3, pool: 5}.stream(newRand(1))
	huge := watch(Options{Concurrency: math.MaxInt, Capacities: []int64{3, math.MaxInt64}}, stream)
	all := watch(Options{Concurrency: len(stream), Capacities: []int64{3, math.MaxInt64}}, stream)
	if !reflect.DeepEqual(huge.Capacities, all.Capacities) {
		t.Errorf("%+v, want %+v", huge.Capacities, all.Capacities)
	}
}

// TestUniform holds the Watcher to the closed forms of uniform draws without repeats in a request.
func TestUniform(t *testing.T) {
	const pool, k, capacity, requests = 200, 5, 60, 40_000
	rng := newRand(11)
	w := NewWatcher(Options{Capacities: []int64{capacity}})
	request := make([]uint32, 0, k)
	for range requests {
		request = request[:0]
		for len(request) < k {
			if image := uint32(rng.IntN(pool)); !slices.Contains(request, image) {
				request = append(request, image)
			}
		}
		w.Add(request)
	}
	f := w.Figures()
	// At steady state, whole requests: the cache holds C of the P images that are all as likely.
	want := float64(capacity) / pool
	var byReference float64
	for j := range k {
		byReference += float64(capacity-j) / float64(pool-j) / k
	}
	const slots = requests * k
	spread := 5 * math.Sqrt(want*(1-want)/slots) // five standard deviations, and the warm-up is far less
	p := f.Capacities[0]
	if math.Abs(p.HitRate-want) > spread {
		t.Errorf("%v by request, want %v ± %v", p.HitRate, want, spread)
	}
	if got := float64(p.HitsByReference) / slots; math.Abs(got-byReference) > spread {
		t.Errorf("%v by reference, want %v ± %v", got, byReference, spread)
	}
	if f.Distinct != pool || f.ReuseRate != 1-float64(pool)/slots {
		t.Errorf("%d images, reuse %v", f.Distinct, f.ReuseRate)
	}
	if f.Popularity.Gini > 0.03 {
		t.Errorf("Gini %v of equally likely images", f.Popularity.Gini)
	}
}

func TestGini(t *testing.T) {
	for _, test := range []struct {
		uses []int64
		want float64
	}{
		{[]int64{7}, 0},
		{[]int64{3, 3, 3}, 0},
		{[]int64{0, 3, 0, 3}, 0}, // numbers that are not used are not images of the stream
		{[]int64{1, 3}, 0.25},
		{[]int64{1, 2, 3, 4}, 0.25},
		{[]int64{1, 1, 1, 97}, 0.72},
		{[]int64{4, 1, 2, 3}, 0.25},
	} {
		var slots int64
		for _, n := range test.uses {
			slots += n
		}
		if got := popularity(slices.All(test.uses), slots).Gini; math.Abs(got-test.want) > 1e-15 {
			t.Errorf("%v: Gini %v, want %v", test.uses, got, test.want)
		}
	}
}

// TestTopShares: one percent of 200 images are two.
func TestTopShares(t *testing.T) {
	uses := make([]int64, 200)
	var slots int64
	for i := range uses {
		uses[i] = 1
		if i == 50 || i == 170 {
			uses[i] = 101
		}
		slots += uses[i]
	}
	p := popularity(slices.All(uses), slots)
	if p.Top1 != 202.0/400 || p.Top10 != 220.0/400 {
		t.Errorf("shares %v and %v, want %v and %v", p.Top1, p.Top10, 202.0/400, 220.0/400)
	}
	if p.Top[0].Image != 50 || p.Top[1].Image != 170 || p.Top[2].Image != 0 || len(p.Top) != 10 {
		t.Errorf("top %v", p.Top)
	}
}

func TestSpread(t *testing.T) {
	for _, largest := range []int64{0, 1, 2, 3, 59, 60, 61, 1000, 123_457, 1 << 30} {
		got := spread(largest)
		if largest == 0 {
			if len(got) != 0 {
				t.Errorf("0: %v", got)
			}
			continue
		}
		if got[0] != 1 || got[len(got)-1] != largest || len(got) > curvePoints || !slices.IsSorted(got) {
			t.Errorf("%d: %v", largest, got)
		}
		for i := 1; i < len(got); i++ {
			if got[i] == got[i-1] || got[i] > got[i-1]+1 && float64(got[i]) > 1.7*float64(got[i-1]) {
				t.Errorf("%d: a step from %d to %d", largest, got[i-1], got[i])
			}
		}
	}
}

// TestEmpty: a document about nothing has zeros and empty lists, and no null.
func TestEmpty(t *testing.T) {
	for _, stream := range [][][]uint32{nil, {{}, {}}} {
		f := watch(Options{Capacities: []int64{5}, Concurrency: 3, Replicas: 2}, stream)
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "null") {
			t.Errorf("null in %s", text)
		}
		if f.Requests != int64(len(stream)) || f.TextOnly != f.Requests || f.Capacities[0] != (Point{Capacity: 5}) {
			t.Errorf("%s", text)
		}
	}
}

// TestFiguresMidway: asking in between changes nothing that comes later.
func TestFiguresMidway(t *testing.T) {
	stream := shape{requests: 100, most: 4, pool: 30, repeats: true}.stream(newRand(5))
	options := Options{Capacities: []int64{3, 10}, Concurrency: 2, Replicas: 3, Images: 7}
	w := NewWatcher(options)
	for i, request := range stream {
		w.Add(request)
		if i%10 == 0 {
			if got, want := w.Figures(), watch(options, stream[:i+1]); !reflect.DeepEqual(got, want) {
				t.Fatalf("after request %d: %+v, want %+v", i, got, want)
			}
		}
	}
	if n := w.Uses(stream[0][0]); n < 1 || w.Uses(1<<31) != 0 {
		t.Errorf("the first image was used %d times", n)
	}
}

// Curves of any two streams can be joined on their capacities, and say what the streams' own curves say.
func TestFixedCapacities(t *testing.T) {
	var capacities []int64
	for _, images := range []uint32{1, 7, 300} {
		w := NewWatcher(Options{Concurrency: 3, Capacities: fixedCapacities()})
		for i := range uint32(1000) {
			w.Add([]uint32{i * i % images, (i + 1) * i % images})
		}
		f := w.Figures()
		if !reflect.DeepEqual(f.Fixed, f.Capacities) {
			t.Errorf("%d images: the curve is %v, and what was asked for %v", images, f.Fixed, f.Capacities)
		}
		var of []int64
		for _, p := range f.Fixed {
			of = append(of, p.Capacity)
			if p.Capacity >= int64(images) && p.HitsByRequest != f.Curve[len(f.Curve)-1].HitsByRequest {
				t.Errorf("%d images: a cache of %d hits %d", images, p.Capacity, p.HitsByRequest)
			}
		}
		if capacities == nil {
			capacities = of
		}
		if !slices.Equal(of, capacities) || !slices.IsSorted(of) || of[0] != 1 || of[len(of)-1] != 1e6 || !slices.Contains(of, 150) || !slices.Contains(of, 70) || len(of) != 42 {
			t.Errorf("%d images: capacities %v", images, of)
		}
	}
}
