package generator

import (
	"slices"

	"mmjsonl/internal/problem"
)

// warnWithoutEffect warns about the inputs that were given and change nothing in this run.
func (b *planner) warnWithoutEffect() {
	c, p := &b.config, b.plan
	warn := func(without bool, why string, inputs ...problem.Name) {
		for _, input := range inputs {
			if without && c.Given[input] && !b.problems.Blame(input) && !b.warnings.Blame(input) {
				b.warnings.Add(input, "%s has no effect: "+why, input)
			}
		}
	}
	noImages := c.Requests.Images == 0
	warn(noImages, "the rows have no images",
		"images-pool", "reuse-rate", "reuse-pattern", "zipf-exponent", "hit-rate", "concurrency", "warm-up",
		"image-mode", "image-size", "popular-sizes", "image-format", "image-content", "image-bytes", "video-fps", "video-seconds", "images-from", "image-dir", "image-path-prefix", "coco-annotations", "allow-local-urls", "url-list", "image-url-base")
	warn(noImages && c.Text.Prompt != "", "nothing in the rows is random", "seed")
	warn(c.Text.Prompt != "", "the rows have a prompt in place of random words", "user-text-tokens", "tokenizer")
	warn(c.Text.InputTokens > 0, "texts are as long as input-tokens leaves", "user-text-tokens")
	warn(c.Text.InputTokens == 0 && (c.Text.Prefix.Tokens == 0 || c.Text.Before == nil), "only input-tokens counts the template, and prefixes those before the text (like 3+5)", "template-tokens")
	warn(c.Text.Prefix.Tokens == 0, "rows share no prefix", "prefixes", "prefix-pattern")
	warn(c.Reuse.Pattern != PatternZipf, "only the reuse pattern zipf has an exponent", "zipf-exponent")

	warn(c.Media.Mode != ModeHTTP, "only the image mode http has URLs", "coco-annotations", "allow-local-urls", "url-list", "image-url-base")
	warn(!slices.Contains(b.display.uses, "allow-local-urls"), "no COCO annotations are read", "allow-local-urls")
	warn(!b.env.Unattended, "only an action rejects local URLs", "allow-local-urls")
	warn(!b.display.made, "no images are generated", "image-size", "image-format", "image-content", "image-bytes")
	warn(!b.videos(), "no videos are generated", "video-fps", "video-seconds")
	warn(!b.display.files, "no image files are written", "image-dir")
	warn(!slices.Contains(b.display.uses, "image-path-prefix"), "the rows hold no paths", "image-path-prefix")

	warn(p.Output.Compression == CompressionNone, "the output is not compressed", "compression-level")
	warn(p.Output.Compression == CompressionZstd && p.inline(), "zstd of inline images has no levels", "compression-level")
}
