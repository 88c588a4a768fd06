package tokenizer

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// kinds are tokenizers of every kind, trained by e2e/count_tokens.py.
var kinds = []string{"bert", "clip", "gpt2", "llama", "o200k", "qwen", "t5", "unigram", "words"}

func load(t testing.TB, kind string) *Tokenizer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", kind+".json"))
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := Read(data)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return tokenizer
}

// The library tokenizers counted the same.
func TestCountRecorded(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/recorded/counts.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Texts  []string
		Tokens map[string][]int
	}
	if err := json.Unmarshal(data, &recorded); err != nil || len(recorded.Texts) < 300 {
		t.Fatalf("%d texts are recorded, %v", len(recorded.Texts), err)
	}
	for _, kind := range kinds {
		tokenizer := load(t, kind)
		want := recorded.Tokens[kind+".json"]
		for i, text := range recorded.Texts {
			if got := tokenizer.Count(text); got != want[i] {
				t.Errorf("%s: %q is %d tokens, want %d", kind, text, got, want[i])
			}
		}
	}
}

// Words of one token each make texts of as many tokens, in any order.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		tokenizer := load(t, kind)
		words, err := tokenizer.Words([]string{"image", "zzzzzz"})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if n := len(words); n < 16 || n > 256 || n&(n-1) != 0 || !slices.IsSorted(words) || len(slices.Compact(slices.Clone(words))) != n {
			t.Errorf("%s: %d words: %q", kind, n, words)
		}
		if !slices.Contains(words, "image") || slices.Contains(words, "zzzzzz") {
			t.Errorf("%s: the one preferred is not among %q, or one that is no token", kind, words)
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 300 {
			n := 1 + random.IntN(50)
			text := make([]string, n)
			for i := range text {
				text[i] = words[random.IntN(len(words))]
			}
			if got := tokenizer.Count(strings.Join(text, " ")); got != n {
				t.Fatalf("%s: %q is %d tokens, want %d", kind, text, got, n)
			}
		}
	}
}

// document is a tokenizer.json around a model.
func document(model string) string {
	return `{"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"added_tokens":[],"model":` + model + `}`
}

func TestWordsRefused(t *testing.T) {
	t.Parallel()
	wordLevel := func(words string) string {
		var entries []string
		for i, word := range strings.Fields(words) {
			number, _ := json.Marshal(i)
			entries = append(entries, `"`+word+`":`+string(number))
		}
		return document(`{"type":"WordLevel","vocab":{` + strings.Join(entries, ",") + `}}`)
	}
	letters := func(n int) string {
		var words []string
		for i := range n {
			words = append(words, "word"+string(rune('a'+i)))
		}
		return strings.Join(words, " ")
	}
	crossing := `{"normalizer":{"type":"Replace","pattern":{"String":" "},"content":"▁"},"pre_tokenizer":null,"added_tokens":[],"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0]`
	for _, word := range strings.Fields(letters(16)) {
		crossing += `,["` + word + `",-3],["▁` + word + `",-3]`
	}
	crossing += `,["worda▁wordb",-1]]}}`
	for _, test := range []struct{ name, file, want string }{
		{"few", wordLevel("an the image Word été " + letters(13)), "it has 15 words"},
		{"across words", crossing, `its tokens go across words: "worda wordb" is 1`},
	} {
		tokenizer, err := Read([]byte(test.file))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if words, err := tokenizer.Words(nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %q, %v, want %q", test.name, words, err, test.want)
		}
	}
	tokenizer, err := Read([]byte(wordLevel(letters(25))))
	if err != nil {
		t.Fatal(err)
	}
	if words, err := tokenizer.Words(nil); err != nil || len(words) != 16 {
		t.Errorf("25 words make %d, %v, want 16", len(words), err)
	}
}

func TestReadRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, file, want string }{
		{"empty", "", "not a tokenizer.json"},
		{"other JSON", `{"model_type":"qwen3_vl"}`, "no model"},
		{"list", `[]`, "not a tokenizer.json"},
		{"model is a name", `{"model":"BPE"}`, "values of other kinds"},
		{"unknown model", document(`{"type":"Neural","vocab":{"a":1}}`), `model "Neural"`},
		{"unknown splitter", strings.Replace(document(`{"type":"WordLevel","vocab":{"a":1}}`), "WhitespaceSplit", "UnicodeScripts", 1), `"UnicodeScripts"`},
		{"unknown normalizer", strings.Replace(document(`{"type":"WordLevel","vocab":{"a":1}}`), `"normalizer":null`, `"normalizer":{"type":"Nmt"}`, 1), `"Nmt"`},
		{"dropout", document(`{"type":"BPE","dropout":0.1,"vocab":{"a":1,"b":2,"ab":3},"merges":["a b"]}`), "dropout"},
		{"merge of one", document(`{"type":"BPE","vocab":{"a":1,"b":2,"ab":3},"merges":["ab"]}`), "not pairs"},
		{"merge of numbers", document(`{"type":"BPE","vocab":{"a":1,"b":2,"ab":3},"merges":[1]}`), "not pairs"},
		{"merges of three", document(`{"type":"BPE","vocab":{"a":1,"b":2,"ab":3},"merges":[["a","b","c"]]}`), "not pairs"},
		{"text for a number", document(`{"type":"BPE","vocab":{"a":"x"},"merges":[]}`), "not a number"},
		{"scores missing", document(`{"type":"Unigram","vocab":[["a"]]}`), "not a token and a score"},
		{"pattern", strings.Replace(document(`{"type":"WordLevel","vocab":{"a":1}}`), `{"type":"WhitespaceSplit"}`, `{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}`, 1), "pattern"},
		{"characters map", strings.Replace(document(`{"type":"WordLevel","vocab":{"a":1}}`), `"normalizer":null`, `"normalizer":{"type":"Precompiled","precompiled_charsmap":"////fw=="}`, 1), "precompiled_charsmap"},
	} {
		if _, err := Read([]byte(test.file)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// Merges in every spelling are the same merges; one whose text is no token is never made. What is read stays as it is: its digest is that of the file.
func TestReadMerges(t *testing.T) {
	t.Parallel()
	for _, merges := range []string{
		`["a b","a \u0063","ab c"]`,
		`["a b","abc abcabcabc","ab \u0063","\u0061 c"]`,
		`[["a","b"],["\u0061","c"],["ab","\u0063"]]`,
		`["a b",["a","\u0063"],"ab c"]`,
	} {
		file := document(`{"type":"BPE","vocab":{"a":1,"b":2,"c":3,"ab":4,"abc":5},"merges":` + merges + `}`)
		data := []byte(file)
		tokenizer, err := Read(data)
		if err != nil {
			t.Errorf("%s: %v", merges, err)
			continue
		}
		for text, want := range map[string][]int32{"ab": {4}, "abc": {5}, "ac": {1, 3}, "abab": {4, 4}} {
			if got := tokenizer.Encode(nil, text); !slices.Equal(got, want) {
				t.Errorf("%s: %q is %d, want %d", merges, text, got, want)
			}
		}
		if want := fmt.Sprintf("%x", sha256.Sum256([]byte(file))); string(data) != file || tokenizer.Digest() != want {
			t.Errorf("%s: the file was written over, or its digest is %s and not %s", merges, tokenizer.Digest(), want)
		}
	}
}

// A hostile tokenizer.json is read or refused.
func FuzzRead(f *testing.F) {
	for _, kind := range kinds {
		data, err := os.ReadFile(filepath.Join("testdata", kind+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:2000], "a text")
	}
	f.Add([]byte(document(`{"type":"BPE","vocab":{"a":1,"b":2,"ab":3},"merges":["a b"]}`)), "ab ba")
	f.Add([]byte(strings.Replace(document(`{"type":"WordLevel","vocab":{"a":1}}`), `"normalizer":null`, `"normalizer":{"type":"Precompiled","precompiled_charsmap":"CAAAAAAAAAAAAAAAYQA="}`, 1)), "a b")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		if tokenizer, err := Read(data); err == nil {
			tokenizer.Count(text)
			_, _ = tokenizer.Words(nil)
		}
	})
}
