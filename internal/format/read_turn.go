package format

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"strconv"

	"github.com/zeebo/xxh3"
)

// The fields of aiperf's SingleTurn.
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

var fieldMedium = [len(fieldNames)]medium{
	fieldImage: mediumImage, fieldImages: mediumImage, fieldAudio: mediumAudio, fieldAudios: mediumAudio, fieldVideo: mediumVideo, fieldVideos: mediumVideo,
}

// turn is what was read of a SingleTurn. A field that comes twice is read twice, and the second counts.
type turn struct {
	fields    [len(fieldNames)]field
	touched   [len(fieldNames)]uint8 // the fields that were read, which are not empty
	read      int                    // how many of touched there are
	session   Key
	timestamp float64
	delay     float64
	system    bool // the role is system
	messages  bool // extra has messages
}

// field is a field of a turn.
type field struct {
	has     bool   // there is more in it than null
	filled  bool   // and it is more than empty, 0 or false
	objects bool   // it is a list of objects
	said    said   // what of it is sent as text
	fault   string // why aiperf does not take its value
	entry   string // why aiperf fails at one of its strings, once it has taken all values
	empty   string // the same of an empty string
	server  string // why a server will not take one of its strings
	refs    span   // of the Reader's references
	uuids   span   // of the Reader's uuids
}

// span is a part of a list, without its end.
type span struct{ from, to int }

func (s span) len() int { return s.to - s.from }

// wrong notes why aiperf does not take a value; only the first reason counts.
func (f *field) wrong(format string, args ...any) {
	if f.fault == "" {
		f.fault = fmt.Sprintf(format, args...)
	}
}

// turn reads an object as a SingleTurn. What is wrong with it, other than its JSON, is left in it for judge.
func (p *Reader) turn(t *turn) bool {
	for _, i := range t.touched[:t.read] {
		t.fields[i] = field{}
	}
	t.read, t.session, t.timestamp, t.delay, t.system, t.messages = 0, Key{}, 0, 0, false, false
	if c := p.peek(); c != '{' {
		if c == 0 {
			return p.unexpected("a value")
		}
		t.touch(fieldText)
		t.fields[fieldText].wrong("not a JSON object")
		return p.skip()
	}
	return p.scanner.object(func(key []byte) bool {
		for i, name := range fieldNames {
			if string(key) == name {
				if t.touch(i) {
					t.fields[i] = field{}
				}
				return p.field(t, i)
			}
		}
		p.unread(key)
		return p.skip()
	})
}

// touch notes that a field is read, and reports whether it was read before.
func (t *turn) touch(i int) (before bool) {
	for _, other := range t.touched[:t.read] {
		if int(other) == i {
			return true
		}
	}
	t.touched[t.read] = uint8(i)
	t.read++
	return false
}

// field reads a field's value.
func (p *Reader) field(t *turn, i int) bool {
	f := &t.fields[i]
	name := fieldNames[i]
	if i == fieldType {
		return p.turnType(f, KindSingleTurn.String())
	}
	if p.peek() == 'n' {
		return p.literal("null")
	}
	f.has = true
	switch i {
	case fieldText:
		p.resetText()
		ok := p.string(f, name)
		f.filled = p.text.length > 0
		p.say(f)
		return ok
	case fieldImage, fieldAudio, fieldVideo:
		f.refs.from = len(p.refs)
		ok := p.entry(f, name, fieldMedium[i], useOf(i))
		f.filled = f.fault == "" && p.text.length > 0
		f.refs.to = len(p.refs)
		return ok
	case fieldTexts, fieldImages, fieldAudios, fieldVideos:
		f.refs.from, f.uuids.from = len(p.refs), len(p.uuids)
		ok := p.list(f, i)
		f.refs.to, f.uuids.to = len(p.refs), len(p.uuids)
		return ok
	case fieldUUIDs:
		f.uuids.from = len(p.uuids)
		ok := p.uuidList(f, name)
		f.uuids.to = len(p.uuids)
		return ok
	case fieldTimestamp:
		return p.amount(f, name, &t.timestamp)
	case fieldDelay:
		return p.amount(f, name, &t.delay)
	case fieldOutputLength:
		return p.count(f, name, 1)
	case fieldRole:
		p.text.reset(keepHead)
		ok := p.string(f, name)
		t.system = string(p.text.head) == "system"
		return ok
	case fieldExtra:
		if p.peek() != '{' {
			f.wrong("extra is not an object")
			return p.skip()
		}
		f.refs.from, t.messages = len(p.refs), false
		ok := p.extra(t, f)
		f.refs.to = len(p.refs)
		return ok
	default: // fieldSession
		p.text.reset(keepHash)
		ok := p.string(f, name)
		t.session, f.filled = p.text.key, p.text.length > 0
		return ok
	}
}

