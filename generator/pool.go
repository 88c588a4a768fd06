package generator

import (
	"context"
	"slices"

	"mmjsonl/internal/format"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// Pool is the generated images that the rows of a file name by URLs: what a media server needs of a [Plan], with how a client sends the rows.
type Pool struct {
	Media  media.Source
	Images int    // as many as there are
	Base   string // the URL of their folder, as it was given

	Kind format.Kind
	File format.File // how the rows are sent, without the file's name and their number
}

// NewPool returns the pool of a configuration, without looking at any file. If anything is wrong the error is a [problem.List], as that of
// [NewPlan] is.
func NewPool(ctx context.Context, c Config, earlier problem.List) (*Pool, error) {
	b := &planner{
		config: c, problems: slices.Clone(earlier), display: chooseDisplay(&c),
		plan: &Plan{Seed: c.Seed, Mode: c.Media.Mode},
	}
	if (c.Media.Mode != ModeHTTP || c.Media.URLBase == "") && !b.problems.Blame("image-mode", "image-url-base") {
		b.problems.Add("image-mode", "the rows do not name generated images by URLs\ngive a file of %s http with %s", problem.Name("image-mode"),
			problem.Name("image-url-base"))
		return nil, b.problems
	}
	if c.Media.From != "" {
		b.problems.Add("images-from", "the images are files of the folder %q\nserve that folder in place of the manifest", c.Media.From)
		return nil, b.problems
	}
	b.checkReuse()
	b.checkImages()
	if b.inBytes { // which images users show depends on what they take
		b.checkHitBytes()
	}
	b.checkURLInputs()
	if err := b.referByURL(ctx); err != nil {
		return nil, err
	}
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	shape := b.plan.Shape()
	pool := &Pool{Media: b.plan.Media, Images: shape.Pool, Base: c.Media.URLBase,
		Kind: c.Format.Name.Kind(), File: format.File{Sessions: int64(shape.Sessions), Scheduled: c.Format.Arrivals.Rate > 0 && shape.Sessions == 0,
			Concurrency: int64(b.plan.Concurrency), MaxTokens: c.Format.MaxTokens}}
	if b.plan.Conversations != nil {
		pool.Kind = format.KindMultiTurn
	}
	return pool, nil
}

// Append appends the name that an image has behind the base URL.
func (p *Pool) Append(dst []byte, image uint32) []byte {
	return appendImageName(dst, image, p.Media.Item(image))
}

// Number is the reverse of Append.
func (p *Pool) Number(name []byte) (image uint32, ok bool) { return imageNumber(p.Media, name) }
