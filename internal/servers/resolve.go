package servers

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"mmjsonl/internal/model"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/replay"
)

// Inputs are what a user says of a server's cache. Numbers that were not given are 0, unless said otherwise.
type Inputs struct {
	Server         string
	CacheBytes     int64  // -1: not given
	CacheTokens    int64  // -1: not given
	BytesPerImage  int64  // -1: not given
	TokensPerImage int64  // -1: not given
	Model          string // as the user names it
	Folder         fs.FS  // of Model; nil if it must not be read, which is a problem already
	Hidden         int64  // -1: not given
	DeepStack      int64  // -1: not given
	Patch          int64  // -1: not given
	PixelBytes     int64  // -1: not given
	HasImageSize   bool   // whether Width and Height are given
	Width, Height  int64  // of every image
	SizesKnown     bool   // each image's own size is known from elsewhere
	// Size to take where one is needed and neither given nor known; 0: none.
	DefaultWidth, DefaultHeight int64
}

// Names of the inputs, for problems.
const (
	inServer         = problem.Name("server")
	inCache          = problem.Name("cache-gib")
	inCacheTokens    = problem.Name("cache-tokens")
	inBytesPerImage  = problem.Name("bytes-per-image")
	inTokensPerImage = problem.Name("tokens-per-image")
	inModel          = problem.Name("model")
	inHidden         = problem.Name("model-hidden")
	inDeepStack      = problem.Name("deepstack")
	inPatch          = problem.Name("patch")
	inPixelBytes     = problem.Name("pixel-bytes")
	inImageSize      = problem.Name("image-size")
)

var inputNames = []problem.Name{inServer, inCache, inCacheTokens, inBytesPerImage, inTokensPerImage, inModel, inHidden, inDeepStack, inPatch, inPixelBytes, inImageSize}

// Bounds, far above what there is and far below where arithmetic ends.
const (
	mostCacheGiB  = 1 << 20
	mostTokens    = 1 << 40
	mostItemBytes = 1 << 40
	mostItemToken = 1 << 24
	mostHidden    = 1 << 20
	mostLevels    = 64
)

// Sides of what becomes one token, after merging.
const (
	patchQwen25 = 28 // Qwen2.5-VL
	patchQwen3  = 32 // Qwen3-VL
)

// deepStack is how many DeepStack levels Qwen3-VL has.
const deepStack = 3

// Resolve finds the cache that the inputs describe: nil if they name no server, or if problems are added. Every input that was given is used
// or a problem.
func Resolve(in Inputs, problems *problem.List) *Cache {
	r := resolver{Inputs: in, problems: problems}
	if in.Server == "" {
		for _, name := range r.given(inputNames[1 : len(inputNames)-1]...) {
			problems.Add(name, "%s is about the cache of a server\nname the server by %s, one of %s", name, inServer, NameList())
		}
		return nil
	}
	p, ok := Find(in.Server)
	if !ok {
		problems.Add(inServer, "%s %.100q is not known\ngive one of %s", inServer, in.Server, NameList())
		return nil
	}
	before := len(*problems)
	c := &Cache{Profile: p}
	r.size(c)
	r.item(c)
	// A number that could not be read is a problem of its own, and none is added for it.
	if len(*problems) > before || problems.Blame(inputNames...) {
		return nil
	}
	return c
}

// resolver checks inputs.
type resolver struct {
	Inputs
	problems *problem.List
}

// value returns a number that was given, or not: then ok is false.
func (r *resolver) value(name problem.Name) (n int64, ok bool) {
	switch name {
	case inCache:
		n = r.CacheBytes
	case inCacheTokens:
		n = r.CacheTokens
	case inBytesPerImage:
		n = r.BytesPerImage
	case inTokensPerImage:
		n = r.TokensPerImage
	case inModel:
		return 0, r.Model != ""
	case inHidden:
		n = r.Hidden
	case inDeepStack:
		n = r.DeepStack
	case inPatch:
		n = r.Patch
	case inPixelBytes:
		n = r.PixelBytes
	case inImageSize:
		return 0, r.HasImageSize
	}
	return n, n != -1
}

func (r *resolver) has(name problem.Name) bool {
	_, ok := r.value(name)
	return ok
}

// given returns those of the inputs that were given and are not blamed yet.
func (r *resolver) given(names ...problem.Name) []problem.Name {
	return slices.DeleteFunc(slices.Clone(names), func(name problem.Name) bool { return !r.has(name) || r.problems.Blame(name) })
}

// number returns a number that was given, which has to be within bounds.
func (r *resolver) number(name problem.Name, least, most int64) int64 {
	n, _ := r.value(name)
	if (n < least || n > most) && !r.problems.Blame(name) {
		r.problems.Add(name, "%s %d is out of range\ngive a number from %d to %d", name, n, least, most)
	}
	return n
}