func useOf(i int) Use {
	switch i {
	case fieldAudio, fieldAudios:
		return UseAudio
	case fieldVideo, fieldVideos:
		return UseVideo
	}
	return UseImage
}

// extra reads what is put over the request's body, where messages take the place of all that the row itself says.
func (p *Reader) extra(t *turn, f *field) bool {
	refs, uuids := len(p.refs), len(p.uuids)
	return p.scanner.object(func(key []byte) bool {
		if string(key) != "messages" {
			return p.skip()
		}
		p.refs, p.uuids = p.refs[:refs], p.uuids[:uuids]
		f.said, f.server, t.messages = said{}, "", true
		return p.messages(f)
	})
}

// amount reads a field that is an int or a float. Strings and truth values are taken as well, as aiperf makes numbers of them.
func (p *Reader) amount(f *field, name string, value *float64) bool {
	ok := true
	*value = 0
	switch c := p.peek(); {
	case isNumber(c):
		*value, ok = p.number()
	case c == '"':
		p.text.reset(keepHead)
		if !p.string(f, name) {
			return false
		}
		var is bool
		if *value, is = parseInt(string(p.text.head)); !is {
			*value, is = parseFloat(string(p.text.head))
		}
		if !is {
			f.wrong("%s is not a number", name)
		}
	case c == 't' || c == 'f':
		if c == 't' {
			*value = 1
		}
		ok = p.skip()
	default:
		f.wrong("%s is not a number", name)
		return p.skip()
	}
	f.filled = *value != 0
	return ok
}

// isFinite reports whether a delay is one; conversations have no others.
func isFinite(delay float64) bool { return !math.IsNaN(delay) && !math.IsInf(delay, 0) }

func isNumber(c byte) bool { return c == '-' || '0' <= c && c <= '9' }

// count reads a field that is an int of at least least.
func (p *Reader) count(f *field, name string, least float64) bool {
	var value float64
	ok, whole := true, true
	switch c := p.peek(); {
	case isNumber(c):
		value, ok = p.number()
		if _, err := strconv.ParseUint(string(p.digit), 10, 64); err != nil { // aiperf has a float, or an int that is too small
			whole = value == math.Trunc(value) && math.Abs(value) < 1<<63
		}
	case c == '"':
		p.text.reset(keepHead)
		if !p.string(f, name) {
			return false
		}
		value, whole = parseInt(string(p.text.head))
		if !whole {
			f.wrong("%s is %.40q: it must be a whole number", name, p.text.head)
		}
	case c == 't' || c == 'f':
		if c == 't' {
			value = 1
		}
		ok = p.skip()
	default:
		f.wrong("%s is not a number", name)
		return p.skip()
	}
	f.filled = value != 0
	if ok && (value < least || !whole) {
		f.wrong("%s is %g: it must be a whole number of at least %g", name, value, least)
	}
	return ok
}

// turnType reads the field type, of which only one value makes a row of this kind.
func (p *Reader) turnType(f *field, kind string) bool {
	p.text.reset(keepHead)
	if !p.string(f, "type") {
		return false
	}
	if string(p.text.head) != kind {
		f.wrong("type is %.40q: only %s is read", p.text.head, kind)
	}
	return true
}

// string reads a string into text, which the caller has reset. name is the field's.
func (p *Reader) string(f *field, name string) bool {
	if p.peek() != '"' {
		f.wrong("%s is not a string", name)
		return p.skip()
	}
	return p.scanner.text(&p.text)
}

