package tokenizer

// Tokenizer counts tokens. It is not safe for several goroutines: it remembers the pieces that it has met.
type Tokenizer struct {
	added     addedTokens
	normalize []normalizer
	split     []splitter
	model     model
	known     map[string]int // how many tokens a piece is
}

// model encodes a piece.
type model interface {
	// count returns how many tokens a piece is.
	count(piece string) int
	// words returns the words that its vocabulary has.
	words() vocabularyWords
}

// piece is a part of a text.
type piece struct {
	text    string
	isFirst bool // the text begins with it
}

// mostKnown bounds how many pieces are remembered.
const mostKnown = 1 << 20

// Count returns how many tokens a text is, without special tokens around it.
func (t *Tokenizer) Count(text string) int {
	n := 0
	for _, raw := range t.added.cut(text, false) {
		if raw.isToken {
			n++
			continue
		}
		normal := raw.text
		for _, normalize := range t.normalize {
			normal = normalize(normal)
		}
		for i, part := range t.added.cut(normal, true) {
			if part.isToken {
				n++
			} else {
				n += t.countPieces(part.text, raw.isFirst && i == 0)
			}
		}
	}
	return n
}

// countPieces returns how many tokens a normalized text without added tokens is.
func (t *Tokenizer) countPieces(text string, isFirst bool) int {
	if text == "" {
		return 0
	}
	pieces := []piece{{text, isFirst}}
	for _, split := range t.split {
		var finer []piece
		for _, p := range pieces {
			finer = split(finer, p)
		}
		pieces = finer
	}
	n := 0
	for _, p := range pieces {
		if p.text == "" {
			continue
		}
		count, isKnown := t.known[p.text]
		if !isKnown {
			count = t.model.count(p.text)
			if len(t.known) < mostKnown && len(p.text) < 100 {
				t.known[p.text] = count
			}
		}
		n += count
	}
	return n
}
