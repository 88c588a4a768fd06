package format

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"sync/atomic"
)

// mostReferences is the bound on the images of one row, so that a hostile one cannot take all memory.
const mostReferences = 1 << 20

// Reader reads lines into a Batch. Its zero value is ready; every worker has one of its own.
type Reader struct {
	scanner
	// SizesDone, if it is not nil, says that no one needs the size of an image any more.
	SizesDone *atomic.Bool

	batch *Batch

	text   jsonString // the string at hand
	seen   [len(fieldNames)]bool
	images []Reference // of the fields images or image
	uuids  []Reference // of image_uuids
	row    Request

	objectUUIDs []Reference // of the object at hand

	// of the fields of the row: whether there is more in them than null, and whether they are more than empty
	has, filled [len(fieldNames)]bool
	objects     bool // images are objects
}

// The fields of a row that decide whether it counts.
const (
	fieldText = iota
	fieldTexts
	fieldImage
	fieldImages
	fieldAudio
	fieldAudios
	fieldVideo
	fieldVideos
	fieldUUIDs
	fieldTimestamp
	fieldDelay
	fieldSession
	fieldRole
	fieldOutputLength
	fieldExtra
	fieldType
)

var fieldNames = [...]string{
	"text", "texts", "image", "images", "audio", "audios", "video", "videos",
	"image_uuids", "timestamp", "delay", "session_id", "role", "output_length", "extra", "type",
}

var bom = []byte("\ufeff")

// Read reads a line into the batch. A blank line is no request.
func (p *Reader) Read(l Line, into *Batch) {
	p.batch = into
	line, more := l.Text, l.More
	p.rest, p.more, p.size, p.fault, p.depth = line, more, int64(len(line)), "", 0
	if p.peek() == 0 && !p.next() {
		return
	}
	p.row = Request{Line: l.Number}
	p.seen, p.has, p.filled = [len(fieldNames)]bool{}, [len(fieldNames)]bool{}, [len(fieldNames)]bool{}
	p.images, p.uuids, p.objects = p.images[:0], p.uuids[:0], false

	switch {
	case line[0] == bom[0] && bytes.HasPrefix(line, bom):
		p.bad("begins with a byte order mark, which aiperf refuses")
	case !p.object() || p.peek() == 0 && !p.next() && !p.judge():
	case p.next():
		p.unexpected("the end of the line")
	}
	if p.row.Fault = p.fault; p.fault == "" {
		p.row.References = len(p.images)
		p.batch.References = append(p.batch.References, p.images...)
	}
	p.batch.Requests = append(p.batch.Requests, p.row)
}

func (p *Reader) object() bool {
	if p.peek() != '{' {
		if !p.skip() {
			return false
		}
		return p.bad("not a JSON object")
	}
	return p.scanner.object(func(key []byte) bool {
		for field, name := range fieldNames {
			if string(key) != name {
				continue
			}
			if p.seen[field] {
				return p.bad("%s stands twice", name)
			}
			p.seen[field] = true
			return p.field(field)
		}
		return p.skip()
	})
}

// field reads a field's value.
func (p *Reader) field(field int) bool {
	if field == fieldType {
		return p.rowType()
	}
	if null, ok := p.null(); null || !ok {
		return ok
	}
	p.has[field] = true
	name := fieldNames[field]
	switch field {
	case fieldText, fieldAudio, fieldVideo:
		p.text.reset(keepLength)
		if !p.string(name) {
			return false
		}
		p.filled[field] = p.text.length > 0
		return true
	case fieldTexts, fieldAudios, fieldVideos:
		return p.list(field, nil)
	case fieldImage:
		if !p.reference(name, &p.images) {
			return false
		}
		if p.text.length == 0 {
			return p.bad("image is an empty string")
		}
		p.filled[field] = true
		return true
	case fieldImages:
		return p.list(field, &p.images)
	case fieldUUIDs:
		return p.uuidList(name, &p.uuids)
	case fieldTimestamp, fieldDelay, fieldOutputLength:
		return p.amount(field)
	case fieldRole:
		p.text.reset(keepLength)
		return p.string(name)
	case fieldExtra:
		if p.peek() != '{' {
			return p.notA(name, "an object")
		}
		return p.skip()
	default: // fieldSession
		p.text.reset(keepHash)
		if !p.string(name) {
			return false
		}
		p.row.Session, p.row.HasSession = p.text.key, p.text.length > 0
		return true
	}
}

