package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// splitter splits a piece, and appends its parts.
type splitter func(to []piece, p piece) []piece

// splitterSpec is a pre-tokenizer as tokenizer.json has it.
type splitterSpec struct {
	Type             string
	Pretokenizers    []splitterSpec
	AddPrefixSpace   *bool `json:"add_prefix_space"`
	UseRegex         *bool `json:"use_regex"`
	Replacement      string
	PrependScheme    string `json:"prepend_scheme"`
	Split            *bool
	Pattern          pattern
	Behavior         string
	Invert           bool
	IndividualDigits bool `json:"individual_digits"`
	Delimiter        string
}

// gpt2 is how GPT-2 splits texts into words.
const gpt2 = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

// read appends the splitters that a specification stands for.
func (s *splitterSpec) read(to []splitter) ([]splitter, error) {
	switch s.Type {
	case "Sequence":
		for i := range s.Pretokenizers {
			var err error
			if to, err = s.Pretokenizers[i].read(to); err != nil {
				return nil, err
			}
		}
		return to, nil
	case "ByteLevel":
		if s.AddPrefixSpace == nil || *s.AddPrefixSpace {
			to = append(to, each(func(p piece) []piece {
				if !strings.HasPrefix(p.text, " ") {
					p.text = " " + p.text
				}
				return []piece{p}
			}))
		}
		if s.UseRegex == nil || *s.UseRegex {
			find, err := (&pattern{regex: gpt2}).compile()
			if err != nil {
				return nil, err
			}
			to = append(to, splitAt(find, "Isolated", false))
		}
		return append(to, each(func(p piece) []piece {
			p.text = toByteLevel(p.text)
			return []piece{p}
		})), nil
	case "Metaspace":
		return append(to, s.metaspace()), nil
	case "Split":
		find, err := s.Pattern.compile()
		if err != nil {
			return nil, err
		}
		return append(to, splitAt(find, s.Behavior, s.Invert)), nil
	case "Whitespace":
		find, err := (&pattern{regex: `\w+|[^\w\s]+`}).compile()
		if err != nil {
			return nil, err
		}
		return append(to, splitAt(find, "Removed", true)), nil
	case "WhitespaceSplit":
		return append(to, splitAt(runesThat(unicode.IsSpace), "Removed", false)), nil
	case "Digits":
		if s.IndividualDigits {
			return append(to, splitAt(runesThat(unicode.IsNumber), "Isolated", false)), nil
		}
		return append(to, splitAt(runesThat(unicode.IsNumber), "Contiguous", false)), nil
	case "Punctuation":
		behavior := s.Behavior
		if behavior == "" {
			behavior = "Isolated"
		}
		return append(to, splitAt(runesThat(isPunctuation), behavior, false)), nil
	case "BertPreTokenizer":
		return append(to, splitAt(runesThat(unicode.IsSpace), "Removed", false), splitAt(runesThat(isPunctuation), "Isolated", false)), nil
	case "CharDelimiterSplit":
		return append(to, splitAt(runesThat(func(r rune) bool { return string(r) == s.Delimiter }), "Removed", false)), nil
	}
	return nil, fmt.Errorf("its pre-tokenizer %q is not known", s.Type)
}

// metaspace replaces spaces by a mark, which then begins each word.
func (s *splitterSpec) metaspace() splitter {
	mark := s.Replacement
	if mark == "" {
		mark = "▁"
	}
	scheme := s.PrependScheme
	if scheme == "" {
		scheme = "always"
		if s.AddPrefixSpace != nil && !*s.AddPrefixSpace {
			scheme = "never"
		}
	}
	split := splitAt(func(text string) []match {
		var found []match
		for at := 0; ; {
			i := strings.Index(text[at:], mark)
			if i < 0 {
				return found
			}
			found = append(found, match{at + i, at + i + len(mark)})
			at += i + len(mark)
		}
	}, "MergedWithNext", false)
	return func(to []piece, p piece) []piece {
		p.text = strings.ReplaceAll(p.text, " ", mark)
		if !strings.HasPrefix(p.text, mark) && (scheme == "always" || scheme == "first" && p.isFirst) {
			p.text = mark + p.text
		}
		if s.Split != nil && !*s.Split {
			return append(to, p)
		}
		return split(to, p)
	}
}

