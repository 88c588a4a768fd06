package servers

import (
	"fmt"
	"strings"

	"mmjsonl/internal/replay"
)

// Profile is what is known of a cache: data, and the rule by which it works.
type Profile struct {
	Name  string // by which a user names it
	Title string // the server, and which of its caches
	Rule  replay.Rule
	Holds Content
	// Default is the cache's size in bytes if nothing is set, 0 if there is no cache then; and DefaultNote what else decides it, a sentence,
	// or "".
	Default     int64
	DefaultNote string
	Setting     string // what sets its size
	Evicts      string // in what order it works on a request, and what goes when there is no room
	Key         string // what makes two images the same
	Identity    Identity
	// Hits and Lookups are the server's counters, without the suffix _total that a /metrics page may add; Misses is in place of Lookups where
	// a server counts these. Empty: there is none.
	Hits, Lookups, Misses string
	Watch                 string // how hits are seen where there is no counter, a sentence; ""
	Multiplied            string // what makes several caches of one, a sentence; ""
	InFront               string // the cache that sees requests first, a sentence; ""
	Notes                 []string

	// entry is how many bytes stand around an item, by the bytes of its numbers.
	entry map[int64]int64
	// plain says that DeepStack's levels are not counted.
	plain bool
	// largest is the default of the largest item, for replay.Chunks.
	largest int64
}

// Content is what a cache stores of an image.
type Content int

const (
	Embeddings Content = iota // what the vision encoder made of it, for the language model; its size counts in bytes
	Pixels                    // the numbers that the encoder takes; in bytes
	Tokens                    // embeddings, whose size counts in tokens
)

// Identity is what makes two references the same image to a cache.
type Identity int

const (
	ByUUID    Identity = iota // the uuid, where there is one, whatever the image; else the content
	ByContent                 // the content, whatever its uuid
	ByURL                     // the string of the URL, whatever its uuid; of a data URI all of it
)

// The releases that were measured, or in TensorRT-LLM's case read.
const (
	vllmRelease   = "vLLM 0.32.0"
	sglangRelease = "SGLang 0.5.23"
	dynamoRelease = "Dynamo 1.6.1"
	trtllmRelease = "TensorRT-LLM main of autumn 2026"
)

// Releases are the releases that the profiles hold for.
var Releases = []string{vllmRelease, sglangRelease, dynamoRelease, trtllmRelease}

const (
	encodedKey   = "encoded bytes (blake3), or the uuid alone whatever the bytes"
	batchNote    = "It looks up the images of a prefill batch together: the figures are for a batch of one request."
	resetNote    = "With VLLM_SERVER_DEV_MODE=1, /reset_mm_cache, /reset_prefix_cache and /reset_encoder_cache empty the server's caches."
	prefixFront  = "The prefix cache (vllm:prefix_cache_queries and vllm:prefix_cache_hits): rows that begin alike are not looked up again."
	notAllFits   = "A request whose images do not fit into the cache together can fail."
	serversAPI   = "Each API server (--api-server-count) and each data-parallel engine has a cache of full size."
	perByRequest = "looks up all images of a request, makes them the newest, then stores the missing; the oldest go"
	hitsFirst    = "looks up the images of a request one by one, each hit becomes the newest; then stores the missing; the oldest go"
)

