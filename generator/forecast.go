package generator

import (
	"context"
	"time"
)

// Forecast returns the figures of what a run would write, without writing: those of reuse are exact, and Bytes is about what the rows take
// before compression.
func (p *Plan) Forecast(ctx context.Context) (*Stats, error) {
	sampled, err := p.Stream.Sample(ctx, p.Seed)
	if err != nil {
		return nil, err
	}
	figures, err := p.figures(ctx, sampled)
	if err != nil {
		return nil, err
	}
	groups, err := p.Text.Prefix.sample(ctx, p.Seed)
	if err != nil {
		return nil, err
	}
	stats := &Stats{Figures: figures, Prefix: p.prefixHits(groups), Bytes: p.estimate()}
	if p.WritesImages() {
		stats.ImagesWritten = int64(p.Shape().Pool)
	}
	return stats, ctx.Err()
}

// Cost is about what a file takes, in bytes of disk and in time, when it is made and when aiperf sends it.
type Cost struct {
	Rows   int64 // bytes of the rows before compression
	Images int64 // bytes of the image files, those that are there already among them
	// Client is what aiperf needs before its first request, beside the seconds of its own start: it reads and encodes each reference to an
	// image that the rows do not name by a URL.
	Client time.Duration
	// ClientBytes are the files that aiperf writes then: all requests with their images, and as much again for a while where it encodes them.
	ClientBytes int64
}

// What it costs aiperf to read a reference, one after another; measured with aiperf 0.13.0 on noise of 512×512.
const (
	encodePixel = 256 * time.Nanosecond // of a local image, which it decodes and encodes again: about 67 ms an image
	readByte    = 14 * time.Nanosecond  // of an image in the row: about 15 ms an image
)

// Cost is about what the plan's file takes.
func (p *Plan) Cost() Cost {
	c := Cost{Rows: p.estimate()}
	slots := p.Shape().Slots
	if p.WritesImages() {
		c.Images = p.Media.Total(p.Shape().Pool)
	}
	switch {
	case slots == 0 || p.Media == nil:
	case p.inline():
		c.ClientBytes = c.Rows
		c.Client = time.Duration(c.Rows) * readByte
	case p.Mode == ModeBase64 && p.Videos: // which are sent as they are
		c.ClientBytes = c.Rows + slots*(p.Media.Total(p.Shape().Pool)/int64(p.Shape().Pool))*4/3
		c.Client = time.Duration(c.ClientBytes) * readByte
	case p.Mode == ModeBase64:
		c.Client = time.Duration(float64(slots) * p.Media.Sizes().Pixels() * float64(encodePixel))
		c.ClientBytes = 2 * (c.Rows + slots*(p.Media.Total(p.Shape().Pool)/int64(p.Shape().Pool))*4/3)
	}
	return c
}
