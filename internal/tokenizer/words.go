package tokenizer

import (
	"fmt"
	"slices"
)

// LeastWords is how many words of one token a vocabulary needs.
const LeastWords = 16

// Words returns words of one token each, at the beginning of a text and after a space, whatever word is before: n words joined by single spaces are
// n tokens. There are 16, 32, 64, 128 or 256, in alphabetical order: those that are preferred, then those that the vocabulary has first. Fewer than 16
// are an error.
func (t *Tokenizer) Words(preferred []string) ([]string, error) {
	const most = 256
	vocabulary := t.model.vocabulary()
	theirs := vocabulary.words()
	var words []string
	isOpen := map[string]bool{} // what is not in the vocabulary may be one unknown token
	for _, word := range theirs {
		isOpen[word] = true
	}
	for _, word := range slices.Concat(preferred, theirs) {
		if len(words) < most && isOpen[word] && t.Count(word) == 1 && t.Count(word+" "+word) == 2 {
			words = append(words, word)
			isOpen[word] = false
		}
	}
	if len(words) < LeastWords {
		return nil, fmt.Errorf("it has %d words of 3 to 12 letters a-z that are one token each at the beginning of a text and after a space, and %d are needed",
			len(words), LeastWords)
	}
	size := LeastWords
	for size*2 <= len(words) {
		size *= 2
	}
	words = words[:size]
	slices.Sort(words)
	if vocabulary.crosses {
		return words, t.checkPairs(words)
	}
	return words, nil
}

// checkPairs returns an error if two words beside each other are not two tokens.
func (t *Tokenizer) checkPairs(words []string) error {
	for _, first := range words {
		for _, second := range words {
			if n := t.Count(first + " " + second); n != 2 {
				return fmt.Errorf("its tokens go across words: %q is %d of them", first+" "+second, n)
			}
		}
	}
	return nil
}
