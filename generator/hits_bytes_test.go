package generator

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
	"mmjsonl/internal/stream"
)

// byteCache is an LRU cache in bytes as a plain list, most recently used first.
type byteCache struct {
	images   []uint32
	capacity int64
	weigh    func(uint32) int64
}

func (c *byteCache) has(image uint32) bool { return slices.Contains(c.images, image) }

// use makes an image the newest. One that is not there is stored, once the oldest have left it enough room.
func (c *byteCache) use(image uint32) {
	if i := slices.Index(c.images, image); i >= 0 {
		c.images = slices.Insert(slices.Delete(c.images, i, i+1), 0, image)
		return
	}
	if c.weigh(image) > c.capacity {
		return
	}
	total := c.weigh(image)
	for i, other := range c.images {
		if total += c.weigh(other); total > c.capacity {
			c.images = c.images[:i]
			break
		}
	}
	c.images = slices.Insert(c.images, 0, image)
}

// rowsIn are the images of each row of a stream.
func rowsIn(s *stream.Stream) (rows [][]uint32) {
	for r := range s.Rows() {
		rows = append(rows, s.Row(r))
	}
	return rows
}

// plainHits replays rows through such caches in the three orders of servers.
func plainHits(rows [][]uint32, capacity int64, weigh func(uint32) int64) (byRequest, byReference, hitsFirst int64) {
	a, b, c := byteCache{nil, capacity, weigh}, byteCache{nil, capacity, weigh}, byteCache{nil, capacity, weigh}
	for _, row := range rows {
		var missing []uint32
		for _, image := range row {
			if a.has(image) {
				byRequest++
			}
			if b.has(image) {
				byReference++
			}
			b.use(image)
			if c.has(image) {
				hitsFirst++
				c.use(image)
			} else {
				missing = append(missing, image)
			}
		}
		for _, image := range row {
			a.use(image)
		}
		for _, image := range missing {
			c.use(image)
		}
	}
	return byRequest, byReference, hitsFirst
}

// byteHits are hit rates in hundredths by capacity in bytes.
func byteHits(capacityAndRate ...int64) (hits []HitPoint) {
	for pair := range slices.Chunk(capacityAndRate, 2) {
		hits = append(hits, HitPoint{Bytes: pair[0], Rate: big.NewRat(pair[1], 100)})
	}
	return hits
}

// randomSizes are up to four sizes by weight.
func randomSizes(source *rand.Rand) (sizes media.Sizes) {
	for range 1 + source.IntN(4) {
		size := media.Size{Width: 8 + source.Int64N(50), Height: 8}
		if !slices.ContainsFunc(sizes, func(s media.Share) bool { return s.Size == size }) {
			sizes = append(sizes, media.Share{Size: size, Weight: 1 + source.Int64N(5)})
		}
	}
	return sizes
}

// Everything that is accepted is exact, to the integer, in all orders of servers and when requests overtake each other, for all kinds of images, by their
// files' bytes and by what a server makes of them. Plain lists are the judges.
func TestHitRatesInBytes(t *testing.T) {
	const seed = 9
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	accepted, warm, several, held, reordered := 0, 0, 0, 0, 0
	for range 600 {
		n, k := 30+source.Int64N(120), 1+source.Int64N(5)
		reuse := Reuse{Concurrency: 1 + source.Int64N(3)*source.Int64N(2)}
		capacity, rate := int64(0), int64(0)
		for range 1 + source.IntN(3) {
			capacity += 5000 + source.Int64N(70_000)
			rate += source.Int64N(40)
			reuse.Hits = append(reuse.Hits, byteHits(capacity, min(rate, 100))...)
		}
		switch source.IntN(3) {
		case 0:
			reuse.WarmUp = WarmUpFirst
		case 1:
			reuse.WarmUp, reuse.HeldOut = WarmUpHeldOut, 1+source.Int64N(10)
		}
		config := reuseConfig(t, n, k, source.Int64N(2)*(k+source.Int64N(n*k)), reuse)
		config.Media.Sizes, config.Seed = randomSizes(source), source.Uint64()
		if source.IntN(4) == 0 {
			config.Requests.Mix = randomMix(source)
		}
		switch source.IntN(4) {
		case 0:
			config.Media.Format = FormatJPEG // each file has another length
		case 1:
			config.Reuse.Weigh = func(size media.Size) (int64, error) { return size.Width * 100, nil }
		}
		p, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}}, nil)
		if err != nil || p.Weights == nil {
			continue
		}
		accepted++
		if p.Shape().WarmUp > 0 {
			warm++
		}
		if p.Shape().HeldOut {
			held++
		}
		if len(p.Targets) > 1 {
			several++
		}
		sequenceOf(t, p)
		s, err := p.Stream.Sample(t.Context(), p.Seed)
		if err != nil {
			t.Fatal(err)
		}
		weigh := func(image uint32) int64 {
			item := p.Media.Item(image)
			if config.Reuse.Weigh != nil {
				return item.Size.Width * 100
			}
			return item.Bytes
		}
		rows := rowsIn(s)
		measured := p.Shape().Slots
		if p.Shape().HeldOut {
			measured -= int64(p.Shape().WarmUp * p.Shape().Widest)
		}
		check := func(how string) {
			t.Helper()
			for _, point := range reuse.Hits {
				want := nearest(point.Rate, measured)
				byRequest, byReference, hitsFirst := plainHits(rows, point.Bytes, weigh)
				if byRequest != want || byReference != want || hitsFirst != want {
					t.Fatalf("%+v%s: a cache of %d bytes hits %d by request, %d by reference and %d with hits first, want %d", config, how, point.Bytes, byRequest, byReference, hitsFirst, want)
				}
			}
		}
		check("")
		if w := int(config.Reuse.Concurrency); w > 1 {
			reordered++
			for window := range slices.Chunk(rows, w) {
				source.Shuffle(len(window), func(i, j int) { window[i], window[j] = window[j], window[i] })
			}
			check(", shuffled")
		}
	}
	t.Logf("%d accepted, %d with a warm-up, %d with several points, %d held out, %d in other orders", accepted, warm, several, held, reordered)
	if accepted < 100 || warm < 20 || several < 20 || held < 20 || reordered < 10 {
		t.Fatalf("too few: %d accepted, %d with a warm-up, %d with several points, %d held out, %d in other orders", accepted, warm, several, held, reordered)
	}
}