// entry reads a string that stands for an image, a video or an audio, and makes a reference of it. The string is left in text.
func (p *Reader) entry(f *field, name string, of medium, use Use) bool {
	p.text.reset(keepPayload)
	if !p.string(f, name) {
		return false
	}
	if f.fault != "" {
		return true
	}
	if p.full(len(p.refs)) {
		return p.overfull(name, "images")
	}
	r := Reference{Key: p.text.key, Length: uint32(p.text.length), Use: use}
	if p.text.length == 0 {
		r.Kind = EntryNone
		f.empty = name + " holds an empty string"
	} else {
		var fault string
		r.Kind, fault = entryKind(p.text.head, of)
		if use == UseImageAsURL {
			if asURL := p.asURL(r.Kind); asURL != "" {
				fault = asURL
			}
			if fault != "" && f.server == "" {
				f.server = fmt.Sprintf("%s holds %s, which %s", name, p.quoted(), fault)
			}
		} else if fault != "" && f.entry == "" {
			f.entry = fmt.Sprintf("%s holds %s, which %s", name, p.quoted(), fault)
			if bytes.HasPrefix(bytes.ToLower(p.text.head[:min(len(p.text.head), 8)]), []byte("file:///")) {
				f.entry += ": write a path without file://"
			}
		}
	}
	kept := longestPath
	if r.Kind == EntryDataURI {
		kept = longestName
		data := dataURI{header: p.text.header}
		if of == mediumImage {
			data.width, data.height = dataSize(p.text.head)
		}
		p.batch.data = append(p.batch.data, data)
		r.data = int32(len(p.batch.data))
	}
	r.entry = p.batch.keep(p.text.head[:min(len(p.text.head), kept)])
	p.refs = append(p.refs, r)
	return true
}

// quoted is the string at hand for a message.
func (p *Reader) quoted() string {
	head := p.text.head[:min(len(p.text.head), longestName)]
	quoted := strconv.Quote(valid(head))
	if int64(len(head)) < p.text.length {
		quoted = quoted[:len(quoted)-1] + `…"`
	}
	return quoted
}

// asURL says what is wrong with a string that a client sends as a URL without looking at it.
func (p *Reader) asURL(kind EntryKind) string {
	switch {
	case kind == EntryPath:
		return "is sent as a URL without being opened, and a server cannot read"
	case kind == EntryOther && bytes.HasPrefix(bytes.ToLower(p.text.head[:min(len(p.text.head), 5)]), []byte("file:")):
		return "is sent as a URL without being opened, and names a file of the server's machine"
	}
	return ""
}

// list reads a field that is a list of strings or a list of objects, but not of both.
func (p *Reader) list(f *field, i int) bool {
	name := fieldNames[i]
	if p.peek() != '[' {
		f.wrong("%s is not a list", name)
		return p.skip()
	}
	index := -1
	return p.array(func() bool {
		index++
		f.filled = true
		c := p.peek()
		if index > 0 && (c == '"' || c == '{') && f.objects != (c == '{') {
			f.wrong("%s mixes strings and objects", name)
		}
		switch {
		case c == '{':
			f.objects = true
			return p.media(f, fmt.Sprintf("%s[%d]", name, index), i)
		case c == 0:
			return p.unexpected("a value")
		case c != '"':
			f.wrong("%s[%d] is not a string or an object", name, index)
			return p.skip()
		case i == fieldTexts:
			p.resetText()
			ok := p.scanner.text(&p.text)
			p.say(f)
			return ok
		}
		for i == fieldImages && f.fault == "" && p.plainImage() {
			if len(p.rest) < 2 || p.rest[0] != ',' || p.rest[1] != '"' {
				return true
			}
			p.take()
			index++
		}
		return p.entry(f, name, fieldMedium[i], useOf(i))
	})
}

// plainImage is entry for an image that is called as most are: by a path or a URL without escapes. Any other is not read.
func (p *Reader) plainImage() bool {
	before := p.rest
	text, ok := p.plainText()
	if !ok || p.full(len(p.refs)) {
		p.rest = before
		return false
	}
	kind, ok := plainKind(text)
	if !ok || kind == EntryDataURI {
		p.rest = before
		return false
	}
	p.refs = append(p.refs, Reference{Key: xxh3.Hash128(text), Length: uint32(len(text)), entry: p.keepHead(text), Kind: kind, Use: UseImage})
	return true
}

