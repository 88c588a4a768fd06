package format

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the JSON of one line, which comes whole or in pieces. What it refuses is what orjson, aiperf's reader, refuses, and
// thereby all that encoding/json does: in strings also what is no UTF-8 and halves of surrogate pairs, in numbers also
// those too large for a float64, and deeper nesting than aiperf allows.
//
// Its methods return false after a fault, which is then the reason why the line is bad.
type scanner struct {
	rest  []byte        // of the piece at hand
	more  func() []byte // the line's next piece, nothing at its end; no piece ends within a UTF-8 sequence. nil: there is no more
	size  int64         // of all pieces up to the end of rest
	fault string
	depth int
	cr    bool // there was a \r in what was read
	quiet bool // nobody will read the fault
	ascii bool // no other white space than ASCII's is stripped
	hash  hasher
	digit []byte // of the number at hand

	unescaped [utf8.UTFMax]byte
}

// deepest is how many arrays and objects within each other orjson reads.
const deepest = 1024

// bad notes the fault; only the first counts.
func (s *scanner) bad(format string, args ...any) bool {
	if s.fault == "" {
		s.fault = "bad"
		if !s.quiet {
			s.fault = fmt.Sprintf(format, args...)
		}
	}
	return false
}

func (s *scanner) badJSON(what string) bool {
	return s.bad("bad JSON: %s at byte %d", what, s.size-int64(len(s.rest))+1)
}

// next makes sure that there is a byte in rest, and says false at the end of the line.
func (s *scanner) next() bool {
	for len(s.rest) == 0 {
		if s.more == nil {
			return false
		}
		s.rest = s.more()
		s.size += int64(len(s.rest))
		if len(s.rest) == 0 {
			s.more = nil
			return false
		}
	}
	return true
}

// peek returns the next byte that is not blank, and leaves it there; 0 at the end of the line.
func (s *scanner) peek() byte {
	if len(s.rest) > 0 && s.rest[0] > ' ' {
		return s.rest[0]
	}
	return s.peekFar()
}

// peekFar is peek where blanks or another piece come first. It is apart so that peek is inlined.
func (s *scanner) peekFar() byte {
	for s.next() {
		switch c := s.rest[0]; c {
		case ' ', '\t', '\n':
			s.rest = s.rest[1:]
		case '\r':
			s.cr = true
			s.rest = s.rest[1:]
		default:
			return c
		}
	}
	return 0
}

// IsSpace reports whether Python strips a character from a line's ends.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// strip reads what Python's str.strip takes away at the beginning and the end of a line, and reports whether anything is left.
func (s *scanner) strip() bool {
	for s.next() {
		if c := s.rest[0]; c < utf8.RuneSelf {
			if c > ' ' || c < '\t' || '\r' < c && c < ' ' && (c < 0x1c || s.ascii) {
				return true
			}
			s.cr = s.cr || c == '\r'
			s.rest = s.rest[1:]
			continue
		}
		r, size := utf8.DecodeRune(s.rest)
		if s.ascii || !unicode.IsSpace(r) {
			return true
		}
		s.rest = s.rest[size:]
	}
	return false
}

// take reads the byte that peek found.
func (s *scanner) take() { s.rest = s.rest[1:] }

// expect reads the byte, and blanks before it.
func (s *scanner) expect(c byte) bool {
	if s.peek() != c {
		return s.unexpected(fmt.Sprintf("%q", c))
	}
	s.take()
	return true
}

// unexpected is the fault that something other than what was wanted comes next.
func (s *scanner) unexpected(wanted string) bool {
	if s.quiet {
		return s.bad("")
	}
	if !s.next() {
		return s.badJSON("the line ends where " + wanted + " should be")
	}
	return s.badJSON(fmt.Sprintf("%s instead of %s", character(s.rest[0]), wanted))
}

func character(c byte) string {
	if c < utf8.RuneSelf {
		return strconv.QuoteRune(rune(c))
	}
	return fmt.Sprintf("byte %#x", c)
}

