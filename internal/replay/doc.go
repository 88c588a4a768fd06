// Package replay says exactly what a server's cache does with a sequence of requests, for caches that do not work as package lru
// describes, or whose images do not all weigh the same.
//
// A [Cache] is given one request after another, as the numbers of its images: dense numbers, from 0 in any order. A [Rule] says in
// which order it looks images up, makes them the newest, stores them, and drops others to make room. Weights and capacities are whole
// numbers of one unit, which is the caller's: images, tokens or bytes.
//
// All rules but AllOrNone were compared with the classes of servers, call by call; testdata holds the results.
//
// # Room
//
// All rules but Chunks drop the oldest images until there is room for the next. An image that weighs more than the cache is not
// stored, and drops nothing.
//
// # Repeats
//
// An image that stands twice in a request is looked up twice. What the second look-up finds depends on the rule: see each.
//
// # Cost
//
// A look-up takes constant time. A cache takes 8 bytes for each image number up to the largest, Chunks and TwoTiers up to 20, besides the
// weights, which caches share; Tuple takes about 100 bytes for each different request.
// Replay several capacities in one pass by giving each request to several caches.
//
// Nothing here is safe for concurrent use.
package replay
