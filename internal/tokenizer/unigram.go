package tokenizer

import (
	"math"
	"slices"
	"unicode/utf8"
)

// unigram is the model of SentencePiece that takes the most probable tokens. See Kudo, Subword Regularization, 2018.
type unigram struct {
	scores       map[string]float64 // logarithms of probabilities
	longest      int                // bytes of a token
	unknown      float64            // score of a character that is in no token
	byteFallback bool
	vocab        *vocabulary
	unknownToken int32
}

// unknownPenalty is how much less probable an unknown character is than the least probable token.
const unknownPenalty = 10

func (m *unigram) encode(to []int32, piece string) []int32 {
	type step struct {
		score   float64
		from    int
		unknown bool
	}
	best := make([]step, len(piece)+1)
	for i := 1; i <= len(piece); i++ {
		best[i] = step{score: math.Inf(-1), from: -1}
	}
	for from := 0; from < len(piece); {
		_, width := utf8.DecodeRuneInString(piece[from:])
		if best[from].from < 0 && from > 0 {
			from += width
			continue
		}
		single := false
		for to := from + width; to <= len(piece) && to-from <= m.longest; {
			if score, ok := m.scores[piece[from:to]]; ok {
				if total := best[from].score + score; total > best[to].score || best[to].from < 0 {
					best[to] = step{score: total, from: from}
				}
				single = single || to == from+width
			}
			if to == len(piece) {
				break
			}
			_, w := utf8.DecodeRuneInString(piece[to:])
			to += w
		}
		if to := from + width; !single {
			if total := best[from].score + m.unknown; total > best[to].score || best[to].from < 0 {
				best[to] = step{score: total, from: from, unknown: true}
			}
		}
		from += width
	}
	// Backwards: neighbours that are unknown are one token, unless they become their bytes.
	begin, run := len(to), ""
	flush := func() {
		if run == "" {
			return
		}
		if tokens, ok := bytesOf(m.vocab.tokens, run); m.byteFallback && ok {
			slices.Reverse(tokens)
			to = append(to, tokens...)
		} else {
			to = append(to, m.unknownToken)
		}
		run = ""
	}
	for at := len(piece); at > 0; at = best[at].from {
		if best[at].unknown {
			run = piece[best[at].from:at] + run
			continue
		}
		flush()
		token, _ := m.vocab.tokens.getString(piece[best[at].from:at])
		to = append(to, token)
	}
	flush()
	slices.Reverse(to[begin:])
	return to
}

func (m *unigram) vocabulary() *vocabulary { return m.vocab }
