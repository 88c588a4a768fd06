package command

import (
	"errors"
	"io/fs"

	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/servers"
)

// checkServer finds the server's cache that the inputs describe: nil if they name none, or if problems are added. sizesKnown says that each
// image's own size is known.
func checkServer(in *inputs.ServerCache, sizesKnown bool, places files.Places, problems *problem.List) *servers.Cache {
	asked := servers.Inputs{
		Server:         in.Server.Get(),
		CacheBytes:     given(&in.CacheGiB),
		CacheTokens:    given(&in.CacheTokens),
		BytesPerImage:  given(&in.BytesPerImage),
		TokensPerImage: given(&in.TokensPerImage),
		Model:          in.Model.Get(),
		Folder:         modelFolder(in.Model.Get(), places, problems),
		Hidden:         given(&in.ModelHidden),
		DeepStack:      given(&in.DeepStack),
		Patch:          given(&in.Patch),
		PixelBytes:     given(&in.PixelBytes),
		SizesKnown:     sizesKnown,
	}
	size := in.ImageSize.Get()
	if in.ImageSize.Given() {
		asked.HasImageSize, asked.Width, asked.Height = true, size.Width, size.Height
	} else {
		asked.DefaultWidth, asked.DefaultHeight = size.Width, size.Height // what a workflow has for generate
	}
	return servers.Resolve(asked, problems)
}

// modelFolder finds a model's folder: nil if there is none, or if it must not be read and a problem is added.
func modelFolder(dir string, places files.Places, problems *problem.List) fs.FS {
	if dir == "" {
		return nil
	}
	place, err := places.Find(dir)
	switch {
	case err == nil:
		return place.FS()
	case len(places.Shared) == 0:
		problems.Add("model", "%s %q cannot be read: %s", problem.Name("model"), dir, err)
	default:
		problems.Add("model", "%s %q cannot be read: an action reads in the workspace and in the runner's folder for temporary files alone\nname a folder there", problem.Name("model"), dir)
	}
	return nil
}

// replayed replays a file through a server's cache.
func replayed(cache *servers.Cache, result *inspect.Result) (*servers.Replayed, error) {
	sent := result.Sent()
	if sent == nil {
		return nil, errors.New("it has too many image slots to be held in memory: inspect a part of it")
	}
	var likely []int64
	for _, n := range result.Needed {
		likely = append(likely, n.Capacity)
	}
	return cache.Measure(sent, likely)
}

// given is a number that was given, or -1.
func given[T interface {
	inputs.Kind
	~int64
}](value *inputs.Value[T]) int64 {
	if !value.Given() {
		return -1
	}
	return int64(value.Get())
}
