package urls

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// maxJSONValue bounds a string, a number, white space, and one element of a list of the top level, in bytes. What a value may have
	// beyond it before it is noticed is one read.
	maxJSONValue = 4 << 20
	maxJSONRead  = 64 << 10
	// maxJSONDepth bounds nesting; COCO's own files go five deep.
	maxJSONDepth = 1000
	// maxJSONValues bounds the numbers, strings, lists and so on that are skipped. COCO's own files have up to some fifty
	// million, in polygons.
	maxJSONValues = 200_000_000
)

// jsonReader reads JSON as encoding/json does, besides NaN and Infinity in what is skipped, but holds no more of it than a string, and takes
// a few nanoseconds for each value, however small: a list of numbers packs a thousand to one, so that a file of a hundred kilobytes has fifty million of them.
//
// After a fault it is not to be read any further.
type jsonReader struct {
	r    io.Reader
	read int64 // bytes before and in buffer
	// What was read and is not used up yet is buffer[pos:end].
	buffer   [maxJSONRead]byte
	pos, end int
	err      error // of r, once all that it gave is used up; io.EOF at the end

	values     int                // that were skipped, without the last of each list
	mostValues int                // of them
	start      int64              // where the value begins that is measured
	depth      int                // of nesting
	open       [maxJSONDepth]byte // what closes each level
	held       []byte             // a string, and a quote in front
	plain      bool               // it has no escape sequence
}

// offset is how many bytes are used up.
func (j *jsonReader) offset() int64 { return j.read - int64(j.end-j.pos) }

// fill reads more. It returns io.EOF at the end, and other errors as they are to be shown.
func (j *jsonReader) fill() error {
	for empty := 0; j.pos == j.end; empty++ {
		switch {
		case j.err != nil:
			return j.err
		case j.read-j.start > maxJSONValue:
			return fmt.Errorf("the JSON has a value of more than %d bytes at byte %d: this is not a COCO file", maxJSONValue, j.start)
		case empty == 100:
			return io.ErrNoProgress
		}
		j.pos, j.end = 0, 0
		j.end, j.err = j.r.Read(j.buffer[:])
		j.read += int64(j.end)
	}
	return nil
}

// peek returns the next byte, and leaves it there. The end is an error.
func (j *jsonReader) peek() (byte, error) {
	if j.pos == j.end {
		if err := j.fill(); err != nil {
			return 0, j.cut(err)
		}
	}
	return j.buffer[j.pos], nil
}

// cut makes an error of the end.
func (j *jsonReader) cut(err error) error {
	if err == io.EOF {
		return fmt.Errorf("the JSON stops in the middle, at byte %d: the file was cut short, fetch it again", j.read)
	}
	return err
}

// invalid is the error of a byte that cannot be where it is.
func (j *jsonReader) invalid() error {
	c, err := j.peek()
	if err != nil {
		return err
	}
	character := fmt.Sprintf("%q", rune(c))
	if c >= 0x80 {
		character = fmt.Sprintf(`'\x%02x'`, c)
	}
	return fmt.Errorf("not valid JSON at byte %d: invalid character %s", j.offset(), character)
}

// mark begins the measure of a value.
func (j *jsonReader) mark() { j.start = j.offset() }

// begin returns the next byte that is not blank, and leaves it there. At the end the error is io.EOF.
func (j *jsonReader) begin() (byte, error) {
	for {
		for ; j.pos < j.end; j.pos++ {
			if c := j.buffer[j.pos]; !isBlank(c) {
				return c, nil
			}
		}
		if err := j.fill(); err != nil {
			return 0, err
		}
	}
}

