package servers

import (
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/replay"
)

// TestProfiles holds the data to what was measured, and its sentences to being sentences.
func TestProfiles(t *testing.T) {
	type facts struct {
		rule    replay.Rule
		bytes   int64
		hits    string
		setting string
	}
	want := map[string]facts{
		"vllm":              {replay.ByRequest, 4 << 30, "vllm:mm_cache_hits", "--mm-processor-cache-gb"},
		"vllm-shm":          {replay.Chunks, 4 << 30, "vllm:mm_cache_hits", "--mm-processor-cache-gb"},
		"vllm-encoder":      {replay.ByReference, 0, "", "--max-num-batched-tokens, or --limit-mm-per-prompt"},
		"sglang":            {replay.HitsFirstOnce, 100 << 20, "", "SGLANG_VLM_CACHE_SIZE_MB"},
		"sglang-encoder":    {replay.Tuple, 4096 << 20, "sglang:encoder_cache_hit_files", "SGLANG_VLM_CACHE_SIZE_MB"},
		"dynamo":            {replay.HitsFirst, 0, "dynamo_component_embedding_cache_hits", "--multimodal-embedding-cache-capacity-gb"},
		"dynamo-aggregated": {replay.TwoTiers, 0, "dynamo_component_embedding_cache_hits", "--multimodal-embedding-cache-capacity-gb"},
		"trtllm":            {replay.HitsFirst, 128 << 20, "", "multimodal_config.encoder_cache_max_bytes"},
		"trtllm-older":      {replay.AllOrNone, 0, "", ""},
		"lru":               {replay.ByReference, 0, "", ""},
	}
	var names []string
	for _, p := range Profiles() {
		names = append(names, p.Name)
		if got := (facts{p.Rule, p.Default, p.Hits, p.Setting}); got != want[p.Name] {
			t.Errorf("%s: %+v, want %+v", p.Name, got, want[p.Name])
		}
		sentences := append(slices.Clone(p.Notes), p.DefaultNote, p.Watch, p.Multiplied, p.InFront)
		for _, s := range sentences {
			if s != "" && !strings.HasSuffix(s, ".") {
				t.Errorf("%s: %q is not a sentence", p.Name, s)
			}
		}
		if (p.Hits == "") != (p.Lookups+p.Misses == "") || p.Hits != "" && p.Watch != "" || p.Title == "" || p.Evicts == "" || p.Key == "" {
			t.Errorf("%s is incomplete: %+v", p.Name, p)
		}
		if found, ok := Find(p.Name); !ok || found.Title != p.Title {
			t.Errorf("%s is not found", p.Name)
		}
	}
	if len(names) != len(want) || !slices.Equal(names, Names()) {
		t.Errorf("profiles %q", names)
	}
	vllm, _ := Find("vllm")
	if got := vllm.Counters(); !slices.Equal(got, []string{"vllm:mm_cache_hits", "vllm:mm_cache_hits_total", "vllm:mm_cache_queries", "vllm:mm_cache_queries_total"}) {
		t.Errorf("counters %q", got)
	}
	if _, ok := Find("ollama"); ok {
		t.Error("a server that is not known")
	}
}
