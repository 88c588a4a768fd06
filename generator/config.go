package generator

import (
	"math/big"
	"strings"

	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// Config is what a person wants, a struct for each axis. [NewPlan] checks it.
type Config struct {
	Seed     uint64
	Requests RequestsConfig
	Reuse    Reuse
	Media    MediaConfig
	Text     TextConfig
	Format   FormatConfig
	Output   OutputConfig
	Shard    Shard // which part of the file this process makes
	// Given says which inputs a person gave, by name. It decides nothing: the plan warns about those that have no effect.
	Given map[problem.Name]bool
}

// RequestsConfig is how many requests and images there are.
type RequestsConfig struct {
	Count  int64         // rows, from 1
	Images int64         // in each request, from 0; of a mixture, the most
	Mix    []ImagesShare // requests of different numbers of images; nil: all have the same
	Pool   int64         // distinct images to sample from; 0 means what the requested reuse needs, or one for every slot
	// Windows are users with sliding windows of images, which decide all of the above; nil: there are none.
	Windows *WindowsConfig
	// Conversations are requests of several turns, which decide all of these but the pool; nil: there are none.
	Conversations *ConversationsConfig
}

// ImagesShare is a part of the requests, in proportion to a weight, and how many images each of them has.
type ImagesShare struct {
	Images int64
	Weight float64
}

// WindowsConfig is users who each show a sliding window of their images.
type WindowsConfig struct {
	Users    int64   // from 1
	Turns    Lengths // requests of each user
	Size     int64   // images in a request, from 1
	Shared   int64   // of these in front, the same for all users
	Sessions bool    // rows name their user, where the format can
}

// ConversationsConfig is requests of several turns, each sent with the turns before it.
type ConversationsConfig struct {
	Count  int64   // from 1
	Turns  Lengths // of each
	Images []int64 // new ones of each turn, from 0; the last number holds for all turns after
}

// MediaConfig is what images are, and how rows refer to them.
type MediaConfig struct {
	Mode           Mode
	Sizes          media.Sizes // of generated images
	PopularSizes   bool        // the images used most have the first of these sizes, and so on
	Format         ImageFormat // of these; "" means PNG
	Content        Content     // of these; "" means what the format has
	Bytes          int64       // of the file of each of these; 0 means what the content takes
	VideoRate      int64       // frames a second, of videos
	VideoSeconds   int64       // how long these are
	From           string      // a folder of images to use, in place of generated ones; "" means none
	Folder         string      // of generated images; "" means a folder beside the output
	PathPrefix     string      // in rows; "" means the image folder as the next reader sees it
	Annotations    string      // COCO image_info: a file, a zip, or the URL of either; "" means the default file
	AllowLocalURLs bool        // let Annotations be a URL that leads to a loopback or link-local address
	URLList        string      // a text file of one URL a line
	URLBase        string      // where a media server shows the image folder
}

// ImageFormat is a format of generated images.
type ImageFormat string

const (
	FormatPNG  ImageFormat = "png"
	FormatJPEG ImageFormat = "jpeg"
	FormatMP4  ImageFormat = "mp4" // videos in place of images
)

// ImageFormats are the values of [ImageFormat].
var ImageFormats = []ImageFormat{FormatPNG, FormatJPEG, FormatMP4}

// Content is what generated images show.
type Content string

const (
	ContentNoise Content = "noise" // random pixels, which nothing can compress
	ContentPhoto Content = "photo" // what compresses as photographs do
	ContentVideo Content = "video" // regions change from frame to frame
)

// Contents are the values of [Content].
var Contents = []Content{ContentNoise, ContentPhoto}

// TextConfig is the text of each row.
type TextConfig struct {
	Tokens    int64  // words of one token each, from 0
	Tokenizer string // a tokenizer.json or its folder, by which words are chosen; "" means the program's own words
	Prompt    string // "" means random words
	Prefix    PrefixConfig
	Last      bool // behind the images, where the format can
	// InputTokens is how many tokens text, images and template are together, in place of Tokens; 0: each row has as many of text.
	InputTokens    int64
	TemplateTokens int64  // of what the server puts around text and images
	Before         *int64 // of these, tokens before text and images; nil: not known
	// OfImage says how many tokens the model makes of an image of each size; nil: no model was named.
	OfImage map[media.Size]int64
}

// PrefixConfig is how rows begin alike.
type PrefixConfig struct {
	Tokens  int64   // that the rows of a group share at their beginning; 0: rows share nothing
	Groups  int64   // of rows, from 1
	Pattern Pattern // how large they are: uniform or zipf; "" means uniform
}

// FormatConfig is whose rows they are, and what these hold beside text and images.
type FormatConfig struct {
	Name      RowFormat // "" means aiperf
	Model     string    // the server's, as it was given to the server: a name or a folder
	Served    string    // what the server calls it; "" means Model. Bodies have it
	MaxTokens int64     // of an answer; 0: rows do not say
	UUID      UUIDOf    // "" means that images have none
	Extra     string    // a JSON object, whose members go into each request's body; "" means none
	Answers   Lengths   // exact lengths of answers; the zero value: rows do not say
	Arrivals  Arrivals  // when rows are sent; the zero value: rows do not say
}

// Lengths is a distribution of whole numbers from 1.
type Lengths struct {
	Shape LengthsShape
	// A and B are the number that LengthsFixed has, the mean and the standard deviation of LengthsNormal and LengthsLogNormal, and the least and the
	// largest number of LengthsUniform.
	A, B float64
}

// LengthsShape is the shape of a distribution.
type LengthsShape string

const (
	LengthsFixed     LengthsShape = "fixed"
	LengthsNormal    LengthsShape = "normal"
	LengthsLogNormal LengthsShape = "lognormal"
	LengthsUniform   LengthsShape = "uniform"
)

// Arrivals is when requests arrive: the times between them.
type Arrivals struct {
	Rate  float64 // requests a second; 0: rows do not say when they are sent
	Shape ArrivalsShape
	CV    float64 // of ArrivalsGamma: the standard deviation of the times between requests, divided by their mean
}

// ArrivalsShape is how regular arrivals are.
type ArrivalsShape string

const (
	ArrivalsConstant ArrivalsShape = "constant" // all times between requests are the same
	ArrivalsPoisson  ArrivalsShape = "poisson"  // they are exponential
	ArrivalsGamma    ArrivalsShape = "gamma"
)

// RowFormat is whose rows they are.
type RowFormat string

const (
	FormatAiperf      RowFormat = "aiperf"            // aiperf's single_turn
	FormatRawPayload  RowFormat = "raw-payload"       // chat bodies
	FormatMooncake    RowFormat = "mooncake"          // aiperf's mooncake_trace, with a body in each row
	FormatBatch       RowFormat = "openai-batch"      // OpenAI's batches of bodies
	FormatCustomImage RowFormat = "vllm-custom-image" // vLLM's custom_image
)

// RowFormats are the values of [RowFormat].
var RowFormats = []RowFormat{FormatAiperf, FormatRawPayload, FormatMooncake, FormatBatch, FormatCustomImage}

// UUIDOf is what the uuids of images are made from.
type UUIDOf string

const (
	UUIDOfReference UUIDOf = "reference" // what a row calls the image
	UUIDOfContent   UUIDOf = "content"   // what the image shows, whatever rows call it
)

// UUIDsOf are the values of [UUIDOf].
var UUIDsOf = []UUIDOf{UUIDOfReference, UUIDOfContent}

// OutputConfig is where the rows go, and in which form.
type OutputConfig struct {
	Path        string      // "" means the generated name, "-" standard output
	Report      string      // a page about the file, which the caller writes; "" means none
	Compression Compression // "" means what the output's name asks for
	Level       Level
	Pieces      int64 // that a compressed output consists of, as one that was joined from so many shards; 0 means 1
	Digest      bool  // compute the output's SHA-256
	Force       bool  // go on where a disk seems to have too little room
}

// Mode says how a row refers to its images.
type Mode string

const (
	ModeBase64  Mode = "base64"  // the path of a local image, which the client reads and encodes
	ModeDataURI Mode = "datauri" // the image itself, inside the row
	ModeHTTP    Mode = "http"    // a URL, which the model server fetches
)

// Modes are the values of [Mode].
var Modes = []Mode{ModeBase64, ModeDataURI, ModeHTTP}

// Reuse is how images repeat.
type Reuse struct {
	Rate         *big.Rat // the fraction of slots that repeat an earlier image, from 0 to 1; nil means what the pool gives
	Pattern      Pattern
	ZipfExponent float64    // from 0
	Hits         []HitPoint // what LRU caches hit, by ascending capacity; if there are any they decide all of the reuse
	Concurrency  int64      // requests that the client keeps in flight, from 1
	// Weigh returns what an image of a size takes in a server's cache, in bytes; nil: what its file has.
	Weigh   func(media.Size) (int64, error)
	WarmUp  WarmUp
	HeldOut int64 // requests in front with images of their own, for WarmUpHeldOut, from 1
}

// HitPoint is a share of slots, from 0 to 1, that an LRU cache of so many images hits.
type HitPoint struct {
	Capacity int64 // in images; 0 if it is in bytes, and not known to be so many images
	Rate     *big.Rat
	Bytes    int64 // what the capacity was given as, if that was bytes; else 0
}

// Pattern says which of the images met before a slot repeats, and when new ones come.
type Pattern string

const (
	PatternUniform Pattern = "uniform" // plain draws from the pool
	PatternSteady  Pattern = "steady"  // first uses spread evenly
	PatternZipf    Pattern = "zipf"    // some images are hot
)

// Patterns are the values of [Pattern].
var Patterns = []Pattern{PatternUniform, PatternSteady, PatternZipf}

// WarmUp says where the first uses go.
type WarmUp string

const (
	WarmUpSpread  WarmUp = "spread"     // all over the file
	WarmUpFirst   WarmUp = "first"      // into the first rows, which can be left out of a measurement
	WarmUpHeldOut WarmUp = "held-out:N" // all over the file, behind N rows with images that no other row has
)

// WarmUps are the values of [WarmUp].
var WarmUps = []WarmUp{WarmUpSpread, WarmUpFirst, WarmUpHeldOut}

// Compression is how the output is compressed.
type Compression string

const (
	CompressionNone Compression = "none"
	CompressionZstd Compression = "zstd"
	CompressionGzip Compression = "gzip"
)

// Compressions are the values of [Compression].
var Compressions = []Compression{CompressionNone, CompressionZstd, CompressionGzip}

// suffix is what a compressed file's name ends in, in any case.
func (c Compression) suffix() string {
	switch c {
	case CompressionZstd:
		return ".zst"
	case CompressionGzip:
		return ".gz"
	}
	return ""
}

// Decompressed returns the name that a compressed file has after it is decompressed.
func (c Compression) Decompressed(name string) string {
	if c.suffix() == "" || compressionOf(name) != c {
		return name
	}
	return name[:len(name)-len(c.suffix())]
}

// compressionOf returns the compression that a file's name asks for.
func compressionOf(name string) Compression {
	for _, c := range Compressions {
		if c.suffix() != "" && strings.HasSuffix(strings.ToLower(name), c.suffix()) {
			return c
		}
	}
	return CompressionNone
}

// Level is how much time compression may take.
type Level string

// Levels are the values of [Level], fastest first.
var Levels = []Level{"fastest", "default", "better", "best"}

// Bounds of the configuration.
const (
	maxSlots    = 1_000_000_000 // five bytes of memory each, see memory.go
	maxWords    = 1_000_000
	maxPrompt   = 1 << 20   // bytes
	maxExtra    = 64 << 10  // bytes of a JSON object
	maxRate     = 1_000_000 // requests a second
	maxCV       = 100
	maxTokens   = 1_000_000_000 // of an answer
	maxModel    = 4 << 10       // bytes of a model's name
	maxInline   = 32 << 20      // bytes of inline images in a request, above which a common transport refuses it
	maxImageDir = 3 << 10       // bytes of a path in a row
	maxExponent = 10            // of Zipf

	maxCacheBytes = 1 << 60 // of a cache, or of an image in it
)

// NoFolder, in place of the image folder, has no images written: those that rows name by URLs can be served without.
const NoFolder = "-"

// ManifestSuffix is what a manifest's name has after the output's.
const ManifestSuffix = ".manifest.json"

// defaultAnnotations is where COCO's list of test images is looked for, and kept when it had to be downloaded.
const (
	defaultAnnotations = "annotations/image_info_test2017.json"
	officialArchive    = "http://images.cocodataset.org/annotations/image_info_test2017.zip"
)