// amount reads a field that is a number. Strings and truth values are taken as well, as aiperf makes numbers of them.
func (p *Reader) amount(field int) bool {
	name := fieldNames[field]
	var value float64
	var ok bool
	switch c := p.peek(); {
	case c == '-' || '0' <= c && c <= '9':
		value, ok = p.number()
	case c == '"':
		p.text.reset(keepHead)
		if !p.string(name) {
			return false
		}
		var err error
		if value, err = strconv.ParseFloat(string(p.text.head), 64); err != nil {
			return p.bad("%s is not a number", name)
		}
		ok = true
	case c == 't' || c == 'f':
		if c == 't' {
			value = 1
		}
		ok = p.skip()
	default:
		return p.notA(name, "a number")
	}
	p.filled[field] = value != 0
	if ok && field == fieldOutputLength && (value < 1 || value != math.Trunc(value)) {
		return p.bad("output_length is %g: it must be a whole number of at least 1", value)
	}
	return ok
}

// rowType reads the field type, of which only one value makes a row of this kind.
func (p *Reader) rowType() bool {
	p.text.reset(keepHead)
	if !p.string("type") {
		return false
	}
	if string(p.text.head) != "single_turn" {
		return p.bad("type is %.40q: only single_turn is read", p.text.head)
	}
	return true
}

// string reads a string into text, which the caller has reset. name is the field's.
func (p *Reader) string(name string) bool {
	if p.peek() != '"' {
		return p.notA(name, "a string")
	}
	return p.scanner.text(&p.text)
}

// notA is the fault that a field is of another kind than it must be, unless there is no value at all.
func (p *Reader) notA(name, kind string) bool {
	if !p.skip() {
		return false
	}
	return p.bad("%s is not %s", name, kind)
}

// reference reads an image's string, and appends what it refers to. The string is left in text.
func (p *Reader) reference(name string, to *[]Reference) bool {
	p.text.reset(keepHash)
	if !p.string(name) {
		return false
	}
	if len(*to) == mostReferences {
		return p.bad("%s holds more than %d images", name, mostReferences)
	}
	r := Reference{Key: p.text.key, Length: p.text.length, Kind: kindOf(p.text.head)}
	if r.Kind == EntryDataURI && !(p.SizesDone != nil && p.SizesDone.Load()) {
		r.Width, r.Height = dataSize(p.text.head)
	}
	r.Entry = p.text.head
	if !p.text.whole {
		kept := longestPath
		if r.Kind == EntryDataURI {
			kept = longestName
		}
		r.Entry = p.copy(r.Entry[:min(len(r.Entry), kept)])
	}
	*to = append(*to, r)
	return true
}

// copy returns the bytes at a place that lasts as long as the batch.
func (p *Reader) copy(b []byte) []byte {
	from := len(p.batch.copies)
	p.batch.copies = append(p.batch.copies, b...)
	return p.batch.copies[from:len(p.batch.copies):len(p.batch.copies)]
}

// list reads a field that is a list of strings or a list of objects, but not of both. The images in it are appended to images,
// unless that is nil.
func (p *Reader) list(field int, images *[]Reference) bool {
	name := fieldNames[field]
	if p.peek() != '[' {
		return p.notA(name, "a list")
	}
	index := -1
	objects := false
	return p.array(func() bool {
		index++
		p.filled[field] = true
		c := p.peek()
		if index > 0 && (c == '"' || c == '{') && objects != (c == '{') {
			return p.bad("%s mixes strings and objects", name)
		}
		switch {
		case c == '{':
			objects = true
			return p.media(fmt.Sprintf("%s[%d]", name, index), images)
		case c != '"':
			return p.notA(fmt.Sprintf("%s[%d]", name, index), "a string or an object")
		case images == nil:
			return p.skip()
		default:
			return p.reference(name, images)
		}
	})
}

// strings reads a list of strings, each with element.
func (p *Reader) strings(name string, element func() bool) bool {
	if p.peek() != '[' {
		return p.notA(name, "a list")
	}
	return p.array(func() bool {
		if p.peek() != '"' {
			return p.notA(name, "a list of strings")
		}
		return element()
	})
}

// uuidList reads a list of keys, none of which is empty.
func (p *Reader) uuidList(name string, to *[]Reference) bool {
	return p.strings(name, func() bool {
		if !p.reference(name, to) {
			return false
		}
		if p.text.length == 0 {
			return p.bad("%s holds an empty string", name)
		}
		return true
	})
}

