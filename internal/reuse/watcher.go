package reuse

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"slices"

	"mmjsonl/internal/lru"
	"mmjsonl/internal/replay"
)

// Options are what a Watcher has to know beforehand.
type Options struct {
	Capacities  []int64 // of caches, in images, that Figures.Capacities and Replica.Points are about, each once; below 1 nothing hits
	Concurrency int     // requests in flight, for the ranges of Points; below 1 means 1
	Replicas    int     // servers behind a round robin; below 2 there is nothing to tell apart
	WarmUp      int64   // requests in front that fill the cache and are not measured; 0: all are measured
	Bytes       []int64 // capacities of caches in bytes, that Figures.InBytes is about
	Weights     []int64 // by image: the bytes that it takes in these caches. The slice is kept and not written to
	Images      int     // room to make at once for image numbers below this one; 0 if it is not known
}

// Watcher sees the requests of a stream, one after the other, and knows their Figures. It takes memory in proportion to the
// number of images: about 50 bytes for each, and again for each replica that sees it. It is not safe for concurrent use.
type Watcher struct {
	options  Options
	all      server
	textOnly int64
	replicas []server
	inBytes  []byteCaches

	warmSlots int64   // of the warm-up requests
	warmHits  []int64 // in them, by request, of each of the options' capacities
}

// byteCaches are caches of a capacity in bytes.
type byteCaches struct {
	bytes                  int64
	byRequest, byReference replay.Cache
	warmHits               int64 // by request, in the warm-up
}

// server is a cache's view of the requests it gets.
type server struct {
	curve       lru.Curve
	withImages  int64 // requests
	mostInARow  int
	concurrency int
}

// NewWatcher returns a Watcher that has seen nothing.
func NewWatcher(options Options) *Watcher {
	options.Concurrency = max(options.Concurrency, 1)
	options.Capacities = distinct(options.Capacities)
	w := &Watcher{
		options: options,
		all:     server{concurrency: options.Concurrency},
	}
	w.all.curve.Expect(options.Images)
	for _, bytes := range options.Bytes {
		of := replay.Options{Capacity: bytes, Weights: options.Weights}
		caches := byteCaches{bytes: bytes}
		of.Rule = replay.ByRequest
		caches.byRequest = replay.New(of)
		of.Rule = replay.ByReference
		caches.byReference = replay.New(of)
		w.inBytes = append(w.inBytes, caches)
	}
	if options.Replicas > 1 {
		w.replicas = make([]server, options.Replicas)
		for i := range w.replicas {
			w.replicas[i].concurrency = options.Concurrency
		}
	}
	return w
}

// distinct returns numbers in their order, each once.
func distinct(numbers []int64) []int64 {
	seen := make(map[int64]bool, len(numbers))
	var all []int64
	for _, n := range numbers {
		if !seen[n] {
			seen[n] = true
			all = append(all, n)
		}
	}
	return all
}

// Add sees the stream's next request, as the numbers of its images in their order. The slice is not kept.
func (w *Watcher) Add(request []uint32) {
	if len(w.replicas) > 0 {
		w.replicas[w.all.curve.Requests()%int64(len(w.replicas))].add(request)
	}
	w.all.add(request)
	if len(request) == 0 {
		w.textOnly++
	}
	for i := range w.inBytes {
		w.inBytes[i].byRequest.Add(request)
		w.inBytes[i].byReference.Add(request)
	}
	if w.all.curve.Requests() == w.options.WarmUp {
		w.warmSlots = w.all.curve.Slots()
		for _, capacity := range w.options.Capacities {
			w.warmHits = append(w.warmHits, w.all.hits(capacity))
		}
		for i := range w.inBytes {
			w.inBytes[i].warmHits = w.inBytes[i].byRequest.Counts().Hits
		}
	}
}

// Uses is how often an image has been used so far.
func (w *Watcher) Uses(image uint32) int64 { return w.all.curve.Uses(image) }

