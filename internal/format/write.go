package format

// Row is what a request has beside its text.
type Row struct {
	Number int      // from 0
	Images []uint32 // in its slots
}

// Format writes rows as a client reads them: what comes before, between and after a row's text and the references to its images. It is
// safe for several goroutines, and appends nothing that needs to be escaped or reached for later: the text goes between Head and Middle as
// the inside of a JSON string, and each reference between Open and Close likewise.
type Format interface {
	// Head appends what comes before the text.
	Head(dst []byte, row Row) []byte
	// Middle appends what comes between the text and the first reference.
	Middle(dst []byte, row Row) []byte
	// Open, Close and Between surround and separate references. They are the same for all, so that a reference is the same wherever it is.
	Open() string
	Close() string
	Between() string
	// Tail appends what comes after the last reference, with a line feed at its end.
	Tail(dst []byte, row Row) []byte
	// Arguments are the client's arguments that have it send a file, all of it and in its order.
	Arguments(f File) []string
}

// File is a request file as the client will see it.
type File struct {
	Path     string // uncompressed, or in a compression that the client reads
	Requests int64
	WarmUp   int64 // of these in front, to be sent and not measured
}
