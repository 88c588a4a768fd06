package generator

import (
	"slices"

	"mmjsonl/internal/h264"
	"mmjsonl/internal/jpeg"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// kind is a kind of generated images: a format and a content.
type kind struct {
	format  ImageFormat
	content Content
	most    int64 // pixels of a side
	even    bool  // sides are even
	// source returns the images of a size.
	source func(c *Config, size media.Size) counted
	// bytes returns the least and the most bytes that a file of a size can be made to have; nil: nothing but what it takes.
	bytes func(c *Config, size media.Size) (least, most int64)
}

// counted is a source that says how many different images it has.
type counted interface {
	media.Source
	MaxPool() int64
}

// kinds are all of them. Of several with the same format the first one has its usual content.
var kinds = []kind{
	{
		format: FormatPNG, content: ContentNoise, most: media.MaxSide,
		source: func(c *Config, size media.Size) counted { return media.Noise{Seed: c.Seed, Size: size} },
	},
	{
		format: FormatPNG, content: ContentPhoto, most: media.MaxSide,
		source: func(c *Config, size media.Size) counted { return media.PhotoPNG{Seed: c.Seed, Size: size} },
	},
	{
		format: FormatJPEG, content: ContentPhoto, most: jpeg.MaxSide,
		source: func(c *Config, size media.Size) counted {
			return media.PhotoJPEG{Seed: c.Seed, Size: size, Bytes: c.Media.Bytes}
		},
		bytes: func(_ *Config, size media.Size) (least, most int64) {
			return jpeg.Range(int(size.Width), int(size.Height))
		},
	},
	{
		format: FormatMP4, content: ContentVideo, most: h264.MaxSide, even: true,
		source: func(c *Config, size media.Size) counted { return clips(c, size) },
		bytes:  func(c *Config, size media.Size) (least, most int64) { return clips(c, size).Range() },
	},
}

func clips(c *Config, size media.Size) media.Clips {
	return media.Clips{Seed: c.Seed, Size: size, Rate: c.Media.VideoRate, Seconds: c.Media.VideoSeconds, Bytes: c.Media.Bytes}
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

// checkVideo checks how long videos are, and that nothing is requested of them that holds for images alone.
func (b *planner) checkVideo() {
	if !b.videos() {
		return
	}
	const most = 240
	c := &b.config
	b.inRange("video-fps", c.Media.VideoRate, 1, most)
	b.inRange("video-seconds", c.Media.VideoSeconds, 1, h264.MaxMacroblocks)
	byServer := slices.ContainsFunc(c.Reuse.Hits, func(point HitPoint) bool { return point.Bytes > 0 }) && c.Given["server"]
	for _, of := range []struct {
		input problem.Name
		given bool
		why   string
	}{
		{fromInput, c.Media.From != "", "takes images of your own"},
		{"input-tokens", c.Text.InputTokens > 0, "counts the tokens of images"},
		{"server", byServer, "says what images take in a cache"},
		{"uuid", c.Format.UUID != "" && (c.Format.Name == "" || c.Format.Name == FormatAiperf), "names images in rows of " + string(FormatAiperf)},
		{"format", c.Format.Name == FormatCustomImage, string(FormatCustomImage) + " has images alone"},
	} {
		if of.given && !b.problems.Blame(of.input) {
			b.problems.Add(of.input, "%s %s, and %s %s makes videos\nleave %s out", of.input, of.why, problem.Name("image-format"), FormatMP4, of.input)
		}
	}
	if c.Media.Mode == ModeHTTP && c.Media.URLBase == "" && !b.problems.Blame("image-mode") {
		b.problems.Add("image-mode", "%s http takes images of a list, and %s %s makes videos\ngive %s %s or %s, or %s",
			problem.Name("image-mode"), problem.Name("image-format"), FormatMP4, problem.Name("image-mode"), ModeBase64, ModeDataURI, problem.Name("image-url-base"))
	}
}

// videos reports whether rows show videos in place of images.
func (b *planner) videos() bool { return b.config.Media.Format == FormatMP4 }

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
		case kind.even && (size.Width%2 != 0 || size.Height%2 != 0):
			b.problems.Add(input, "%s %s has an odd side, and the colours of a video are half as wide and high\ngive even numbers", input, size)
		case kind.format == FormatMP4 && b.problems.Blame("video-fps", "video-seconds"):
		case kind.format == FormatMP4 && !clips(&b.config, size).Possible():
			b.problems.Add("video-seconds", "%s %d makes videos of %s at %d frames a second too long\nmake them shorter, or frames fewer or smaller: all of a video have at most %d blocks of 16x16 pixels together",
				problem.Name("video-seconds"), b.config.Media.VideoSeconds, size, b.config.Media.VideoRate, h264.MaxMacroblocks)
		default:
			if most := kind.source(&b.config, size).MaxPool(); int64(b.pool) > most {
				b.problems.Add(input, "%s %s is too small for %d images to differ\ngive larger ones, or %s of at most %d", input, size, b.pool, problem.Name("images-pool"), most)
			}
		}
		seen[size] = true
	}
	if !b.problems.Blame(input) && sizes.Period() > media.MostPeriod {
		b.problems.Add(input, "%s has weights with a sum of %d in lowest terms\ngive smaller numbers, up to a sum of %d", input, sizes.Period(), media.MostPeriod)
	}
}

// checkPopularSizes checks that some images are more popular than others, if that is to decide their sizes. Zipf's are, by their numbers; how often
// other patterns use an image is chance, or a matter of hit rates, which can be in bytes that the sizes decide.
func (b *planner) checkPopularSizes() {
	const input = problem.Name("popular-sizes")
	c := &b.config
	if !c.Media.PopularSizes || b.problems.Blame(input) {
		return
	}
	users := c.Requests.Windows != nil || c.Requests.Conversations != nil
	add := func(why, remedy string, args ...any) {
		b.problems.Add(input, "%s: "+why+"\n"+remedy, append([]any{input}, args...)...)
	}
	switch {
	case !b.display.made:
		add("the images are not generated, and have sizes of their own", "leave it out")
	case len(c.Media.Sizes) == 1 && !b.problems.Blame("image-size"):
		add("all images are %s", "give %s several sizes by weight, like 1280x720:3,640x360:5, or leave %s out", c.Media.Sizes[0].Size, problem.Name("image-size"), input)
	case users:
		add("%s decides how often images are used", "leave one of them out", problem.Name("num-users"))
	case len(c.Reuse.Hits) > 0:
		add("%s decides how often images are used", "leave one of them out", problem.Name("hit-rate"))
	case b.problems.Blame("reuse-pattern", "zipf-exponent"):
	case c.Reuse.Pattern != PatternZipf || c.Reuse.ZipfExponent == 0:
		add("no image is more popular than another with %s %s", "give %s %s, with a %s above 0", problem.Name("reuse-pattern"), c.Reuse.Pattern,
			problem.Name("reuse-pattern"), PatternZipf, problem.Name("zipf-exponent"))
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
	if b.problems.Blame("image-size", "video-fps", "video-seconds") {
		return
	}
	for _, share := range c.Sizes {
		least, most := kind.bytes(&b.config, share.Size)
		if c.Bytes >= least && c.Bytes <= most {
			continue
		}
		remedy := "give %s a number from %d to %d"
		if len(c.Sizes) > 1 {
			remedy += " for this size"
		}
		b.problems.Add(input, "%s: %d bytes cannot be met by %s of %s\n"+remedy, input, c.Bytes, kind.format, share.Size, input, least, most)
	}
}
