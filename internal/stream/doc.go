// Package stream decides which request asks for which image, as numbers: row after row, the image in each slot. How an image looks and
// what a row calls it are for others.
//
// A [Sampler] makes a [Stream]. Every sampler has the same seed give the same stream, uses each image of its pool at least once, and never
// puts an image twice into a request; streamtest.Suite holds all of them to that. [Begin] has rows used before later ones have their images.
package stream
