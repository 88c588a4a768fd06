package serve

import (
	"strconv"
	"strings"
	"sync"

	"mmjsonl/internal/media"
)

// Images are generated images that rows name by URLs.
type Images struct {
	Path   string // of their folder, as URLs have it once decoded: /images; "" is the root
	Source media.Source
	Count  int
	// Append appends the name that an image has in the folder, and Number is its reverse.
	Append func(dst []byte, image uint32) []byte
	Number func(name []byte) (image uint32, ok bool)
}

// set is images that are served.
type set struct {
	Images
	first   uint32 // the number that the server knows its first image by
	key     uint64 // of the conditions that its first image meets
	records paged
	makers  sync.Pool // of *maker
	tag     string    // what the ETags of all of them begin with
}

func newSet(images Images, first uint32) *set {
	s := &set{Images: images, first: first, key: keyOf(images.Path), records: newPaged(images.Count), tag: `"` + entityTag(images.Source.Set()) + "-"}
	s.makers.New = func() any { return newMaker(s) }
	return s
}

// entityTag returns a text without what an ETag cannot have.
func entityTag(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '"' || r >= 0x7f {
			return '_'
		}
		return r
	}, text)
}

// find returns the image that has a name in the set's folder.
func (s *set) find(name []byte) (image uint32, ok bool) {
	image, ok = s.Number(name)
	return image, ok && int64(image) < int64(s.Count)
}

// path returns the path of an image in URLs, decoded.
func (s *set) path(image uint32) string { return string(s.Append([]byte(s.Path+"/"), image)) }

// length returns an image's length in bytes.
func (s *set) length(image uint32) (int64, error) {
	if bytes := s.Source.Item(image).Bytes; bytes >= 0 {
		return bytes, nil
	}
	record := s.records.at(image)
	if known := record.length.Load(); known > 0 {
		return known, nil
	}
	m := s.makers.Get().(*maker)
	defer s.makers.Put(m)
	length, err := m.measure(image)
	record.length.Store(length)
	return length, err
}

// appendTag appends an image's ETag.
func (s *set) appendTag(dst []byte, image uint32) []byte {
	return append(strconv.AppendUint(append(dst, s.tag...), uint64(image), 10), '"')
}