// Users with windows of images that differ return so that caches in bytes hit as many slots as is said, in all orders of servers and when requests
// overtake each other: whatever their turns, behind requests that are held out, by files' bytes and by what a server makes of images. Plain lists are
// the judges.
func TestWindowsInBytes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	accepted, several, held, shared, various, reordered := 0, 0, 0, 0, 0, 0
	for range 500 {
		w := WindowsConfig{Users: 10 + source.Int64N(120), Turns: Lengths{Shape: LengthsFixed, A: float64(2 + source.IntN(8))}, Size: 2 + source.Int64N(4)}
		reuse := Reuse{Concurrency: 1 + source.Int64N(3)*source.Int64N(2)}
		if source.IntN(2) == 0 {
			w.Turns = Lengths{Shape: LengthsUniform, A: 1, B: w.Turns.A}
		}
		if source.IntN(3) == 0 {
			w.Shared = source.Int64N(w.Size)
		}
		capacity, rate := source.Int64N(20_000), 100*w.Shared/w.Size
		for range 1 + source.IntN(2) {
			capacity = 2*capacity + source.Int64N(70_000)
			rate = min(rate+source.Int64N(50), 100)
			reuse.Hits = append(reuse.Hits, byteHits(capacity, rate)...)
		}
		if source.IntN(3) == 0 {
			reuse.WarmUp, reuse.HeldOut = WarmUpHeldOut, 1+source.Int64N(10)
		}
		config := reuseConfig(t, 0, 0, 0, reuse)
		config.Requests = RequestsConfig{Windows: &w}
		config.Media.Sizes, config.Seed = randomSizes(source), source.Uint64()
		weigh := func(item media.Item) int64 { return item.Bytes }
		switch source.IntN(4) {
		case 0:
			config.Media.Format = FormatJPEG
		case 1:
			config.Reuse.Weigh = func(size media.Size) (int64, error) { return size.Width * 100, nil }
			weigh = func(item media.Item) int64 { return item.Size.Width * 100 }
		}
		p, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}}, nil)
		if err != nil || p.Weights == nil {
			continue
		}
		accepted++
		for _, count := range []struct {
			of *int
			is bool
		}{{&several, len(p.Targets) > 1}, {&held, p.Shape().HeldOut}, {&shared, w.Shared > 0}, {&various, w.Turns.Shape == LengthsUniform}} {
			if count.is {
				*count.of++
			}
		}
		sequenceOf(t, p)
		s, err := p.Stream.Sample(t.Context(), p.Seed)
		if err != nil {
			t.Fatal(err)
		}
		rows := rowsIn(s)
		if int(p.Weights[len(p.Weights)-1]) != int(weigh(p.Media.Item(uint32(len(p.Weights)-1)))) || len(p.Weights) != p.Shape().Pool {
			t.Fatalf("%+v: %d weights of %d images", config, len(p.Weights), p.Shape().Pool)
		}
		check := func(how string) {
			t.Helper()
			for _, target := range p.Targets {
				byRequest, byReference, hitsFirst := plainHits(rows, target.Bytes, func(image uint32) int64 { return weigh(p.Media.Item(image)) })
				if byRequest != target.Hits || byReference != target.Hits || hitsFirst != target.Hits {
					t.Fatalf("%+v, users %+v%s: a cache of %d bytes hits %d by request, %d by reference and %d with hits first, want %d", config, w, how, target.Bytes, byRequest,
						byReference, hitsFirst, target.Hits)
				}
			}
		}
		check("")
		if w := int(config.Reuse.Concurrency); w > 1 {
			reordered++
			for window := range slices.Chunk(rows, w) {
				source.Shuffle(len(window), func(i, j int) { window[i], window[j] = window[j], window[i] })
			}
			check(", shuffled")
		}
	}
	t.Logf("%d accepted, %d with several points, %d held out, %d shared, %d of various turns, %d in other orders", accepted, several, held, shared, various, reordered)
	if accepted < 40 || several < 5 || held < 10 || shared < 1 || various < 10 || reordered < 3 {
		t.Error("too few")
	}
}

