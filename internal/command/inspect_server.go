package command

import (
	"strings"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/servers"
)

// mostCacheGiB is far more than any server has, and far from where arithmetic ends.
const mostCacheGiB = 1 << 20

func serverNames() string {
	var names []string
	for _, s := range servers.All() {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// given is what a check asks of an input.
type given interface {
	Given() bool
	Input() problem.Name
}

// checkServer finds the capacity of a server's cache: nil if none is requested, or if problems are added.
func checkServer(in *inputs.Inspect, problems *problem.List) *servers.Capacity {
	name, flag := in.Server.Get(), problem.Name("server")
	if name == "" {
		for _, other := range []given{&in.CacheGiB, &in.BytesPerImage, &in.ModelHidden, &in.DeepStack, &in.TokensPerImage, &in.Patch} {
			if other.Given() {
				problems.Add(other.Input(), "%s is about the cache of a server\nname the server by %s, one of %s", other.Input(), flag, serverNames())
			}
		}
		return nil
	}
	s, ok := servers.Named(name)
	if !ok {
		problems.Add(flag, "%s %.100q is not known\ngive one of %s", flag, name, serverNames())
		return nil
	}
	cache := cacheBytes(in, s, problems)
	least, most := imageBytes(in, s, problems)
	if len(*problems) > 0 { // of these or of texts that cannot be read
		return nil
	}
	return s.Capacity(cache, least, most)
}

func cacheBytes(in *inputs.Inspect, s servers.Server, problems *problem.List) int64 {
	name, cache := problem.Name("cache-gib"), int64(in.CacheGiB.Get())
	switch {
	case problems.Blame(name):
	case !in.CacheGiB.Given():
		if s.DefaultBytes == 0 {
			problems.Add(name, "%s: there is no cache unless %s is set\ngive the size that you start the server with by %s", s.Title, s.Setting, name)
		}
		return s.DefaultBytes
	case cache < 1 || cache > mostCacheGiB<<30:
		problems.Add(name, "%s %.100q is out of range\ngive more than 0 and at most %d GiB", name, in.CacheGiB.Text(), mostCacheGiB)
	}
	return cache
}

// imageBytes finds how much an image takes in the server's cache. Every input is either used or a problem.
func imageBytes(in *inputs.Inspect, s servers.Server, problems *problem.List) (least, most int64) {
	const bytesPerImage, hidden, tokensPerImage = problem.Name("bytes-per-image"), problem.Name("model-hidden"), problem.Name("tokens-per-image")
	reject := func(why string, by problem.Name, others ...given) {
		for _, other := range others {
			if other.Given() {
				problems.Add(other.Input(), why, other.Input(), by)
			}
		}
	}
	const already = "%s adds nothing to %s\ngive one of them"
	if in.BytesPerImage.Given() {
		reject(already, bytesPerImage, &in.ModelHidden, &in.DeepStack, &in.TokensPerImage, &in.ImageSize, &in.Patch)
		n := int64(in.BytesPerImage.Get())
		bound(problems, bytesPerImage, n, 1, 1<<40)
		return n, n
	}
	if s.Holds == servers.Pixels {
		for _, other := range []given{&in.ModelHidden, &in.DeepStack, &in.TokensPerImage} {
			if other.Given() {
				problems.Add(other.Input(), "%s does not apply to %s, which holds pixels, not embeddings\ngive %s and %s, or %s",
					other.Input(), s.Title, problem.Name("image-size"), problem.Name("patch"), bytesPerImage)
			}
		}
		if image, ok := imageOf(in, s, problems); ok {
			return image.PixelBytes()
		}
		return 0, 0
	}
	if in.ModelHidden.Given() {
		bound(problems, hidden, in.ModelHidden.Get(), 1, 1<<20)
	} else {
		problems.Add(hidden, "%s holds embeddings, and their size is not known\ngive %s with %s, or with %s and %s; or else %s",
			s.Title, hidden, tokensPerImage, problem.Name("image-size"), problem.Name("patch"), bytesPerImage)
	}
	levels := in.DeepStack.Get()
	bound(problems, "deepstack", levels, 0, 64)
	var tokens int64
	if in.TokensPerImage.Given() {
		reject(already, tokensPerImage, &in.ImageSize, &in.Patch)
		tokens = in.TokensPerImage.Get()
		bound(problems, tokensPerImage, tokens, 1, 1<<24)
	} else if image, ok := imageOf(in, s, problems); ok {
		tokens = image.Tokens()
		if !in.DeepStack.Given() && image.Patch == servers.PatchQwen3 {
			levels = servers.DeepStack
		}
	}
	n := servers.EmbeddingBytes(tokens, in.ModelHidden.Get(), levels)
	return n, n
}

// mostSide is the largest side of an image, in pixels.
const mostSide = 1 << 16

// imageOf returns the image that image-size and patch describe; both are needed.
func imageOf(in *inputs.Inspect, s servers.Server, problems *problem.List) (image servers.Image, ok bool) {
	const imageSize, patch = problem.Name("image-size"), problem.Name("patch")
	before := len(*problems)
	known := in.ImageSize.Text() != "" // a workflow's default is known, though not given
	switch {
	case !in.ImageSize.Given() && !in.Patch.Given():
		if in.ModelHidden.Given() || s.Holds == servers.Pixels {
			problems.Add(imageSize, "the size of an image is not known\ngive %s and %s, or %s", imageSize, patch, problem.Name("bytes-per-image"))
		}
		return image, false
	case !known:
		problems.Add(imageSize, "%s needs %s\ngive that too", patch, imageSize)
	case !in.Patch.Given():
		problems.Add(patch, "%s needs %s\ngive 28 for Qwen2.5-VL, 32 for Qwen3-VL", imageSize, patch)
	}
	size := in.ImageSize.Get()
	if side := min(size.Width, size.Height); known && !problems.Blame(imageSize) && (side < 1 || max(size.Width, size.Height) > mostSide) {
		problems.Add(imageSize, "%s %.100q is out of range\ngive WIDTHxHEIGHT, each from 1 to %d", imageSize, in.ImageSize.Text(), mostSide)
	}
	image = servers.Image{Width: size.Width, Height: size.Height, Patch: in.Patch.Get()}
	if in.Patch.Given() && !problems.Blame(patch) && image.Patch != servers.PatchQwen25 && image.Patch != servers.PatchQwen3 {
		problems.Add(patch, "%s %d is not known\ngive 28 for Qwen2.5-VL, 32 for Qwen3-VL", patch, image.Patch)
	}
	return image, len(*problems) == before && !problems.Blame(imageSize, patch)
}
