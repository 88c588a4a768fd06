package servers

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	for _, test := range []struct{ width, height, patch, tokens int64 }{
		{512, 512, PatchQwen25, 324}, {512, 512, PatchQwen3, 256},
		{1024, 1024, PatchQwen25, 1369}, {1024, 1024, PatchQwen3, 1024},
		{1920, 1080, PatchQwen25, 2691}, {1920, 1080, PatchQwen3, 2040},
		{1080, 1920, PatchQwen25, 2691},
		{42, 70, PatchQwen25, 2 * 2}, // 1.5 and 2.5: halves to even
		{48, 112, PatchQwen3, 2 * 4}, // 1.5 and 3.5
		{1, 16, PatchQwen3, 1},       // never nothing
		{16384, 1, PatchQwen3, 512},
	} {
		if got := (Image{test.width, test.height, test.patch}).Tokens(); got != test.tokens {
			t.Errorf("%+v: %d tokens", test, got)
		}
	}
}

func TestEmbeddingBytes(t *testing.T) {
	for _, test := range []struct {
		patch, hidden, levels int64
		mib                   float64
	}{
		{PatchQwen25, 3584, 0, 2.21},
		{PatchQwen3, 4096, DeepStack, 8},
		{PatchQwen3, 2048, DeepStack, 4},
	} {
		bytes := EmbeddingBytes(Image{512, 512, test.patch}.Tokens(), test.hidden, test.levels)
		if got := float64(bytes) / mib; math.Abs(got-test.mib) > 0.005 {
			t.Errorf("%+v: %v MiB", test, got)
		}
	}
}

func TestPixelBytes(t *testing.T) {
	vllm, _ := Named("vllm")
	least, most := Image{512, 512, PatchQwen3}.PixelBytes()
	c := vllm.Capacity(vllm.DefaultBytes, least, most)
	if got := c.Images(); !slices.Equal(got, []int64{1365, 2730}) {
		t.Errorf("%v images of 512×512, want 1365 to 2730", got)
	}
}

func TestCapacity(t *testing.T) {
	for _, test := range []struct {
		server             string
		cache, least, most int64
		images             string
	}{
		{"sglang", 100 * mib, 8 * mib, 8 * mib, "[12]"},
		{"trtllm", 128 * mib, 8 * mib, 8 * mib, "[16]"},
		{"dynamo", 8 * gib, 4 * mib, 4 * mib, "[2048]"},
		{"dynamo", mib, 4 * mib, 4 * mib, "[0]"},
		{"vllm", 10, 3, 5, "[2 3]"},
		{"vllm", 10, 6, 7, "[1]"},
	} {
		s, ok := Named(test.server)
		if !ok {
			t.Fatalf("%s is not known", test.server)
		}
		c := s.Capacity(test.cache, test.least, test.most)
		if got := fmt.Sprint(c.Images()); got != test.images {
			t.Errorf("%+v: %s images", test, got)
		}
		if c.Server != test.server || c.CacheBytes != test.cache || c.LeastBytes != test.least || c.MostBytes != test.most {
			t.Errorf("%+v: %+v", test, c)
		}
	}
}

func TestAll(t *testing.T) {
	defaults := map[string]int64{"vllm": 4 << 30, "sglang": 100 << 20, "dynamo": 0, "trtllm": 128 << 20}
	hits := map[string]string{"vllm": "vllm:mm_cache_hits", "dynamo": "dynamo_component_embedding_cache_hits_total"}
	for _, s := range All() {
		size, ok := defaults[s.Name]
		delete(defaults, s.Name)
		if !ok || s.DefaultBytes != size || (s.Holds == Pixels) != (s.Name == "vllm") {
			t.Errorf("%+v", s)
		}
		if len(s.Counters) == 0 && hits[s.Name] != "" || len(s.Counters) > 0 && s.Counters[0] != hits[s.Name] {
			t.Errorf("%s: counters %q", s.Name, s.Counters)
		}
		for _, note := range s.Notes {
			if !strings.HasSuffix(note, ".") {
				t.Errorf("%s: %q is no sentence", s.Name, note)
			}
		}
	}
	if len(defaults) > 0 {
		t.Errorf("not known: %v", defaults)
	}
	if _, ok := Named("ollama"); ok {
		t.Error("a server that is not in the table")
	}
}
