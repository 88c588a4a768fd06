package tokenizer

import (
	"bytes"
	"slices"
)

// vocabulary is the tokens of a model, and the words of letters a-z among them.
type vocabulary struct {
	tokens  *index
	suffix  []byte // of a word's last token
	found   []numberedWord
	crosses bool // a token goes from one word into the next
}

type numberedWord struct {
	word   string
	number int32
}

// wordMarks are what a word's first token begins with.
var wordMarks = [][]byte{[]byte("Ġ"), []byte("▁"), []byte(" ")}

func (v *vocabulary) add(token []byte, number int32) {
	v.tokens.set(token, number)
	v.crosses = v.crosses || hasMarkInside(token)
	word := bytes.TrimSuffix(token, v.suffix)
	for _, mark := range wordMarks {
		word = bytes.TrimPrefix(word, mark)
	}
	if isWord(word) {
		v.found = append(v.found, numberedWord{string(word), number})
	}
}

// words returns the words in the order of their numbers, without what marks their beginning or end.
func (v *vocabulary) words() []string {
	slices.SortFunc(v.found, func(a, b numberedWord) int { return int(a.number) - int(b.number) })
	words := make([]string, len(v.found))
	for i, f := range v.found {
		words[i] = f.word
	}
	return words
}

// hasMarkInside reports whether a token has, behind a letter a-z, what marks the beginning of a word.
func hasMarkInside(token []byte) bool {
	for i := 1; i < len(token); i++ {
		if token[i-1] < 'a' || token[i-1] > 'z' || token[i] >= 'a' && token[i] <= 'z' {
			continue
		}
		for _, mark := range wordMarks {
			if bytes.HasPrefix(token[i:], mark) {
				return true
			}
		}
	}
	return false
}

// isWord reports whether a text is a word that texts are made of: it needs no escape in any format.
func isWord(word []byte) bool {
	if len(word) < 3 || len(word) > 12 {
		return false
	}
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}
