package servers

import (
	"os"
	"strings"
	"testing"

	"mmjsonl/internal/problem"
)

// nothing is what a user who gives no input says.
func nothing() Inputs {
	return Inputs{CacheBytes: -1, CacheTokens: -1, BytesPerImage: -1, TokensPerImage: -1, Hidden: -1, DeepStack: -1, Patch: -1, PixelBytes: -1}
}

const models = "../model/testdata/"

// TestResolve: how many images a cache holds, of the weights that were measured in servers.
// resolveInputs resolves inputs whose model, if there is one, is a folder as this process sees it.
func resolveInputs(in Inputs, problems *problem.List) *Cache {
	if in.Model != "" {
		in.Folder = os.DirFS(in.Model)
	}
	return Resolve(in, problems)
}

func TestResolve(t *testing.T) {
	for name, test := range map[string]struct {
		set           func(*Inputs)
		weight        int64
		images, bytes int64 // bytes: of an image
	}{
		"vllm, Qwen3-VL":         {func(in *Inputs) { in.Server, in.Model, in.Width, in.Height = "vllm", models+"qwen3", 512, 512 }, 1_572_888, 2730, 1_572_888},
		"vllm, Qwen2.5-VL":       {func(in *Inputs) { in.Server, in.Model, in.Width, in.Height = "vllm", models+"qwen2_5", 512, 512 }, 1_524_120, 2817, 1_524_120},
		"vllm, without a folder": {func(in *Inputs) { in.Server, in.Patch, in.Width, in.Height = "vllm", 32, 512, 512 }, 1_572_888, 2730, 1_572_888},
		"vllm, least pixels":     {func(in *Inputs) { in.Server, in.Model, in.Width, in.Height = "vllm", models+"qwen3", 16, 16 }, 393_240, 10922, 393_240},
		"vllm, bf16": {func(in *Inputs) {
			in.Server, in.Model, in.Width, in.Height, in.PixelBytes = "vllm", models+"qwen3", 512, 512, 2
		}, 3_145_752, 1365, 3_145_752},
		"vllm, float32": {func(in *Inputs) {
			in.Server, in.Model, in.Width, in.Height, in.PixelBytes = "vllm", models+"qwen3", 512, 512, 4
		}, 6_291_480, 682, 6_291_480},
		"vllm, LLaVA":     {func(in *Inputs) { in.Server, in.Model = "vllm", models+"llava" }, 677_376, 6340, 677_376},
		"vllm, Gemma":     {func(in *Inputs) { in.Server, in.Model = "vllm", models+"gemma3" }, 4_816_896, 891, 4_816_896},
		"vllm, 1 GiB":     {func(in *Inputs) { in.Server, in.BytesPerImage, in.CacheBytes = "vllm", 1000, gib }, 1000, 1_073_741, 1000},
		"vllm-shm":        {func(in *Inputs) { in.Server, in.Model, in.Width, in.Height = "vllm-shm", models+"qwen3", 512, 512 }, 1_573_079, 2730, 1_573_079},
		"vllm-shm, large": {func(in *Inputs) { in.Server, in.BytesPerImage = "vllm-shm", 128<<20+9 }, 128<<20 + 9, 0, 128<<20 + 9},
		"vllm-encoder": {func(in *Inputs) {
			in.Server, in.Model, in.Width, in.Height, in.CacheTokens = "vllm-encoder", models+"qwen3", 512, 512, 8192
		}, 256, 32, 0},
		"vllm-encoder, tokens": {func(in *Inputs) { in.Server, in.TokensPerImage, in.CacheTokens = "vllm-encoder", 64, 2048 }, 64, 32, 0},
		"sglang":               {func(in *Inputs) { in.Server, in.Model, in.Width, in.Height = "sglang", models+"qwen3", 512, 512 }, 8 * mib, 12, 8 * mib},
		"sglang, Qwen2.5-VL":   {func(in *Inputs) { in.Server, in.Model, in.Width, in.Height = "sglang", models+"qwen2_5", 512, 512 }, 2_322_432, 45, 2_322_432},
		"sglang-encoder": {func(in *Inputs) {
			in.Server, in.Model, in.Width, in.Height = "sglang-encoder", models+"qwen3", 512, 512
		}, 8 * mib, 512, 8 * mib},
		"dynamo": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.Hidden, in.Patch, in.Width, in.Height = "dynamo", 8*gib, 2048, 32, 512, 512
		}, 4 * mib, 2048, 4 * mib},
		"dynamo, levels": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.Hidden, in.TokensPerImage, in.DeepStack = "dynamo", gib, 2048, 256, 1
		}, 2 * mib, 512, 2 * mib},
		"dynamo-aggregated": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens, in.Model, in.Width, in.Height = "dynamo-aggregated", gib, 8192, models+"qwen3", 512, 512
		}, 256, 512, 2 * mib}, // a quarter of sglang's
		"dynamo-aggregated, hidden": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens, in.Hidden, in.TokensPerImage = "dynamo-aggregated", gib, 8192, 4096, 256
		}, 256, 512, 2 * mib},
		"dynamo-aggregated, bytes": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens, in.BytesPerImage, in.TokensPerImage = "dynamo-aggregated", gib, 8192, 2*mib, 256
		}, 256, 512, 2 * mib},
		"trtllm": {func(in *Inputs) { in.Server, in.Model, in.Width, in.Height = "trtllm", models+"qwen3", 512, 512 }, 8 * mib, 16, 8 * mib},
		"lru":    {func(in *Inputs) { in.Server, in.CacheBytes, in.BytesPerImage = "lru", 100, 33 }, 33, 3, 33},
	} {
		in := nothing()
		test.set(&in)
		in.HasImageSize = in.Width != 0
		var problems problem.List
		c := resolveInputs(in, &problems)
		if c == nil || len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		weight, ok := c.Same()
		if !ok || weight != test.weight || c.Images(weight) != test.images || c.InBytes(weight) != test.bytes {
			t.Errorf("%s: %d images of %d, %d bytes; want %d of %d, %d bytes", name, c.Images(weight), weight, c.InBytes(weight), test.images, test.weight, test.bytes)
		}
	}
}

