package generator

import (
	"math"
	"testing"

	"mmjsonl/internal/random"
)

// Lengths have the mean and the standard deviation that are requested.
func TestOutputTokens(t *testing.T) {
	const rows = 20_000
	for _, test := range []struct {
		lengths         Lengths
		mean, deviation float64
	}{
		{Lengths{LengthsFixed, 500, 0}, 500, 0},
		{Lengths{LengthsNormal, 500, 100}, 500, 100},
		{Lengths{LengthsLogNormal, 130, 200}, 130, 200},
		{Lengths{LengthsUniform, 100, 900}, 500, math.Sqrt((801.0*801 - 1) / 12)},
	} {
		var sum, squares float64
		least, most := int64(math.MaxInt64), int64(0)
		for r := range rows {
			n := test.lengths.of(42, random.AnswerTokens, r)
			if n != test.lengths.of(42, random.AnswerTokens, r) {
				t.Fatalf("%v: row %d has two lengths", test.lengths, r)
			}
			least, most = min(least, n), max(most, n)
			sum += float64(n)
			squares += float64(n) * float64(n)
		}
		mean := sum / rows
		deviation := math.Sqrt(max(squares/rows-mean*mean, 0))
		// Four standard errors of a mean; the deviation of a heavy tail varies more.
		if math.Abs(mean-test.mean) > 4*test.deviation/math.Sqrt(rows)+0.5 || math.Abs(deviation-test.deviation) > 0.15*test.deviation || least < 1 {
			t.Errorf("%v: mean %.1f, deviation %.1f, want %.1f and %.1f", test.lengths, mean, deviation, test.mean, test.deviation)
		}
		if test.lengths.Shape == LengthsUniform && (least != 100 || most != 900) {
			t.Errorf("%v: from %d to %d", test.lengths, least, most)
		}
	}
}

// Rows are sent at the rate that is requested, as irregularly as is requested, in their order.
func TestArrivals(t *testing.T) {
	const rows, rate = 20_000, 8
	for _, test := range []struct {
		arrivals Arrivals
		cv       float64
	}{
		{Arrivals{Rate: rate, Shape: ArrivalsConstant}, 0},
		{Arrivals{Rate: rate, Shape: ArrivalsPoisson}, 1},
		{Arrivals{Rate: rate, Shape: ArrivalsGamma, CV: 0.5}, 0.5},
		{Arrivals{Rate: rate, Shape: ArrivalsGamma, CV: 2}, 2},
	} {
		plan := small(rows, 0, 0, 1)
		plan.arrivals = &arrivals{Arrivals: test.arrivals}
		var squares float64
		for r := 1; r < rows; r++ {
			gap := float64(plan.arrivals.of(plan, r)-plan.arrivals.of(plan, r-1)) / 1e6
			if gap < 0 {
				t.Fatalf("%v: row %d is sent before the one before it", test.arrivals, r)
			}
			squares += gap * gap
		}
		mean := float64(plan.arrivals.of(plan, rows-1)) / 1e6 / (rows - 1)
		cv := math.Sqrt(max(squares/(rows-1)-mean*mean, 0)) / mean
		if plan.arrivals.of(plan, 0) != 0 || math.Abs(mean*rate-1) > 4*test.cv/math.Sqrt(rows)+1e-6 || math.Abs(cv-test.cv) > 0.1*test.cv+1e-6 {
			t.Errorf("%v: a mean of %v s and a coefficient of variation of %.3f", test.arrivals, mean, cv)
		}
	}
}
