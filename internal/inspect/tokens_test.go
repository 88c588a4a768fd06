package inspect

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/tokenizer"
)

func qwen(t *testing.T) *tokenizer.Tokenizer {
	t.Helper()
	data, err := os.ReadFile("../tokenizer/testdata/qwen.json")
	if err != nil {
		t.Fatal(err)
	}
	of, err := tokenizer.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return of
}

// tokensOf is the plain twin of what is counted: a map of the beginnings of texts.
func tokensOf(of *tokenizer.Tokenizer, requests [][]string) Tokens {
	var want Tokens
	want.Shared.Block = 16
	begun := map[string]bool{}
	var counts []int64
	for _, texts := range requests {
		var ids []int32
		for _, text := range texts {
			ids = of.Encode(ids, text)
		}
		counts = append(counts, int64(len(ids)))
		want.Total += int64(len(ids))
		hits := int64(0)
		for end := 16; end <= len(ids); end += 16 {
			if begun[fmt.Sprint(ids[:end])] {
				hits = int64(end)
			}
		}
		for end := 16; end <= len(ids); end += 16 {
			begun[fmt.Sprint(ids[:end])] = true
		}
		want.Shared.Hits += hits
		if hits > 0 {
			want.Shared.Requests++
		}
	}
	slices.Sort(counts)
	n := len(counts)
	want.Requests, want.Least, want.Most = int64(n), counts[0], counts[n-1]
	want.Mean = float64(want.Total) / float64(n)
	want.P50, want.P99 = counts[(n+1)/2-1], counts[(n*99+99)/100-1]
	want.Shared.HitRate = float64(want.Shared.Hits) / float64(want.Total)
	return want
}

// Texts are found wherever rows of a kind have them, in lines that are read in one piece and in many.
func TestTokensOfRows(t *testing.T) {
	t.Parallel()
	of := qwen(t)
	for kind, rows := range map[string][]func(texts []string) any{
		"single_turn": {
			func(texts []string) any { return map[string]any{"texts": texts, "image": "http://h/a.png"} },
			func(texts []string) any {
				return map[string]any{"texts": []any{map[string]any{"name": "not this", "contents": texts}}}
			},
			func(texts []string) any { return map[string]any{"text": strings.Join(texts, "\n"), "role": "user"} },
			func(texts []string) any {
				return map[string]any{"text": "not this", "extra": map[string]any{"messages": messages(texts)}}
			},
		},
		"raw_payload": {func(texts []string) any { return map[string]any{"model": "not this", "messages": messages(texts)} }},
		"mooncake_trace": {func(texts []string) any {
			return map[string]any{"payload": map[string]any{"messages": messages(texts)}}
		}},
		"batch": {func(texts []string) any {
			return map[string]any{"custom_id": "not this", "method": "POST", "url": "/v1/chat/completions", "body": map[string]any{"messages": messages(texts)}}
		}},
		"custom_image": {
			func(texts []string) any {
				return map[string]any{"prompt": strings.Join(texts, "\n"), "image_files": []string{"http://h/a.png"}}
			},
			func(texts []string) any {
				return map[string]any{"content": messages(texts)[0].(map[string]any)["content"]}
			},
		},
	} {
		for seed := range uint64(6) {
			random := rand.New(rand.NewPCG(seed, 7))
			var file strings.Builder
			var requests [][]string
			for range 1 + random.IntN(60) {
				var texts []string
				for i := range 1 + random.IntN(3) {
					texts = append(texts, strings.Repeat("A shared beginning \"of\" rows, ", 1+random.IntN(6))+fmt.Sprint(i, random.IntN(4), " ends hé日本\t🙂"))
				}
				shape := random.IntN(len(rows))
				line, err := json.Marshal(rows[shape](texts))
				if err != nil {
					t.Fatal(err)
				}
				file.Write(append(line, '\n'))
				if strings.HasPrefix(string(line), `{"role":"user","text":`) || strings.Contains(string(line), `"prompt"`) {
					texts = []string{strings.Join(texts, "\n")}
				}
				requests = append(requests, texts)
			}
			want := tokensOf(of, requests)
			for _, chunk := range []int{defaultLimits.chunk, 64} {
				small := defaultLimits
				small.chunk = chunk
				got := inspectText(t, file.String(), Options{Open: elsewhere, Tokenizer: of}, small)
				if got.Kind != kind || got.BadRowCount > 0 {
					t.Fatalf("a file of %s is read as %s: %v", kind, got.Kind, got.BadRows)
				}
				if *got.Tokens != want {
					t.Errorf("%s, seed %d, pieces of %d:\n%+v, want\n%+v", kind, seed, chunk, *got.Tokens, want)
				}
			}
		}
	}
}