// object reads an object and calls field for each key, with its value to be read. The key is valid until then.
func (s *scanner) object(field func(key []byte) bool) bool {
	if !s.expect('{') || !s.enter() {
		return false
	}
	if s.peek() == '}' {
		s.take()
		s.depth--
		return true
	}
	var key jsonString
	for {
		if s.peek() != '"' {
			return s.unexpected("a key")
		}
		key.reset(keepHead)
		if !s.text(&key) || !s.expect(':') || !field(key.head) {
			return false
		}
		switch s.peek() {
		case ',':
			s.take()
		case '}':
			s.take()
			s.depth--
			return true
		default:
			return s.unexpected("',' or '}'")
		}
	}
}

// array reads an array and calls element for each, to be read.
func (s *scanner) array(element func() bool) bool {
	if !s.expect('[') || !s.enter() {
		return false
	}
	if s.peek() == ']' {
		s.take()
		s.depth--
		return true
	}
	for {
		if !element() {
			return false
		}
		switch s.peek() {
		case ',':
			s.take()
		case ']':
			s.take()
			s.depth--
			return true
		default:
			return s.unexpected("',' or ']'")
		}
	}
}

func (s *scanner) enter() bool {
	if s.depth++; s.depth > deepest {
		return s.bad("bad JSON: more than %d arrays and objects within each other", deepest)
	}
	return true
}

// skip reads any value.
func (s *scanner) skip() bool {
	switch c := s.peek(); {
	case c == '"':
		var t jsonString
		return s.text(&t)
	case c == '{':
		return s.object(func([]byte) bool { return s.skip() })
	case c == '[':
		return s.array(s.skip)
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	case c == '-' || '0' <= c && c <= '9':
		_, ok := s.number()
		return ok
	default:
		return s.unexpected("a value")
	}
}

// null reads null if that comes next.
func (s *scanner) null() (found, ok bool) {
	if s.peek() != 'n' {
		return false, true
	}
	return true, s.literal("null")
}

func (s *scanner) literal(word string) bool {
	for i := range len(word) {
		if !s.next() || s.rest[0] != word[i] {
			return s.unexpected(fmt.Sprintf("%q of %s", word[i], word))
		}
		s.take()
	}
	return true
}

// longestNumber is the characters of a number beyond which it is not read. aiperf has no such bound.
const longestNumber = 64 << 10

// number reads a number, and leaves its characters in digit.
func (s *scanner) number() (float64, bool) {
	s.digit = s.digit[:0]
	keep := func() {
		if len(s.digit) < longestNumber {
			s.digit = append(s.digit, s.rest[0])
		}
		s.take()
	}
	digits := func() bool {
		if !s.next() || s.rest[0] < '0' || s.rest[0] > '9' {
			return s.unexpected("a digit")
		}
		for s.next() && '0' <= s.rest[0] && s.rest[0] <= '9' {
			keep()
		}
		return true
	}
	if s.next() && s.rest[0] == '-' {
		keep()
	}
	if s.next() && s.rest[0] == '0' {
		keep()
	} else if !digits() {
		return 0, false
	}
	if s.next() && s.rest[0] == '.' {
		keep()
		if !digits() {
			return 0, false
		}
	}
	if s.next() && s.rest[0]|0x20 == 'e' {
		keep()
		if s.next() && (s.rest[0] == '+' || s.rest[0] == '-') {
			keep()
		}
		if !digits() {
			return 0, false
		}
	}
	if len(s.digit) == longestNumber {
		return 0, s.bad("a number of more than %d digits is not read", longestNumber)
	}
	value, err := strconv.ParseFloat(string(s.digit), 64)
	if err != nil {
		return 0, s.badJSON(fmt.Sprintf("the number %.40s is too large", s.digit))
	}
	return value, true
}

