// Package random makes numbers that are a function of (seed, stream, index) and of nothing else: not of a worker, of time or of what was
// drawn elsewhere. So the same seed gives the same bytes on any number of processors.
package random