// Figures are those of the requests seen so far. Names of images are left empty. It takes time in proportion to the number of
// images, so it is for the end of a stream rather than for every request.
func (w *Watcher) Figures() *Figures {
	curve := &w.all.curve
	f := &Figures{
		Requests:    curve.Requests(),
		Slots:       curve.Slots(),
		Distinct:    curve.Distinct(),
		Duplicates:  curve.Reused(),
		WithinRows:  curve.Ages()[0],
		ReuseRate:   Share(curve.Reused(), curve.Slots()),
		MostInARow:  w.all.mostInARow,
		TextOnly:    w.textOnly,
		Popularity:  popularity(curve.AllUses(), curve.Slots()),
		Ages:        ageClasses(curve.Ages()),
		Curve:       w.all.points(spread(curve.Distinct())),
		Fixed:       w.all.points(fixedCapacities()),
		Even:        w.all.points(even(curve.Distinct())),
		Capacities:  w.all.points(w.options.Capacities),
		Needed:      w.all.needed(),
		Concurrency: w.options.Concurrency,
	}
	if w.warmSlots > 0 {
		f.WarmUp, f.MeasuredSlots = w.options.WarmUp, f.Slots-w.warmSlots
		for i := range f.Capacities {
			f.Capacities[i].MeasuredHits = f.Capacities[i].HitsByRequest - w.warmHits[i]
		}
	}
	for _, caches := range w.inBytes {
		counts := caches.byRequest.Counts()
		point := BytePoint{Bytes: caches.bytes, HitsByRequest: counts.Hits, HitsByReference: caches.byReference.Counts().Hits, HitRate: Share(counts.Hits, f.Slots),
			WholeRequests: counts.Whole, WholeRequestRate: Share(counts.Whole, w.all.withImages)}
		if w.warmSlots > 0 {
			point.MeasuredHits = counts.Hits - caches.warmHits
		}
		f.InBytes = append(f.InBytes, point)
	}
	for i := range w.replicas {
		r := &w.replicas[i]
		f.Replicas = append(f.Replicas, Replica{
			Requests:  r.curve.Requests(),
			Slots:     r.curve.Slots(),
			Distinct:  r.curve.Distinct(),
			ReuseRate: Share(r.curve.Reused(), r.curve.Slots()),
			Points:    r.points(w.options.Capacities),
		})
	}
	return f
}

func (s *server) add(request []uint32) {
	s.curve.Add(request)
	if len(request) > 0 {
		s.withImages++
	}
	s.mostInARow = max(s.mostInARow, len(request))
}

func (s *server) points(capacities []int64) []Point {
	points := make([]Point, 0, len(capacities))
	for _, capacity := range capacities {
		points = append(points, s.point(capacity))
	}
	return points
}

// point asks the curve, and bounds what other orders can do to it; the package's documentation says why these are bounds.
func (s *server) point(capacity int64) Point {
	hits, whole := s.hits(capacity), s.curve.WholeRequests(s.within(capacity))
	p := Point{
		Capacity:         capacity,
		HitsByRequest:    hits,
		HitsByReference:  s.curve.HitsByReference(s.within(capacity)),
		HitRate:          Share(hits, s.curve.Slots()),
		WholeRequests:    whole,
		WholeRequestRate: Share(whole, s.withImages),
		LeastHits:        hits,
		MostHits:         hits,
	}
	// No request can be further out of its place than there are others.
	displaced := min(int64(s.concurrency), s.curve.Requests()) - 1
	if displaced < 1 || capacity < 1 {
		return p
	}
	g := 2 * displaced * int64(s.mostInARow)
	repeats := s.curve.Ages()[0]
	capacity = min(capacity, s.curve.Distinct()+g) // more makes no difference, and could overflow
	p.LeastHits = max(s.hits(capacity-g)-repeats, 0)
	p.MostHits = min(s.hits(capacity+g)+repeats, s.curve.Reused())
	return p
}

// neededPercents are the parts of the possible hits that Figures.Needed is about.
var neededPercents = [...]int{25, 50, 75, 90, 100}

func (s *server) needed() []Need {
	needed := []Need{}
	possible := s.hits(s.curve.Distinct())
	if possible == 0 {
		return needed
	}
	for _, percent := range neededPercents {
		hits := (possible*int64(percent) + 99) / 100
		needed = append(needed, Need{Percent: percent, Hits: hits, HitRate: Share(hits, s.curve.Slots()), Capacity: int64(s.curve.CapacityFor(hits))})
	}
	return needed
}

func (s *server) hits(capacity int64) int64 { return s.curve.HitsByRequest(s.within(capacity)) }

// within returns the capacity, or the smallest that has the same hits.
func (s *server) within(capacity int64) int {
	return int(max(min(capacity, s.curve.Distinct()), 0))
}

