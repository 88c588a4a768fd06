// Package format knows the rows of request files as their readers define them.
//
// # Reading
//
// A [Reader] reads one line at a time into a [Batch], whole or in pieces, and judges it as the readers do: aiperf 0.13.0 for its own kinds of
// rows, whose loaders the end-to-end tests hold it to; vLLM for batches of bodies and custom_image. [KindOf] tells the kind of a row.
//
// What a loader would only find out by opening a file is left to the caller, who finds in the batch what would be opened.
//
// # Writing
//
// A [Format] lays a row out around its text and its references, and says by which arguments its client sends the file.
//
// # Converting
//
// A [Converter] makes rows of one kind of a line of any kind. It holds a whole row in memory, with all that it says beside text and images.
package format
