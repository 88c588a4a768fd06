package model

import (
	"fmt"
	"math"
)

// Model is how a model takes images. The zero value is of no use: see Read and Qwen.
type Model struct {
	Type   string // as config.json calls the architecture; "" if there was no folder
	Hidden int64  // numbers that the language model takes for a token; 0 if it is not known
	Levels int64  // DeepStack levels, each of which has as many numbers of a token once more
	Marks  int64  // tokens that mark where an image begins and ends in a request, beside its own; 0 if that is the template's affair
	// Normalized says that vLLM hands the image's bytes to the device, one byte for each number, and normalizes them there.
	Normalized bool

	fixed  bool
	tokens int64 // of any image, if fixed
	values int64 // likewise

	side      int64 // pixels along a token's side: a patch's, times those that are merged along it
	merge     int64 // patches along a token's side
	temporal  int64 // frames of a patch; an image is repeated as often
	minPixels int64
	maxPixels int64
}

// channels are red, green and blue.
const channels = 3

// MostSide is the longest side in pixels that is understood.
const MostSide = 1 << 16

// mostRatio is how many times longer than wide an image may be.
const mostRatio = 200

// Qwen is a model of the Qwen-VL family without its folder: a token is side by side pixels, 28 or 32. An image keeps its size but for rounding
// to whole tokens, as one within the model's least and largest pixel counts does.
func Qwen(side int64) *Model {
	return &Model{Normalized: true, Marks: 2, side: side, merge: 2, temporal: 2, minPixels: 1, maxPixels: math.MaxInt64}
}

// Image is what a model makes of an image.
type Image struct {
	Width, Height int64 // in pixels, as cut up; 0 where every image is brought to one size
	Tokens        int64
	Values        int64 // numbers that the image processor hands to the vision encoder
}

// Image returns what the model makes of an image of a size in pixels. The error says why no image of that size is taken.
func (m *Model) Image(width, height int64) (Image, error) {
	if least, most := min(width, height), max(width, height); least < 1 || most > MostSide {
		return Image{}, fmt.Errorf("no image has %dx%d pixels: give sides from 1 to %d", width, height, MostSide)
	} else if !m.fixed && float64(most)/float64(least) > mostRatio {
		return Image{}, fmt.Errorf("an image of %dx%d pixels is rejected by the model's image processor: its sides may differ by a factor of %d", width, height, mostRatio)
	}
	if m.fixed {
		return Image{Tokens: m.tokens, Values: m.values}, nil
	}
	width, height = m.resize(width, height)
	tokens := (width / m.side) * (height / m.side)
	return Image{Width: width, Height: height, Tokens: tokens, Values: channels * m.temporal * width * height}, nil
}

// resize is transformers' smart_resize: whole tokens, as nearly of the image's proportions as can be, within the bounds. Every step is
// done in the same order and with the same rounding.
func (m *Model) resize(width, height int64) (w, h int64) {
	factor := float64(m.side)
	round := func(side int64) int64 { return int64(math.RoundToEven(float64(side)/factor)) * m.side }
	w, h = round(width), round(height)
	switch pixels := float64(width * height); {
	case w*h > m.maxPixels:
		beta := math.Sqrt(pixels / float64(m.maxPixels))
		down := func(side int64) int64 {
			return max(m.side, int64(math.Floor(float64(side)/beta/factor))*m.side)
		}
		return down(width), down(height)
	case w*h < m.minPixels:
		beta := math.Sqrt(float64(m.minPixels) / pixels)
		up := func(side int64) int64 { return int64(math.Ceil(float64(side)*beta/factor)) * m.side }
		return up(width), up(height)
	}
	return w, h
}

// EmbeddingBytes is what the vision encoder makes of so many tokens, at two bytes a number.
func (m *Model) EmbeddingBytes(tokens int64) int64 { return tokens * m.Hidden * (1 + m.Levels) * 2 }

// Fixed reports whether every image becomes the same.
func (m *Model) Fixed() bool { return m.fixed }
