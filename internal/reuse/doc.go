// Package reuse turns a stream of requests into the figures by which people judge how it will use a cache of images:
// [Figures], made by a [Watcher] in one pass.
//
// Images are dense numbers and caches hold a number of images; package lru says what that means, and what hits by request and by
// reference are.
//
// # Requests that overtake one another
//
// A client with W requests in flight sends them in the order of the file, and the server works on them in nearly that order. The
// range from Point.LeastHits to Point.MostHits holds for every order in which no request is more than W-1 places from its
// own. That is wider than what has been seen of aiperf, and narrower than what a single request that hangs for long could do.
//
// It needs no simulation. Let D = W-1, and k be the most images in a request. Sort the places at which an image is used, before
// and after: the r'th use moves by no more than D, as sorting does not make the largest difference larger. So the window between
// two uses next to each other can be compared with the same window before, and each end of it lets in at most D requests that
// were outside. A depth grows by at most g = 2Dk, and by the same argument backwards it shrinks by no more. Hence a cache of C
// images hits at least what one of C-g hits in the order of the file, and at most what one of C+g does.
//
// That compares uses of an image by a request. A request that holds an image twice counts two hits or two misses for one use,
// and which use that is depends on the order; so the range is wider by the number of such repeats on both sides.
package reuse
