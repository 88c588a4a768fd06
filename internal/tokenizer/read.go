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
// Vocabulary and merges are most of a file, hundreds of thousands of short texts, so they are taken from it in one pass each.
func Read(data []byte) (*Tokenizer, error) {
	t := &Tokenizer{known: map[string][]int32{}}
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

// Digest is the SHA-256 of a tokenizer.json.
func Digest(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

func (s *modelSpec) read() (model, error) {
	if s.Type == "Unigram" {
		return s.readUnigram()
	}
	vocab, err := readVocab(s.vocab)
	if err != nil {
		return nil, fmt.Errorf("its vocabulary does not map tokens to numbers: %w", err)
	}
	var unknown *int32
	if s.UnkToken != nil {
		if token, ok := vocab[*s.UnkToken]; ok {
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
		m := &bpe{vocab: vocab, unknown: unknown, fuseUnknown: s.FuseUnk, byteFallback: s.ByteFallback, ignoreMerges: s.IgnoreMerges,
			prefix: s.ContinuingSubwordPrefix, suffix: s.EndOfWordSuffix}
		return m, m.readMerges(s.merges)
	}
	return nil, fmt.Errorf("its model %q is not known", s.Type)
}

// leastEntry is the least that an entry of a vocabulary or a merge takes in a file, to make room for all.
const leastEntry = 12

func readVocab(data []byte) (map[string]int32, error) {
	vocab := make(map[string]int32, len(data)/leastEntry)
	err := jsonparser.ObjectEach(data, func(key, value []byte, _ jsonparser.ValueType, _ int) error {
		number, err := jsonparser.ParseInt(value)
		if err != nil || number < 0 || number > math.MaxInt32 {
			return fmt.Errorf("%.40q is not a number", value)
		}
		vocab[string(key)] = int32(number)
		return nil
	})
	return vocab, err
}

// readMerges reads the merges: pairs, or texts of two tokens with a space between.
func (m *bpe) readMerges(data []byte) error {
	m.merges = make(map[uint64]merge, len(data)/leastEntry)
	var joined, unescaped []byte
	var pair [2][]byte
	rank := int32(0)
	add := func(left, right []byte) error {
		first, ok := m.vocab[string(left)]
		second, ok2 := m.vocab[string(right)]
		joined = append(append(joined[:0], left...), bytes.TrimPrefix(right, []byte(m.prefix))...)
		whole, ok3 := m.vocab[string(joined)]
		if !ok || !ok2 || !ok3 {
			return fmt.Errorf("its merge of %.40q and %.40q is not of tokens", left, right)
		}
		m.merges[pairOf(first, second)] = merge{rank, whole}
		rank++
		return nil
	}
	var fault error
	_, err := jsonparser.ArrayEach(data, func(value []byte, kind jsonparser.ValueType, _ int, _ error) {
		if fault != nil {
			return
		}
		switch kind {
		case jsonparser.String:
			if unescaped, fault = jsonparser.Unescape(value, unescaped[:cap(unescaped)]); fault == nil {
				left, right, _ := bytes.Cut(unescaped, []byte(" "))
				fault = add(left, right)
			}
		case jsonparser.Array:
			if fault = readPair(value, &pair); fault == nil {
				fault = add(pair[0], pair[1])
			}
		default:
			fault = errors.New("its merges are not pairs of tokens")
		}
	})
	return cmp.Or(fault, err)
}

// readPair reads a list of two texts. What pair has is written over.
func readPair(data []byte, pair *[2][]byte) error {
	n := 0
	_, err := jsonparser.ArrayEach(data, func(value []byte, kind jsonparser.ValueType, _ int, _ error) {
		if n < len(pair) && kind == jsonparser.String {
			if unescaped, err := jsonparser.Unescape(value, pair[n][:cap(pair[n])]); err == nil {
				pair[n] = append(pair[n][:0], unescaped...)
				n++
				return
			}
		}
		n = len(pair) + 1
	})
	if err != nil || n != len(pair) {
		return errors.New("its merges are not pairs of tokens")
	}
	return nil
}

func (s *modelSpec) readUnigram() (model, error) {
	var entries [][2]json.RawMessage
	if err := json.Unmarshal(s.vocab, &entries); err != nil {
		return nil, fmt.Errorf("its vocabulary is not a list of tokens and scores: %w", err)
	}
	m := &unigram{scores: make(map[string]float64, len(entries)), vocab: make(map[string]int32, len(entries)), byteFallback: s.ByteFallback, unknownToken: -1}
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
		m.vocab[token] = int32(id)
		least = min(least, score)
		if token != "" && (s.UnkID == nil || id != *s.UnkID) {
			m.scores[token] = score
			m.longest = max(m.longest, len(token))
		}
	}
	m.unknown = least - unknownPenalty
	return m, nil
}
