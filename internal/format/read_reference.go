package format

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Reference is an image, an audio or a video of a request.
type Reference struct {
	// Key stands for what the request sends: a data URI's payload, or else its whole string. 0 of a uuid without anything beside it.
	Key    Key
	Length uint32 // of the string, in bytes
	entry  place
	uuid   int32 // 1 + its place among the batch's; 0 if it has none
	data   int32 // likewise, of a data URI
	Kind   EntryKind
	Use    Use
}

// dataURI is what is known of a data URI beside its payload.
type dataURI struct {
	header        uint64 // hash of what stands in front of the payload
	width, height int32  // of the image, in pixels; 0 if they are not known
}

// Use is what becomes of a reference.
type Use uint8

const (
	UseImage         Use = iota // it is one of the request's images
	UseReplaced                 // it is an image that the client opens, and then does not send
	UseVideo                    // it is one of the request's videos, which the client opens if it is a path
	UseVideoReplaced            // it is a video that the client opens, and then does not send
	UseAudio                    // the client opens it as an audio
	UseImageFile                // it is one of the request's images, and the client takes any file
	UseImageAsURL               // it is one of the request's images or videos, whose string the client sends without opening anything
)

// IsItem reports whether the request sends the reference as an image or a video: what caches hold items of, and what repeats.
func (u Use) IsItem() bool {
	return u == UseImage || u == UseImageFile || u == UseImageAsURL || u == UseVideo
}

// EntryKind is how a client understands a string that stands for an image.
type EntryKind uint8

const (
	EntryPath    EntryKind = iota
	EntryHTTP              // http: or https:
	EntryDataURI           // data:
	EntryOther             // any other URL, which aiperf passes on as well
	EntryNone              // no string, only a uuid
)

// uuid is an image's uuid.
type uuid struct {
	key    Key
	length uint32
	text   place
}

// longestPath is the bytes that are kept of an entry, other than a data URI: Linux opens no longer one.
const longestPath = 4096

// Entry returns what the request calls the reference, or the beginning of that. It is valid until the batch is reset.
func (b *Batch) Entry(r *Reference) []byte { return b.at(r.entry) }

// UUID returns the reference's uuid, or the beginning of it, and its key, which is the key of no entry.
func (b *Batch) UUID(r *Reference) (text []byte, key Key, ok bool) {
	if r.uuid == 0 {
		return nil, Key{}, false
	}
	u := &b.uuids[r.uuid-1]
	return b.at(u.text), salted(u.key, 1), true
}

// HasUUID reports whether one of the batch's references, from one up to another, is an image with a uuid.
func (b *Batch) HasUUID(from, to int) bool {
	if len(b.uuids) == 0 {
		return false
	}
	for i := from; i < to; i++ {
		if r := &b.References[i]; r.uuid > 0 && r.Use.IsItem() {
			return true
		}
	}
	return false
}

// URLKey stands for the whole string, while Key stands for a data URI's payload alone.
func (b *Batch) URLKey(r *Reference) Key {
	k := r.Key
	if r.data > 0 {
		k.Lo += b.data[r.data-1].header * 0x9e3779b97f4a7c15
	}
	return k
}

// Size is the size of a data URI's image in pixels, or zeros if it is not known.
func (b *Batch) Size(r *Reference) (width, height int32) {
	if r.data == 0 {
		return 0, 0
	}
	data := &b.data[r.data-1]
	return data.width, data.height
}

// salted keeps keys of several kinds of strings apart.
func salted(k Key, kind uint64) Key {
	k.Hi ^= kind * 0x9e3779b97f4a7c15 // any constant will do
	return k
}

// longestName is how many characters of an entry are shown.
const longestName = 60

// Name returns what a reference is called in a report: its uuid, if it has one and byUUID is set, else its entry. Of a long path both
// ends are kept, of a data URI its type, its length and the beginning of its XXH3 digest.
func (b *Batch) Name(r *Reference, byUUID bool) string {
	name, length := b.Entry(r), int64(r.Length)
	if text, _, ok := b.UUID(r); ok && (byUUID || r.Kind == EntryNone) {
		name, length = text, int64(b.uuids[r.uuid-1].length)
	} else if r.Kind == EntryDataURI {
		start, _, _ := bytes.Cut(name[:min(len(name), longestName)], []byte(","))
		return fmt.Sprintf("%s,… (%d bytes, xxh3 %016x)", valid(start), r.Length, r.Key.Hi)
	}
	if len(name) <= longestName {
		return string(name)
	}
	if length > longestPath {
		return valid(name[:longestName-1]) + "…"
	}
	return valid(name[:longestName/2-1]) + "…" + valid(name[len(name)-longestName/2:])
}

// valid returns the bytes without those of a character that was cut through.
func valid(b []byte) string {
	for len(b) > 0 && !utf8.RuneStart(b[0]) {
		b = b[1:]
	}
	return strings.ToValidUTF8(string(b), "")
}
