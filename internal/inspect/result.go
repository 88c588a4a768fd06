package inspect

import "mmjsonl/internal/reuse"

// Result is what a file was found to hold. Marshalled with encoding/json it is the part of `mmjsonl inspect --json` that is about one
// file; names do not change once released.
type Result struct {
	File           string         `json:"file"`            // as it was given; "-" is standard input
	Compression    string         `json:"compression"`     // "none", "gzip" or "zstd", told by the content
	Lines          int64          `json:"lines"`           // with bad and blank ones
	BadRowCount    int64          `json:"bad_row_count"`   // rows that aiperf would refuse; they are left out of all other figures
	BadRows        []BadRow       `json:"bad_rows"`        // the first ten
	Sessions       int64          `json:"sessions"`        // different session_ids that are not empty
	ReferenceKinds ReferenceKinds `json:"reference_kinds"` // the sum is image_slots
	ImageSizes     ImageSizes     `json:"image_sizes"`
	*reuse.Figures

	sent *Sent
}

// BadRow is a line that is no row.
type BadRow struct {
	Line   int64  `json:"line"`   // counted from 1
	Reason string `json:"reason"` // a user's text stands in it quoted
}

// ReferenceKinds counts slots by what rows call their images.
type ReferenceKinds struct {
	Path     int64 `json:"path"`
	HTTP     int64 `json:"http"` // or https
	DataURI  int64 `json:"data_uri"`
	OtherURL int64 `json:"other_url"`
	UUID     int64 `json:"uuid"` // whatever the image's string is; these are the same image if the uuid is
}

// ImageSizes are the sizes of images that are local PNG or JPEG files or data URIs. Only the first thousand different ones are
// looked at, in the order of first use.
type ImageSizes struct {
	LookedAt        int64       `json:"looked_at"`
	Unreadable      int64       `json:"unreadable"`                 // of these, files that cannot be read here, and what is neither PNG nor JPEG
	FirstUnreadable string      `json:"first_unreadable,omitempty"` // why, of the first; or its name
	Sizes           []ImageSize `json:"sizes"`                      // of the others, the most frequent first
}

// ImageSize counts images of a size in pixels.
type ImageSize struct {
	Width  int32 `json:"width"`
	Height int32 `json:"height"`
	Images int64 `json:"images"`
}
