package inputs

// Inspect are the inputs of inspect, which shows what files do to caches.
type Inspect struct {
	CacheImages Value[Numbers] `env:"CACHE_IMAGES" value:"IMAGES" group:"Caches" help:"cache capacities in images, like 50,200: shows what an LRU cache of each hits"`
	Concurrency Value[int64]   `env:"CONCURRENCY, default=1" value:"W" group:"Caches" help:"requests in flight: shows the range of hit rates if each request is at most W-1 places out of order"`
	Replicas    Value[int64]   `env:"REPLICAS, default=1" value:"R" group:"Caches" help:"servers behind a round robin: shows what each of them hits"`

	RequestCount       Value[int64] `env:"REQUEST_COUNT" value:"N" group:"How the file is sent" help:"requests that the client sends behind the warm-up: it stops before the file's end, or starts again at its beginning; by default the file is sent once"`
	WarmupRequestCount Value[int64] `env:"WARMUP_REQUEST_COUNT" value:"N" group:"How the file is sent" help:"requests that the client sends before it measures, from the file's beginning"`
	FixedSchedule      Value[bool]  `env:"FIXED_SCHEDULE, default=false" value:"BOOL" group:"How the file is sent" help:"the client sends rows by their timestamps"`
	LookForFiles       Value[bool]  `env:"LOOK_FOR_FILES, default=true" value:"BOOL" group:"How the file is sent" help:"look for the local images and videos that rows name, as the client would; false where they are on another machine"`

	ServerCache

	Tokenizer Value[string] `env:"TOKENIZER" value:"FILE|DIR" group:"Texts" help:"a model's tokenizer.json, or its folder: counts the tokens of texts, and those that requests begin with in common"`

	Report Value[string] `env:"REPORT" value:"FILE" group:"Output" help:"also write an HTML page with the hit rate curve, of several files side by side"`
	JSON   Value[bool]   `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print one JSON document in place of text"`

	Settings
}
