package tokenizer

import (
	"container/heap"
	"fmt"
	"strings"
	"unicode/utf8"
)

// bpe is byte-pair encoding: a piece begins as its characters, and of the neighbours that may be merged, those of the least rank are, until none
// is left. See Sennrich, Haddow and Birch, Neural Machine Translation of Rare Words with Subword Units, 2016.
type bpe struct {
	vocab        *vocabulary
	merges       *index  // ranks, by the texts of the two tokens with between
	unknown      *symbol // the token for what is in no other; nil if there is none
	fuseUnknown  bool    // neighbours that are unknown are one token
	byteFallback bool    // what is unknown becomes its bytes, if these are tokens
	ignoreMerges bool    // a piece that is a token is that one
	prefix       string  // of characters behind the first
	suffix       string  // of the last character
}

// between stands between two texts. No text has it: it is in no UTF-8.
const between = 0xFF

// symbol is a token and its text.
type symbol struct {
	text  string
	token int32
}

func (m *bpe) encode(to []int32, piece string) []int32 {
	if token, isToken := m.vocab.tokens.getString(piece); isToken && (m.ignoreMerges || utf8.RuneCountInString(piece) == 1 && m.suffix == "") {
		return append(to, token)
	}
	return m.merged(to, m.characters(piece))
}

// characters returns the tokens that a piece begins as.
func (m *bpe) characters(piece string) []symbol {
	symbols := make([]symbol, 0, len(piece))
	for at, r := range piece {
		end := at + utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size := utf8.DecodeRuneInString(piece[at:])
			end = at + size
		}
		character := piece[at:end]
		named := character
		if at > 0 && m.prefix != "" {
			named = m.prefix + named
		}
		if end == len(piece) {
			named += m.suffix
		}
		if token, ok := m.vocab.tokens.getString(named); ok {
			symbols = append(symbols, symbol{named, token})
			continue
		}
		if m.byteFallback {
			if bytes, ok := bytesOf(m.vocab.tokens, character); ok {
				for i, token := range bytes {
					symbols = append(symbols, symbol{byteName(character[i]), token})
				}
				continue
			}
		}
		if m.unknown != nil && !(m.fuseUnknown && len(symbols) > 0 && symbols[len(symbols)-1].token == m.unknown.token) {
			symbols = append(symbols, *m.unknown)
		}
	}
	return symbols
}

// byteName is the text of the token of a byte.
func byteName(b byte) string { return fmt.Sprintf("<0x%02X>", b) }

// bytesOf returns the tokens of a character's bytes, if there are all.
func bytesOf(vocab *index, character string) ([]int32, bool) {
	tokens := make([]int32, len(character))
	for i := range tokens {
		token, ok := vocab.getString(byteName(character[i]))
		if !ok {
			return nil, false
		}
		tokens[i] = token
	}
	return tokens, true
}

// candidate is a merge that may be made: of the token at a place and the next one.
type candidate struct {
	rank, at           int32
	left, right, whole int32
}

type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	return c[i].rank < c[j].rank || c[i].rank == c[j].rank && c[i].at < c[j].at
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	old := *c
	last := old[len(old)-1]
	*c = old[:len(old)-1]
	return last
}

// join returns the text of two tokens.
func (m *bpe) join(left, right string) string { return left + strings.TrimPrefix(right, m.prefix) }

// merged appends the tokens that are left when all merges are made. It writes over symbols.
func (m *bpe) merged(to []int32, symbols []symbol) []int32 {
	next, before := make([]int32, len(symbols)), make([]int32, len(symbols))
	var open candidates
	var pair []byte
	offer := func(at int32) {
		if at < 0 || int(next[at]) >= len(symbols) {
			return
		}
		left, right := &symbols[at], &symbols[next[at]]
		pair = append(append(append(pair[:0], left.text...), between), right.text...)
		if rank, ok := m.merges.get(pair); ok {
			if whole, isToken := m.vocab.tokens.getString(m.join(left.text, right.text)); isToken {
				heap.Push(&open, candidate{rank, at, left.token, right.token, whole})
			}
		}
	}
	for i := range symbols {
		next[i], before[i] = int32(i+1), int32(i-1)
	}
	for i := range symbols {
		offer(int32(i))
	}
	const gone = -2
	for len(open) > 0 {
		c := heap.Pop(&open).(candidate)
		if symbols[c.at].token != c.left || int(next[c.at]) >= len(symbols) || symbols[next[c.at]].token != c.right {
			continue // one of the two has been merged meanwhile
		}
		second := next[c.at]
		symbols[c.at] = symbol{m.join(symbols[c.at].text, symbols[second].text), c.whole}
		symbols[second].token = gone
		next[c.at] = next[second]
		if int(next[second]) < len(symbols) {
			before[next[second]] = c.at
		}
		offer(before[c.at])
		offer(c.at)
	}
	for _, s := range symbols {
		if s.token != gone {
			to = append(to, s.token)
		}
	}
	return to
}

func (m *bpe) vocabulary() *vocabulary { return m.vocab }
