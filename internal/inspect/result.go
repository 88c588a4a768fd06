package inspect

import (
	"strings"

	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// Result is what a file was found to hold. Marshalled with encoding/json it is the part of `mmjsonl inspect --json` that is about one
// file; names do not change once released.
type Result struct {
	File        string   `json:"file"`          // as it was given; "-" is standard input
	Compression string   `json:"compression"`   // "none", "gzip" or "zstd", told by the content
	Kind        string   `json:"kind"`          // of the rows: single_turn, multi_turn, raw_payload, mooncake_trace, batch or custom_image
	SendWith    string   `json:"send_with"`     // how a file of the kind is sent
	Lines       int64    `json:"lines"`         // with bad and blank ones
	BadRowCount int64    `json:"bad_row_count"` // rows that cannot be sent; they are left out of all other figures
	BadRows     []BadRow `json:"bad_rows"`      // the first ten
	// MissingCounted says that rows whose local files are missing are bad and still counted, as none of the first files exists here.
	MissingCounted bool           `json:"missing_files_counted,omitempty"`
	WithoutText    int64          `json:"rows_without_text"`
	Tokens         *Tokens        `json:"text_tokens,omitempty"` // of the texts, if they were to be counted
	UnreadKeys     []UnreadKey    `json:"unread_keys,omitempty"` // keys of rows that the client does not read
	Sessions       int64          `json:"sessions"`              // different session_ids that are not empty, and conversations of several turns
	Order          Order          `json:"order"`
	ReferenceKinds ReferenceKinds `json:"reference_kinds"` // of the rows, each counted once
	ImageSizes     ImageSizes     `json:"image_sizes"`
	Files          FileStats      `json:"local_files"`
	Others         []Other        `json:"other_identities,omitempty"` // figures of caches that tell images apart otherwise, if they differ
	*reuse.Figures

	kind     Kind
	identity servers.Identity
	sent     *Sent
}

// BadRow is a line that cannot be sent.
type BadRow struct {
	Line      int64  `json:"line"`       // counted from 1
	Reason    string `json:"reason"`     // a user's text stands in it quoted
	RefusedBy string `json:"refused_by"` // "client" does not read it, no "server" takes it, or it is beyond a bound of "mmjsonl"
}

// UnreadKey is a key that the client does not read.
type UnreadKey struct {
	Key     string `json:"key"`
	Rows    int64  `json:"rows"`    // that have it
	Content bool   `json:"content"` // it looks as if it held text or images
}

// mostUnread is how many different keys are kept.
const mostUnread = 100

// contentKeys are parts of names under which other formats have texts and images.
var contentKeys = []string{
	"text", "image", "img", "picture", "photo", "prompt", "question", "query", "instruction", "input", "content", "message", "conversation",
	"caption", "url", "path", "file", "media", "video", "audio", "uuid", "turn",
}

// holdsContent reports whether a key looks as if there were text or images in it.
func holdsContent(key string) bool {
	key = strings.ToLower(key)
	for _, part := range contentKeys {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}

// FileStats counts the local files that rows name, each once.
type FileStats struct {
	LookedFor    int64    `json:"looked_for"`
	Missing      int64    `json:"missing"`                  // of these
	Refused      int64    `json:"refused"`                  // of these, others that the client does not open
	NotLookedFor int64    `json:"not_looked_for,omitempty"` // as they are outside of the folders that may be read
	First        []string `json:"first,omitempty"`          // the first ten that are missing or refused, and why
}

// Other is what a cache sees that tells images apart in another way.
type Other struct {
	Identity   string        `json:"identity"` // "uuid", "content" or "url"
	Distinct   int64         `json:"distinct_images"`
	Duplicates int64         `json:"duplicate_references"`
	ReuseRate  float64       `json:"reuse_rate"`
	Capacities []reuse.Point `json:"capacities"`
}

// ReferenceKinds counts slots by what rows call their images.
type ReferenceKinds struct {
	Path     int64 `json:"path"`
	HTTP     int64 `json:"http"` // or https
	DataURI  int64 `json:"data_uri"`
	OtherURL int64 `json:"other_url"`
	UUID     int64 `json:"uuid"` // whatever the image's string is; these are the same image if the uuid is
}

// ImageSizes are the sizes of images that are local PNG or JPEG files or data URIs.
type ImageSizes struct {
	LookedAt        int64       `json:"looked_at"`
	Unreadable      int64       `json:"unreadable"`                 // of these, what is neither PNG nor JPEG, and what the client opens otherwise
	FirstUnreadable string      `json:"first_unreadable,omitempty"` // the first's name
	Sizes           []ImageSize `json:"sizes"`                      // of the others, the most frequent first
}

// ImageSize counts images of a size in pixels.
type ImageSize struct {
	Width  int32 `json:"width"`
	Height int32 `json:"height"`
	Images int64 `json:"images"`
	Slots  int64 `json:"slots"` // of the rows, that show one of them
}

// Sent is a file's requests in the order of sending, for replays by other rules than an LRU cache's.
type Sent struct {
	plan   *plan
	view   *view
	places []uint64
}

// Sent returns the requests, or nil if there was too much to be held.
func (r *Result) Sent() *Sent {
	if r.sent == nil || r.sent.view.slots.full {
		return nil
	}
	return r.sent
}

// Client is the program that reads files of the kind.
func (r *Result) Client() string { return r.kind.Client() }

// Identity is what the figures take for the same image.
func (r *Result) Identity() string { return identityNames[r.identity] }

// Images is the number of different images; they are numbered from 0.
func (s *Sent) Images() int { return int(s.view.images) }

// Size returns the size of an image in pixels, or zeros if it is not known.
func (s *Sent) Size(image uint32) (width, height int32) {
	if int(image) >= len(s.view.sizes) {
		return 0, 0
	}
	size := s.view.sizes[image]
	return size.width, size.height
}

// Each calls send with the images of each request, until it returns false. The slice is valid for the call.
func (s *Sent) Each(send func(request []uint32) bool) {
	if s.places == nil {
		s.places = s.view.slots.places()
	}
	rows := randomRows{cursor: cursor{stream: &s.view.slots}, places: s.places, ready: 0}
	var request []uint32
	s.plan.each(func(row uint32) bool {
		request = s.plan.images(&rows, row, request[:0])
		return send(request)
	})
}
