package tokenizer

import "unicode/utf8"

// wordPiece takes the longest token that a word begins with, and then of the rest. See Wu et al., Google's Neural Machine Translation System, 2016.
type wordPiece struct {
	vocab       map[string]int32
	prefix      string // of tokens behind the first of a word
	mostLetters int    // longer words are unknown
}

func (m *wordPiece) count(word string) int {
	if utf8.RuneCountInString(word) > m.mostLetters {
		return 1
	}
	n := 0
	for begin := 0; begin < len(word); n++ {
		end := len(word)
		for ; end > begin; end-- {
			token := word[begin:end]
			if begin > 0 {
				token = m.prefix + token
			}
			if _, ok := m.vocab[token]; ok && (end == len(word) || utf8.RuneStart(word[end])) {
				break
			}
		}
		if end == begin {
			return 1 // the word is unknown
		}
		begin = end
	}
	return n
}

func (m *wordPiece) words() vocabularyWords { return wordsOf(m.vocab, "") }

// wordLevel has a token for each word, and one for all others.
type wordLevel struct {
	vocab   map[string]int32
	unknown bool
}

func (m *wordLevel) count(word string) int {
	if _, ok := m.vocab[word]; ok || m.unknown {
		return 1
	}
	return 0
}

func (m *wordLevel) words() vocabularyWords { return wordsOf(m.vocab, "") }
