package generator

import (
	"math"

	"mmjsonl/internal/random"
)

// of returns a row's number of the distribution, or 0 of the zero value.
func (l Lengths) of(seed uint64, row int) int64 {
	if l.Shape == "" {
		return 0
	}
	d := random.New(seed, random.AnswerTokens, uint64(row))
	value := l.A
	switch l.Shape {
	case LengthsUniform:
		value += float64(d.Below64(uint64(l.B-l.A) + 1))
	case LengthsNormal:
		value += l.B * normal(&d)
	case LengthsLogNormal:
		// The logarithm is normal; these are its variance and its mean.
		variance := math.Log1p(l.B / l.A * (l.B / l.A))
		value = math.Exp(math.Log(l.A) - variance/2 + math.Sqrt(variance)*normal(&d))
	}
	return int64(min(max(math.Round(value), 1), maxTokens))
}

// largest is about the largest number of the distribution.
func (l Lengths) largest() int64 {
	switch l.Shape {
	case "":
		return 0
	case LengthsUniform:
		return int64(l.B)
	}
	return int64(min(max(l.A+3*l.B, 1), maxTokens))
}

// unit is a number between 0 and 1, and neither of them.
func unit(d *random.Draws) float64 { return (float64(d.Next()>>11) + 0.5) / (1 << 53) }

// normal is a number of the standard normal distribution (Box and Muller 1958).
func normal(d *random.Draws) float64 {
	radius := math.Sqrt(-2 * math.Log(unit(d)))
	return radius * math.Cos(2*math.Pi*unit(d))
}
