// Package media makes what requests show: images of a pool, each a function of its number and of what the pool was made from.
//
// A [Source] says of each item what it is and how long it is; its [Painter] makes the bytes, piece by piece, one painter for each
// goroutine. mediatest.Suite holds every source to the promises of both.
package media
