package tokenizer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/buger/jsonparser"
)

// MostBytes is the largest tokenizer.json that is read.
const MostBytes = 256 << 20

// modelSpec is what tokenizer.json says of a model, beside its vocabulary and merges.
type modelSpec struct {
	Type                    string
	UnkToken                *string  `json:"unk_token"`
	UnkID                   *int     `json:"unk_id"`
	ContinuingSubwordPrefix string   `json:"continuing_subword_prefix"`
	EndOfWordSuffix         string   `json:"end_of_word_suffix"`
	FuseUnk                 bool     `json:"fuse_unk"`
	ByteFallback            bool     `json:"byte_fallback"`
	IgnoreMerges            bool     `json:"ignore_merges"`
	Dropout                 *float64 `json:"dropout"`
	MaxInputCharsPerWord    int      `json:"max_input_chars_per_word"`

	vocab, merges []byte
}

// Read reads a tokenizer.json. The error is about the file, and names no path.
//
// Vocabulary and merges are most of a file, hundreds of thousands of short texts. Each is read by a processor of its own, as is the digest.
func Read(data []byte) (*Tokenizer, error) {
	t := &Tokenizer{known: map[string][]int32{}}
	var digesting sync.WaitGroup
	digesting.Go(func() { t.digest = sha256.Sum256(data) })
	defer digesting.Wait()
	var added []addedToken
	var normalize *normalizerSpec
	var split *splitterSpec
	var spec *modelSpec
	err := jsonparser.ObjectEach(data, func(key, value []byte, kind jsonparser.ValueType, _ int) error {
		switch string(key) {
		case "added_tokens":
			return json.Unmarshal(value, &added)
		case "normalizer":
			return json.Unmarshal(value, &normalize)
		case "pre_tokenizer":
			return json.Unmarshal(value, &split)
		case "model":
			spec = &modelSpec{}
			return spec.unmarshal(value, kind)
		}
		return nil
	})
	if err != nil {
		return nil, errors.New("it is not a tokenizer.json: its JSON is not complete, or has values of other kinds")
	}
	if spec == nil || len(spec.vocab) == 0 {
		return nil, errors.New("it is not a tokenizer.json: it has no model with a vocabulary")
	}
	t.added = newAdded(added)
	if normalize != nil {
		if t.normalize, err = normalize.read(nil); err != nil {
			return nil, err
		}
	}
	if split != nil {
		if t.split, err = split.read(nil); err != nil {
			return nil, err
		}
	}
	t.model, err = spec.read()
	return t, err
}