// keepHead keeps as much of a string as is kept of any.
func (p *Reader) keepHead(text []byte) place { return p.batch.keep(text[:min(len(text), longestPath)]) }

// strings reads a list of strings, each with element.
func (p *Reader) strings(f *field, name string, element func() bool) bool {
	if p.peek() != '[' {
		f.wrong("%s is not a list", name)
		return p.skip()
	}
	return p.array(func() bool {
		if p.peek() != '"' {
			f.wrong("%s is not a list of strings", name)
			return p.skip()
		}
		return element()
	})
}

// uuidList reads a list of uuids, none of which is empty.
func (p *Reader) uuidList(f *field, name string) bool {
	return p.strings(f, name, func() bool {
		if p.full(len(p.uuids)) {
			return p.overfull(name, "uuids")
		}
		return p.uuid(f, name)
	})
}

func (p *Reader) uuid(f *field, name string) bool {
	if p.peek() == '"' {
		if text, ok := p.plainText(); ok {
			p.uuids = append(p.uuids, uuid{xxh3.Hash128(text), uint32(len(text)), p.keepHead(text)})
			return true
		}
	}
	p.text.reset(keepHash)
	if !p.string(f, name) {
		return false
	}
	if p.text.length == 0 {
		f.wrong("%s holds an empty string", name)
	}
	p.keepUUID()
	return true
}

// keepUUID adds the string at hand to the Reader's uuids.
func (p *Reader) keepUUID() {
	p.uuids = append(p.uuids, uuid{p.text.key, uint32(p.text.length), p.keepHead(p.text.head)})
}

// media reads an object of aiperf's for several texts, images, audios or videos. aiperf does not open what is in contents. Images may have
// uuids beside them, or instead.
func (p *Reader) media(f *field, name string, i int) bool {
	refs, uuids := len(p.refs), len(p.uuids)
	var faults [3]string // of name, contents, uuids: the last of each counts
	server, said := f.server, f.said
	outer := f.fault
	read := func(which int, ok func() bool) bool {
		f.fault = ""
		good := ok()
		faults[which], f.fault = f.fault, outer
		return good
	}
	ok := p.scanner.object(func(key []byte) bool {
		switch {
		case string(key) == "name":
			return read(0, func() bool {
				p.text.reset(keepLength)
				return p.string(f, name+".name")
			})
		case string(key) == "contents":
			p.refs, f.server, f.said = p.refs[:refs], server, said
			return read(1, func() bool {
				return p.strings(f, name+".contents", func() bool {
					if i == fieldImages || i == fieldVideos {
						return p.entry(f, name+".contents", fieldMedium[i], UseImageAsURL)
					}
					p.resetText()
					ok := p.scanner.text(&p.text)
					if i == fieldTexts {
						p.say(f)
					}
					return ok
				})
			})
		case string(key) == "uuids" && i == fieldImages:
			p.uuids = p.uuids[:uuids]
			return read(2, func() bool { return p.uuidList(f, name+".uuids") })
		}
		return p.skip()
	})
	if !ok {
		return false
	}
	for _, fault := range faults {
		if fault != "" {
			f.wrong("%s", fault)
		}
	}
	if i != fieldImages && i != fieldVideos || f.fault != "" {
		return true
	}
	if len(p.uuids) > uuids {
		return p.identify(f, span{refs, len(p.refs)}, span{uuids, len(p.uuids)}, name+".uuids", name+".contents")
	}
	// Without uuids empty strings are not sent.
	kept := p.refs[:refs]
	for _, r := range p.refs[refs:] {
		if r.Kind != EntryNone {
			kept = append(kept, r)
		}
	}
	p.refs = kept
	return true
}