// With points as close to each other as is allowed, reuses are at the edges of the guard bands. A byte closer is refused.
func TestHitRatesInBytesAtTheEdges(t *testing.T) {
	const seed, heaviestWeight = 12, 7
	source := rand.New(rand.NewPCG(seed, 0))
	for round := range 150 {
		k := 1 + source.Int64N(4)
		others, row := heaviestWeight*(k-1), heaviestWeight*k
		below := others + heaviestWeight - 1
		first := 20 + source.Int64N(40)
		second := first + others + row + below
		config := reuseConfig(t, 1+600/k, k, 10+(second+others+row)/3+source.Int64N(30), Reuse{Hits: byteHits(first, 0, second, 40)})
		config.Media.Sizes, config.Seed = nil, source.Uint64()
		for weight := range int64(heaviestWeight) {
			config.Media.Sizes = append(config.Media.Sizes, media.Share{Size: media.Size{Width: 8 + weight, Height: 8}, Weight: 1})
		}
		config.Reuse.Weigh = func(size media.Size) (int64, error) { return size.Width - 7, nil }
		p := plan(t, config)
		s, err := p.Stream.Sample(t.Context(), p.Seed)
		if err != nil {
			t.Fatal(err)
		}
		rows := rowsIn(s)
		for _, target := range p.Targets {
			byRequest, byReference, hitsFirst := plainHits(rows, target.Bytes, func(image uint32) int64 { return p.Weights[image] })
			if byRequest != target.Hits || byReference != target.Hits || hitsFirst != target.Hits {
				t.Fatalf("round %d, %d images in a request: a cache of %d bytes hits %d by request, %d by reference and %d with hits first, want %d", round, k, target.Bytes, byRequest, byReference, hitsFirst, target.Hits)
			}
		}
		config.Reuse.Hits[1].Bytes--
		if _, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}}, nil); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("give at least %d", second)) {
			t.Errorf("round %d, a byte less: %v, want at least %d", round, err, second)
		}
	}
}

// Images that all take the same are counted: a capacity in bytes is a number of images.
func TestHitRatesInBytesOfEqualImages(t *testing.T) {
	config := reuseConfig(t, 200, 2, 0, Reuse{Hits: byteHits(100_000, 60)})
	config.Media.Sizes = media.Only(media.Size{Width: 8, Height: 8})
	p := plan(t, config)
	want := 100_000 / p.Media.Item(0).Bytes
	if p.Weights != nil || len(p.Targets) != 1 || p.Targets[0].Capacity != want || p.Targets[0].Bytes != 100_000 {
		t.Errorf("targets %+v, want %d images", p.Targets, want)
	}
}

func TestHitRatesInBytesRefused(t *testing.T) {
	sizes := media.Sizes{{Size: media.Size{Width: 8, Height: 8}, Weight: 1}, {Size: media.Size{Width: 50, Height: 8}, Weight: 1}}
	for _, test := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Reuse.Hits = byteHits(3000, 60) }, "reuse distances stay 2551 bytes below or 1276 above each capacity: give at least 5103"},
		{func(c *Config) { c.Reuse.Hits = byteHits(50_000, 30, 52_000, 60) }, "too close to the point at 50000"},
		{func(c *Config) { c.Reuse.Hits = append(points(20, 30), byteHits(52_000, 60)...) }, "give all capacities in images, or all in bytes"},
		{func(c *Config) { c.Reuse.Hits = byteHits(52_000, 30, 50_000, 60) }, "has the capacity 50000 after 52000"},
		{func(c *Config) { c.Requests.Pool = 30 }, "needs a pool of at least"},
		{func(c *Config) { c.Requests.Pool = 300 }, "the bound is 1 - 300/400"},
		{func(c *Config) {
			c.Reuse.Weigh = func(media.Size) (int64, error) { return 0, fmt.Errorf("no model takes it") }
		}, "an image of 8x8: no model takes it"},
	} {
		config := reuseConfig(t, 200, 2, 0, Reuse{Hits: byteHits(50_000, 80)})
		config.Media.Sizes = sizes
		test.change(&config)
		_, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}}, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Count(err.Error(), "\n") > 1 {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}