// text reads a string into t.
func (s *scanner) text(t *jsonString) bool {
	s.take() // the quote, at which the caller has looked
	n, ascii := plain(s.rest)
	if ascii && n < len(s.rest) && s.rest[n] == '"' && s.more == nil { // as nearly all strings are
		if n > 0 {
			t.add(s.rest[:n], &s.hash)
		}
		s.rest = s.rest[n+1:]
		t.end(&s.hash)
		return true
	}
	for ; ; n, ascii = plain(s.rest) {
		piece := s.rest[:n]
		if !ascii && !utf8.Valid(piece) {
			for r, size := utf8.DecodeRune(s.rest); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(s.rest) {
				s.rest = s.rest[size:]
			}
			return s.badJSON("a string that is not UTF-8")
		}
		if n > 0 {
			t.add(piece, &s.hash)
			s.rest = s.rest[n:]
		}
		if len(s.rest) == 0 {
			t.keep(&s.hash) // the piece is gone with the next
			if !s.next() {
				return s.badJSON("the line ends within a string")
			}
			continue
		}
		switch c := s.rest[0]; c {
		case '"':
			s.take()
			if s.more != nil {
				t.keep(&s.hash) // what follows may take its place before it is used
			}
			t.end(&s.hash)
			return true
		case '\\':
			s.take()
			r, ok := s.escape()
			if !ok {
				return false
			}
			t.keep(&s.hash)
			t.add(s.unescaped[:utf8.EncodeRune(s.unescaped[:], r)], &s.hash)
			t.keep(&s.hash) // the next escape comes to the same place
		default:
			s.cr = s.cr || c == '\r'
			return s.badJSON(fmt.Sprintf("the control character %q in a string", c))
		}
	}
}

// plainText reads a string as it lies in the line, if it is not empty, has no escapes and nothing but ASCII, and ends in the piece at hand.
// Any other is not read.
func (s *scanner) plainText() ([]byte, bool) {
	n, ascii := plain(s.rest[1:]) // behind the quote, at which the caller has looked
	if n == 0 || !ascii || n+1 == len(s.rest) || s.rest[n+1] != '"' {
		return nil, false
	}
	text := s.rest[1 : n+1]
	s.rest = s.rest[n+2:]
	return text, true
}

// escape reads what follows a backslash.
func (s *scanner) escape() (rune, bool) {
	if !s.next() {
		return 0, s.badJSON("the line ends within a string")
	}
	c := s.rest[0]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		s.take()
		r, ok := s.hex4()
		if !ok || !utf16.IsSurrogate(r) {
			return r, ok
		}
		for _, wanted := range []byte{'\\', 'u'} {
			if !s.next() || s.rest[0] != wanted {
				return 0, s.badJSON(fmt.Sprintf("\\u%04x is half of a pair", r))
			}
			s.take()
		}
		second, ok := s.hex4()
		if !ok {
			return 0, false
		}
		pair := utf16.DecodeRune(r, second)
		if pair == utf8.RuneError {
			return 0, s.badJSON(fmt.Sprintf("\\u%04x\\u%04x is not a pair", r, second))
		}
		return pair, true
	default:
		return 0, s.badJSON(fmt.Sprintf("the escape \\%s", strconv.QuoteToGraphic(string(rune(c)))))
	}
	s.take()
	return rune(c), true
}

func (s *scanner) hex4() (rune, bool) {
	var r rune
	for range 4 {
		if !s.next() {
			return 0, s.badJSON("the line ends within a string")
		}
		c := s.rest[0]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, s.unexpected("a hexadecimal digit")
		}
		r = r<<4 | rune(c)
		s.take()
	}
	return r, true
}

// plain returns how many bytes come before the first that ends a string, escapes or may not stand in one, and whether they are
// all ASCII.
func plain(b []byte) (n int, ascii bool) {
	var high uint64
	for len(b)-n >= 8 {
		w := binary.LittleEndian.Uint64(b[n:])
		if found := special(w); found != 0 {
			before := bits.TrailingZeros64(found) &^ 7
			high |= w & (1<<before - 1)
			return n + before/8, high&highs == 0
		}
		high |= w
		for n += 8; len(b)-n >= 16; n += 16 {
			w, next := binary.LittleEndian.Uint64(b[n:]), binary.LittleEndian.Uint64(b[n+8:])
			if special(w)|special(next) != 0 {
				break
			}
			high |= w | next
		}
	}
	for ; n < len(b); n++ {
		if c := b[n]; c < 0x20 || c == '"' || c == '\\' {
			break
		}
		high |= uint64(b[n])
	}
	return n, high&highs == 0
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// special sets the high bit of the lowest of eight bytes that ends a string, escapes or may not stand in one; a borrow can set wrong ones
// above that, but not below. The quote is looked for together with the bytes below 0x20: with one bit of each turned they are those below 0x21.
func special(w uint64) uint64 {
	low, slash := w^('"'^0x20)*ones, w^'\\'*ones
	return ((low-0x21*ones)&^low | (slash-ones)&^slash) & highs
}
