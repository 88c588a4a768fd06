package tokenizer

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// PrefixBlock is how many tokens a block of vLLM's prefix cache has, unless it is told otherwise. It hits complete blocks alone.
const PrefixBlock = 16

// Tokenizer turns texts into tokens. It is not safe for several goroutines: it remembers the pieces that it has met.
type Tokenizer struct {
	added     addedTokens
	normalize []normalizer
	split     []splitter
	model     model
	digest    [sha256.Size]byte  // of its file
	known     map[string][]int32 // the tokens of pieces
	room      []int32            // for Count
}

// model encodes a piece.
type model interface {
	// encode appends the tokens of a piece.
	encode(to []int32, piece string) []int32
	vocabulary() *vocabulary
}

// piece is a part of a text.
type piece struct {
	text    string
	isFirst bool // the text begins with it
}

// mostKnown bounds how many pieces are remembered.
const mostKnown = 1 << 17

// Digest is the SHA-256 of its tokenizer.json.
func (t *Tokenizer) Digest() string { return fmt.Sprintf("%x", t.digest) }

// Count returns how many tokens a text is, without special tokens around it.
func (t *Tokenizer) Count(text string) int {
	t.room = t.Encode(t.room[:0], text)
	return len(t.room)
}

// Encode appends the tokens of a text, without special tokens around it. What is in no token of the vocabulary is the unknown token, and -1 if
// there is none but it counts.
func (t *Tokenizer) Encode(to []int32, text string) []int32 {
	for _, raw := range t.added.cut(text, false) {
		if raw.isToken {
			to = append(to, raw.id)
			continue
		}
		normal := raw.text
		for _, normalize := range t.normalize {
			normal = normalize(normal)
		}
		for i, part := range t.added.cut(normal, true) {
			if part.isToken {
				to = append(to, part.id)
			} else {
				to = t.encodePieces(to, part.text, raw.isFirst && i == 0)
			}
		}
	}
	return to
}

// encodePieces appends the tokens of a normalized text without added tokens.
func (t *Tokenizer) encodePieces(to []int32, text string, isFirst bool) []int32 {
	if text == "" {
		return to
	}
	pieces := []piece{{text, isFirst}}
	for _, split := range t.split {
		var finer []piece
		for _, p := range pieces {
			finer = split(finer, p)
		}
		pieces = finer
	}
	for _, p := range pieces {
		if p.text == "" {
			continue
		}
		if tokens, isKnown := t.known[p.text]; isKnown {
			to = append(to, tokens...)
			continue
		}
		from := len(to)
		to = t.model.encode(to, p.text)
		if len(t.known) < mostKnown && len(p.text) < 100 {
			t.known[strings.Clone(p.text)] = slices.Clone(to[from:])
		}
	}
	return to
}

// Clone returns a tokenizer for another goroutine, which shares the vocabulary.
func (t *Tokenizer) Clone() *Tokenizer {
	clone := *t
	clone.known, clone.room = map[string][]int32{}, nil
	return &clone
}