// TestResolveSizes: each image weighs what its own size says.
func TestResolveSizes(t *testing.T) {
	in := nothing()
	in.Server, in.Model, in.SizesKnown = "vllm", models+"qwen3", true
	var problems problem.List
	c := resolveInputs(in, &problems)
	if c == nil {
		t.Fatal(problems)
	}
	if weight, ok := c.Same(); ok {
		t.Errorf("all images weigh %d", weight)
	}
	for _, test := range []struct{ width, height, weight int64 }{{512, 512, 1_572_888}, {1024, 1024, 6_291_480}, {16, 16, 393_240}} {
		if weight, err := c.Weight(test.width, test.height); err != nil || weight != test.weight {
			t.Errorf("%+v: %d, %v", test, weight, err)
		}
	}
	if weight, err := c.Weight(1, 201); err == nil {
		t.Errorf("an image of 1x201 weighs %d", weight)
	}
}

// TestResolveRejects: every input is used or a problem, and a problem is said once.
func TestResolveRejects(t *testing.T) {
	for name, test := range map[string]struct {
		set  func(*Inputs)
		want []string // a part of each problem
	}{
		"none":          {func(*Inputs) {}, nil},
		"no server":     {func(in *Inputs) { in.CacheTokens, in.Model = 0, "m" }, []string{"cache-tokens is about the cache of a server: name the server by server, one of vllm,", "model is about"}},
		"unknown":       {func(in *Inputs) { in.Server = "ollama" }, []string{`server "ollama" is not known: give one of vllm, vllm-shm, vllm-encoder, sglang`}},
		"a cache of 0":  {func(in *Inputs) { in.Server, in.CacheBytes, in.BytesPerImage = "vllm", 0, 5 }, []string{"cache-gib 0 is out of range: give more than 0"}},
		"0 tokens":      {func(in *Inputs) { in.Server, in.CacheTokens, in.TokensPerImage = "vllm-encoder", 0, 5 }, []string{"cache-tokens 0 is out of range: give a number from 1"}},
		"no size":       {func(in *Inputs) { in.Server, in.BytesPerImage = "dynamo", 5 }, []string{"off unless --multimodal-embedding-cache-capacity-gb is set: give the size that you start it with by cache-gib"}},
		"no size known": {func(in *Inputs) { in.Server, in.BytesPerImage = "lru", 5 }, []string{"the size of the plain LRU cache is not known: give it by cache-gib"}},
		"no tokens":     {func(in *Inputs) { in.Server, in.TokensPerImage = "vllm-encoder", 5 }, []string{"needs cache-tokens: its size is the greater of --max-num-batched-tokens and the tokens"}},
		"no tokens in front": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.BytesPerImage, in.TokensPerImage = "dynamo-aggregated", gib, 10, 5
		}, []string{"needs cache-tokens: vLLM's encoder cache is in front of it"}},
		"tokens for bytes": {func(in *Inputs) { in.Server, in.CacheTokens, in.BytesPerImage = "vllm", 5, 5 }, []string{"cache-tokens does not apply to vLLM, processor cache: its size is in bytes"}},
		"bytes for tokens": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens, in.TokensPerImage = "vllm-encoder", gib, 5, 5
		}, []string{"cache-gib does not apply to vLLM, encoder cache on the GPU: its size is in tokens"}},
		"no item":             {func(in *Inputs) { in.Server = "vllm" }, []string{"what an image takes in vLLM, processor cache is not known: give model, the model's folder, or bytes-per-image"}},
		"no item in tokens":   {func(in *Inputs) { in.Server, in.CacheTokens = "vllm-encoder", 5 }, []string{"give model, the model's folder, or tokens-per-image"}},
		"no embedding":        {func(in *Inputs) { in.Server = "sglang" }, []string{"holds embeddings, and their size is not known: give model, or model-hidden with patch or tokens-per-image, or bytes-per-image"}},
		"pixels of hidden":    {func(in *Inputs) { in.Server, in.Hidden, in.Patch, in.Width, in.Height = "vllm", 5, 32, 8, 8 }, []string{"model-hidden does not apply to vLLM, processor cache: it holds pixels, not embeddings"}},
		"embeddings of bytes": {func(in *Inputs) { in.Server, in.PixelBytes, in.BytesPerImage = "sglang", 1, 5 }, []string{"pixel-bytes does not apply to SGLang, embedding cache: it holds embeddings, not pixels"}},
		"levels not counted": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens, in.Hidden, in.TokensPerImage, in.DeepStack = "dynamo-aggregated", gib, 5, 5, 5, 3
		}, []string{"deepstack does not apply to Dynamo aggregated, behind vLLM's encoder cache: it does not count DeepStack's levels"}},
		"twice":            {func(in *Inputs) { in.Server, in.BytesPerImage, in.Patch, in.Width, in.Height = "vllm", 5, 28, 5, 5 }, []string{"patch adds nothing to bytes-per-image: give one of them", "image-size adds nothing"}},
		"twice, model":     {func(in *Inputs) { in.Server, in.Model, in.BytesPerImage, in.Hidden = "vllm", models+"llava", 5, 5 }, []string{"bytes-per-image adds nothing to model", "model-hidden adds nothing"}},
		"fixed size":       {func(in *Inputs) { in.Server, in.Model, in.Width, in.Height = "vllm", models+"llava", 5, 5 }, []string{"image-size does not apply to vLLM, processor cache: every image of this model takes the same"}},
		"no image size":    {func(in *Inputs) { in.Server, in.Model = "vllm", models+"qwen3" }, []string{"the size of an image is not known: give image-size, or bytes-per-image"}},
		"impossible image": {func(in *Inputs) { in.Server, in.Patch, in.Width, in.Height = "vllm", 32, 1, 201 }, []string{"image-size cannot be used: an image of 1x201 pixels is rejected"}},
		"patch":            {func(in *Inputs) { in.Server, in.Patch, in.Width, in.Height = "vllm", 14, 8, 8 }, []string{"patch 14 is not known: give 28 for Qwen2.5-VL, 32 for Qwen3-VL"}},
		"pixel bytes": {func(in *Inputs) { in.Server, in.Patch, in.Width, in.Height, in.PixelBytes = "vllm", 32, 8, 8, 3 },
			[]string{"pixel-bytes 3 is not known: give 1 (bytes, as vLLM by default), 2 (bf16, with --no-mm-device-do-normalize) or 4"}},
		"no folder": {func(in *Inputs) { in.Server, in.Model = "vllm", "nowhere%d" }, []string{`model "nowhere%d" cannot be used: failed to read the model's config.json: no such file`}},
		"nothing":   {func(in *Inputs) { in.Server, in.BytesPerImage = "vllm", 0 }, []string{"bytes-per-image 0 is out of range: give a number from 1"}},
		"not by token": {func(in *Inputs) {
			in.Server, in.CacheBytes, in.CacheTokens, in.BytesPerImage, in.TokensPerImage = "dynamo-aggregated", gib, 5, 11, 5
		}, []string{"bytes-per-image 11 is not a whole number of bytes for each of 5 tokens"}},
	} {
		in := nothing()
		test.set(&in)
		in.HasImageSize = in.Width != 0
		var problems problem.List
		if c := resolveInputs(in, &problems); c != nil {
			t.Errorf("%s: %+v", name, c)
		}
		if len(problems) != len(test.want) {
			t.Errorf("%s: %d problems, want %d:\n%v", name, len(problems), len(test.want), problems)
			continue
		}
		for i, want := range test.want {
			if text := problems[i].Text(func(n problem.Name) string { return string(n) }); !strings.Contains(text, want) {
				t.Errorf("%s: %q, want %q", name, text, want)
			}
		}
	}
}

// TestResolveUnreadable: an input that could not be read, and is 0, is a problem already.
func TestResolveUnreadable(t *testing.T) {
	in := nothing()
	in.Server, in.Patch, in.HasImageSize, in.Width, in.Height = "vllm", 0, true, 8, 8
	var problems problem.List
	problems.Add("patch", "it cannot be read")
	if c := resolveInputs(in, &problems); c != nil || len(problems) != 1 {
		t.Errorf("%+v, %v", c, problems)
	}
}
