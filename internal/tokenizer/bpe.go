package tokenizer

import (
	"container/heap"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// bpe is byte-pair encoding: a piece begins as its characters, and of the neighbours that may be merged, those of the least rank are, until none
// is left. See Sennrich, Haddow and Birch, Neural Machine Translation of Rare Words with Subword Units, 2016.
type bpe struct {
	vocab        map[string]int32
	merges       map[uint64]merge // by the two tokens
	unknown      *int32           // the token for what is in no other; nil if there is none
	fuseUnknown  bool             // neighbours that are unknown are one token
	byteFallback bool             // what is unknown becomes its bytes, if these are tokens
	ignoreMerges bool             // a piece that is a token is that one
	prefix       string           // of characters behind the first
	suffix       string           // of the last character
}

// merge is what two tokens become, and the rank that decides who comes first.
type merge struct{ rank, token int32 }

func pairOf(a, b int32) uint64 { return uint64(uint32(a))<<32 | uint64(uint32(b)) }

func (m *bpe) encode(to []int32, piece string) []int32 {
	if token, isToken := m.vocab[piece]; isToken && (m.ignoreMerges || utf8.RuneCountInString(piece) == 1 && m.suffix == "") {
		return append(to, token)
	}
	return m.merged(to, m.characters(piece))
}

// characters returns the tokens that a piece begins as.
func (m *bpe) characters(piece string) []int32 {
	tokens := make([]int32, 0, len(piece))
	for at, r := range piece {
		end := at + utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size := utf8.DecodeRuneInString(piece[at:])
			end = at + size
		}
		character := piece[at:end]
		named := character
		if at > 0 {
			named = m.prefix + named
		}
		if end == len(piece) {
			named += m.suffix
		}
		if token, ok := m.vocab[named]; ok {
			tokens = append(tokens, token)
			continue
		}
		if m.byteFallback {
			if bytes, ok := bytesOf(m.vocab, character); ok {
				tokens = append(tokens, bytes...)
				continue
			}
		}
		if m.unknown != nil && !(m.fuseUnknown && len(tokens) > 0 && tokens[len(tokens)-1] == *m.unknown) {
			tokens = append(tokens, *m.unknown)
		}
	}
	return tokens
}

// bytesOf returns the tokens of a character's bytes, if there are all.
func bytesOf(vocab map[string]int32, character string) ([]int32, bool) {
	tokens := make([]int32, len(character))
	for i := range tokens {
		token, ok := vocab[fmt.Sprintf("<0x%02X>", character[i])]
		if !ok {
			return nil, false
		}
		tokens[i] = token
	}
	return tokens, true
}

// candidate is a merge that may be made: of the token at a place and the next one.
type candidate struct {
	merge
	at          int32
	left, right int32
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

// merged appends the tokens that are left when all merges are made. It writes over tokens.
func (m *bpe) merged(to, tokens []int32) []int32 {
	next, before := make([]int32, len(tokens)), make([]int32, len(tokens))
	var open candidates
	offer := func(at int32) {
		if at < 0 || int(next[at]) >= len(tokens) {
			return
		}
		left, right := tokens[at], tokens[next[at]]
		if made, ok := m.merges[pairOf(left, right)]; ok {
			heap.Push(&open, candidate{made, at, left, right})
		}
	}
	for i := range tokens {
		next[i], before[i] = int32(i+1), int32(i-1)
	}
	for i := range tokens {
		offer(int32(i))
	}
	const gone = -2
	for len(open) > 0 {
		c := heap.Pop(&open).(candidate)
		if tokens[c.at] != c.left || int(next[c.at]) >= len(tokens) || tokens[next[c.at]] != c.right {
			continue // one of the two has been merged meanwhile
		}
		second := next[c.at]
		tokens[c.at], tokens[second] = c.token, gone
		next[c.at] = next[second]
		if int(next[second]) < len(tokens) {
			before[next[second]] = c.at
		}
		offer(before[c.at])
		offer(c.at)
	}
	for _, token := range tokens {
		if token != gone {
			to = append(to, token)
		}
	}
	return to
}

func (m *bpe) words() vocabularyWords { return wordsOf(m.vocab, m.suffix) }

// vocabularyWords are the words of letters a-z that a vocabulary has.
type vocabularyWords struct {
	words   []string // in the order of their numbers
	crosses bool     // a token goes from one word into the next
}

// wordsOf returns the words of a vocabulary, without what marks their beginning or end.
func wordsOf(vocab map[string]int32, suffix string) vocabularyWords {
	type numbered struct {
		word   string
		number int32
	}
	var found []numbered
	var all vocabularyWords
	for token, number := range vocab {
		word := strings.TrimSuffix(token, suffix)
		for _, mark := range wordMarks {
			word = strings.TrimPrefix(word, mark)
			for at := strings.Index(word, mark); at > 0 && !all.crosses; at = -1 {
				all.crosses = word[at-1] >= 'a' && word[at-1] <= 'z'
			}
		}
		if isWord(word) {
			found = append(found, numbered{word, number})
		}
	}
	slices.SortFunc(found, func(a, b numbered) int { return int(a.number) - int(b.number) })
	for _, f := range found {
		all.words = append(all.words, f.word)
	}
	return all
}

// wordMarks are what a word's first token begins with.
var wordMarks = []string{"Ġ", "▁", " "}

// isWord reports whether a text is a word that texts are made of: it needs no escape in any format.
func isWord(word string) bool {
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
