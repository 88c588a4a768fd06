package command

import (
	"maps"
	"os"
	"path/filepath"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/report"
)

// How many manifests beside an output are read, and how large they may be: a note is not worth more.
const (
	mostManifests     = 100
	mostManifestBytes = 1 << 20
)

// isOfImages reports whether an input decides what the images are. How rows refer to them decides nothing.
func isOfImages(name string) bool {
	switch name {
	case "image-mode", "image-path-prefix", "image-url-base":
		return false
	case "coco-annotations", "url-list":
		return true
	}
	return strings.HasPrefix(name, "image-")
}

// isOfTexts reports whether an input decides what the texts are.
func isOfTexts(name string) bool { return name == "user-text-tokens" || name == "prompt" }

// sharing finds the files beside an output, by their manifests, that have the same seed, and so share images or texts with it. deciding are the
// inputs that decided the output.
func sharing(deciding map[string]string, p *generator.Plan) report.Sharing {
	own := p.Names.Manifest.Here
	if own == "" || p.Shard.Count > 0 { // shards are one file in the end
		return report.Sharing{}
	}
	entries, _ := os.ReadDir(filepath.Dir(own)) // a folder that cannot be read has nothing to tell
	var with report.Sharing
	images, texts, seen := false, false, 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), generator.ManifestSuffix) || entry.Name() == filepath.Base(own) || !entry.Type().IsRegular() {
			continue
		}
		if seen++; seen > mostManifests {
			break
		}
		other := readBeside(filepath.Join(filepath.Dir(own), entry.Name()))
		if other == nil || other.Shard != nil || other.Inputs["seed"] != deciding["seed"] {
			continue
		}
		same := func(counts func(name string) bool) bool {
			only := func(inputs map[string]string) map[string]string {
				inputs = maps.Clone(inputs)
				maps.DeleteFunc(inputs, func(name, _ string) bool { return !counts(name) })
				return inputs
			}
			return maps.Equal(only(other.Inputs), only(deciding))
		}
		sameImages := p.Shape().Slots > 0 && other.Figures != nil && other.Figures.Slots > 0 && same(isOfImages)
		sameTexts := same(isOfTexts)
		if sameImages || sameTexts {
			with.Files = append(with.Files, other.File.Name)
			images, texts = images || sameImages, texts || sameTexts
		}
	}
	switch {
	case images && texts:
		with.What = "images and texts"
	case images:
		with.What = "images"
	case texts:
		with.What = "texts"
	}
	return with
}

// readBeside reads a manifest, if it is one.
func readBeside(name string) *manifest.Manifest {
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() || info.Size() > mostManifestBytes {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	m, err := manifest.Read(f)
	if err != nil {
		return nil
	}
	return m
}
