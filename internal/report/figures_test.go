package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"mmjsonl/internal/reuse"
)

// point is a Point of a stream with 2,000 slots.
func point(capacity, byRequest, byReference, least, most int64) reuse.Point {
	return reuse.Point{Capacity: capacity, HitsByRequest: byRequest, HitsByReference: byReference,
		HitRate: float64(byRequest) / 2000, WholeRequests: byRequest / 4, WholeRequestRate: float64(byRequest/4) / 1000, LeastHits: least, MostHits: most}
}

// fixed are figures that stay as they are, so that what is drawn of them can be compared with what was drawn before.
func fixed() *reuse.Figures {
	return &reuse.Figures{
		Requests: 1010, Slots: 2000, Distinct: 300, Duplicates: 1700, WithinRows: 3, ReuseRate: 0.85, MostInARow: 4, TextOnly: 10,
		Popularity: reuse.Popularity{
			Top:  []reuse.Use{{Image: 7, Name: "images/img_0007.png", Uses: 120}, {Image: 0, Uses: 60}, {Image: 12, Uses: 1}},
			Top1: 0.1, Top10: 0.4, Gini: 0.5,
		},
		Ages: []reuse.AgeClass{{From: 0, To: 0, Uses: 3}, {From: 1, To: 1, Uses: 97}, {From: 8, To: 15, Uses: 1600}},
		Curve: []reuse.Point{
			point(1, 4, 4, 0, 90), point(3, 20, 18, 0, 200), point(10, 200, 190, 40, 500), point(30, 500, 500, 300, 900),
			point(100, 1200, 1200, 1000, 1300), point(300, 1700, 1700, 1600, 1700),
		},
		Capacities:  []reuse.Point{point(100, 1200, 1200, 1000, 1300), point(50, 800, 801, 800, 800), point(5000, 1700, 1700, 1700, 1700)},
		Concurrency: 8,
		Replicas: []reuse.Replica{
			{Requests: 505, Slots: 1000, Distinct: 280, ReuseRate: 0.72, Points: []reuse.Point{{Capacity: 100, HitsByRequest: 500}, {Capacity: 50, HitsByRequest: 250}, {Capacity: 5000, HitsByRequest: 720}}},
			{Requests: 505, Slots: 1000, Distinct: 290, ReuseRate: 0.71, Points: []reuse.Point{{Capacity: 100, HitsByRequest: 490}, {Capacity: 50, HitsByRequest: 240}, {Capacity: 5000, HitsByRequest: 710}}},
		},
	}
}

// watched are the figures of random streams of many shapes, the least of them a single image, by name.
func watched(t *testing.T) map[string]*reuse.Figures {
	t.Helper()
	const seed = 11
	t.Logf("seed %d", seed)
	all := map[string]*reuse.Figures{}
	for i, shape := range []struct {
		requests, perRequest, pool, concurrency, replicas int
		skewed                                            bool
		capacities                                        []int64
	}{
		{1, 1, 1, 1, 0, false, nil},
		{20, 1, 1, 2, 2, false, []int64{1, 2}},
		{50, 2, 30, 4, 3, false, []int64{0, 5, 20, 1000000}},
		{500, 3, 51, 1, 0, false, []int64{50}},
		{2000, 5, 700, 16, 4, true, []int64{10, 11, 12, 13, 14, 100, 200, 300}},
		{20000, 5, 90000, 64, 0, false, []int64{1365, 2730, 50000}},
		{40000, 5, 150000, 1, 0, true, []int64{2, 400, 2}},
	} {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		w := reuse.NewWatcher(reuse.Options{Capacities: shape.capacities, Concurrency: shape.concurrency, Replicas: shape.replicas})
		for range shape.requests {
			request := make([]uint32, shape.perRequest)
			for j := range request {
				request[j] = uint32(rng.IntN(shape.pool))
				if shape.skewed {
					request[j] = uint32(math.Exp(rng.Float64()*math.Log(float64(shape.pool)+1))) - 1
				}
			}
			w.Add(request)
		}
		all[fmt.Sprintf("%d requests of %d from %d", shape.requests, shape.perRequest, shape.pool)] = w.Figures()
	}
	all["fixed"] = fixed()
	return all
}
