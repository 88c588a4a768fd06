package stream_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// hitRates are samplers of all kinds: by images and by weights, of rows that are alike and rows that differ, with wide and with narrow ranges of depths.
func hitRates() map[string]stream.HitRate {
	const deep = math.MaxInt32
	source := rand.New(rand.NewPCG(8, 0))
	weights := make([]int64, 400)
	for i := range weights {
		weights[i] = 1 + source.Int64N(60)
	}
	lengths := []stream.RowsOfLength{{Rows: 2500, Length: 1}, {Rows: 700, Length: 4}, {Rows: 100, Length: 0}, {Rows: 500, Length: 7}}
	return map[string]stream.HitRate{
		"one class":                 {Rows: 4000, PerRow: 3, Pool: 400, Classes: []stream.DepthClass{{From: 1, To: 100, Quota: 11_600}}},
		"a miss far away":           {Rows: 4000, PerRow: 3, Pool: 400, Classes: []stream.DepthClass{{From: 1, To: 98, Quota: 7200}, {From: 103, To: deep, Quota: 4400}}},
		"several points":            {Rows: 4000, PerRow: 3, Pool: 400, Classes: []stream.DepthClass{{From: 1, To: 18, Quota: 2000}, {From: 23, To: 198, Quota: 4000}, {From: 203, To: deep, Quota: 5600}}},
		"narrow":                    {Rows: 4000, PerRow: 1, Pool: 400, Classes: []stream.DepthClass{{From: 1, To: 300, Quota: 2000}, {From: 301, To: 305, Quota: 1600}}},
		"rows nearly as long":       {Rows: 1500, PerRow: 9, Pool: 40, Classes: []stream.DepthClass{{From: 1, To: 10, Quota: 5000}, {From: 11, To: 30, Quota: 8460}}},
		"first uses first":          {Rows: 4000, PerRow: 3, Pool: 400, FirstUsesFirst: true, Classes: []stream.DepthClass{{From: 1, To: 98, Quota: 7200}, {From: 103, To: deep, Quota: 4400}}},
		"nothing near":              {Rows: 4000, PerRow: 3, Pool: 400, Classes: []stream.DepthClass{{From: 49, To: 200, Quota: 9000}, {From: 249, To: deep, Quota: 2600}}},
		"rows of many lengths":      {Lengths: lengths, Pool: 400, Classes: []stream.DepthClass{{From: 1, To: 94, Quota: 5000}, {From: 107, To: deep, Quota: 3400}}},
		"lengths, first uses first": {Lengths: lengths, Pool: 400, FirstUsesFirst: true, Classes: []stream.DepthClass{{From: 1, To: 94, Quota: 5000}, {From: 107, To: deep, Quota: 3400}}},
		"weights":                   {Rows: 4000, PerRow: 3, Pool: 400, Weights: weights, Classes: []stream.DepthClass{{From: 1, To: 2800, Quota: 7200}, {From: 3121, To: deep, Quota: 4400}}},
		"weights, lengths":          {Lengths: lengths, Pool: 400, Weights: weights, Classes: []stream.DepthClass{{From: 420, To: 2600, Quota: 5000}, {From: 3400, To: deep, Quota: 3400}}},
	}
}

// The images of a class's range are equally likely, which is what gives the hit-rate curve its shape at every capacity, and not only at those
// asked for. A plain list finds each reuse's place among the images that it was drawn from. Over the stream, in each twentieth of that range there
// are as many as chance has it.
func TestHitRateShape(t *testing.T) {
	for name, h := range hitRates() {
		t.Run(name, func(t *testing.T) {
			const seed, parts = 4, 20
			s := sample(t, h, seed)
			streamtest.Check(t, s, h.Shape())
			quotas := make([]int64, len(h.Classes))
			var off, variance [8][parts]float64 // by class and part: of reuses at most that deep, from what was expected
			var stack []uint32                  // used last first
			for r := range s.Rows() {
				row := s.Row(r)
				depths, depth := make([]int64, len(stack)), int64(0)
				for i, image := range stack {
					depth += weightOf(h, image)
					depths[i] = depth
				}
				for _, image := range row {
					at := slices.Index(stack, image)
					if at < 0 {
						continue
					}
					c := slices.IndexFunc(h.Classes, func(c stream.DepthClass) bool { return c.From <= depths[at] && depths[at] <= c.To })
					if c < 0 {
						t.Fatalf("row %d reuses an image at depth %d, which no class has", r, depths[at])
					}
					quotas[c]++
					// The range is the images from one index up to before another.
					from, _ := slices.BinarySearch(depths, h.Classes[c].From)
					to, _ := slices.BinarySearch(depths, h.Classes[c].To+1)
					for part := range parts {
						upTo := from + (to-from)*part/parts
						p := float64(upTo-from) / float64(to-from)
						off[c][part] -= p
						if at < upTo {
							off[c][part]++
						}
						variance[c][part] += p * (1 - p)
					}
				}
				stack = slices.DeleteFunc(stack, func(image uint32) bool { return slices.Contains(row, image) })
				front := slices.Clone(row)
				slices.Reverse(front)
				stack = append(front, stack...)
			}
			for c, class := range h.Classes {
				if quotas[c] != class.Quota {
					t.Errorf("class %d has %d reuses, want %d", c, quotas[c], class.Quota)
				}
				for part := range parts {
					if sd := math.Sqrt(variance[c][part]); math.Abs(off[c][part]) > 4*sd+1 {
						t.Errorf("class %d: in the upper %d of %d parts of its range there are %.0f reuses more than expected, and %.1f are a standard deviation", c, part, parts, off[c][part], sd)
					}
				}
			}
		})
	}
}

// weightOf is what an image weighs.
func weightOf(h stream.HitRate, image uint32) int64 {
	if h.Weights == nil {
		return 1
	}
	return h.Weights[image]
}

func BenchmarkHitRate(b *testing.B) {
	weights := make([]int64, 100_000)
	total, source := int64(0), rand.New(rand.NewPCG(1, 0))
	for i := range weights {
		weights[i] = int64(100_000 * math.Exp(source.NormFloat64()*0.7))
		total += weights[i]
	}
	for _, run := range []struct {
		name    string
		weights []int64
		classes []stream.DepthClass
	}{
		{"images", nil, []stream.DepthClass{{From: 1, To: 20_000 - 9, Quota: 6_000_000}, {From: 20_000 + 10, To: math.MaxInt32, Quota: 3_900_000}}},
		{"bytes", weights, []stream.DepthClass{{From: 1, To: total / 5, Quota: 6_000_000}, {From: total/5 + total/50, To: math.MaxInt64, Quota: 3_900_000}}},
		{"narrow", nil, []stream.DepthClass{{From: 1, To: 90_000, Quota: 6_000_000}, {From: 90_001, To: 90_010, Quota: 3_900_000}}},
	} {
		b.Run(run.name, func(b *testing.B) {
			sampler := stream.HitRate{Rows: 1_000_000, PerRow: 10, Pool: 100_000, Weights: run.weights, Classes: run.classes}
			b.ReportAllocs()
			b.SetBytes(4 * 10_000_000)
			for b.Loop() {
				if s := sample(b, sampler, 42); len(s.Media) != 10_000_000 {
					b.Fatal(len(s.Media))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(sampler.Shape().Slots), "ns/slot")
		})
	}
}
