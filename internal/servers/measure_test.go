package servers

import (
	"strings"
	"testing"

	"mmjsonl/internal/replay"
	"mmjsonl/internal/replay/replaytest"
)

// sequence is Requests of a test.
type sequence struct {
	rows  [][]uint32
	sizes [][2]int32 // by image
}

func (s sequence) Images() int { return len(s.sizes) }
func (s sequence) Size(image uint32) (width, height int32) {
	return s.sizes[image][0], s.sizes[image][1]
}
func (s sequence) Each(send func(request []uint32) bool) {
	for _, row := range s.rows {
		if !send(row) {
			return
		}
	}
}

// sequenceOf are requests of 40 images of four sizes.
func sequenceOf(t *testing.T, k int) (s sequence, slots int64) {
	t.Helper()
	spec := replaytest.Spec{Seed: 3, Requests: 400 / k, K: k, Pool: 40, Draw: "skewed"}
	s = sequence{rows: spec.Rows()}
	for i := range spec.Pool {
		s.sizes = append(s.sizes, [][2]int32{{512, 512}, {256, 300}, {1024, 768}, {64, 64}}[i%4])
	}
	return s, int64(spec.Requests * spec.K)
}

// TestMeasure: mixed sizes are replayed by what each image takes.
func TestMeasure(t *testing.T) {
	for name, set := range map[string]func(*Inputs){
		"vllm":           func(in *Inputs) { in.Server, in.CacheBytes = "vllm", 12<<20 },
		"vllm-encoder":   func(in *Inputs) { in.Server, in.CacheTokens = "vllm-encoder", 3000 },
		"sglang":         func(in *Inputs) { in.Server, in.CacheBytes = "sglang", 64<<20 },
		"sglang-encoder": func(in *Inputs) { in.Server, in.CacheBytes = "sglang-encoder", 200<<20 },
		"dynamo":         func(in *Inputs) { in.Server, in.CacheBytes = "dynamo", 90<<20 },
		"dynamo-aggregated": func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens = "dynamo-aggregated", 30<<20, 2000
		},
		"trtllm-older": func(in *Inputs) { in.Server, in.CacheBytes = "trtllm-older", 90<<20 },
	} {
		t.Run(name, func(t *testing.T) {
			c := resolve(t, func(in *Inputs) { set(in); in.Model, in.SizesKnown = models+"qwen3", true })
			k := 3
			if c.Rule == replay.Tuple {
				k = 1 // no two requests are alike else
			}
			s, slots := sequenceOf(t, k)
			weights := make([]int64, len(s.sizes))
			for i, size := range s.sizes {
				var err error
				if weights[i], err = c.Weight(int64(size[0]), int64(size[1])); err != nil {
					t.Fatal(err)
				}
			}
			hitsAt := func(capacity int64) replay.Counts {
				cache := replay.New(replay.Options{Rule: c.Rule, Capacity: capacity, Weights: weights, Front: c.Tokens})
				s.Each(func(row []uint32) bool { cache.Add(row); return true })
				return cache.Counts()
			}
			r, err := c.Measure(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := hitsAt(c.Capacity())
			if r.Hits != want.Hits || r.WholeRequests != want.Whole || r.Front != want.Front || r.Hits == 0 || r.Hits == slots {
				t.Errorf("%+v, want %+v", r, want)
			}
			if c.CountsTokens() && (r.LeastTokens != 64 || r.MostTokens != 768) || c.Name == "vllm" && (r.LeastBytes != 393_240 || r.MostBytes != 4_718_616) {
				t.Errorf("an image takes %d to %d bytes, %d to %d tokens", r.LeastBytes, r.MostBytes, r.LeastTokens, r.MostTokens)
			}
			if r.Images != nil {
				t.Errorf("%d images of different weights", *r.Images)
			}
			all := hitsAt(1 << 60)
			if len(r.Needed) != 5 {
				t.Fatalf("needed %+v", r.Needed)
			}
			for _, n := range r.Needed {
				at := hitsAt(n.capacity)
				if hits := at.Hits - at.Front; hits != n.Hits || 100*hits < (all.Hits-all.Front)*int64(n.Percent) {
					t.Errorf("%+v: %d hits of %d", n, hits, all.Hits-all.Front)
				}
				if n.Bytes != c.InBytes(n.capacity) || (n.Tokens == n.capacity) != c.CountsTokens() {
					t.Errorf("%+v for a capacity of %d", n, n.capacity)
				}
			}
		})
	}
}

