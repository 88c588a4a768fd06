package servers

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"mmjsonl/internal/problem"
	"mmjsonl/internal/replay"
)

func resolve(t *testing.T, set func(*Inputs)) *Cache {
	t.Helper()
	in := nothing()
	set(&in)
	in.HasImageSize = in.Width != 0
	var problems problem.List
	c := resolveInputs(in, &problems)
	if c == nil {
		t.Fatal(problems)
	}
	return c
}

// TestReplayed: counters rise as the servers' do, and a cache behind another counts what that one missed.
func TestReplayed(t *testing.T) {
	counts := replay.Counts{Requests: 10, Lookups: 30, Hits: 18, Whole: 4, Front: 5}
	for name, test := range map[string]struct {
		cache *Cache
		want  map[string]int64
	}{
		"vllm": {resolve(t, func(in *Inputs) { in.Server, in.BytesPerImage = "vllm", 5 }), map[string]int64{"vllm:mm_cache_hits": 13, "vllm:mm_cache_queries": 25}},
		"dynamo-aggregated": {resolve(t, func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens, in.BytesPerImage, in.TokensPerImage = "dynamo-aggregated", 1000, 100, 10, 5
		}), map[string]int64{"dynamo_component_embedding_cache_hits": 13, "dynamo_component_embedding_cache_misses": 12}},
		"sglang": {resolve(t, func(in *Inputs) { in.Server, in.BytesPerImage = "sglang", 5 }), map[string]int64{}},
	} {
		r := test.cache.Replayed(counts, 30)
		if !maps.Equal(r.Counters, test.want) || r.HitRate != 0.6 || r.WholeRequestRate != 0.4 || r.Hits != 18 {
			t.Errorf("%s: %+v, want counters %v", name, r, test.want)
		}
	}
}

// TestDocument: numbers that differ from image to image are left out.
func TestDocument(t *testing.T) {
	for name, test := range map[string]struct {
		cache *Cache
		want  []string
		not   string
	}{
		"one size": {resolve(t, func(in *Inputs) { in.Server, in.BytesPerImage, in.CacheBytes = "vllm", 5, 4 }),
			[]string{`"cache_bytes":4`, `"bytes_per_image":5`, `"capacity_images":0`}, "tokens"},
		"sizes differ": {resolve(t, func(in *Inputs) { in.Server, in.Patch, in.SizesKnown = "vllm", 28, true }), []string{`"cache_bytes":4294967296`}, "per_image"},
		"tokens": {resolve(t, func(in *Inputs) { in.Server, in.TokensPerImage, in.CacheTokens = "vllm-encoder", 5, 52 }),
			[]string{`"cache_tokens":52`, `"tokens_per_image":5`, `"capacity_images":10`, `"counters":[]`, "encoder inputs are the misses"}, "_bytes"},
		"two": {resolve(t, func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens, in.BytesPerImage, in.TokensPerImage = "dynamo-aggregated", 1009, 23, 10, 5
		}), []string{`"cache_bytes":1009`, `"bytes_per_image":10`, `"tokens_per_image":5`, `"capacity_images":100`, `"capacity_images_in_front":4`}, "null"},
	} {
		text, err := json.Marshal(test.cache.Document())
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range test.want {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %s in %s", name, want, text)
			}
		}
		if strings.Contains(string(text), test.not) {
			t.Errorf("%s: %q in %s", name, test.not, text)
		}
	}
}
