package replay_test

import (
	"fmt"
	"testing"

	"mmjsonl/internal/replay"
	"mmjsonl/internal/replay/replaytest"
)

var rules = []struct {
	name string
	rule replay.Rule
}{
	{"ByRequest", replay.ByRequest}, {"ByReference", replay.ByReference}, {"HitsFirst", replay.HitsFirst}, {"HitsFirstOnce", replay.HitsFirstOnce},
	{"Tuple", replay.Tuple}, {"AllOrNone", replay.AllOrNone}, {"Chunks", replay.Chunks}, {"TwoTiers", replay.TwoTiers},
}

// TestRules holds each rule to its literal twin: with and without weights and repeats, at capacities from nothing to everything.
func TestRules(t *testing.T) {
	for _, test := range rules {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cells := 0
			different := map[replay.Counts]bool{}
			for _, k := range []int{1, 3, 10, 20} {
				for _, draw := range []string{"uniform", "skewed", "near"} {
					for variant := range 4 {
						spec := replaytest.Spec{Seed: uint64(100*k + variant), Requests: 3000 / (k + 10), K: k, Pool: 3*k + 25, Draw: draw,
							Repeats: variant&1 != 0, Mixed: variant&2 != 0}
						rows, weights := spec.Rows(), spec.Weights()
						if variant == 0 {
							weights = nil
						}
						unit := int64(50)
						if weights == nil {
							unit = 1
						}
						for _, images := range []int64{0, 1, 2, int64(k), int64(k) + 1, 2 * int64(k), int64(spec.Pool) / 2, int64(spec.Pool), 1000} {
							o := replay.Options{Rule: test.rule, Capacity: images*unit + unit/3, Weights: weights, LargestItem: 3 * unit / 2, Front: (images/2 + 1) * unit}
							want := simulate(o, rows)
							c := replay.New(o)
							for _, row := range rows {
								c.Add(row)
							}
							if got := c.Counts(); got != want {
								t.Errorf("%+v of %d images:\ngot  %+v\nwant %+v", spec, images, got, want)
							}
							if !spec.Mixed { // one weight for all
								o.Weight, o.Weights = unit, nil
								c := replay.New(o)
								for _, row := range rows {
									c.Add(row)
								}
								if got := c.Counts(); got != want {
									t.Errorf("%+v of %d images of one weight:\ngot  %+v\nwant %+v", spec, images, got, want)
								}
							}
							different[want] = true
							cells++
						}
					}
				}
			}
			if len(different) < cells/4 {
				t.Errorf("%d cells have %d different results only", cells, len(different))
			}
		})
	}
}

// BenchmarkReplay replays ten million references, of a cache that holds a fifth of the images.
func BenchmarkReplay(b *testing.B) {
	const slots, k, pool = 10_000_000, 3, 100_000
	spec := replaytest.Spec{Seed: 7, Requests: slots / k, K: k, Pool: pool, Draw: "uniform", Mixed: true}
	rows, weights := spec.Rows(), spec.Weights()
	for _, test := range rules {
		for _, by := range []struct {
			name    string
			weights []int64
			unit    int64
		}{{"images", nil, 1}, {"bytes", weights, 50}} {
			b.Run(fmt.Sprintf("%s/%s", test.name, by.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c := replay.New(replay.Options{Rule: test.rule, Capacity: pool / 5 * by.unit, Weights: by.weights, LargestItem: 1000, Front: pool / 50 * by.unit})
					for _, row := range rows {
						c.Add(row)
					}
					if c.Counts().Lookups != int64(len(rows)*k) {
						b.Fatal(c.Counts())
					}
				}
				b.ReportMetric(float64(b.N)*float64(len(rows)*k)/b.Elapsed().Seconds(), "slots/s")
			})
		}
	}
}