// media reads an object of aiperf's for several texts, images, audios or videos. Images, if they are wanted, are the strings in
// contents, known by the keys in uuids if that is there, and only one of the two need be.
func (p *Reader) media(name string, images *[]Reference) bool {
	first := 0
	if images != nil {
		p.objects = true
		first = len(*images)
	}
	p.objectUUIDs = p.objectUUIDs[:0]
	var seen [2]bool // contents, uuids
	once := func(i int, what string) bool {
		if seen[i] {
			return p.bad("%s%s stands twice", name, what)
		}
		seen[i] = true
		return true
	}
	ok := p.scanner.object(func(key []byte) bool {
		switch {
		case string(key) == "name":
			p.text.reset(keepLength)
			return p.string(name + ".name")
		case string(key) == "contents" && images == nil:
			return p.strings(name+".contents", p.skip)
		case string(key) == "contents":
			return once(0, ".contents") && p.strings(name+".contents", func() bool {
				return p.reference(name+".contents", images)
			})
		case string(key) == "uuids" && images != nil:
			return once(1, ".uuids") && p.uuidList(name+".uuids", &p.objectUUIDs)
		}
		return p.skip()
	})
	switch {
	case !ok:
		return false
	case images == nil:
		return true
	case len(p.objectUUIDs) > 0:
		return p.identify(images, first, p.objectUUIDs, name+".uuids", name+".contents")
	case len(*images) == first:
		return p.bad("%s has no contents: aiperf sends no image for it", name)
	}
	return p.named((*images)[first:], name+".contents")
}

// identify makes the uuids the keys of the images from the first on, if there are as many. If there are no images at all, the uuids
// stand for them: a server is then asked for what it has cached.
func (p *Reader) identify(images *[]Reference, first int, uuids []Reference, uuidsName, imagesName string) bool {
	if len(*images) == first {
		*images = append(*images, make([]Reference, len(uuids))...)
	}
	own := (*images)[first:]
	if len(own) != len(uuids) {
		return p.bad("%s and %s are not one to one: %d and %d", imagesName, uuidsName, len(own), len(uuids))
	}
	for i, uuid := range uuids {
		own[i].Key = UUIDKey(uuid.Key)
		own[i].UUID = uuid.Entry
		own[i].Length = uuid.Length
	}
	return true
}

// named makes sure that no image is an empty string.
func (p *Reader) named(images []Reference, name string) bool {
	for i := range images {
		if images[i].Length == 0 {
			return p.bad("%s[%d] is an empty string", name, i)
		}
	}
	return true
}

// judge says whether the fields go together. It comes after the last of them, as their order is free.
func (p *Reader) judge() bool {
	for _, pair := range [][2]int{
		{fieldText, fieldTexts}, {fieldImage, fieldImages}, {fieldAudio, fieldAudios}, {fieldVideo, fieldVideos},
		{fieldTimestamp, fieldDelay},
	} {
		if p.filled[pair[0]] && p.filled[pair[1]] {
			return p.bad("%s and %s exclude each other", fieldNames[pair[0]], fieldNames[pair[1]])
		}
	}
	switch {
	case p.has[fieldUUIDs] && p.has[fieldImage]:
		return p.bad("image_uuids need images, not image")
	case p.has[fieldUUIDs] && p.objects:
		return p.bad("image_uuids stand beside images that are objects, which have uuids of their own")
	case p.has[fieldUUIDs]:
		if !p.identify(&p.images, 0, p.uuids, "image_uuids", "images") || !p.opens() {
			return false
		}
	case !p.objects:
		if !p.named(p.images, "images") || !p.opens() {
			return false
		}
	}
	if len(p.images) > 0 {
		return true
	}
	for _, field := range []int{fieldText, fieldTexts, fieldImages, fieldAudio, fieldAudios, fieldVideo, fieldVideos} {
		if p.filled[field] {
			return true
		}
	}
	return p.bad("no text, image, audio or video")
}

// opens makes sure that aiperf does not fail at an image's string; it does not look at those in objects.
func (p *Reader) opens() bool {
	for i := range p.images {
		if p.images[i].Kind == entryNoHost {
			return p.bad("the image %.60q has a scheme and no host, which aiperf refuses: write a path without file://", p.images[i].Entry)
		}
	}
	return true
}
