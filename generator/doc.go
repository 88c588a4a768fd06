// Package generator makes the request file: JSONL rows of text and image references in which the reuse of images
// between requests is what was requested.
//
// Data flows one way:
//
//	Config → NewPlan → Plan → Run → images, rows → output → Stats
//
// A [Config] is what a person wants. [NewPlan] checks all of it, reads what it depends on (the folder of images that
// is already there, the list of URLs), and either says every problem at once or returns a [Plan], which is complete:
// nothing in it can turn out invalid later. [Run] carries the plan out: it samples which image goes into which slot,
// writes the pool's images where the mode keeps them in files, and writes the rows, in parallel and in order. What it
// counts, it counts from what it wrote.
//
// # Determinism
//
// Every random choice is a function of (seed, stream, index), never of a worker or of time: the pixels of image i, the
// text of row r, the image in a slot. So the same seed makes the same bytes on any number of cores; the text does not
// change with the image mode; and image i does not change with the pool's size, so that a sweep over pool sizes shares
// its images.
//
// # Guarantees
//
// A file appears under its final name only when it is complete. An image that an earlier file refers to is never changed:
// images of another seed or size go into another folder, and where the user names one folder for both, the second run
// is refused.
package generator
