// Package inspect reads request files the way their clients read and send them, ours or not, and says what their images do to a cache.
//
// A file is read once, as a stream, whatever its length: plain, gzip or zstd, told by its content. Short lines are parsed by several
// workers, lines longer than a chunk piece by piece as they come in.
//
//	stream → chunks of whole lines → requests, in parallel → image numbers, in the file's order → the order of sending → reuse.Watcher
//
// # Rows
//
// A file's first row decides what kind of rows it has; package format says which there are. A row counts if the client takes it, and
// opens the local files that it names. Any other is a [BadRow], and left out of all figures but their number. So is a row that the client takes
// and no server: one with a path where the client sends a URL without looking at it.
//
// # Images
//
// Two references are the same image if a cache takes them for that: see [servers.Identity]. A local path stands for its file's
// content; other references for their strings, or a data URI's payload, after JSON escapes are undone and before anything else is. Strings and
// contents are compared by 128-bit hashes.
//
// # Order
//
// Requests are replayed in the order in which the client sends them, if that is not the file's: session by session, by timestamp, more than
// once or not to the end. For that the image numbers of all rows are kept, in a few bytes each, up to a bound; beyond it the figures are
// those of the file's order.
//
// # Memory
//
// Besides some tens of megabytes for chunks of the stream, memory grows with the number of different images and sessions, and with the
// rows' image numbers; not with the file or its longest line.
package inspect
