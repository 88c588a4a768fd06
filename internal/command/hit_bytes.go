package command

import (
	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/replay"
	"mmjsonl/internal/servers"
)

// countHitCapacities turns the capacities of hit rates that are given in bytes into numbers of images.
func countHitCapacities(in *inputs.Generate, c *generator.Config, places files.Places, problems *problem.List) {
	const input = problem.Name("hit-rate")
	if problems.Blame(input) {
		return
	}
	inBytes := 0
	before := len(*problems)
	for i := range c.Reuse.Hits {
		point := &c.Reuse.Hits[i]
		if point.Bytes == 0 {
			continue
		}
		inBytes++
		if problems.Blame("server", "model", "bytes-per-image", "image-size", input) {
			break
		}
		weight := weightOfImage(in, c, point.Bytes, places, problems)
		switch {
		case weight == 0:
		case point.Bytes < weight:
			problems.Add(input, "%s: a cache of %d bytes holds no image of %d bytes\ngive a larger capacity", input, point.Bytes, weight)
		default:
			point.Capacity = point.Bytes / weight
		}
	}
	if len(*problems) > before || inBytes > 0 && problems.Blame("server", "model", "bytes-per-image", "image-size") {
		c.Reuse.Hits = nil // their capacities are unknown; what else is wrong can be found without them
	}
	if inBytes > 0 {
		return
	}
	for _, without := range []struct {
		name  problem.Name
		given bool
	}{{"server", in.Server.Given()}, {"bytes-per-image", in.BytesPerImage.Given()}} {
		if without.given {
			problems.Add(without.name, "%s says what an image takes in a cache of so many bytes, and %s has no capacity in bytes\ngive one like 0.6@2GiB, or leave %s out",
				without.name, input, without.name)
		}
	}
}

// weightOfImage returns how many bytes an image takes in the cache that the inputs name, or 0 if a problem was added.
func weightOfImage(in *inputs.Generate, c *generator.Config, cacheBytes int64, places files.Places, problems *problem.List) int64 {
	const input = problem.Name("hit-rate")
	name := in.Server.Get()
	if name == "" {
		if in.BytesPerImage.Given() && !in.Model.Given() {
			weight := int64(in.BytesPerImage.Get())
			if weight < 1 {
				problems.Add("bytes-per-image", "%s %d is too small\ngive at least 1", problem.Name("bytes-per-image"), weight)
			}
			return max(weight, 0)
		}
		problems.Add(input, "%s has a capacity in bytes, and what an image takes is unknown\ngive %s with %s, or %s",
			input, problem.Name("server"), problem.Name("model"), problem.Name("bytes-per-image"))
		return 0
	}
	if profile, known := servers.Find(name); known {
		switch {
		case profile.Holds == servers.Tokens:
			problems.Add("server", "%s: the size of %s is a number of tokens, not of bytes\ngive %s the capacity in images", problem.Name("server"), profile.Title, input)
			return 0
		case profile.Rule != replay.ByRequest && profile.Rule != replay.ByReference && profile.Rule != replay.HitsFirst && profile.Rule != replay.HitsFirstOnce:
			problems.Add("server", "%s: %s does not evict the image that was used least recently, so no hit rate can be requested of it\nsee what a file does to it with mmjsonl inspect",
				problem.Name("server"), profile.Title)
			return 0
		}
	}
	asked := servers.Inputs{Server: name, CacheBytes: cacheBytes, CacheTokens: -1, BytesPerImage: given(&in.BytesPerImage), TokensPerImage: -1,
		Model: in.Model.Get(), Folder: modelFolder(in.Model.Get(), places, problems), Hidden: -1, DeepStack: -1, Patch: -1, PixelBytes: -1}
	made := c.Media.From == "" && (c.Media.Mode != generator.ModeHTTP || c.Media.URLBase != "")
	if made && !in.BytesPerImage.Given() {
		if len(c.Media.Sizes) > 1 {
			problems.Add(input, "%s has a capacity in bytes, and images of %d sizes take different numbers of bytes\ngive one %s, or %s",
				input, len(c.Media.Sizes), problem.Name("image-size"), problem.Name("bytes-per-image"))
			return 0
		}
		size := c.Media.Sizes[0].Size
		asked.HasImageSize, asked.Width, asked.Height = true, size.Width, size.Height
	}
	cache := servers.Resolve(asked, problems)
	if cache == nil {
		return 0
	}
	weight, ok := cache.Same()
	if !ok {
		problems.Add(input, "%s has a capacity in bytes, and the sizes of images that are not generated are unknown\ngive %s", input, problem.Name("bytes-per-image"))
		return 0
	}
	return cache.InBytes(weight)
}