// next is begin where there has to be more.
func (j *jsonReader) next() (byte, error) {
	if j.pos < j.end {
		if c := j.buffer[j.pos]; c > ' ' {
			return c, nil
		}
	}
	c, err := j.begin()
	return c, j.cut(err)
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// jsonKind is the kind of a value.
type jsonKind string

const (
	jsonInvalid jsonKind = "invalid"
	jsonObject  jsonKind = "an object"
	jsonList    jsonKind = "a list"
	jsonString  jsonKind = "a string"
	jsonNumber  jsonKind = "a number"
	jsonBool    jsonKind = "true or false"
	jsonNull    jsonKind = "null"
)

// kindOf returns the kind of the value that begins with a byte.
func kindOf(first byte) jsonKind {
	switch {
	case first == '{':
		return jsonObject
	case first == '[':
		return jsonList
	case first == '"':
		return jsonString
	case first == '-', isDigit(first), first == 'N', first == 'I': // NaN and Infinity
		return jsonNumber
	case first == 't', first == 'f':
		return jsonBool
	case first == 'n':
		return jsonNull
	}
	return jsonInvalid
}

// descend enters an object or a list, whose bracket comes next.
func (j *jsonReader) descend(closing byte) error {
	if j.depth == maxJSONDepth {
		return fmt.Errorf("the JSON nests deeper than %d levels at byte %d: this is not a COCO file", maxJSONDepth, j.offset())
	}
	j.open[j.depth] = closing
	j.depth++
	j.pos++
	return nil
}

// ascend leaves an object or a list, whose bracket comes next.
func (j *jsonReader) ascend() {
	j.depth--
	j.pos++
}

// object reads an object, whose bracket comes next, and calls field for each key, with its value to be read. The key is valid until then.
func (j *jsonReader) object(field func(key []byte) error) error {
	return j.elements('}', func() error {
		key, err := j.text()
		if err == nil {
			err = j.colon()
		}
		if err != nil {
			return err
		}
		return field(key)
	})
}

// list reads a list, whose bracket comes next, and calls element for each value, to be read.
func (j *jsonReader) list(element func() error) error { return j.elements(']', element) }

// elements reads what stands between brackets and commas.
func (j *jsonReader) elements(closing byte, element func() error) error {
	if err := j.descend(closing); err != nil {
		return err
	}
	c, err := j.next()
	if err != nil {
		return err
	}
	for c != closing {
		if err := element(); err != nil {
			return err
		}
		if err := j.count(); err != nil {
			return err
		}
		if c, err = j.next(); err != nil {
			return err
		}
		if c == closing {
			break
		}
		if c != ',' {
			return j.invalid()
		}
		j.pos++
	}
	j.ascend()
	return nil
}

// count counts a value that was read.
func (j *jsonReader) count() error {
	if j.values++; j.values > j.mostValues {
		return fmt.Errorf("the JSON has more than %d values, at byte %d: this is not a COCO file", j.mostValues, j.offset())
	}
	return nil
}

// colon reads what follows a key.
func (j *jsonReader) colon() error {
	c, err := j.next()
	if err != nil {
		return err
	}
	if c != ':' {
		return j.invalid()
	}
	j.pos++
	return nil
}

// skip reads past a value. What stands in it between commas is measured one by one, or else the value itself is.
func (j *jsonReader) skip(parts bool) error {
	outside := j.depth
	for {
		c, err := j.next()
		if err != nil {
			return err
		}
		switch {
		case '1' <= c && c <= '9':
			if !j.digitsOnly() {
				err = j.number()
			}
		case c == '"':
			err = j.string(false)
		case c == '{', c == '[':
			if err = j.descend(c + 2); err != nil { // which are the brackets that close
				return err
			}
			if c, err = j.next(); err != nil {
				return err
			}
			if c != j.open[j.depth-1] {
				if err = j.skipKey(); err != nil {
					return err
				}
				continue
			}
			j.ascend()
		case c == 't':
			err = j.literal("true")
		case c == 'f':
			err = j.literal("false")
		case c == 'n':
			err = j.literal("null")
		case c == 'N': // which Python writes
			err = j.literal("NaN")
		case c == 'I':
			err = j.literal("Infinity")
		default:
			err = j.number()
		}
		if err != nil {
			return err
		}
		for { // behind a value
			if j.depth == outside {
				return nil
			}
			if c, err = j.next(); err != nil {
				return err
			}
			if c == ',' {
				break
			}
			if c != j.open[j.depth-1] {
				return j.invalid()
			}
			j.ascend()
		}
		if err := j.count(); err != nil {
			return err
		}
		if parts && j.depth == outside+1 {
			j.mark()
		}
		j.pos++
		if j.open[j.depth-1] == '}' {
			if err := j.skipKey(); err != nil {
				return err
			}
		}
	}
}

// digitsOnly reads past a number of digits only, if it is in the buffer with what follows it.
func (j *jsonReader) digitsOnly() bool {
	for i := j.pos + 1; i < j.end; i++ {
		switch c := j.buffer[i]; {
		case isDigit(c):
		case c == ',', c == ']', c == '}':
			j.pos = i
			return true
		default:
			return false
		}
	}
	return false
}

// skipKey reads past a key, if it is an object that is being read.
func (j *jsonReader) skipKey() error {
	if j.open[j.depth-1] != '}' {
		return nil
	}
	if _, err := j.next(); err != nil {
		return err
	}
	if err := j.string(false); err != nil {
		return err
	}
	return j.colon()
}

// text reads a string. What it returns is valid until the next.
func (j *jsonReader) text() ([]byte, error) {
	if _, err := j.next(); err != nil {
		return nil, err
	}
	j.held = append(j.held[:0], '"')
	if err := j.string(true); err != nil {
		return nil, err
	}
	if j.plain && utf8.Valid(j.held) {
		return j.held[1:], nil
	}
	var text string
	if err := json.Unmarshal(append(j.held, '"'), &text); err != nil {
		return nil, fmt.Errorf("not valid JSON before byte %d: %w", j.offset(), err)
	}
	return []byte(text), nil
}

// ends are the bytes at which a string ends, begins an escape, or is not one.
var ends = func() (ends [256]bool) {
	for c := range 0x20 {
		ends[c] = true
	}
	ends['"'], ends['\\'] = true, true
	return ends
}()

// string reads past a string, or what should be one. It is held as it is written, without its quotes.
func (j *jsonReader) string(hold bool) error {
	if j.buffer[j.pos] != '"' {
		return j.invalid()
	}
	j.pos++
	j.plain = true
	for {
		i := j.pos
		for i < j.end && !ends[j.buffer[i]] {
			i++
		}
		if hold {
			j.held = append(j.held, j.buffer[j.pos:i]...)
		}
		j.pos = i
		c, err := j.peek()
		switch {
		case err != nil:
			return err
		case c == '"':
			j.pos++
			return nil
		case c < 0x20:
			return j.invalid()
		case c == '\\':
			if err := j.escape(hold); err != nil {
				return err
			}
		}
	}
}

// escape reads an escape sequence of a string.
func (j *jsonReader) escape(hold bool) error {
	j.plain = false
	digits := 0
	for i := 0; i < 2+digits; i++ {
		c, err := j.peek()
		switch {
		case err != nil:
			return err
		case i == 1 && c == 'u':
			digits = 4
		case i == 1 && !strings.ContainsRune(`"\/bfnrt`, rune(c)), i > 1 && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)):
			return j.invalid()
		}
		if hold {
			j.held = append(j.held, c)
		}
		j.pos++
	}
	return nil
}

