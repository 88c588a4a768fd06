package stream

import (
	"context"

	"mmjsonl/internal/random"
)

// Stream is a sequence of requests, each of which asks for some images. Images are numbers from 0 up to below the pool's size.
type Stream struct {
	Media    []uint32 // the image in every slot, row after row
	PerRow   int      // slots in a row
	Ends     []int64  // where each row's slots end in Media, for rows of different lengths; nil if all have PerRow
	Sessions []uint32 // the session of each row, for a client that keeps the rows of one together; nil if rows name none
	History  []uint32 // the first row whose images are sent with each row's, all of those between among them; nil if no row is sent with another's
	Sent     []uint32 // the rows in the order in which the client sends them; nil if that is the file's
	rows     int      // where Ends is nil
	parts    *parts   // nil if all rows have their images
}

// Rows returns the number of rows.
func (s *Stream) Rows() int {
	if s.Ends != nil {
		return len(s.Ends)
	}
	return s.rows
}

// Row returns the images in a row, counted from 0.
func (s *Stream) Row(r int) []uint32 { return s.Span(r, r+1) }

// Request returns the images that are sent with a row: its own, behind those of the rows before it in its conversation.
func (s *Stream) Request(r int) []uint32 {
	if s.History == nil {
		return s.Row(r)
	}
	return s.Span(int(s.History[r]), r+1)
}

// Span returns the images in the rows from one up to before another.
func (s *Stream) Span(from, to int) []uint32 { return s.Media[s.begin(from):s.begin(to)] }

// begin returns where a row's slots begin, and for the number of rows where the last one's end.
func (s *Stream) begin(r int) int64 {
	switch {
	case s.Ends == nil:
		return int64(r) * int64(s.PerRow)
	case r == 0:
		return 0
	}
	return s.Ends[r-1]
}

// Shape is what is known of a stream before it is sampled.
type Shape struct {
	Rows     int
	Slots    int64 // in all rows
	Widest   int   // slots in the row that has most
	Pool     int   // images in use, at most Slots
	Sessions int   // sessions that rows name; 0: rows name none
	WarmUp   int   // rows in front that hold all first uses, where others follow them; else 0
	HeldOut  bool  // these rows hold images that no other row has, instead
}

// Sampler makes a stream. Its value says all there is to know but for the seed.
type Sampler interface {
	Shape() Shape
	// Sample returns the stream of a seed. Its error is that of ctx, soon after ctx ends.
	Sample(ctx context.Context, seed uint64) (*Stream, error)
}

// even is the shape of rows of the same length.
func even(rows, perRow, pool int) Shape {
	return Shape{Rows: rows, Slots: int64(rows) * int64(perRow), Widest: perRow, Pool: pool}
}

// firstUsesInFront returns the shape with a warm-up: the rows that the pool fills, if that leaves any to measure.
func (s Shape) firstUsesInFront() Shape {
	if s.Widest > 0 {
		if rows := (s.Pool + s.Widest - 1) / s.Widest; rows < s.Rows {
			s.WarmUp = rows
		}
	}
	return s
}

// cancelEvery is how many images, a power of two, a loop takes between two looks at a context: some milliseconds of them.
const cancelEvery = 1 << 16

// cancelled is called before a loop takes so many more images, and returns the context's error each time that cancelEvery of them have passed.
func cancelled(ctx context.Context, taken, more int) error {
	if taken&(cancelEvery-1) < more {
		return ctx.Err()
	}
	return nil
}

// shuffle puts numbers in random order (Fisher and Yates, Durstenfeld 1964).
func shuffle(ctx context.Context, d *random.Draws, numbers []uint32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := len(numbers) - 1; i > 0; i-- {
		if err := cancelled(ctx, i, 1); err != nil {
			return err
		}
		j := d.Below(uint32(i) + 1)
		numbers[i], numbers[j] = numbers[j], numbers[i]
	}
	return nil
}

// shuffledImages returns the numbers below pool in random order.
func shuffledImages(ctx context.Context, seed uint64, s random.Stream, pool int) ([]uint32, error) {
	images := make([]uint32, pool)
	for i := range images {
		images[i] = uint32(i)
	}
	d := random.New(seed, s, 0)
	return images, shuffle(ctx, &d, images)
}
