package command

import (
	"errors"

	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/servers"
)

// countHitCapacities turns the capacities of hit rates that are given in bytes into numbers of images, if all images take the same in the cache; else it says
// what each takes.
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
		if problems.Blame("server", "model", "bytes-per-image", "image-cache-bytes", "image-size", input) {
			break
		}
		weight, of := weightOfImage(in, c, point.Bytes, places, problems)
		c.Reuse.Weigh = of
		switch {
		case weight == 0: // each image has its own, or there is a problem
		case point.Bytes < weight:
			problems.Add(input, "%s: a cache of %d bytes holds no image of %d bytes\ngive a larger capacity", input, point.Bytes, weight)
		default:
			point.Capacity = point.Bytes / weight
		}
	}
	if len(*problems) > before || inBytes > 0 && problems.Blame("server", "model", "bytes-per-image", "image-cache-bytes", "image-size") {
		c.Reuse.Hits = nil // their capacities are unknown; what else is wrong can be found without them
	}
	if inBytes > 0 {
		return
	}
	for _, without := range []struct {
		name  problem.Name
		given bool
	}{{"server", in.Server.Given()}, {"bytes-per-image", in.BytesPerImage.Given()}, {"image-cache-bytes", in.ImageCacheBytes.Given()}} {
		if without.given {
			problems.Add(without.name, "%s says what an image takes in a cache of so many bytes, and %s has no capacity in bytes\ngive one like 0.6@2GiB, or leave %s out",
				without.name, input, without.name)
		}
	}
}

// weightOfImage returns how many bytes every image takes in the cache that the inputs name. It is 0 if images differ: then of tells by their size, or, if
// of is nil, the images' files; or if a problem was added.
func weightOfImage(in *inputs.Generate, c *generator.Config, cacheBytes int64, places files.Places, problems *problem.List) (weight int64, of func(media.Size) (int64, error)) {
	const input = problem.Name("hit-rate")
	name := in.Server.Get()
	made := c.Media.From == "" && (c.Media.Mode != generator.ModeHTTP || c.Media.URLBase != "")
	known := made || c.Media.From != ""
	if list := in.ImageCacheBytes.Get(); len(list) > 0 {
		if name != "" || in.BytesPerImage.Given() {
			problems.Add("image-cache-bytes", "%s says what an image takes in the cache, as do %s and %s\ngive one of them", problem.Name("image-cache-bytes"), problem.Name("server"), problem.Name("bytes-per-image"))
			return 0, nil
		}
		if !known {
			problems.Add(input, "%s has a capacity in bytes, and the sizes of images that are not generated are unknown\ngive %s", input, problem.Name("bytes-per-image"))
			return 0, nil
		}
		return 0, func(size media.Size) (int64, error) {
			if weight, ok := list.Weight(size.Width, size.Height); ok {
				return weight, nil
			}
			return 0, errors.New("image-cache-bytes does not have this size")
		}
	}
	if name == "" {
		if in.BytesPerImage.Given() && !in.Model.Given() {
			weight := int64(in.BytesPerImage.Get())
			if weight < 1 {
				problems.Add("bytes-per-image", "%s %d is too small\ngive at least 1", problem.Name("bytes-per-image"), weight)
			}
			return max(weight, 0), nil
		}
		if !known || in.BytesPerImage.Given() {
			problems.Add(input, "%s has a capacity in bytes, and what an image takes is unknown\ngive %s with %s, or %s",
				input, problem.Name("server"), problem.Name("model"), problem.Name("bytes-per-image"))
		}
		return 0, nil
	}
	if profile, known := servers.Find(name); known {
		switch {
		case profile.Holds == servers.Tokens:
			problems.Add("server", "%s: the size of %s is a number of tokens, not of bytes\ngive %s the capacity in images", problem.Name("server"), profile.Title, input)
			return 0, nil
		case !profile.Rule.DropsLeastUsed():
			problems.Add("server", "%s: %s does not evict the image that was used least recently, so no hit rate can be requested of it\nsee what a file does to it with mmjsonl inspect",
				problem.Name("server"), profile.Title)
			return 0, nil
		}
	}
	asked := servers.Inputs{Server: name, CacheBytes: cacheBytes, CacheTokens: -1, BytesPerImage: given(&in.BytesPerImage), TokensPerImage: -1,
		Model: in.Model.Get(), Folder: modelFolder(in.Model.Get(), places, problems), Hidden: -1, DeepStack: -1, Patch: -1, PixelBytes: -1}
	asked.SizesKnown = known
	if made && len(c.Media.Sizes) == 1 && !in.BytesPerImage.Given() {
		size := c.Media.Sizes[0].Size
		asked.HasImageSize, asked.Width, asked.Height = true, size.Width, size.Height
	}
	cache := servers.Resolve(asked, problems)
	if cache == nil {
		return 0, nil
	}
	if weight, ok := cache.Same(); ok {
		return cache.InBytes(weight), nil
	}
	if !known {
		problems.Add(input, "%s has a capacity in bytes, and the sizes of images that are not generated are unknown\ngive %s", input, problem.Name("bytes-per-image"))
		return 0, nil
	}
	return 0, func(size media.Size) (int64, error) {
		weight, err := cache.Weight(size.Width, size.Height)
		return cache.InBytes(weight), err
	}
}
