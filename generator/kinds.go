package generator

import (
	"slices"

	"mmjsonl/internal/jpeg"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// kind is a kind of generated images: a format and a content.
type kind struct {
	format  ImageFormat
	content Content
	most    int64 // pixels of a side
	// differ returns how many different images of a size there are.
	differ func(media.Size) int64
	// bytes returns the least and the most bytes that a file of a size can be made to have; nil: nothing but what it takes.
	bytes  func(media.Size) (least, most int64)
	source func(seed uint64, size media.Size, bytes int64) media.Source
}

// kinds are all of them. Of several with the same format the first one has its usual content.
var kinds = []kind{
	{
		format: FormatPNG, content: ContentNoise, most: media.MaxSide,
		differ: func(size media.Size) int64 { return media.Noise{Size: size}.MaxPool() },
		source: func(seed uint64, size media.Size, _ int64) media.Source { return media.Noise{Seed: seed, Size: size} },
	},
	{
		format: FormatPNG, content: ContentPhoto, most: media.MaxSide,
		differ: func(size media.Size) int64 { return media.PhotoPNG{Size: size}.MaxPool() },
		source: func(seed uint64, size media.Size, _ int64) media.Source {
			return media.PhotoPNG{Seed: seed, Size: size}
		},
	},
	{
		format: FormatJPEG, content: ContentPhoto, most: jpeg.MaxSide,
		differ: func(size media.Size) int64 { return media.PhotoJPEG{Size: size}.MaxPool() },
		bytes:  func(size media.Size) (least, most int64) { return jpeg.Range(int(size.Width), int(size.Height)) },
		source: func(seed uint64, size media.Size, bytes int64) media.Source {
			return media.PhotoJPEG{Seed: seed, Size: size, Bytes: bytes}
		},
	},
}

// kindOf returns the kind of a format and a content, "" being what is usual, or nil if there is none.
func kindOf(format ImageFormat, content Content) *kind {
	if format == "" {
		format = FormatPNG
	}
	i := slices.IndexFunc(kinds, func(k kind) bool {
		return k.format == format && (content == "" || k.content == content)
	})
	if i < 0 {
		return nil
	}
	return &kinds[i]
}

// otherContent returns a content that is not this one.
func otherContent(content Content) Content {
	if content == ContentNoise {
		return ContentPhoto
	}
	return ContentNoise
}

// checkSizes checks the sizes of generated images.
func (b *planner) checkSizes(kind *kind) {
	const input = problem.Name("image-size")
	sizes := b.config.Media.Sizes
	if b.problems.Blame(input) {
		return
	}
	if len(sizes) == 0 {
		b.problems.Add(input, "%s has no size\ngive one like 512x512", input)
	}
	if len(sizes) > media.MostSizes {
		b.problems.Add(input, "%s has %d sizes\ngive at most %d", input, len(sizes), media.MostSizes)
		return
	}
	seen := map[media.Size]bool{}
	for _, share := range sizes {
		size := share.Size
		switch {
		case size.Width < 1 || size.Width > kind.most || size.Height < 1 || size.Height > kind.most:
			b.problems.Add(input, "%s %s is out of range\ngive WIDTHxHEIGHT, each from 1 to %d", input, size, kind.most)
		case share.Weight < 1 || share.Weight > media.MostPeriod:
			b.problems.Add(input, "%s has the weight %d for %s\ngive a whole number from 1 to %d, or leave the size out", input, share.Weight, size, media.MostPeriod)
		case seen[size]:
			b.problems.Add(input, "%s has %s twice\ngive it once, with the sum of the weights", input, size)
		default:
			if most := kind.differ(size); int64(b.pool) > most {
				b.problems.Add(input, "%s %s is too small for %d images to differ\ngive larger ones, or %s of at most %d", input, size, b.pool, problem.Name("images-pool"), most)
			}
		}
		seen[size] = true
	}
	if !b.problems.Blame(input) && sizes.Period() > media.MostPeriod {
		b.problems.Add(input, "%s has weights with a sum of %d in lowest terms\ngive smaller numbers, up to a sum of %d", input, sizes.Period(), media.MostPeriod)
	}
}

// checkImageBytes checks the length that files of generated images are to have.
func (b *planner) checkImageBytes(kind *kind) {
	const input = problem.Name("image-bytes")
	c := &b.config.Media
	if c.Bytes == 0 && !b.config.Given[input] || b.problems.Blame(input, "image-format", "image-content") {
		return
	}
	if kind.bytes == nil {
		b.problems.Add(input, "%s: the files of %s %s have the length that their pixels take\ngive %s %s, or leave %s out", input, kind.format, kind.content,
			problem.Name("image-format"), FormatJPEG, input)
		return
	}
	if b.problems.Blame("image-size") {
		return
	}
	for _, share := range c.Sizes {
		least, most := kind.bytes(share.Size)
		if c.Bytes >= least && c.Bytes <= most {
			continue
		}
		remedy := "give %s a number from %d to %d"
		if len(c.Sizes) > 1 {
			remedy += " for this size"
		}
		b.problems.Add(input, "%s: %d bytes cannot be met by a %s of %s\n"+remedy, input, c.Bytes, kind.format, share.Size, input, least, most)
	}
}