// Profiles returns the caches that are known.
func Profiles() []Profile {
	return []Profile{
		{
			Name:       "vllm",
			Title:      "vLLM, processor cache",
			Rule:       replay.ByRequest,
			Holds:      Pixels,
			Default:    4 * gib,
			Setting:    "--mm-processor-cache-gb",
			Evicts:     perByRequest,
			Key:        encodedKey,
			Hits:       "vllm:mm_cache_hits",
			Lookups:    "vllm:mm_cache_queries",
			Multiplied: serversAPI,
			Notes: []string{
				"An image that is new and stands twice in a request counts as 2 queries and 1 hit.",
				notAllFits,
				resetNote,
			},
		},
		{
			Name:        "vllm-shm",
			Title:       "vLLM, processor cache in shared memory",
			Rule:        replay.Chunks,
			Holds:       Pixels,
			Default:     4 * gib,
			DefaultNote: "Only with --mm-processor-cache-type shm.",
			Setting:     "--mm-processor-cache-gb",
			Evicts:      "stores images one behind the other; when it is full the oldest go, 2 × --mm-shm-cache-max-object-size-mb (128 MiB) at once",
			Key:         encodedKey,
			Hits:        "vllm:mm_cache_hits",
			Lookups:     "vllm:mm_cache_queries",
			Notes: []string{
				"An image that is new and stands twice in a request counts as 2 queries and 1 hit.",
				resetNote,
			},
			entry:   map[int64]int64{1: 191, 2: 194, 4: 193},
			largest: 128 * mib,
		},
		{
			Name:        "vllm-encoder",
			Title:       "vLLM, encoder cache on the GPU",
			Rule:        replay.ByReference,
			Holds:       Tokens,
			DefaultNote: "The greater of --max-num-batched-tokens and the tokens of the largest item of any modality allowed, video too.",
			Setting:     "--max-num-batched-tokens, or --limit-mm-per-prompt",
			Evicts:      "looks up and stores one image after the other; the oldest go",
			Key:         encodedKey,
			Watch:       "The log with --enable-logging-iteration-details: encoder inputs are the misses.",
			InFront:     prefixFront,
			Notes:       []string{resetNote},
		},
		{
			Name:        "sglang",
			Title:       "SGLang, embedding cache",
			Rule:        replay.HitsFirstOnce,
			Holds:       Embeddings,
			Default:     100 * mib,
			DefaultNote: "0 for Qwen3-VL on GPUs of 60 GB and more (SM90).",
			Setting:     "SGLANG_VLM_CACHE_SIZE_MB",
			Evicts:      hitsFirst,
			Key:         "the tensor that the encoder takes",
			Identity:    ByContent,
			Notes: []string{
				"An image that is new and stands twice in a request is encoded once.",
				batchNote,
			},
		},
		{
			Name:        "sglang-encoder",
			Title:       "SGLang, encode server",
			Rule:        replay.Tuple,
			Holds:       Embeddings,
			Default:     4 * gib,
			DefaultNote: "Only with --enable-prefix-mm-cache.",
			Setting:     "SGLANG_VLM_CACHE_SIZE_MB",
			Evicts:      "looks up all images of a request as one; the oldest requests go",
			Key:         "the tensors of all images of a request, in their order",
			Identity:    ByContent,
			Hits:        "sglang:encoder_cache_hit_files",
			Lookups:     "sglang:encoder_cache_total_files",
		},
		{
			Name:     "dynamo",
			Title:    "Dynamo with separate encode, prefill and decode",
			Rule:     replay.HitsFirst,
			Holds:    Embeddings,
			Setting:  "--multimodal-embedding-cache-capacity-gb",
			Evicts:   hitsFirst,
			Key:      "the string of the URL, a data URI as a whole",
			Identity: ByURL,
			Hits:     "dynamo_component_embedding_cache_hits",
			Misses:   "dynamo_component_embedding_cache_misses",
			Notes:    []string{"An image that is new and stands twice in a request counts as 2 misses."},
		},
		{
			Name:    "dynamo-aggregated",
			Title:   "Dynamo aggregated, behind vLLM's encoder cache",
			Rule:    replay.TwoTiers,
			Holds:   Embeddings,
			Setting: "--multimodal-embedding-cache-capacity-gb",
			Evicts:  "is asked for what vLLM's encoder cache does not hold; hits become the newest, then the missing are stored; the oldest go",
			Key:     "decoded pixels, or the uuid",
			Hits:    "dynamo_component_embedding_cache_hits",
			Misses:  "dynamo_component_embedding_cache_misses",
			InFront: "vLLM's encoder cache on the GPU (vllm-encoder): the counters are about what it missed.",
			Notes:   []string{"An image counts as tokens × hidden size × 2 bytes, without DeepStack's levels, which are stored all the same."},
			plain:   true,
		},
		{
			Name:        "trtllm",
			Title:       "TensorRT-LLM, embedding cache",
			Rule:        replay.HitsFirst,
			Holds:       Embeddings,
			Default:     128 * mib,
			DefaultNote: "Only for models that have opted in.",
			Setting:     "multimodal_config.encoder_cache_max_bytes",
			Evicts:      hitsFirst,
			Key:         "decoded pixels (blake3), or the uuid",
			Watch:       "Hits are in debug logs.",
			Multiplied:  "Each rank has a cache of full size.",
			Notes:       []string{"An image that is new and stands twice in a request counts as 2 misses."},
		},
		{
			Name:   "trtllm-older",
			Title:  "TensorRT-LLM before, embedding cache",
			Rule:   replay.AllOrNone,
			Holds:  Embeddings,
			Evicts: "reuses images only if all of their request are there; the oldest go",
			Key:    "decoded pixels (blake3), or the uuid",
			Watch:  "Hits are in debug logs.",
		},
		{
			Name:   "lru",
			Title:  "plain LRU cache",
			Rule:   replay.ByReference,
			Holds:  Embeddings,
			Evicts: "looks up and stores one image after the other; the oldest go",
			Key:    "as rows name it",
		},
	}
}

// Find returns the profile of a name.
func Find(name string) (Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

const (
	mib = 1 << 20
	gib = 1 << 30
)

// NeedsSize reports whether the cache's rule says nothing of a capacity in images alone.
func (p Profile) NeedsSize() bool { return p.Rule == replay.Chunks || p.Rule == replay.TwoTiers }

// Names are the names of all profiles, in their order.
func Names() []string {
	var names []string
	for _, p := range Profiles() {
		names = append(names, p.Name)
	}
	return names
}

// NameList are the names in words.
func NameList() string { return strings.Join(Names(), ", ") }

// Counters are the names to compare with, hits first, in both spellings: as the server's own pages have them, and with _total as metrics do.
func (p Profile) Counters() []string {
	var names []string
	for _, name := range []string{p.Hits, p.Lookups, p.Misses} {
		if name != "" {
			names = append(names, name, name+"_total")
		}
	}
	return names
}

// SizeWords say how large the cache is if nothing is set, and what sets its size.
func (p Profile) SizeWords() string {
	var words []string
	switch {
	case p.Default >= gib:
		words = append(words, fmt.Sprintf("%d GiB", p.Default/gib))
	case p.Default > 0:
		words = append(words, fmt.Sprintf("%d MiB", p.Default/mib))
	case p.Setting != "" && p.DefaultNote == "":
		words = append(words, "off unless set")
	}
	if p.Setting != "" {
		words = append(words, "set by "+p.Setting)
	}
	if p.DefaultNote != "" {
		words = append(words, lower(strings.TrimSuffix(p.DefaultNote, ".")))
	}
	return strings.Join(words, "; ")
}

// CounterWords say where hits are seen.
func (p Profile) CounterWords() string {
	switch {
	case p.Hits == "" && p.Watch == "":
		return "no counter"
	case p.Hits == "":
		return lower(strings.TrimSuffix(p.Watch, "."))
	case p.Misses != "":
		return p.Hits + ", " + p.Misses + " (also with _total)"
	}
	return p.Hits + " of " + p.Lookups + " (also with _total)"
}
