package format

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Reference is a row's image.
type Reference struct {
	Key           Key       // what makes two references the same image
	Entry         []byte    // what the row calls it, or the beginning of that
	UUID          []byte    // the image's uuid, or the beginning of it; nil if it has none
	Length        int64     // of the string that key stands for, in bytes
	Kind          EntryKind // of Entry
	Width, Height int32     // of a data URI's image, in pixels; 0 if they are not known
}

// EntryKind is how aiperf understands an image's string.
type EntryKind uint8

const (
	EntryPath    EntryKind = iota
	EntryHTTP              // http: or https:
	EntryDataURI           // data:
	EntryOther             // any other URL, which aiperf passes on as well
	entryNoHost            // a URL without a host, which it refuses
)

// longestPath is the bytes that are kept of an entry which does not lie in memory whole: Linux opens no longer one.
const longestPath = 4096

// kindOf tells how aiperf understands an entry by its beginning.
func kindOf(entry []byte) EntryKind {
	if len(entry) >= len("data:") && bytes.EqualFold(entry[:len("data:")], []byte("data:")) {
		return EntryDataURI
	}
	scheme, rest, found := bytes.Cut(entry[:min(len(entry), longestPath)], []byte("://"))
	if !found || !isScheme(scheme) {
		return EntryPath
	}
	switch {
	case len(rest) == 0 || bytes.IndexByte([]byte("/?#"), rest[0]) >= 0:
		return entryNoHost
	case bytes.EqualFold(scheme, []byte("http")), bytes.EqualFold(scheme, []byte("https")):
		return EntryHTTP
	default:
		return EntryOther
	}
}

// isScheme reports whether the bytes can be the scheme of a URL (RFC 3986, section 3.1).
func isScheme(b []byte) bool {
	for i, c := range b {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return len(b) > 0
}

// UUIDKey keeps the keys of uuids apart from those of entries: a uuid and a path of the same letters are two images.
func UUIDKey(k Key) Key {
	k.Hi ^= 0x9e3779b97f4a7c15 // any constant will do
	return k
}

// longestName is how many characters of an entry are shown.
const longestName = 60

// Name returns what an image is called in a report. Of a long path both ends are kept, of a data URI its type, its length and
// the beginning of its XXH3 digest.
func (r *Reference) Name() string {
	name := r.Entry
	if r.UUID != nil {
		name = r.UUID
	} else if r.Kind == EntryDataURI {
		start, _, _ := bytes.Cut(name[:min(len(name), longestName)], []byte(","))
		return fmt.Sprintf("%s,… (%d bytes, xxh3 %016x)", start, r.Length, r.Key.Hi)
	}
	if len(name) <= longestName {
		return string(name)
	}
	if r.Length > longestPath {
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