// literal reads past true, false or null, or what should be one of them.
func (j *jsonReader) literal(word string) error {
	for _, want := range []byte(word) {
		c, err := j.peek()
		if err != nil {
			return err
		}
		if c != want {
			return j.invalid()
		}
		j.pos++
	}
	return nil
}

// number reads past a number, or what should be one.
func (j *jsonReader) number() error {
	c := j.buffer[j.pos]
	if c == '-' {
		j.pos++
		var err error
		if c, err = j.peek(); err != nil {
			return err
		}
		if c == 'I' {
			return j.literal("Infinity")
		}
	}
	var err error
	if c == '0' {
		j.pos++
		c, err = j.peek()
	} else {
		c, err = j.digits()
	}
	if err == nil && c == '.' {
		j.pos++
		c, err = j.digits()
	}
	if err == nil && (c == 'e' || c == 'E') {
		j.pos++
		if c, err = j.peek(); err == nil && (c == '+' || c == '-') {
			j.pos++
		}
		if err == nil {
			_, err = j.digits()
		}
	}
	return err
}

// digits reads past one digit or more, and returns what follows them, which it leaves there. No number ends the file.
func (j *jsonReader) digits() (byte, error) {
	c, err := j.peek()
	if err == nil && !isDigit(c) {
		err = j.invalid()
	}
	for err == nil && isDigit(c) {
		for j.pos < j.end && isDigit(j.buffer[j.pos]) {
			j.pos++
		}
		c, err = j.peek()
	}
	return c, err
}
