package inputs

// ServerCache are the inputs that describe the cache of a server, of every command that takes them.
type ServerCache struct {
	Server         Value[string] `env:"SERVER" value:"NAME" group:"Cache of a server" help:"the server's cache: \"vllm\", \"vllm-shm\", \"vllm-encoder\", \"sglang\", \"sglang-encoder\", \"dynamo\", \"dynamo-aggregated\", \"trtllm\", \"trtllm-older\" or \"lru\""`
	CacheGiB       Value[GiB]    `env:"CACHE_GIB" value:"GIB" group:"Cache of a server" help:"size of the server's cache in GiB; by default the server's own default"`
	CacheTokens    Value[int64]  `env:"CACHE_TOKENS" value:"N" group:"Cache of a server" help:"size of vLLM's encoder cache in tokens, for \"vllm-encoder\" and \"dynamo-aggregated\""`
	Model          Value[string] `env:"MODEL" value:"MODEL" group:"Cache of a server" help:"folder of the model, whose config.json and preprocessor_config.json say what an image takes: Qwen-VL, LLaVA-1.5, Gemma 3"`
	BytesPerImage  Value[Bytes]  `env:"BYTES_PER_IMAGE" value:"BYTES" group:"Cache of a server" help:"in place of model: bytes that an image takes in the server's cache, like 4194304 or 4MiB"`
	TokensPerImage Value[int64]  `env:"TOKENS_PER_IMAGE" value:"N" group:"Cache of a server" help:"in place of model: tokens that an image becomes; by default they follow from image-size and patch"`
	ImageSize      Value[Size]   `env:"IMAGE_SIZE" value:"WxH" group:"Cache of a server" runner:"512x512" help:"size of an image in pixels, for its number of tokens; one number makes a square"`
	Patch          Value[int64]  `env:"PATCH" value:"PIXELS" group:"Cache of a server" help:"in place of model: side in pixels of the square that becomes one token, 28 for Qwen2.5-VL, 32 for Qwen3-VL"`
	ModelHidden    Value[int64]  `env:"MODEL_HIDDEN" value:"H" group:"Cache of a server" help:"in place of model: hidden size of the language model, for caches of embeddings"`
	DeepStack      Value[int64]  `env:"DEEPSTACK" value:"LEVELS" group:"Cache of a server" help:"in place of model: extra vectors that the model keeps for each token (DeepStack levels); by default 3 with patch 32, else 0"`
	PixelBytes     Value[int64]  `env:"PIXEL_BYTES" value:"N" group:"Cache of a server" help:"bytes of a number in vLLM's processor cache: 1 by default for Qwen-VL, 2 with vLLM's --no-mm-device-do-normalize, 4 for a float32 model"`
}

// Capacity are the inputs of capacity, which says what a server's cache holds.
type Capacity struct {
	ServerCache
	JSON Value[bool] `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print one JSON document in place of text"`

	Settings
}
