package tokenizer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is cut out of the text before it is encoded.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only where no letter or digit is beside it
	LStrip     bool   `json:"lstrip"`      // takes the white space before it
	RStrip     bool   `json:"rstrip"`      // takes the white space behind it
	Normalized bool   `json:"normalized"`  // looked for in the normalized text
}

// addedTokens are the tokens to be cut out, by their first byte, the longest first.
type addedTokens [2][256][]addedToken // in the raw text, in the normalized one

// part is a part of a text: an added token, or what lies between two.
type part struct {
	text    string
	isToken bool
	isFirst bool
	id      int32 // of the added token
}

func newAdded(tokens []addedToken) addedTokens {
	var a addedTokens
	for _, token := range tokens {
		if token.Content == "" {
			continue
		}
		list := &a[boolIndex(token.Normalized)][token.Content[0]]
		*list = append(*list, token)
	}
	for _, lists := range a {
		for _, list := range lists {
			slices.SortStableFunc(list, func(a, b addedToken) int { return len(b.Content) - len(a.Content) })
		}
	}
	return a
}

func boolIndex(b bool) int {
	if b {
		return 1
	}
	return 0
}

// cut divides a text at the added tokens of one kind: the first that matches counts, and of several at one place the longest.
func (a *addedTokens) cut(text string, normalized bool) []part {
	lists := &a[boolIndex(normalized)]
	var parts []part
	begin := 0
	for at := 0; at < len(text); {
		token := matching(lists[text[at]], text, at)
		if token == nil {
			at++
			continue
		}
		from, to := at, at+len(token.Content)
		if token.LStrip {
			from = begin + len(strings.TrimRightFunc(text[begin:from], unicode.IsSpace))
		}
		if token.RStrip {
			to = len(text) - len(strings.TrimLeftFunc(text[to:], unicode.IsSpace))
		}
		if from > begin {
			parts = append(parts, part{text: text[begin:from], isFirst: begin == 0})
		}
		parts = append(parts, part{text: text[from:to], isToken: true, id: token.ID})
		begin, at = to, to
	}
	if begin < len(text) {
		parts = append(parts, part{text: text[begin:], isFirst: begin == 0})
	}
	return parts
}

// matching returns the token that stands at a place of a text, or nil.
func matching(tokens []addedToken, text string, at int) *addedToken {
	for i := range tokens {
		token := &tokens[i]
		if !strings.HasPrefix(text[at:], token.Content) {
			continue
		}
		if token.SingleWord {
			before, _ := utf8.DecodeLastRuneInString(text[:at])
			after, _ := utf8.DecodeRuneInString(text[at+len(token.Content):])
			if at > 0 && isWordRune(before) || at+len(token.Content) < len(text) && isWordRune(after) {
				continue
			}
		}
		return token
	}
	return nil
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
