package inputs

import (
	"slices"
	"strconv"
	"strings"

	"mmjsonl/generator"
)

// Lengths is a number, or a distribution of numbers: 500, normal:500,100, lognormal:500,100 or uniform:100-900.
type Lengths generator.Lengths

func isPlainNumber(text string) bool { return isDecimal(text, 12, 6) }

func (l *Lengths) parse(text string) []fault {
	return l.parseOr(text, fault{"is not a number of tokens or a distribution of them", "give one like 500, normal:500,100 (mean, standard deviation), lognormal:500,100 or uniform:100-900"})
}

// Turns is how many requests users have: 20, or a distribution as [Lengths] has.
type Turns Lengths

func (t *Turns) parse(text string) []fault {
	return (*Lengths)(t).parseOr(text, fault{"is not a whole number or a distribution of them", "give one like 20, normal:20,5 (mean, standard deviation), lognormal:20,5 or uniform:5-40"})
}

// parseOr reads a distribution, or returns what is wrong.
func (l *Lengths) parseOr(text string, otherwise fault) []fault {
	wrong := []fault{otherwise}
	shape, numbers, named := strings.Cut(text, ":")
	if !named {
		shape, numbers = string(generator.LengthsFixed), text
	}
	parsed := Lengths{Shape: generator.LengthsShape(strings.TrimSpace(shape))}
	var a, b string
	two := true
	switch parsed.Shape {
	case generator.LengthsUniform:
		a, b, two = strings.Cut(numbers, "-")
	case generator.LengthsNormal, generator.LengthsLogNormal:
		a, b, two = strings.Cut(numbers, ",")
	case generator.LengthsFixed:
		a, b = numbers, "0"
	default:
		return wrong
	}
	whole := parsed.Shape == generator.LengthsFixed || parsed.Shape == generator.LengthsUniform
	for _, each := range []struct {
		text string
		to   *float64
	}{{a, &parsed.A}, {b, &parsed.B}} {
		number := strings.TrimSpace(each.text)
		if !two || !isPlainNumber(number) || whole && strings.Contains(number, ".") {
			return wrong
		}
		*each.to, _ = strconv.ParseFloat(number, 64)
	}
	*l = parsed
	return nil
}

// Arrival is how regular arrivals are: constant, poisson or gamma:0.5.
type Arrival struct {
	Shape generator.ArrivalsShape
	CV    float64
}

func (a *Arrival) parse(text string) []fault {
	shape, cv, named := strings.Cut(text, ":")
	parsed := Arrival{Shape: generator.ArrivalsShape(strings.TrimSpace(shape))}
	gamma := parsed.Shape == generator.ArrivalsGamma
	if cv = strings.TrimSpace(cv); gamma && isPlainNumber(cv) {
		parsed.CV, _ = strconv.ParseFloat(cv, 64)
	} else if gamma || named || parsed.Shape != generator.ArrivalsConstant && parsed.Shape != generator.ArrivalsPoisson {
		return []fault{{"is not a way for requests to arrive", "give constant, poisson or gamma:CV, like gamma:2, with the coefficient of variation of the times between requests"}}
	}
	*a = parsed
	return nil
}

// Mix is a number of images, or a mixture of such numbers by weight: 3, or 1:80,2:20.
type Mix []generator.ImagesShare

func (m *Mix) parse(text string) (faults []fault) {
	if !strings.Contains(text, ":") {
		var images int64
		if faults := parseInteger(&images, text); faults != nil {
			return faults
		}
		*m = Mix{{Images: images, Weight: 1}}
		return nil
	}
	const remedy = "give IMAGES:WEIGHT, like 1:80,2:7,3:8,4:5"
	var parsed Mix
	for _, item := range items(text) {
		number, weight, _ := strings.Cut(item, ":")
		var share generator.ImagesShare
		if parseInteger(&share.Images, strings.TrimSpace(number)) != nil || share.Images < 0 || !isPlainNumber(strings.TrimSpace(weight)) {
			faults = append(faults, fault{"has " + strconv.Quote(item) + ", which is not a number of images and a weight", remedy})
			continue
		}
		share.Weight, _ = strconv.ParseFloat(strings.TrimSpace(weight), 64)
		if slices.ContainsFunc(parsed, func(other generator.ImagesShare) bool { return other.Images == share.Images }) {
			faults = append(faults, fault{"has " + strconv.FormatInt(share.Images, 10) + " images twice", "give each number once"})
		}
		parsed = append(parsed, share)
	}
	if len(faults) > 0 {
		return faults
	}
	*m = parsed
	return nil
}

// requests returns the mixture as the generator wants it: the most images, and the parts if there are several.
func (m Mix) requests() (images int64, mix []generator.ImagesShare) {
	for _, share := range m {
		images = max(images, share.Images)
	}
	if len(m) == 1 && m[0].Weight == 1 {
		return m[0].Images, nil
	}
	return images, m
}

// heldOut reads the number of requests of a warm-up of images held out.
func heldOut(warmUp string) (requests int64, ok bool) {
	number, ok := strings.CutPrefix(warmUp, "held-out:")
	ok = ok && parseInteger(&requests, strings.TrimSpace(number)) == nil
	return requests, ok
}
