package format

import "strconv"

// Row is what a request has beside its text.
type Row struct {
	Number int      // from 0
	Images []uint32 // in its slots

	// InSession says that the row names its session, and Session which one, from 0. Only single_turn and mooncake_trace can.
	InSession bool
	Session   uint32

	// Turn is the row's in its conversation, from 0, of so many Turns; 0 of them: it is not in one. Only multi_turn can.
	Turn, Turns uint32

	// AnswerTokens is how long the answer is, exactly; 0: as the format says, or open. Scheduled says that the row is sent at Micros, which only
	// single_turn and mooncake_trace can.
	AnswerTokens int64
	Scheduled    bool
	Micros       int64
}

// Options are what rows have that hold for all of them.
type Options struct {
	UUID      UUID   // images have one; nil: they have none
	MaxTokens int64  // of an answer, where a row does not say; 0: open
	Videos    bool   // the images are videos
	Extra     string // further members of the request's body, as the inside of a JSON object
}

// appendTime appends when a row is sent, in milliseconds, if it says that.
func appendTime(dst []byte, row *Row) []byte {
	if !row.Scheduled {
		return dst
	}
	dst = strconv.AppendInt(append(dst, `,"timestamp":`...), row.Micros/1000, 10)
	if rest := row.Micros % 1000; rest != 0 {
		dst = append(dst, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return dst
}

// appendExact appends what makes an answer exactly as long as a row says.
func appendExact(dst []byte, row *Row) []byte {
	dst = strconv.AppendInt(append(dst, `"min_tokens":`...), row.AnswerTokens, 10)
	return append(dst, `,"ignore_eos":true`...)
}

// openRow begins a row's object with its session.
func openRow(dst []byte, row *Row) []byte {
	dst = append(dst, '{')
	if row.InSession {
		dst = strconv.AppendUint(append(dst, `"session_id":"user_`...), uint64(row.Session), 10)
		dst = append(dst, `",`...)
	}
	return dst
}

// Format writes rows as a client reads them: what comes before, between and after a row's text and the references to its images. It is
// safe for several goroutines, and appends nothing that needs to be escaped or reached for later: the text goes between Head and Middle as
// the inside of a JSON string, and each reference between Open and Close likewise. A format may have the text behind the references:
// then Middle is between the last reference and the text, and Tail behind the text.
type Format interface {
	// Kind is the kind of the rows.
	Kind() Kind
	// Head appends what comes before the text.
	Head(dst []byte, row *Row) []byte
	// Middle appends what comes between the text and the first reference.
	Middle(dst []byte, row *Row) []byte
	// Open comes before each reference, Between between two. They are the same for all, so that a reference is the same wherever it is.
	Open() string
	Between() string
	// Close appends what comes after the reference to an image. It is the same wherever the image is, and as long for all images.
	Close(dst []byte, image uint32) []byte
	// ClosesAlike reports whether Close appends the same for all images.
	ClosesAlike() bool
	// Tail appends what comes after the last reference, with a line feed at its end.
	Tail(dst []byte, row *Row) []byte
}

// UUIDLength is the length of every uuid in a row.
const UUIDLength = 36

// UUID appends the uuid of an image, which has [UUIDLength] bytes. It is safe for several goroutines.
type UUID func(dst []byte, image uint32) []byte