// identify gives the images of a span, which is the last, the uuids of another, if there are as many. If there are no images at all, the
// uuids stand for them: a server is then asked for what it has cached.
func (p *Reader) identify(f *field, images, uuids span, uuidsName, imagesName string) bool {
	if images.len() == 0 {
		if p.full(images.from + uuids.len() - 1) {
			return p.overfull(imagesName, "images")
		}
		for range uuids.len() {
			p.refs = append(p.refs, Reference{Kind: EntryNone, Use: UseImageAsURL})
		}
		images.to = len(p.refs)
	}
	if images.len() != uuids.len() {
		f.wrong("%s and %s are not one to one: %d and %d", imagesName, uuidsName, images.len(), uuids.len())
		return true
	}
	base := len(p.batch.uuids)
	if base == 0 && uuids.from == 0 && uuids.to == len(p.uuids) && len(p.uuids) > mostKept {
		p.batch.uuids, p.uuids = p.uuids, p.batch.uuids
	} else {
		p.batch.uuids = append(p.batch.uuids, p.uuids[uuids.from:uuids.to]...)
	}
	for i := range images.len() {
		p.refs[images.from+i].uuid = int32(base + i + 1)
	}
	return true
}

// empty reports whether there is nothing in a turn that would be sent, nor anything wrong with it.
func (t *turn) empty() bool {
	for i := range t.fields {
		if t.fields[i].fault != "" || i <= fieldUUIDs && t.fields[i].filled {
			return false
		}
	}
	return t.fields[fieldUUIDs].uuids.len() == 0
}

// fieldSet are fields, a bit each.
type fieldSet uint32

func (b fieldSet) has(field int) bool { return b>>field&1 == 1 }

// exclusive are fields that exclude each other.
var exclusive = [...][2]int{
	{fieldText, fieldTexts}, {fieldImage, fieldImages}, {fieldAudio, fieldAudios}, {fieldVideo, fieldVideos}, {fieldTimestamp, fieldDelay},
}

// judge says why aiperf does not take a turn, or why a server will not.
func (p *Reader) judge(t *turn) (fault string, by Refuser) {
	fields := &t.fields
	var filled fieldSet
	for _, i := range t.touched[:t.read] {
		if fields[i].fault != "" {
			return fields[i].fault, RefusedByClient
		}
		if fields[i].filled {
			filled |= 1 << i
		}
	}
	for _, pair := range &exclusive {
		if filled.has(pair[0]) && filled.has(pair[1]) {
			return fmt.Sprintf("%s and %s exclude each other", fieldNames[pair[0]], fieldNames[pair[1]]), RefusedByClient
		}
	}
	images, uuids := &fields[fieldImages], &fields[fieldUUIDs]
	if uuids.has {
		t.touch(fieldImages) // which may get images of uuids alone
		switch {
		case fields[fieldImage].has:
			return "image_uuids need images, not image", RefusedByClient
		case images.objects:
			return "image_uuids are beside images that are objects, which have uuids of their own", RefusedByClient
		}
		if images.refs.len() == 0 {
			images.refs = span{len(p.refs), len(p.refs)}
		}
		if !p.identify(images, images.refs, uuids.uuids, "image_uuids", "images") {
			return p.fault, p.by
		}
		if images.fault != "" {
			return images.fault, RefusedByClient
		}
		if images.refs.len() == 0 {
			images.refs.to = len(p.refs)
		}
		if images.refs.len() > 0 {
			filled |= 1 << fieldImages
		}
		if uuids.uuids.len() > 0 {
			images.empty = "" // the uuid stands for it
		}
	}
	if filled&(1<<(fieldVideos+1)-1) == 0 {
		return "no text, image, audio or video", RefusedByClient
	}
	for _, i := range t.touched[:t.read] {
		switch {
		case i < fieldImage || i > fieldVideos:
			continue
		case i%2 == 1 && fields[i-1].has:
			continue // the singular field is taken, whatever is in the plural
		case fields[i].objects:
			continue // which are not opened
		}
		if fault := cmp.Or(fields[i].empty, fields[i].entry); fault != "" {
			return fault, RefusedByClient
		}
	}
	if p.Kind == KindMultiTurn {
		fields[fieldDelay].has = fields[fieldDelay].has && isFinite(t.delay)
	}
	if fields[fieldDelay].has && !(t.delay >= 0) {
		return fmt.Sprintf("delay is %g: it must be at least 0", t.delay), RefusedByClient
	}
	for _, i := range t.touched[:t.read] {
		if fields[i].server != "" && (i == fieldExtra || !t.messages) {
			return fields[i].server, RefusedByServer
		}
	}
	return "", 0
}
