// Package replaytest makes the sequences of requests with which the rules of package replay are compared with servers' own classes:
// what was recorded is a few numbers, from which everyone makes the same sequence.
package replaytest

import (
	"math"
	"math/rand/v2"
)

// Spec is a sequence.
type Spec struct {
	Seed     uint64 `json:"seed"`
	Requests int    `json:"requests"`
	K        int    `json:"k"`       // images in a request; with Repeats, at most
	Pool     int    `json:"pool"`    // images to draw from, at least K
	Draw     string `json:"draw"`    // uniform, skewed: some images are hot, or near: mostly images of the last few requests
	Repeats  bool   `json:"repeats"` // images may stand in a request more than once, and requests be shorter than K and empty
	Mixed    bool   `json:"mixed"`   // images weigh from 20 to 83, else all 50
}

// Rows returns the requests.
func (s Spec) Rows() [][]uint32 {
	rng := rand.New(rand.NewPCG(s.Seed, 1))
	rows := make([][]uint32, s.Requests)
	for r := range rows {
		n := s.K
		if s.Repeats {
			n = rng.IntN(s.K + 1)
		}
		row := make([]uint32, 0, n)
		taken := map[uint32]bool{}
		for len(row) < n {
			image := s.image(rng, r)
			if taken[image] && !s.Repeats {
				continue
			}
			taken[image] = true
			row = append(row, image)
			if s.Repeats && len(row) < n && rng.IntN(4) == 0 {
				row = append(row, row[rng.IntN(len(row))])
			}
		}
		rows[r] = row
	}
	return rows
}

func (s Spec) image(rng *rand.Rand, r int) uint32 {
	switch s.Draw {
	case "skewed":
		u := rng.Float64()
		return uint32(min(int(float64(s.Pool)*math.Pow(u, 3)), s.Pool-1))
	case "near":
		if rng.IntN(4) > 0 {
			window := min(3*s.K, s.Pool)
			return uint32((r*max(s.K/3, 1) + rng.IntN(window)) % s.Pool)
		}
	}
	return uint32(rng.IntN(s.Pool))
}

// Weights returns the images' weights, of all of the pool.
func (s Spec) Weights() []int64 {
	rng := rand.New(rand.NewPCG(s.Seed, 2))
	weights := make([]int64, s.Pool)
	for i := range weights {
		weights[i] = 50
		if s.Mixed {
			weights[i] = 20 + rng.Int64N(64)
		}
	}
	return weights
}
