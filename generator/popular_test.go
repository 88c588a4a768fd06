package generator

import (
	"math/rand/v2"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// With popular sizes, no image of a size is used more often than one of a size before it, and each size has its exact share of the pool. The uses are
// counted in the rows.
func TestPopularSizes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	several := 0
	for range 300 {
		n, k := 5+source.Int64N(100), 1+source.Int64N(5)
		pool := k + source.Int64N(n*k-k+1)
		reuse := Reuse{Pattern: PatternZipf, ZipfExponent: 0.1 + 2*source.Float64()}
		if source.IntN(3) == 0 {
			reuse.WarmUp, reuse.HeldOut = WarmUpHeldOut, 1+source.Int64N(5)
		}
		config := reuseConfig(t, n, k, pool, reuse)
		config.Media.Sizes, config.Media.PopularSizes, config.Seed = randomSizes(source), true, source.Uint64()
		if len(config.Media.Sizes) == 1 {
			continue
		}
		several++
		p := plan(t, config)
		uses := make([]int, p.Shape().Pool)
		for _, image := range sequenceOf(t, p) {
			uses[image]++
		}
		type group struct{ images, least, most int }
		of := map[media.Size]*group{}
		for image, used := range uses[:pool] {
			r := of[p.Media.Item(uint32(image)).Size]
			if r == nil {
				r = &group{least: used, most: used}
				of[p.Media.Item(uint32(image)).Size] = r
			}
			r.images++
			r.least, r.most = min(r.least, used), max(r.most, used)
		}
		weights, least := int64(0), len(uses)*int(n)
		for _, share := range config.Media.Sizes {
			weights += share.Weight
		}
		for _, share := range config.Media.Sizes {
			r := of[share.Size]
			if r == nil {
				r = &group{least: least, most: least}
			}
			if low := int(pool * share.Weight / weights); r.images < low || r.images > low+1 {
				t.Fatalf("%s of %d: %d images of %s, want %d", config.Media.Sizes, pool, r.images, share.Size, low)
			}
			if r.most > least {
				t.Fatalf("%s of %d: an image of %s is used %d times, and one of a size before it %d", config.Media.Sizes, pool, share.Size, r.most, least)
			}
			least = r.least
		}
	}
	if several < 100 {
		t.Errorf("only %d have several sizes", several)
	}
}

// Where popularity does not decide anything, or nothing decides popularity, popular sizes are refused, with what to do.
func TestPopularSizesRefused(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"no image is more popular than another with reuse-pattern uniform": func(c *Config) { c.Reuse.Pattern = PatternUniform },
		"no image is more popular than another with reuse-pattern steady":  func(c *Config) { c.Reuse.Pattern = PatternSteady },
		"no image is more popular than another with reuse-pattern zipf":    func(c *Config) { c.Reuse.ZipfExponent = 0 },
		"all images are 8x8":                         func(c *Config) { c.Media.Sizes = c.Media.Sizes[:1] },
		"the images are not generated":               func(c *Config) { c.Media.Mode, c.Media.URLList = ModeHTTP, "list" },
		"the images are not generated, and have":     func(c *Config) { c.Media.From = "folder" },
		"hit-rate decides how often images are used": func(c *Config) { c.Reuse.Pattern, c.Reuse.Hits = PatternUniform, byteHits(10_000, 50) },
		"num-users decides how often images are used": func(c *Config) {
			c.Reuse.Pattern, c.Requests.Windows = PatternUniform, &WindowsConfig{Users: 2, Turns: Lengths{A: 2}, Size: 2}
		},
	} {
		config := reuseConfig(t, 20, 2, 30, Reuse{Pattern: PatternZipf, ZipfExponent: 1})
		config.Media.Sizes = media.Sizes{{Size: media.Size{Width: 8, Height: 8}, Weight: 1}, {Size: media.Size{Width: 9, Height: 8}, Weight: 2}}
		config.Media.PopularSizes = true
		change(&config)
		_, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}}, nil)
		problems, _ := err.(problem.List)
		found := false
		for _, p := range problems {
			fault, remedy := p.Parts(func(name problem.Name) string { return string(name) })
			found = found || p.Input == "popular-sizes" && strings.Contains(fault, want) && remedy != ""
		}
		if !found {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}
