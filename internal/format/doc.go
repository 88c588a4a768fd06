// Package format knows the rows of request files as their readers define them.
//
// # Reading
//
// A [Reader] reads one line at a time into a [Batch], whole or in pieces, and judges it as aiperf 0.13.0 does.
package format