// messages are those of a body: a text for the system, and the other ones as parts.
func messages(texts []string) []any {
	parts := []any{map[string]any{"type": "image_url", "image_url": map[string]any{"url": "http://h/a.png"}}}
	for _, text := range texts {
		parts = append(parts, map[string]any{"type": "text", "text": text})
	}
	return []any{map[string]any{"role": "user", "content": parts}}
}

// A key that comes twice counts as its last value does, and each turn of a conversation is counted for itself.
func TestTokensOfKeys(t *testing.T) {
	t.Parallel()
	of := qwen(t)
	for _, test := range []struct {
		file string
		want [][]string
	}{
		{`{"text":"not this one","text":"this"}`, [][]string{{"this"}}},
		{`{"texts":["not","these"],"texts":["this"]}`, [][]string{{"this"}}},
		{`{"messages":[{"role":"user","content":"not this"}],"messages":[{"role":"system","content":"first"},{"role":"user","content":[{"type":"text","text":"no","text":"second"}]}]}`,
			[][]string{{"first", "second"}}},
		{`{"messages":[{"role":"user","content":["no",{"text":"nor this"}],"content":"this"}]}`, [][]string{{"this"}}},
		{`{"session_id":"a","turns":[{"text":"one turn"},{"text":"another one"}]}`, [][]string{{"one turn"}, {"another one"}}},
		{`{"images":["http://h/a.png"]}`, [][]string{{}}},
		{`{"text":"a row that counts"}` + "\n" + `{"text":5}` + "\n" + `{"text":"bad JSON"`, [][]string{{"a row that counts"}}},
	} {
		got := inspectText(t, test.file, Options{Open: elsewhere, Tokenizer: of}, defaultLimits).Tokens
		want := tokensOf(of, test.want)
		if want.Total == 0 {
			want.Shared.HitRate = 0
		}
		if *got != want {
			t.Errorf("%s:\n%+v, want\n%+v", test.file, *got, want)
		}
	}
}

// A text that is too long to be held is left out, and said to be.
func TestTokensOfLongTexts(t *testing.T) {
	t.Parallel()
	of := qwen(t)
	long := strings.Repeat("word ", 2<<20)
	file := `{"text":"short"}` + "\n" + `{"text":"` + long + `"}` + "\n" + `{"texts":["` + long[:len(long)/2] + `","` + long[:len(long)/2] + `"]}` + "\n" + `{"text":"again"}`
	got := inspectText(t, file, Options{Open: elsewhere, Tokenizer: of}, defaultLimits)
	if got.BadRowCount > 0 || got.Requests != 4 || got.Tokens.Requests != 2 || got.Tokens.TooLong != 2 || got.Tokens.Total != int64(of.Count("short")+of.Count("again")) {
		t.Errorf("%d bad rows, %+v", got.BadRowCount, got.Tokens)
	}
}

// Beyond their bound blocks are not held, and the hits are a least number.
func TestTokensBounded(t *testing.T) {
	t.Parallel()
	tally := tokenTally{known: blockSet{most: 100}}
	for range 2 {
		for row := range uint64(150) {
			tally.add(rowTokens{count: 16, blocks: 1}, []uint64{row + 10})
		}
	}
	if got := tally.end(); got.Shared.Hits != 100*16 || !got.Shared.Bounded || got.Requests != 300 {
		t.Errorf("%+v", got)
	}
	tally = tokenTally{}
	for i := range 40 {
		tally.add(rowTokens{count: int32(1 << 20 * (1 + i/39))}, nil)
	}
	if got := tally.end(); got.P50 != 2<<20 || got.P99 != 2<<20 || len(tally.counts) > mostCounts {
		t.Errorf("%+v", got)
	}
}