// already adds a problem for each of the inputs that was given beside another that says as much.
func (r *resolver) already(by problem.Name, names ...problem.Name) {
	for _, name := range r.given(names...) {
		r.problems.Add(name, "%s adds nothing to %s\ngive one of them", name, by)
	}
}

// reject adds a problem for each of the inputs that was given.
func (r *resolver) reject(title, why, remedy string, names ...problem.Name) {
	for _, name := range r.given(names...) {
		r.problems.Add(name, "%s does not apply to %s: %s\n%s", name, title, why, remedy)
	}
}

// size finds the cache's size.
func (r *resolver) size(c *Cache) {
	if c.Holds == Tokens {
		r.reject(c.Title, "its size is in tokens", "leave it out, and give its size by --cache-tokens", inCache)
		r.tokens(c, "its size is "+lower(c.DefaultNote))
		return
	}
	if c.Rule == replay.TwoTiers {
		r.tokens(c, "vLLM's encoder cache is in front of it")
	} else {
		r.reject(c.Title, "its size is in bytes", "leave it out", inCacheTokens)
	}
	cache, ok := r.value(inCache)
	switch {
	case r.problems.Blame(inCache):
	case !ok && c.Default == 0 && c.Setting == "":
		r.problems.Add(inCache, "the size of the %s is not known\ngive it by %s", c.Title, inCache)
	case !ok && c.Default == 0:
		r.problems.Add(inCache, "the cache of %s is off unless %s is set\ngive the size that you start it with by %s", c.Title, c.Setting, inCache)
	case !ok:
		cache = c.Default
	case cache < 1 || cache > mostCacheGiB<<30:
		r.problems.Add(inCache, "%s %g is out of range\ngive more than 0 and at most %d GiB", inCache, float64(cache)/(1<<30), mostCacheGiB)
	}
	c.Bytes = cache
}

// tokens finds the size of vLLM's encoder cache.
func (r *resolver) tokens(c *Cache, why string) {
	if !r.has(inCacheTokens) {
		r.problems.Add(inCacheTokens, "%s needs %s: %s\ngive the tokens that the encoder cache holds", c.Title, inCacheTokens, strings.TrimSuffix(why, "."))
		return
	}
	c.Tokens = r.number(inCacheTokens, 1, mostTokens)
}

func lower(sentence string) string {
	return strings.ToLower(sentence[:min(1, len(sentence))]) + sentence[min(1, len(sentence)):]
}

// item finds what an image takes.
func (r *resolver) item(c *Cache) {
	if c.Holds != Pixels {
		r.reject(c.Title, "it holds embeddings, not pixels", "leave it out", inPixelBytes)
	}
	if least, most := min(r.Width, r.Height), max(r.Width, r.Height); r.HasImageSize && (least < 1 || most > model.MostSide) && !r.problems.Blame(inImageSize) {
		r.problems.Add(inImageSize, "%s %dx%d is out of range\ngive WIDTHxHEIGHT, each from 1 to %d", inImageSize, r.Width, r.Height, model.MostSide)
	}
	if c.plain {
		r.reject(c.Title, "it does not count DeepStack's levels", "leave it out", inDeepStack)
	}
	switch {
	case r.has(inModel):
		r.already(inModel, inBytesPerImage, inTokensPerImage, inHidden, inDeepStack, inPatch)
		if r.Folder == nil {
			return
		}
		m, err := model.Read(r.Folder)
		if err != nil {
			r.problems.Add(inModel, "%s %.200q cannot be used: %s", inModel, r.Model, err.Error())
			return
		}
		c.image = m
	case r.has(inBytesPerImage) && c.Holds != Tokens:
		others := []problem.Name{inTokensPerImage, inHidden, inDeepStack, inPatch, inPixelBytes, inImageSize}
		if c.Rule == replay.TwoTiers {
			others = others[1:]
		}
		r.already(inBytesPerImage, others...)
		c.same = r.number(inBytesPerImage, 1, mostItemBytes)
		if c.Rule == replay.TwoTiers {
			if !r.has(inTokensPerImage) {
				r.problems.Add(inTokensPerImage, "the tokens of an image are not known, which vLLM's encoder cache counts\ngive %s too", inTokensPerImage)
				return
			}
			tokens := r.number(inTokensPerImage, 1, mostItemToken)
			if !r.problems.Blame(inTokensPerImage, inBytesPerImage) && c.same%tokens != 0 {
				r.problems.Add(inBytesPerImage, "%s %d is not a whole number of bytes for each of %d tokens\ngive tokens × hidden size × 2", inBytesPerImage, c.same, tokens)
				return
			}
			c.perToken, c.same = c.same/max(tokens, 1), tokens
		}
		return
	case c.Holds == Pixels:
		r.reject(c.Title, "it holds pixels, not embeddings", "give --model, --patch or --bytes-per-image", inTokensPerImage, inHidden, inDeepStack)
		if !r.patch(c) {
			return
		}
	default:
		if c.Holds == Tokens {
			r.reject(c.Title, "it counts tokens", "give --model, --patch or --tokens-per-image", inBytesPerImage, inHidden, inDeepStack)
		}
		if !r.embedding(c) {
			return
		}
	}
	if c.image != nil {
		r.pixels(c)
		r.imageSize(c)
	}
}