// TestMeasureSame: where images are alike the least size is found to the image, however bad the guesses.
func TestMeasureSame(t *testing.T) {
	const weight = 1000
	for _, name := range []string{"vllm", "sglang", "dynamo", "lru"} {
		for _, likely := range [][]int64{nil, {1, 2, 3}, {12, 25, 40}, {1000}} {
			c := resolve(t, func(in *Inputs) { in.Server, in.CacheBytes, in.BytesPerImage = name, 15*weight+7, weight })
			s, _ := sequenceOf(t, 4)
			r, err := c.Measure(s, likely)
			if err != nil {
				t.Fatal(err)
			}
			hitsAt := func(images int64) int64 {
				cache := replay.New(replay.Options{Rule: c.Rule, Capacity: images})
				s.Each(func(row []uint32) bool { cache.Add(row); return true })
				return cache.Counts().Hits
			}
			if r.Hits != hitsAt(15) || r.Images == nil || *r.Images != 15 || r.LeastBytes != weight || r.MostBytes != weight {
				t.Errorf("%s: %+v, want %d hits", name, r, hitsAt(15))
			}
			for _, n := range r.Needed {
				target := (hitsAt(40)*int64(n.Percent) + 99) / 100
				images := n.capacity / weight
				if n.capacity%weight != 0 || hitsAt(images) < target || hitsAt(images-1) >= target {
					t.Errorf("%s, %v: %+v: %d hits, %d with an image less, want %d", name, likely, n, hitsAt(images), hitsAt(images-1), target)
				}
			}
		}
	}
}

// TestMeasureTuples: a cache of whole requests holds an image as often as it is in different ones.
func TestMeasureTuples(t *testing.T) {
	c := resolve(t, func(in *Inputs) { in.Server, in.CacheBytes, in.BytesPerImage = "sglang-encoder", 59, 10 })
	s := sequence{sizes: make([][2]int32, 2)}
	for range 5 {
		s.rows = append(s.rows, []uint32{0, 1}, []uint32{1, 0}, []uint32{0, 0})
	}
	r, err := c.Measure(s, nil)
	if err != nil || r.Hits != 0 || len(r.Needed) != 5 || r.Needed[4].Bytes != 60 || r.Needed[4].Hits != 24 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestMeasureUnknown: an image of which nothing is known has no weight.
func TestMeasureUnknown(t *testing.T) {
	s, _ := sequenceOf(t, 3)
	c := resolve(t, func(in *Inputs) { in.Server, in.Model, in.SizesKnown = "vllm", models+"qwen3", true })
	s.sizes[7], s.sizes[8] = [2]int32{}, [2]int32{}
	if _, err := c.Measure(s, nil); err == nil || !strings.Contains(err.Error(), "the size of 2 of 40 images is not known") {
		t.Error(err)
	}
	s.sizes[7] = [2]int32{1, 500}
	if _, err := c.Measure(s, nil); err == nil || !strings.Contains(err.Error(), "an image of 1x500 pixels is rejected by the model's image processor") ||
		!strings.Contains(err.Error(), "(1 of 40 images)") {
		t.Error(err)
	}
	// One weight for all needs no sizes.
	c = resolve(t, func(in *Inputs) { in.Server, in.BytesPerImage = "vllm", 10 })
	if _, err := c.Measure(s, nil); err != nil {
		t.Error(err)
	}
	if r, err := c.Measure(sequence{}, nil); err != nil || r.Hits != 0 || r.Needed == nil || len(r.Needed) != 0 {
		t.Errorf("nothing: %+v, %v", r, err)
	}
}
