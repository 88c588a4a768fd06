package generator

import (
	"math"
	"sync"

	"mmjsonl/internal/random"
)

// arrivals are the times at which rows are sent, in microseconds from the first one's. They are the same whatever rows a process writes.
type arrivals struct {
	Arrivals
	once sync.Once
	at   []int64
}

// of returns the time of a row.
func (a *arrivals) of(p *Plan, row int) int64 {
	if a.Shape == ArrivalsConstant {
		return a.about(row)
	}
	a.once.Do(func() {
		a.at = make([]int64, p.Shape().Rows)
		at := 0.0
		for r := 1; r < len(a.at); r++ {
			d := random.New(p.Seed, random.Arrivals, uint64(r))
			at += a.gap(&d)
			a.at[r] = int64(math.Round(1e6 * at))
		}
	})
	return a.at[row]
}

// about is the time of a row if all times between rows were the same.
func (a *arrivals) about(row int) int64 {
	if a == nil {
		return 0
	}
	return int64(math.Round(1e6 * float64(row) / a.Rate))
}

// gap is a time between two rows, in seconds.
func (a *arrivals) gap(d *random.Draws) float64 {
	if a.Shape == ArrivalsPoisson {
		return -math.Log(unit(d)) / a.Rate
	}
	shape := 1 / (a.CV * a.CV)
	return gamma(d, shape) / (shape * a.Rate)
}

// gamma is a number of the gamma distribution with scale 1 (Marsaglia and Tsang 2000).
func gamma(d *random.Draws, shape float64) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(unit(d), 1/shape)
		shape++
	}
	third := shape - 1.0/3
	for {
		x := normal(d)
		v := 1 + x/math.Sqrt(9*third)
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(unit(d)) < x*x/2+third-third*v+third*math.Log(v) {
			return boost * third * v
		}
	}
}
