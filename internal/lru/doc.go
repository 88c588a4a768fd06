// Package lru says exactly what a cache that evicts the least recently used
// image would do with a stream of requests, at every capacity at once.
//
// Images are dense numbers: a stream that uses P different images calls them
// 0 to P-1, in any order. Capacities and depths are counted in images, never in
// bytes.
//
// A stack keeps the images in the order of their last use. The place of an
// image in that order is its stack depth: 1 for the image used last, and 0 for
// one never used. A cache of C images
// holds just those at depth C or less, for every C (Mattson, Gecsei, Slutz and
// Traiger, "Evaluation techniques for storage hierarchies", IBM Systems Journal
// 9(2), 1970). So one pass that counts references by depth, as [Curve] does,
// gives the hits of all capacities, and a stream made of chosen depths has
// chosen hits.
//
// # By request and by reference
//
// Servers look up all images of a request before they store the missing ones.
// Counted by request, every image is therefore looked up in the stack as it
// was when its request began, and then all are touched in the request's
// order. Counted by reference, each image is looked up and touched before the
// next, as textbooks do and as a stream of one-image requests would. The stack
// between two requests is the same either way; only look-ups within a request
// of several images differ.
//
// An image that is more than once in a request is looked up once for each
// place. By request all these look-ups find the same: they hit if the image was
// cached when the request began, else they miss, all of them, as in servers
// that look everything up first. By reference a repeat's depth is one more than
// the number of other images between the two places: 1 if they are neighbours.
//
// A server that moves a request's hits to the top before it stores the misses
// is an LRU cache of the same requests, the images within each in another
// order. That changes a depth by less than k, the number of images in a
// request, and so only hits of images within k places of the capacity.
//
// # Cost
//
// Every operation takes time in the logarithm of P, and none allocates once the
// images of the stream have been seen. There can be up to 2^30 - 1 images.
//
// Nothing here is safe for concurrent use.
package lru
