package stream

import "context"

// Conversations are requests of several turns: a turn shows new images, and is sent with all images of the turns before. The rows of a
// conversation are its turns, one after the other. No image is twice in a conversation, as it would be twice in a request.
//
// With as many images as there are slots in the rows each conversation has its own, the same for all seeds. With fewer, each image is at a slot drawn
// uniformly from all of them, and the slots left over are drawn uniformly; there are at least as many as the longest conversation shows.
type Conversations struct {
	Turns   []uint32 // of each conversation, from 1
	PerTurn []int    // new images of each turn; the last number holds for all turns after
	Pool    int

	Sessions int // conversations that the client has at once, from 1
}

// new is how many new images a turn has.
func (c Conversations) new(turn int) int { return c.PerTurn[min(turn, len(c.PerTurn)-1)] }

// Images is how many images a conversation of so many turns shows.
func (c Conversations) Images(turns int) (images int64) {
	for _, each := range c.PerTurn[:min(turns, len(c.PerTurn))] {
		images += int64(each)
	}
	return images + int64(max(turns-len(c.PerTurn), 0))*int64(c.new(turns))
}

// Shape counts rows and their slots as the file has them, without what is sent again.
func (c Conversations) Shape() Shape {
	shape := Shape{Pool: c.Pool, Sessions: len(c.Turns)}
	longest := 0
	for _, turns := range c.Turns {
		shape.Rows += int(turns)
		shape.Slots += c.Images(int(turns))
		longest = max(longest, int(turns))
	}
	for turn := range min(longest, len(c.PerTurn)) {
		shape.Widest = max(shape.Widest, c.PerTurn[turn])
	}
	return shape
}

// Begin returns the row with which the last conversation begins that begins at a row or before. For the number of rows it is that number.
func (c Conversations) Begin(row int) int {
	begin := 0
	for _, turns := range c.Turns {
		if begin+int(turns) > row {
			break
		}
		begin += int(turns)
	}
	return begin
}

// Sample returns the stream of a seed.
func (c Conversations) Sample(ctx context.Context, seed uint64) (*Stream, error) {
	shape := c.Shape()
	s := &Stream{Ends: make([]int64, 0, shape.Rows), Sessions: make([]uint32, 0, shape.Rows), History: make([]uint32, 0, shape.Rows)}
	ends, end := make([]int64, len(c.Turns)), int64(0) // of conversations
	for i, turns := range c.Turns {
		if err := cancelled(ctx, i, 1); err != nil {
			return nil, err
		}
		begin := uint32(len(s.Ends))
		for turn := range int(turns) {
			end += int64(c.new(turn))
			s.Ends, s.Sessions, s.History = append(s.Ends, end), append(s.Sessions, uint32(i)), append(s.History, begin)
		}
		ends[i] = end
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if int64(c.Pool) == shape.Slots {
		s.Media = make([]uint32, shape.Slots)
		for i := range s.Media {
			s.Media[i] = uint32(i)
		}
	} else {
		var err error
		if s.Media, err = dealt(ctx, seed, int(shape.Slots), c.Pool); err != nil {
			return nil, err
		}
		if err = fill(ctx, seed, &Stream{Media: s.Media, Ends: ends}, c.Pool); err != nil {
			return nil, err
		}
	}
	if c.Sessions > 1 {
		s.Sent = bySession(s.Sessions, len(c.Turns), c.Sessions)
	}
	return s, nil
}
