// Package urls reads addresses of images, from COCO annotation files and from lists of one URL a line, and chooses those of a pool, in
// memory that grows with the pool alone.
package urls
