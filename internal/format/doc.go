// Package format knows the rows of request files as their readers define them.
//
// # Reading
//
// A [Reader] reads one line at a time into a [Batch], whole or in pieces, and judges it as aiperf 0.13.0 does.
//
// # Writing
//
// A [Format] lays a row out around its text and its references, and says by which arguments its client sends the file.
package format