// embedding finds the size of an embedding without a model's folder.
func (r *resolver) embedding(c *Cache) bool {
	var hidden, levels int64
	if c.Holds != Tokens {
		if !r.has(inHidden) {
			r.problems.Add(inHidden, "%s holds embeddings, and their size is not known\ngive %s, or %s with %s or %s, or %s",
				c.Title, inModel, inHidden, inPatch, inTokensPerImage, inBytesPerImage)
		} else {
			hidden = r.number(inHidden, 1, mostHidden)
		}
		if r.has(inDeepStack) {
			levels = r.number(inDeepStack, 0, mostLevels)
		}
	}
	if r.has(inTokensPerImage) {
		r.already(inTokensPerImage, inPatch, inImageSize)
		tokens := r.number(inTokensPerImage, 1, mostItemToken)
		c.perToken = 2 * hidden
		c.same = tokens
		if !c.CountsTokens() {
			c.same *= hidden * (1 + levels) * 2
		}
		return false
	}
	if c.Holds != Tokens && !r.has(inHidden) && !r.has(inPatch) {
		return false // one line is enough
	}
	if !r.patch(c) {
		return false
	}
	c.image.Hidden, c.image.Levels = hidden, levels
	if r.Patch == patchQwen3 && !r.has(inDeepStack) && !c.plain {
		c.image.Levels = deepStack
	}
	return true
}

// patch takes the model's family from the side of a token.
func (r *resolver) patch(c *Cache) bool {
	if !r.has(inPatch) {
		r.problems.Add(inModel, "what an image takes in %s is not known\ngive %s, the model's folder, or %s", c.Title, inModel, cmp.Or(either(c), inPatch))
		return false
	}
	if r.problems.Blame(inPatch) {
		return false
	}
	if r.Patch != patchQwen25 && r.Patch != patchQwen3 {
		r.problems.Add(inPatch, "%s %d is not known\ngive %d for Qwen2.5-VL, %d for Qwen3-VL", inPatch, r.Patch, patchQwen25, patchQwen3)
		return false
	}
	c.image = model.Qwen(r.Patch)
	return true
}

// either is the input that says at once what an image takes.
func either(c *Cache) problem.Name {
	if c.Holds == Tokens {
		return inTokensPerImage
	}
	return inBytesPerImage
}

// pixels finds how many bytes a number takes before the encoder, and in the cache behind a token.
func (r *resolver) pixels(c *Cache) {
	c.perToken = 2 * c.image.Hidden
	if c.Holds != Pixels {
		return
	}
	c.number = 2
	if c.image.Normalized {
		c.number = 1
	}
	if r.has(inPixelBytes) {
		c.number = r.PixelBytes
		if (c.number != 1 && c.number != 2 && c.number != 4) && !r.problems.Blame(inPixelBytes) {
			r.problems.Add(inPixelBytes, "%s %d is not known\ngive 1 (bytes, as vLLM by default), 2 (bf16, with --no-mm-device-do-normalize) or 4 (a float32 model)", inPixelBytes, c.number)
		}
	}
}

// imageSize takes the size of every image.
func (r *resolver) imageSize(c *Cache) {
	if c.image.Fixed() {
		r.reject(c.Title, "every image of this model takes the same", "leave it out", inImageSize)
		return
	}
	switch {
	case r.has(inImageSize) && !r.problems.Blame(inImageSize):
		if _, err := c.image.Image(r.Width, r.Height); err != nil {
			r.problems.Add(inImageSize, "%s cannot be used: %s", inImageSize, err.Error())
			return
		}
		c.width, c.height = r.Width, r.Height
	case r.has(inImageSize) || r.SizesKnown:
	case r.DefaultWidth > 0:
		c.width, c.height = r.DefaultWidth, r.DefaultHeight
	default:
		r.problems.Add(inImageSize, "the size of an image is not known\ngive %s, or %s", inImageSize, either(c))
	}
}