// each makes a splitter of what is done to each piece.
func each(do func(piece) []piece) splitter {
	return func(to []piece, p piece) []piece { return append(to, do(p)...) }
}

// match is where a pattern was found, in bytes.
type match struct{ from, to int }

// segment is a part of a text: what was found, or what lies between.
type segment struct {
	match
	found bool
}

// segments returns the parts of a text, those that were found and those between; inverted, they change places.
func segments(found []match, length int, inverted bool) []segment {
	var all []segment
	at := 0
	for _, m := range found {
		if m.from > at {
			all = append(all, segment{match{at, m.from}, inverted})
		}
		all = append(all, segment{m, !inverted})
		at = m.to
	}
	if at < length {
		all = append(all, segment{match{at, length}, inverted})
	}
	return all
}

// splitAt splits where something is found, or with inverted where it is not. The behavior says what becomes of that.
func splitAt(find func(string) []match, behavior string, inverted bool) splitter {
	return func(to []piece, p piece) []piece {
		begin := 0 // of what has not been added
		add := func(until int) {
			if until > begin {
				to = append(to, piece{p.text[begin:until], p.isFirst && begin == 0})
			}
			begin = until
		}
		all := segments(find(p.text), len(p.text), inverted)
		for i, s := range all {
			if !s.found {
				// With what is found next, if that is merged with the previous.
				if behavior != "MergedWithPrevious" || i+1 == len(all) || !all[i+1].found {
					add(s.to)
				}
				continue
			}
			switch behavior {
			case "Removed":
				begin = s.to
			case "MergedWithPrevious":
				add(s.to)
			case "MergedWithNext":
				add(s.from)
			case "Contiguous":
				if i+1 == len(all) || !all[i+1].found {
					add(s.to)
				}
			default: // Isolated
				add(s.to)
			}
		}
		add(len(p.text))
		return to
	}
}

// runesThat finds each character of a kind.
func runesThat(is func(rune) bool) func(string) []match {
	return func(text string) []match {
		var found []match
		for at, r := range text {
			if is(r) {
				_, width := utf8.DecodeRuneInString(text[at:])
				found = append(found, match{at, at + width})
			}
		}
		return found
	}
}

func isPunctuation(r rune) bool {
	return r < utf8.RuneSelf && (r >= '!' && r <= '/' || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~') || unicode.IsPunct(r)
}

// compile returns what finds all matches of a pattern in a text.
func (p *pattern) compile() (func(string) []match, error) {
	if p.regex == "" {
		if p.text == "" {
			return nil, errors.New("it has an empty pattern")
		}
		return func(text string) []match {
			var found []match
			for at := 0; ; {
				i := strings.Index(text[at:], p.text)
				if i < 0 {
					return found
				}
				found = append(found, match{at + i, at + i + len(p.text)})
				at += i + len(p.text)
			}
		}, nil
	}
	compiled, err := regexp2.Compile(p.regex, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("its pattern %q is not read here: %w", p.regex, err)
	}
	return func(text string) []match {
		var found []match
		runes := []rune(text)
		at, byteAt := 0, 0
		forward := func(to int) int {
			for ; at < to; at++ {
				byteAt += utf8.RuneLen(runes[at])
			}
			return byteAt
		}
		for m, err := compiled.FindRunesMatch(runes); err == nil && m != nil; m, err = compiled.FindNextMatch(m) {
			if m.Length == 0 {
				continue
			}
			from := forward(m.Index)
			found = append(found, match{from, forward(m.Index + m.Length)})
		}
		return found
	}, nil
}

// byteLevel are the characters that stand for bytes: those that can be seen stand for themselves, the others for the next free ones.
var byteLevel = func() (characters [256]string) {
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if !(r >= '!' && r <= '~' || r >= '¡' && r <= '¬' || r >= '®' && r <= 'ÿ') {
			r = next
			next++
		}
		characters[b] = string(r)
	}
	return characters
}()

// toByteLevel writes each byte of a text as a character.
func toByteLevel(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteString(byteLevel[text[i]])
	}
	return b.String()
}