// curvePoints is enough for a curve drawn as wide as a page, and few enough to read as a table.
const curvePoints = 60

// spread returns capacities from 1 to the largest, at most curvePoints of them, each about the same factor above the one before.
func spread(largest int64) []int64 {
	var capacities []int64
	if largest < 1 {
		return capacities
	}
	for i := range curvePoints {
		c := int64(math.Round(math.Pow(float64(largest), float64(i)/(curvePoints-1))))
		if i == curvePoints-1 {
			c = largest
		}
		if len(capacities) == 0 || c > capacities[len(capacities)-1] {
			capacities = append(capacities, c)
		}
	}
	return capacities
}

// even returns capacities up to the largest, at most evenPoints of them, at about the same distance from each other.
func even(largest int64) []int64 {
	var capacities []int64
	n := min(largest, evenPoints)
	for i := range n {
		capacities = append(capacities, int64(math.Round(float64(largest)*float64(i+1)/float64(n))))
	}
	return capacities
}

// evenPoints is enough for a curve drawn as wide as a page.
const evenPoints = 100

// fixedCapacities are those of Figures.Fixed: 1, 1.5, 2, 3, 4, 5 and 7 times the powers of ten, where that is a whole number, up to a million.
// They are the same for every stream, so that curves can be joined on them; beyond the number of images nothing changes any more.
func fixedCapacities() []int64 {
	var capacities []int64
	for power := int64(10); power <= 1e6; power *= 10 { // tenfold, so that 1.5 is whole
		for _, tenth := range []int64{10, 15, 20, 30, 40, 50, 70} {
			if c := power * tenth; c%100 == 0 {
				capacities = append(capacities, c/100)
			}
		}
	}
	return append(capacities, 1e6)
}

// MostUsed is how many images Popularity.Top has at the most.
const MostUsed = 10

// popularity tells how the uses, by image, are spread over the images that are used at all.
//
// The Gini coefficient of n images used x1 ≤ x2 ≤ … ≤ xn times is Σ(2i-n-1)xi ÷ nΣxi.
func popularity(uses iter.Seq2[int, int64], slots int64) Popularity {
	p := Popularity{Top: []Use{}}
	images := map[int64]int64{} // how many there are, by uses: few classes even of many images
	var used int64
	for image, n := range uses {
		if n == 0 {
			continue
		}
		used++
		images[n]++
		if len(p.Top) < MostUsed || n > p.Top[MostUsed-1].Uses {
			// After its equals, as those have lower numbers.
			at, _ := slices.BinarySearchFunc(p.Top, n, func(u Use, n int64) int {
				if u.Uses >= n {
					return -1
				}
				return 1
			})
			p.Top = slices.Insert(p.Top, at, Use{Image: uint32(image), Uses: n})
			p.Top = p.Top[:min(len(p.Top), MostUsed)]
		}
	}
	if used == 0 {
		return p
	}
	classes := slices.SortedFunc(maps.Keys(images), func(a, b int64) int { return cmp.Compare(b, a) })
	p.Top1 = Share(mostUsedTake(classes, images, max(used/100, 1)), slots)
	p.Top10 = Share(mostUsedTake(classes, images, max(used/10, 1)), slots)

	var sum float64
	fewer := used // images used less often than the class at hand
	for _, n := range classes {
		m := images[n]
		fewer -= m
		// The ranks of the class are fewer+1 to fewer+m.
		sum += float64(n) * float64(m) * float64(2*fewer+m-used)
	}
	p.Gini = sum / (float64(used) * float64(slots))
	return p
}

// mostUsedTake is how many slots the first so many images take, when images[n] are used n times and classes are the n, falling.
func mostUsedTake(classes []int64, images map[int64]int64, first int64) int64 {
	var slots int64
	for _, n := range classes {
		m := min(images[n], first)
		slots += m * n
		first -= m
	}
	return slots
}

func ageClasses(ages lru.Ages) []AgeClass {
	classes := []AgeClass{}
	for i, uses := range ages {
		if uses == 0 {
			continue
		}
		class := AgeClass{Uses: uses}
		if i > 0 {
			class.From, class.To = 1<<(i-1), 1<<i-1
		}
		classes = append(classes, class)
	}
	return classes
}

// Share is part ÷ total, or 0 of nothing.
func Share(part, total int64) float64 {
	if total == 0 {
		return 0
	}
	return float64(part) / float64(total)
}
