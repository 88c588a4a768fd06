// Package inspect reads request files the way aiperf reads them as single_turn data, ours or not, and says what their images do to
// a cache.
//
// A file is read once, as a stream, whatever its length: plain, gzip or zstd, told by its content. Short lines are parsed by several
// workers, lines longer than a chunk piece by piece as they come in, so that memory is bounded by the number of different images
// and sessions, not by the file or its longest line.
//
//	stream → chunks of whole lines → rows, in parallel → image numbers, in the file's order → reuse.Watcher
//
// # Rows
//
// A row is a line that is not blank. It counts if aiperf 0.13.0 would take it: strict JSON in UTF-8, an object, with a text, an
// image, an audio or a video, and fields that do not contradict each other. Any other is a [BadRow], and left out of all figures but
// their number. Two things are judged more strictly: a field that stands twice in a row, where aiperf takes the second and another
// reader may take the first; and an image without anything that names it, which aiperf sends empty, not at all, or fails to open.
//
// # Images
//
// Two references are the same image if they are the same string: a path, a URL or a data URI, compared by a 128-bit hash, after JSON
// escapes are undone and before anything else is. Where rows have image_uuids those are compared instead, as a server that is
// given them takes them for the key of its cache. So one image under two names counts as two, and one name as one image whatever is
// found there.
package inspect
