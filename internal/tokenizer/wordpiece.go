package tokenizer

import "unicode/utf8"

// wordPiece takes the longest token that a word begins with, and then of the rest. See Wu et al., Google's Neural Machine Translation System, 2016.
type wordPiece struct {
	vocab       *vocabulary
	prefix      string // of tokens behind the first of a word
	mostLetters int    // longer words are unknown
	unknown     int32
}

func (m *wordPiece) encode(to []int32, word string) []int32 {
	from := len(to)
	if utf8.RuneCountInString(word) > m.mostLetters {
		return append(to, m.unknown)
	}
	for begin := 0; begin < len(word); {
		end := len(word)
		for ; end > begin; end-- {
			token := word[begin:end]
			if begin > 0 {
				token = m.prefix + token
			}
			if number, ok := m.vocab.tokens.getString(token); ok && (end == len(word) || utf8.RuneStart(word[end])) {
				to = append(to, number)
				break
			}
		}
		if end == begin {
			return append(to[:from], m.unknown)
		}
		begin = end
	}
	return to
}

func (m *wordPiece) vocabulary() *vocabulary { return m.vocab }

// wordLevel has a token for each word, and one for all others.
type wordLevel struct {
	vocab   *vocabulary
	unknown *int32 // nil: a word that is not in the vocabulary is no token
}

func (m *wordLevel) encode(to []int32, word string) []int32 {
	if token, ok := m.vocab.tokens.getString(word); ok {
		return append(to, token)
	}
	if m.unknown != nil {
		to = append(to, *m.unknown)
	}
	return to
}

func (m *wordLevel) vocabulary() *vocabulary { return m.vocab }
