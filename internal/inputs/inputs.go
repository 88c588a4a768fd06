package inputs

import (
	"reflect"
	"strings"
	"sync"
)

// Inputs are the inputs of a run as text, the way they were typed. The tags of a field say
//
//	env    the input's name as go-envconfig wants it, and its default; NUM_REQUESTS is the input num-requests
//	short  its one-letter flag
//	value  what stands for the value in the help
//	group  the heading it stands under in the help
//	help   what it is, for the help, the action's metadata and the README
type Inputs struct {
	NumRequests      string `env:"NUM_REQUESTS, default=500" short:"n" value:"N" group:"Requests" help:"rows of the file, at least 1"`
	ImagesPerRequest string `env:"IMAGES_PER_REQUEST, default=3" value:"K" group:"Requests" help:"images in each row; 0 makes text-only rows, the baseline of a comparison"`
	ImagesPool       string `env:"IMAGES_POOL" value:"P" group:"Requests" help:"distinct images to sample from, at least images-per-request; by default, or with 0, what the reuse asked for needs, else one for every slot, so that no image repeats"`
	UserTextTokens   string `env:"USER_TEXT_TOKENS, default=300" value:"N" group:"Requests" help:"words of text in each row; each word is one token in the usual vocabularies"`
	Prompt           string `env:"PROMPT" value:"TEXT" group:"Requests" help:"one fixed text for every row, instead of random words"`
	Seed             string `env:"SEED, default=42" value:"N" group:"Requests" help:"an unsigned 64-bit number that decides every random choice, or \"random\", which draws one and reports it"`

	ReuseRate    string `env:"REUSE_RATE" value:"RATE" group:"Reuse" help:"instead of images-pool: the fraction of image slots that repeat an earlier image, like 0.9"`
	ReusePattern string `env:"REUSE_PATTERN, default=uniform" value:"PATTERN" group:"Reuse" help:"\"uniform\": plain draws from the pool; \"steady\": first uses spread evenly, so that a cache without limit hits at the same rate all along; \"zipf\": some images are hot"`
	ZipfExponent string `env:"ZIPF_EXPONENT, default=1" value:"S" group:"Reuse" help:"how hot: the image of rank i is used in proportion to 1/i^S; from 0, all alike, to 10"`
	HitRate      string `env:"HIT_RATE" value:"RATE@IMAGES" group:"Reuse" help:"the share of image slots that an LRU cache of so many images hits, like 0.6@200, or several, 0.3@50,0.6@200,0.8@800; without images-pool or reuse-rate every miss beyond the last point is a first use"`
	Concurrency  string `env:"CONCURRENCY, default=1" value:"W" group:"Reuse" help:"requests the client keeps in flight; a hit rate holds when they overtake one another by that much"`
	WarmUp       string `env:"WARM_UP, default=spread" value:"WHERE" group:"Reuse" help:"where first uses go: \"spread\" over the file, or \"first\", into the first rows, which can be left out of a measurement"`

	ImageMode       string `env:"IMAGE_MODE, default=base64" value:"MODE" group:"Images" help:"\"base64\": rows hold paths of local images, which aiperf reads and encodes; \"datauri\": rows hold the images themselves; \"http\": rows hold URLs, which the model server fetches"`
	ImageSize       string `env:"IMAGE_SIZE, default=512x512" value:"WxH" group:"Images" help:"size of generated images in pixels, each side from 1 to 16384; one number is a square"`
	ImageDir        string `env:"IMAGE_DIR" value:"DIR" group:"Images" help:"folder of generated images; by default a folder beside the output, named after size and seed"`
	ImagePathPrefix string `env:"IMAGE_PATH_PREFIX" value:"PATH" group:"Images" help:"what stands in the rows in place of the image folder, for a reader that sees it elsewhere; by default the folder as the next step sees it"`

	COCOAnnotations string `env:"COCO_ANNOTATIONS, default=annotations/image_info_test2017.json" value:"FILE" group:"URLs (image-mode http)" help:"COCO image_info whose URLs are used: a JSON file, a zip that holds one, or the URL of either; the default file is downloaded if it is missing"`
	AllowLocalURLs  string `env:"ALLOW_LOCAL_URLS, default=false" value:"BOOL" group:"URLs (image-mode http)" help:"as an action, let coco-annotations be a URL of this machine or its neighbourhood (loopback, link-local), which is refused otherwise"`
	URLList         string `env:"URL_LIST" value:"FILE" group:"URLs (image-mode http)" help:"text file of one URL a line, instead of COCO"`
	ImageURLBase    string `env:"IMAGE_URL_BASE" value:"URL" group:"URLs (image-mode http)" help:"generate the images and refer to them as URL/img_0000.png and so on, for a media server of one's own"`

	Output           string `env:"OUTPUT" short:"o" value:"FILE" group:"Output" help:"the file to write; \"-\" is standard output (not as an action); by default a name that tells the configuration"`
	Report           string `env:"REPORT" value:"FILE" group:"Output" help:"also write an HTML page with the figures, the curve of hit rates and the first images"`
	Compression      string `env:"COMPRESSION, default=none" value:"KIND" group:"Output" help:"\"none\", \"zstd\" or \"gzip\"; an output named .zst or .gz asks for it too"`
	CompressionLevel string `env:"COMPRESSION_LEVEL, default=better" value:"LEVEL" group:"Output" help:"\"fastest\", \"default\", \"better\" or \"best\"; zstd of inline images is written without a search, and has no levels"`
	SHA256           string `env:"SHA256, default=true" value:"BOOL" group:"Output" help:"compute the output's SHA-256; hashing a large inline file takes as long as making it"`
	Force            string `env:"FORCE, default=false" value:"BOOL" group:"Output" help:"go on where a disk has less room than the run needs"`
}

// definition is what is known of an input beside its value.
type definition struct {
	Name    string // num-requests
	Short   string // n, or ""
	Default string
	Value   string
	Group   string
	Help    string

	key   string // NUM_REQUESTS
	field int
}

// definitions returns the inputs in the order in which people should meet them. It is asked for each of them, so the tags are read once.
var definitions = sync.OnceValue(func() []definition {
	var all []definition
	for i, t := 0, reflect.TypeFor[Inputs](); i < t.NumField(); i++ {
		tag := t.Field(i).Tag
		key, option, _ := strings.Cut(tag.Get("env"), ", ")
		all = append(all, definition{
			Name:    strings.ReplaceAll(strings.ToLower(key), "_", "-"),
			Short:   tag.Get("short"),
			Default: strings.TrimPrefix(option, "default="),
			Value:   tag.Get("value"),
			Group:   tag.Get("group"),
			Help:    tag.Get("help"),
			key:     key,
			field:   i,
		})
	}
	return all
})
