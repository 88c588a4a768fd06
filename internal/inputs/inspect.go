package inputs

// Inspect are the inputs of inspect, which shows what files do to caches.
type Inspect struct {
	CacheImages Value[Numbers] `env:"CACHE_IMAGES" value:"IMAGES" group:"Caches" help:"cache capacities in images, like 50,200: shows what an LRU cache of each hits"`
	Concurrency Value[int64]   `env:"CONCURRENCY, default=1" value:"W" group:"Caches" help:"requests in flight: shows the range of hit rates if each request is at most W-1 places out of order"`
	Replicas    Value[int64]   `env:"REPLICAS, default=1" value:"R" group:"Caches" help:"servers behind a round robin: shows what each of them hits"`

	Server         Value[string] `env:"SERVER" value:"NAME" group:"Cache of a server" help:"compute the cache capacity of this server: \"vllm\", \"sglang\", \"dynamo\" or \"trtllm\""`
	CacheGiB       Value[GiB]    `env:"CACHE_GIB" value:"GIB" group:"Cache of a server" help:"size of the server's cache in GiB; by default the server's own default"`
	BytesPerImage  Value[Bytes]  `env:"BYTES_PER_IMAGE" value:"BYTES" group:"Cache of a server" help:"bytes that an image takes in the server's cache, like 4194304 or 4MiB; by default they follow from the model's figures"`
	ModelHidden    Value[int64]  `env:"MODEL_HIDDEN" value:"H" group:"Cache of a server" help:"hidden size of the language model, for caches of embeddings"`
	DeepStack      Value[int64]  `env:"DEEPSTACK" value:"LEVELS" group:"Cache of a server" help:"extra vectors that the model keeps for each token (DeepStack levels); by default 3 with patch 32, else 0"`
	TokensPerImage Value[int64]  `env:"TOKENS_PER_IMAGE" value:"N" group:"Cache of a server" help:"tokens that an image becomes; by default they follow from image-size and patch"`
	ImageSize      Value[Size]   `env:"IMAGE_SIZE" value:"WxH" group:"Cache of a server" runner:"512x512" help:"size of an image in pixels, for its number of tokens; one number makes a square"`
	Patch          Value[int64]  `env:"PATCH" value:"PIXELS" group:"Cache of a server" help:"side in pixels of the square that becomes one token: 28 for Qwen2.5-VL, 32 for Qwen3-VL"`

	Report Value[string] `env:"REPORT" value:"FILE" group:"Output" help:"also write an HTML page with the hit rate curve; for one input file"`
	JSON   Value[bool]   `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print one JSON document in place of text"`
}