// unmarshal reads what tokenizer.json says of a model.
func (s *modelSpec) unmarshal(data []byte, kind jsonparser.ValueType) error {
	if kind != jsonparser.Object {
		return errors.New("its model is not an object")
	}
	var others []string
	err := jsonparser.ObjectEach(data, func(key, value []byte, kind jsonparser.ValueType, _ int) error {
		switch string(key) {
		case "vocab":
			s.vocab = value
		case "merges":
			s.merges = value
		default:
			if kind == jsonparser.String {
				value = slices.Concat([]byte{'"'}, value, []byte{'"'})
			}
			others = append(others, strconv.Quote(string(key))+":"+string(value))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte("{"+strings.Join(others, ",")+"}"), s)
}

func (s *modelSpec) read() (model, error) {
	if s.Type == "Unigram" {
		return s.readUnigram()
	}
	var merges *index
	var noMerges error
	var merging sync.WaitGroup
	merging.Go(func() { merges, noMerges = readMerges(s.merges) })
	vocab, err := readVocab(s.vocab, s.EndOfWordSuffix)
	merging.Wait()
	if err != nil {
		return nil, fmt.Errorf("its vocabulary does not map tokens to numbers: %w", err)
	}
	var unknown *int32
	if s.UnkToken != nil {
		if token, ok := vocab.tokens.getString(*s.UnkToken); ok {
			unknown = &token
		}
	}
	switch {
	case s.Type == "WordLevel":
		return &wordLevel{vocab, unknown}, nil
	case s.Type == "WordPiece":
		m := &wordPiece{vocab: vocab, prefix: cmp.Or(s.ContinuingSubwordPrefix, "##"), mostLetters: cmp.Or(s.MaxInputCharsPerWord, 100), unknown: -1}
		if unknown != nil {
			m.unknown = *unknown
		}
		return m, nil
	case s.Type == "BPE" || s.Type == "" && len(s.merges) > 0:
		if s.Dropout != nil && *s.Dropout > 0 {
			return nil, errors.New("its model drops merges at random (dropout), so that a text has no certain number of tokens")
		}
		m := &bpe{vocab: vocab, merges: merges, fuseUnknown: s.FuseUnk, byteFallback: s.ByteFallback, ignoreMerges: s.IgnoreMerges,
			prefix: s.ContinuingSubwordPrefix, suffix: s.EndOfWordSuffix}
		if unknown != nil {
			m.unknown = &symbol{*s.UnkToken, *unknown}
		}
		return m, noMerges
	}
	return nil, fmt.Errorf("its model %q is not known", s.Type)
}

// What an entry of a vocabulary or a merge takes in a file, about, to make room for all.
const (
	usualEntry = 20
	usualMerge = 32
)

func readVocab(data []byte, suffix string) (*vocabulary, error) {
	vocab := &vocabulary{tokens: newIndex(len(data) / usualEntry), suffix: []byte(suffix)}
	err := jsonparser.ObjectEach(data, func(key, value []byte, _ jsonparser.ValueType, _ int) error {
		number, err := jsonparser.ParseInt(value)
		if err != nil || number < 0 || number > math.MaxInt32 {
			return fmt.Errorf("%.40q is not a number", value)
		}
		vocab.add(key, int32(number))
		return nil
	})
	return vocab, err
}

var errNoPairs = errors.New("its merges are not pairs of tokens")

// readMerges reads the ranks of merges: pairs, or texts of two tokens with a space between. Whether these are tokens shows when they are met.
func readMerges(data []byte) (*index, error) {
	if len(data) == 0 {
		return newIndex(0), nil
	}
	merges := newIndex(len(data) / usualMerge)
	var room, key []byte
	rank := int32(0)
	var fault error
	_, err := jsonparser.ArrayEach(data, func(value []byte, kind jsonparser.ValueType, _ int, _ error) {
		if fault != nil {
			return
		}
		switch kind {
		case jsonparser.String:
			var text []byte
			text, room, fault = unescape(value, room)
			left, right, isPair := bytes.Cut(text, []byte(" "))
			if !isPair {
				fault = errNoPairs
			}
			key = append(append(append(key[:0], left...), between), right...)
		case jsonparser.Array:
			key, room, fault = readPair(key[:0], value, room)
		default:
			fault = errNoPairs
		}
		merges.set(key, rank)
		rank++
	})
	return merges, cmp.Or(fault, err)
}

// readPair appends the texts of a list of two, and what is between them. The room may be used, and is returned.
func readPair(to, data, room []byte) (key, _ []byte, _ error) {
	n := 0
	_, err := jsonparser.ArrayEach(data, func(value []byte, kind jsonparser.ValueType, _ int, _ error) {
		var text []byte
		var fault error
		text, room, fault = unescape(value, room)
		if n++; n > 2 || kind != jsonparser.String || fault != nil {
			n = 3
			return
		}
		if n == 2 {
			to = append(to, between)
		}
		to = append(to, text...)
	})
	if err != nil || n != 2 {
		return to, room, errNoPairs
	}
	return to, room, nil
}

// unescape returns the text of a JSON string, which is data itself if it has no escapes, and otherwise is in the room, which grows.
func unescape(data, room []byte) (text, _ []byte, _ error) {
	if bytes.IndexByte(data, '\\') < 0 {
		return data, room, nil
	}
	text, err := jsonparser.Unescape(data, room)
	return text, text[:cap(text)], err
}

func (s *modelSpec) readUnigram() (model, error) {
	var entries [][2]json.RawMessage
	if err := json.Unmarshal(s.vocab, &entries); err != nil {
		return nil, fmt.Errorf("its vocabulary is not a list of tokens and scores: %w", err)
	}
	m := &unigram{scores: make(map[string]float64, len(entries)), vocab: &vocabulary{tokens: newIndex(len(entries))}, byteFallback: s.ByteFallback, unknownToken: -1}
	if s.UnkID != nil {
		m.unknownToken = int32(*s.UnkID)
	}
	least := 0.0
	for id, entry := range entries {
		var token string
		var score float64
		if json.Unmarshal(entry[0], &token) != nil || json.Unmarshal(entry[1], &score) != nil {
			return nil, fmt.Errorf("entry %d of its vocabulary is not a token and a score", id)
		}
		m.vocab.add([]byte(token), int32(id))
		least = min(least, score)
		if token != "" && (s.UnkID == nil || id != *s.UnkID) {
			m.scores[token] = score
			m.longest = max(m.longest, len(token))
		}
	}
	m.unknown = least - unknownPenalty
	return m, nil
}
