package servers

// Server is a kind of server's cache of images.
type Server struct {
	Name         string   // by which a user asks for it
	Title        string   // the server and, where there are several, which of its caches
	DefaultBytes int64    // of the cache if nothing else is set; 0 if there is no cache then
	Setting      string   // what sets its size; "" if that was not looked up
	Holds        Content  // what is stored of an image
	Policy       string   // which image goes when there is no room
	Key          string   // what makes two images the same
	Counters     []string // metrics to compare a hit rate with, hits first; none if the server has none
	Notes        []string // sentences on what else is known to differ from an LRU cache that is looked up request by request
}

const (
	mib = 1 << 20
	gib = 1 << 30
)

// All returns the servers that are known.
func All() []Server {
	return []Server{
		{
			Name:         "vllm",
			Title:        "vLLM, processor cache",
			DefaultBytes: 4 * gib,
			Setting:      "--mm-processor-cache-gb",
			Holds:        Pixels,
			Policy:       "least recently used, a request's images looked up before any is stored; with the shm variant first in, first out",
			Key:          "the image's encoded bytes, or its uuid",
			Counters:     []string{"vllm:mm_cache_hits", "vllm:mm_cache_queries"},
			Notes: []string{
				"The counters are the processor cache's alone, not those of prefix caching or of the encoder cache on the GPU.",
				"An image that is new and stands twice in a request counts as 2 queries and 1 hit.",
			},
		},
		{
			Name:         "sglang",
			Title:        "SGLang, embedding cache",
			DefaultBytes: 100 * mib,
			Setting:      "SGLANG_VLM_CACHE_SIZE_MB",
			Holds:        Embeddings,
			Policy:       "least recently used, by bytes",
			Key:          "the image's pixels as the model takes them",
			Notes: []string{
				"The default size is 0 for some models and GPUs.",
				"Only the encoder-only server counts hits.",
				"An image that is new and stands twice in a request is encoded once if both are in one prefill batch.",
			},
		},
		{
			Name:     "dynamo",
			Title:    "Dynamo with separate encode, prefill and decode, embedding cache",
			Setting:  "--multimodal-embedding-cache-capacity-gb",
			Holds:    Embeddings,
			Policy:   "least recently used, by bytes",
			Key:      "the string of the image's URL",
			Counters: []string{"dynamo_component_embedding_cache_hits_total", "dynamo_component_embedding_cache_misses_total"},
			Notes: []string{
				"An image that is new and stands twice in a request counts as 2 misses.",
				"Aggregated serving is another cache, behind vLLM's encoder cache on the GPU: it sees only what that missed.",
			},
		},
		{
			Name:         "trtllm",
			Title:        "TensorRT-LLM, embedding cache",
			DefaultBytes: 128 * mib,
			Holds:        Embeddings,
			Policy:       "least recently used, by bytes",
			Key:          "the decoded image, or its uuid",
			Notes: []string{
				"The cache's size is for each rank.",
				"Hits are seen in debug logs only.",
				"An image that is new and stands twice in a request counts as 2 misses.",
			},
		},
	}
}

// Named returns the server of a name.
func Named(name string) (Server, bool) {
	for _, s := range All() {
		if s.Name == name {
			return s, true
		}
	}
	return Server{}, false
}
