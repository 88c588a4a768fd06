package tokenizer

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// normalizer changes a text before it is split.
type normalizer func(string) string

// normalizerSpec is a normalizer as tokenizer.json has it.
type normalizerSpec struct {
	Type                string
	Normalizers         []normalizerSpec
	Pattern             pattern
	Content             string
	Prepend             string
	StripLeft           bool  `json:"strip_left"`
	StripRight          bool  `json:"strip_right"`
	CleanText           bool  `json:"clean_text"`
	HandleChineseChars  bool  `json:"handle_chinese_chars"`
	StripAccents        *bool `json:"strip_accents"`
	Lowercase           bool
	PrecompiledCharsMap string `json:"precompiled_charsmap"`
}

// read appends the normalizers that a specification stands for.
func (s *normalizerSpec) read(to []normalizer) ([]normalizer, error) {
	switch s.Type {
	case "Sequence":
		for i := range s.Normalizers {
			var err error
			if to, err = s.Normalizers[i].read(to); err != nil {
				return nil, err
			}
		}
		return to, nil
	case "NFC":
		return append(to, norm.NFC.String), nil
	case "NFD":
		return append(to, norm.NFD.String), nil
	case "NFKC":
		return append(to, norm.NFKC.String), nil
	case "NFKD":
		return append(to, norm.NFKD.String), nil
	case "Lowercase":
		return append(to, lower), nil
	case "StripAccents":
		return append(to, withoutMarks), nil
	case "Strip":
		return append(to, func(text string) string {
			if s.StripLeft {
				text = strings.TrimLeftFunc(text, unicode.IsSpace)
			}
			if s.StripRight {
				text = strings.TrimRightFunc(text, unicode.IsSpace)
			}
			return text
		}), nil
	case "Prepend":
		return append(to, func(text string) string {
			if text == "" {
				return text
			}
			return s.Prepend + text
		}), nil
	case "Replace":
		find, err := s.Pattern.compile()
		if err != nil {
			return nil, err
		}
		return append(to, func(text string) string {
			var b strings.Builder
			at := 0
			for _, m := range find(text) {
				b.WriteString(text[at:m.from] + s.Content)
				at = m.to
			}
			return b.String() + text[at:]
		}), nil
	case "BertNormalizer":
		return append(to, s.bert), nil
	case "ByteLevel":
		return append(to, toByteLevel), nil
	case "Precompiled":
		m, err := readCharsMap(s.PrecompiledCharsMap)
		if err != nil {
			return nil, err
		}
		return append(to, m.normalize), nil
	}
	return nil, fmt.Errorf("its normalizer %q is not known", s.Type)
}

func withoutMarks(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, text)
}

func (s *normalizerSpec) bert(text string) string {
	if s.CleanText {
		text = strings.Map(func(r rune) rune {
			switch {
			case r == 0 || r == utf8.RuneError || unicode.Is(unicode.C, r) && r != '\t' && r != '\n' && r != '\r':
				return -1
			case unicode.IsSpace(r):
				return ' '
			}
			return r
		}, text)
	}
	if s.HandleChineseChars {
		var b strings.Builder
		for _, r := range text {
			if isChinese(r) {
				b.WriteString(" " + string(r) + " ")
			} else {
				b.WriteRune(r)
			}
		}
		text = b.String()
	}
	if s.StripAccents != nil && *s.StripAccents || s.StripAccents == nil && s.Lowercase {
		text = withoutMarks(norm.NFD.String(text))
	}
	if s.Lowercase {
		text = lower(text)
	}
	return text
}

// lower is strings.ToLower, but for the one capital whose small letter is two characters.
func lower(text string) string { return strings.ToLower(strings.ReplaceAll(text, "İ", "i\u0307")) }

// isChinese reports whether BERT takes a character for a word of its own.
func isChinese(r rune) bool {
	for _, block := range [...][2]rune{{0x4E00, 0x9FFF}, {0x3400, 0x4DBF}, {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0xF900, 0xFAFF}, {0x2F800, 0x2FA1F}} {
		if r >= block[0] && r <= block[1] {
			return true
		}
	}
	return false
}

// charsMap is SentencePiece's table of what characters become: a double-array trie of byte strings, whose values are places in a list of texts
// that end in a zero byte.
type charsMap struct {
	trie  []uint32
	texts string
}

func readCharsMap(encoded string) (*charsMap, error) {
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) < 4 {
		return nil, errors.New("its precompiled_charsmap is not base64")
	}
	size := binary.LittleEndian.Uint32(data)
	data = data[4:]
	if uint64(size) > uint64(len(data)) || size%4 != 0 || size == 0 {
		return nil, errors.New("its precompiled_charsmap is cut off")
	}
	m := &charsMap{trie: make([]uint32, size/4), texts: string(data[size:])}
	for i := range m.trie {
		m.trie[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	return m, nil
}

// find returns what the shortest entry that a text begins with becomes, as the library takes the first of all that match.
func (m *charsMap) find(text string) (string, bool) {
	offset := func(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
	at := offset(m.trie[0])
	for i := range len(text) {
		at ^= uint32(text[i])
		if at >= uint32(len(m.trie)) {
			return "", false
		}
		unit := m.trie[at]
		if unit&(1<<31|0xff) != uint32(text[i]) {
			return "", false
		}
		at ^= offset(unit)
		if unit>>8&1 == 1 {
			if at >= uint32(len(m.trie)) {
				return "", false
			}
			begin := m.trie[at] & (1<<31 - 1)
			if begin > uint32(len(m.texts)) {
				return "", false
			}
			replaced, _, _ := strings.Cut(m.texts[begin:], "\x00")
			return replaced, true
		}
	}
	return "", false
}

// normalize replaces graphemes of few bytes, and else characters.
func (m *charsMap) normalize(text string) string {
	var b strings.Builder
	for state := -1; text != ""; {
		var grapheme string
		grapheme, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		if len(grapheme) < 6 {
			if replaced, ok := m.find(grapheme); ok {
				b.WriteString(replaced)
				continue
			}
		}
		for _, r := range grapheme {
			if replaced, ok := m.find(string(r)); ok {
				b.WriteString(replaced)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// pattern is what a normalizer or splitter looks for: a text, or a regular expression.
type pattern struct {
	text  string
	regex string
}

func (p *pattern) UnmarshalJSON(data []byte) error {
	var is struct{ String, Regex *string }
	if err := json.Unmarshal(data, &is); err != nil {
		return err
	}
	if is.String != nil {
		p.text = *is.String
	}
	if is.Regex != nil {
		p.regex = *is.Regex
	}
	return nil
}
