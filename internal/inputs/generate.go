package inputs

// Generate are the inputs of generate, which makes a file.
type Generate struct {
	Preset           Value[string]   `env:"PRESET" value:"NAME" group:"Requests" help:"values of other inputs by a documented kind of traffic, unless they are given: \"servegen\", \"azure-lmm\", \"computer-use\", \"document-qa\" or \"catalogue\"; print-config shows them"`
	NumRequests      Value[int64]    `env:"NUM_REQUESTS, default=500" short:"n" value:"N" group:"Requests" help:"rows in the file, at least 1"`
	ImagesPerRequest Value[Mix]      `env:"IMAGES_PER_REQUEST, default=3" value:"K" group:"Requests" help:"images in each row; 0 makes text-only rows, as a baseline. Or a mixture of IMAGES:WEIGHT, like 1:80,2:7,3:8,4:5, which divides the rows exactly by weight"`
	ImagesPool       Value[int64]    `env:"IMAGES_POOL" value:"P" group:"Requests" help:"distinct images to sample from, at least images-per-request; by default, or with 0, as many as the requested reuse or hit rate needs, else one for each image slot, so that no image repeats"`
	UserTextTokens   Value[int64]    `env:"USER_TEXT_TOKENS, default=300" value:"N" group:"Requests" help:"random words in each row; each word is one token in the usual vocabularies"`
	Tokenizer        Value[string]   `env:"TOKENIZER" value:"FILE|DIR" group:"Requests" help:"a model's tokenizer.json, or its folder: each word is one token in it, at the beginning of a text and after a space; by default words of the program's own list"`
	InputTokens      Value[int64]    `env:"INPUT_TOKENS" value:"N" group:"Requests" help:"tokens of each request, its images and template among them, in place of user-text-tokens: the text is as long as is left; needs model, a folder, or image-tokens, if there are images"`
	ImageTokens      Value[Sizes]    `env:"IMAGE_TOKENS" value:"WxH:N" group:"Requests" help:"for input-tokens, in place of model: tokens that an image of each image-size becomes, with those that mark it, like 512x512:256 or 1280x720:880,640x360:220"`
	TemplateTokens   Value[Template] `env:"TEMPLATE_TOKENS" value:"N" group:"Requests" help:"for input-tokens: tokens that the server's chat template puts around text and images. Those before and behind, like 3+5, also tell what the server counts as hits of its prefix cache"`
	PrefixTokens     Value[int64]    `env:"PREFIX_TOKENS" value:"N" group:"Requests" help:"tokens of text that the rows of a group share at their beginning, for the server's prefix (KV) cache"`
	Prefixes         Value[int64]    `env:"PREFIXES, default=1" value:"G" group:"Requests" help:"groups of rows that share their beginning"`
	PrefixPattern    Value[string]   `env:"PREFIX_PATTERN, default=uniform" value:"PATTERN" group:"Requests" help:"sizes of the groups: \"uniform\": a row is in each with the same chance; \"zipf\": in group i in proportion to 1/i"`
	TextAfterImages  Value[bool]     `env:"TEXT_AFTER_IMAGES, default=false" value:"BOOL" group:"Requests" help:"text behind the images, in formats that are bodies: a shared prefix of text then begins behind the images, and no prefix cache hits it unless they are the same"`
	Prompt           Value[Prose]    `env:"PROMPT" value:"TEXT" group:"Requests" help:"fixed text for every row, in place of random words"`
	Seed             Value[Seed]     `env:"SEED, default=42" value:"N" group:"Requests" help:"unsigned 64-bit number that decides every random choice; \"random\" draws one and reports it"`

	NumUsers      Value[int64]   `env:"NUM_USERS" value:"U" group:"Users" help:"users with sliding windows of images, in place of num-requests and images-pool: each user has a request in each turn, with one new image; for command sliding-window 10 by default"`
	TurnsPerUser  Value[Turns]   `env:"TURNS_PER_USER" value:"T" group:"Users" help:"requests of each user, a number or a distribution like output-tokens; with users 20 by default, in conversations 5"`
	WindowSize    Value[int64]   `env:"WINDOW_SIZE" value:"W" group:"Users" help:"images in each request of a user; with users 5 by default"`
	SharedImages  Value[int64]   `env:"SHARED_IMAGES" value:"S" group:"Users" help:"of these, images in front that are the same in the windows of all users, fewer than window-size"`
	ImagesPerTurn Value[Numbers] `env:"IMAGES_PER_TURN" value:"K" group:"Users" help:"new images in each turn of a conversation, in place of windows: one number, or a list by turn like 4,0,1, whose last number holds for all further turns. Each turn is sent with all turns before it (default 1 for command multi-turn)"`
	SessionID     Value[bool]    `env:"SESSION_ID" value:"BOOL" group:"Users" help:"rows of users have a session_id, by which aiperf sends a user's requests one after the other; false: rows are sent in the file's order; by default true, and with hit-rate false"`

	ReuseRate       Value[Rate]      `env:"REUSE_RATE" value:"RATE" group:"Reuse" help:"fraction of the image slots that repeat an earlier image, like 0.9 or 90%; in place of images-pool"`
	ReusePattern    Value[string]    `env:"REUSE_PATTERN, default=uniform" value:"PATTERN" group:"Reuse" help:"\"uniform\": every image of the pool is equally likely; \"steady\": first uses are spread evenly, so that an unlimited cache hits at the same rate from start to end; \"zipf\": some images are hot"`
	ZipfExponent    Value[float64]   `env:"ZIPF_EXPONENT, default=1" value:"S" group:"Reuse" help:"skew of the reuse pattern zipf, which uses the image of rank i in proportion to 1/i^S; from 0, all alike, to 10"`
	HitRate         Value[HitPoints] `env:"HIT_RATE" value:"RATE@IMAGES" group:"Reuse" help:"target hit rate of an LRU cache of IMAGES images, like 0.6@200, or of so many bytes, like 0.6@2GiB: without server or bytes-per-image, images take what their files have; several targets: 0.3@50,0.6@200,0.8@800. Without images-pool or reuse-rate, every miss past the last target is a new image. With users it decides when they return: windows reach such rates in steps, and the nearest is taken"`
	Server          Value[string]    `env:"SERVER" value:"NAME" group:"Reuse" help:"for hit rates of caches in bytes: the server's cache, one of those that inspect knows"`
	Model           Value[string]    `env:"MODEL" value:"MODEL" group:"Reuse" help:"the server's model as it was given to the server, a name or a folder: rows that are bodies name it, and for hit rates of caches in bytes a folder says what an image takes"`
	BytesPerImage   Value[Bytes]     `env:"BYTES_PER_IMAGE" value:"BYTES" group:"Reuse" help:"for hit rates of caches in bytes, in place of model: bytes that an image takes in the cache, like 4194304 or 4MiB"`
	ImageCacheBytes Value[Sizes]     `env:"IMAGE_CACHE_BYTES" value:"WxH:BYTES" group:"Reuse" help:"for hit rates of caches in bytes, in place of server and model: bytes that an image of each size takes in the cache, like 1280x720:7372800,640x360:1843200"`
	Concurrency     Value[int64]     `env:"CONCURRENCY, default=1" value:"W" group:"Reuse" help:"requests that the client keeps in flight; hit rate targets hold even if requests overtake each other by that many"`
	WarmUp          Value[string]    `env:"WARM_UP, default=spread" value:"WHERE" group:"Reuse" help:"where the first uses go: \"spread\" over the file, \"first\", into the first rows, which a measurement can leave out, or \"held-out:N\", over the file behind N more rows with images of their own, which leave the server warm and its cache cold"`

	Format          Value[string]  `env:"FORMAT, default=aiperf" value:"CLIENT" group:"Rows" help:"whose rows they are: \"aiperf\" (single_turn), \"raw-payload\" (chat bodies, for aiperf, SGLang, evalscope), \"mooncake\" (bodies, for aiperf), \"openai-batch\" (for vllm run-batch), \"vllm-custom-image\" (for vllm bench serve)"`
	ServedModelName Value[string]  `env:"SERVED_MODEL_NAME" value:"NAME" group:"Rows" help:"what bodies call the model, if the server was told another name than model"`
	MaxTokens       Value[int64]   `env:"MAX_TOKENS" value:"N" group:"Rows" help:"tokens that an answer has at most; by default, or with 0, rows do not say"`
	OutputTokens    Value[Lengths] `env:"OUTPUT_TOKENS" value:"TOKENS" group:"Rows" help:"exact length of each answer, in place of max-tokens: a number, normal:MEAN,DEVIATION, lognormal:MEAN,DEVIATION or uniform:LEAST-MOST; rows then tell the server to go on until it is reached (min_tokens, ignore_eos)"`
	RequestRate     Value[float64] `env:"REQUEST_RATE" value:"RATE" group:"Rows" help:"requests a second: rows then have the time at which they are sent, and aiperf sends them by --fixed-schedule"`
	Arrival         Value[Arrival] `env:"ARRIVAL, default=poisson" value:"HOW" group:"Rows" help:"how regular requests are at a request rate: \"constant\", \"poisson\", or gamma:CV with the coefficient of variation of the times between them"`
	Extra           Value[string]  `env:"EXTRA" value:"JSON" group:"Rows" help:"JSON object whose members go into each request's body, like {\"temperature\":0}"`
	UUID            Value[bool]    `env:"UUID, default=false" value:"BOOL" group:"Rows" help:"give each image a uuid, by which some servers tell images apart: uuid5 of what the row calls the image"`
	UUIDOf          Value[string]  `env:"UUID_OF" value:"WHAT" group:"Rows" help:"give each image a uuid, of its \"reference\", as uuid does, or of its \"content\": the same whatever rows call the image"`

	ImageMode       Value[string] `env:"IMAGE_MODE, default=base64" value:"MODE" group:"Images" help:"\"base64\": rows hold paths of local images, which aiperf reads and encodes; \"datauri\": rows hold the images themselves; \"http\": rows hold URLs, which the model server fetches"`
	ImageSize       Value[Sizes]  `env:"IMAGE_SIZE, default=512x512" value:"WxH" group:"Images" help:"size of generated images in pixels, each side from 1 to 16384, as JPEG to 65500; one number makes a square. Several sizes by weight: 1280x720:3,640x360:5"`
	PopularSizes    Value[bool]   `env:"POPULAR_SIZES, default=false" value:"BOOL" group:"Images" help:"with reuse pattern zipf, the images that are used most have the first of several sizes, the next ones the second, and so on, each size as many images as its weight says; by default sizes do not depend on popularity"`
	ImageFormat     Value[string] `env:"IMAGE_FORMAT, default=png" value:"FORMAT" group:"Images" help:"format of generated images: \"png\" or \"jpeg\"; \"mp4\": videos (H.264) in place of images"`
	ImageContent    Value[string] `env:"IMAGE_CONTENT" value:"CONTENT" group:"Images" help:"what generated images show: \"noise\", which nothing compresses, or \"photo\", which compresses as photographs do; by default noise in PNG and photo in JPEG"`
	ImageBytes      Value[Bytes]  `env:"IMAGE_BYTES" value:"BYTES" group:"Images" help:"length of each generated JPEG or MP4 file, met to the byte, like 55KiB; by default 1.1 to 1.9 bits a pixel, of a video 0.05 to 0.13 a frame, each image another number"`
	VideoFPS        Value[int64]  `env:"VIDEO_FPS, default=8" value:"N" group:"Images" help:"for image-format mp4: frames a second, from 1 to 240"`
	VideoSeconds    Value[int64]  `env:"VIDEO_SECONDS, default=4" value:"N" group:"Images" help:"length of each video in whole seconds, for image-format mp4"`
	ImagesFrom      Value[string] `env:"IMAGES_FROM" value:"DIR" group:"Images" help:"folder of your own images (PNG, JPEG; in data URIs and by URL also GIF and WebP) to use in place of generated ones, with the folders in it; files of the same content are one image"`
	ImageDir        Value[string] `env:"IMAGE_DIR" value:"DIR" group:"Images" help:"folder of generated images; by default a folder beside the output, named after size and seed; \"-\" writes no images, where rows name them by URLs that mmjsonl serve serves"`
	ImagePathPrefix Value[string] `env:"IMAGE_PATH_PREFIX" value:"PATH" group:"Images" help:"path to write in the rows in place of the image folder's, for a client that sees the folder elsewhere; by default the path that the next step sees"`

	COCOAnnotations Value[string] `env:"COCO_ANNOTATIONS, default=annotations/image_info_test2017.json" value:"FILE" group:"URLs (image-mode http)" help:"COCO image_info with the URLs to use: a JSON file, a zip that holds one, or the URL of either; the default file is downloaded if it is missing"`
	AllowLocalURLs  Value[bool]   `env:"ALLOW_LOCAL_URLS, default=false" value:"BOOL" group:"URLs (image-mode http)" help:"as an action: let coco-annotations be a URL of this machine, its gateway or a link-local address, which is rejected otherwise"`
	URLList         Value[string] `env:"URL_LIST" value:"FILE" group:"URLs (image-mode http)" help:"text file with one URL a line, in place of COCO"`
	ImageURLBase    Value[string] `env:"IMAGE_URL_BASE" value:"URL" group:"URLs (image-mode http)" help:"generate the images and name them URL/img_0000.png and so on, for your own media server"`

	Output           Value[string] `env:"OUTPUT" short:"o" value:"FILE" group:"Output" help:"file to write; \"-\" is standard output (not as an action); by default a name that describes the configuration"`
	Report           Value[string] `env:"REPORT" value:"FILE" group:"Output" help:"also write an HTML page with the figures, the hit rate curve and the first images"`
	Compression      Value[string] `env:"COMPRESSION, default=none" value:"KIND" group:"Output" help:"\"none\", \"zstd\" or \"gzip\"; an output name that ends in .zst or .gz selects it too"`
	CompressionLevel Value[string] `env:"COMPRESSION_LEVEL, default=better" value:"LEVEL" group:"Output" help:"\"fastest\", \"default\", \"better\" or \"best\"; ignored for zstd with image mode datauri"`
	SHA256           Value[bool]   `env:"SHA256, default=true" value:"BOOL" group:"Output" help:"compute the output's SHA-256; hashing a large file of data URIs takes as long as making it"`
	Shard            Value[Shard]  `env:"SHARD" value:"I/N" group:"Output" help:"make a part of the rows, and of the images, for mmjsonl join: INDEX/COUNT with indices from 0, or \"auto\" in tasks of Slurm, AWS Batch, LSF, SGE, MPI or torchrun, \"auto/COUNT\" in those of Kubernetes or PBS"`
	Force            Value[bool]   `env:"FORCE, default=false" value:"BOOL" group:"Output" help:"go on where a disk has less room than the run needs"`

	JSON   Value[bool] `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print the manifest, or with dry-run the plan, as one JSON document on standard output, and words on standard error"`
	DryRun Value[bool] `env:"DRY_RUN" value:"BOOL" group:"Output" only:"flag" help:"show what would be made, and what it costs; write nothing"`

	Settings
	Quiet   Value[bool] `env:"QUIET" group:"General" only:"flag" help:"show warnings and errors alone"`
	Version Value[bool] `env:"VERSION" group:"General" only:"flag" help:"show which build this is"`
}
