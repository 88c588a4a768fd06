package generator

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"sync"
	"sync/atomic"

	"mmjsonl/internal/format"
	"mmjsonl/internal/media"
)

// uuids are the uuids of a plan's images: version 5, of a name in the namespace of object identifiers, as Python's uuid.uuid5(NAMESPACE_OID,
// name) makes them. They are safe for several goroutines.
type uuids struct {
	plan *Plan
	of   UUIDOf
	set  string // of the images, where the content decides

	// Of images inside the rows, whose name is the image itself.
	once     sync.Once
	known    []atomic.Pointer[[format.UUIDLength]byte]
	painters sync.Pool
}

func newUUIDs(p *Plan, of UUIDOf) *uuids {
	u := &uuids{plan: p, of: of}
	if p.Media != nil {
		u.set = p.Media.Set()
	}
	return u
}

// namespaceOID is the namespace of object identifiers (RFC 9562, 6.6).
var namespaceOID = [16]byte{0x6b, 0xa7, 0xb8, 0x12, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}

// uuidHash takes the name of a uuid.
func uuidHash() hash.Hash {
	h := sha1.New()
	h.Write(namespaceOID[:])
	return h
}

// appendUUID appends the uuid of the name that a hash took.
func appendUUID(dst []byte, h hash.Hash) []byte {
	var room [sha1.Size]byte
	id := h.Sum(room[:0])[:16]
	id[6] = id[6]&0x0f | 0x50 // version 5
	id[8] = id[8]&0x3f | 0x80 // of RFC 9562
	for i, end := range []int{4, 6, 8, 10, 16} {
		from := 0
		if i > 0 {
			dst = append(dst, '-')
			from = end - 2
		}
		if i == 4 {
			from = 10
		}
		dst = hex.AppendEncode(dst, id[from:end])
	}
	return dst
}

// append appends the uuid of an image.
func (u *uuids) append(dst []byte, image uint32) []byte {
	h := uuidHash()
	switch {
	case u.of == UUIDOfContent:
		fmt.Fprintf(h, "%s/%d", u.set, image)
	case u.plan.Reference.Inline:
		return append(dst, u.inline(image)[:]...)
	default:
		reference := u.plan.Reference.append(nil, image)
		if bytes.IndexByte(reference, '\\') >= 0 {
			var name string
			_ = json.Unmarshal(append(append([]byte{'"'}, reference...), '"'), &name) // it is the inside of a JSON string
			reference = []byte(name)
		}
		h.Write(reference)
	}
	return appendUUID(dst, h)
}

// inline is the uuid of an image that is inside the rows, of its data URI. It is made once: that takes as long as the image does.
func (u *uuids) inline(image uint32) *[format.UUIDLength]byte {
	u.once.Do(func() {
		u.known = make([]atomic.Pointer[[format.UUIDLength]byte], u.plan.Shape().Pool)
		u.painters.New = func() any { return u.plan.Media.Painter() }
	})
	if id := u.known[image].Load(); id != nil {
		return id
	}
	painter := u.painters.Get().(media.Painter)
	defer u.painters.Put(painter)
	h := uuidHash()
	fmt.Fprintf(h, "data:%s;base64,", u.plan.Media.Item(image).MIME)
	encoder := base64.NewEncoder(base64.StdEncoding, h)
	var piece []byte
	err := painter.Begin(image)
	for more := err == nil; more && err == nil; {
		piece, more, err = painter.Append(piece[:0])
		encoder.Write(piece)
	}
	encoder.Close()
	id := new([format.UUIDLength]byte)
	if err == nil { // else the row itself, which is painted too, ends the run
		appendUUID(id[:0], h)
	}
	u.known[image].Store(id)
	return id
}
