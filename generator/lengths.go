package generator

import (
	"fmt"
	"math"

	"mmjsonl/internal/random"
)

// of returns a number of the distribution by its index in a stream, or 0 of the zero value.
func (l Lengths) of(seed uint64, s random.Stream, index int) int64 {
	if l.Shape == "" {
		return 0
	}
	d := random.New(seed, s, uint64(index))
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

// inName is the distribution in a generated name: 20, or normal20-5.
func (l Lengths) inName() string {
	if l.Shape == LengthsFixed {
		return fmt.Sprint(l.A)
	}
	return fmt.Sprintf("%s%v-%v", l.Shape, l.A, l.B)
}

// unit is a number between 0 and 1, and neither of them.
func unit(d *random.Draws) float64 { return (float64(d.Next()>>11) + 0.5) / (1 << 53) }

// normal is a number of the standard normal distribution (Box and Muller 1958).
func normal(d *random.Draws) float64 {
	radius := math.Sqrt(-2 * math.Log(unit(d)))
	return radius * math.Cos(2*math.Pi*unit(d))
}
