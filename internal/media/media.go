package media

import "fmt"

// Source is a pool of items, numbered from 0. It is safe for several goroutines; a [Painter] is not.
type Source interface {
	// Item says what an item is, without making it.
	Item(i uint32) Item
	// Longest is at least the length of the longest item, in bytes.
	Longest() int64
	// Total is the length of the first n items together, in bytes; about that where only making an item tells its length, and of
	// more than a million items.
	Total(n int) int64
	// Sizes are the sizes of the items, by how often each is.
	Sizes() Sizes
	// Painter returns a new painter of the items.
	Painter() Painter
	// Set names all that items depend on beside their numbers, as a part of a file's name: 512x512_seed42.
	Set() string
}

// Item is what is known of an item before it is made.
type Item struct {
	MIME      string // image/png
	Prefix    string // of its file's name, before its number: img_. It is the same for all items
	Extension string // of its file's name, behind its number: .png
	Size      Size
	Bytes     int64 // its exact length, or -1 if only making it tells
}

// Painter makes items, one after another, piece by piece. An item is the same in whatever pieces and order, and by whatever painter.
type Painter interface {
	// Begin starts on an item.
	Begin(i uint32) error
	// Append appends the item's next piece, at most [MaxPiece] bytes, and reports whether there are more.
	Append(dst []byte) (extended []byte, more bool, err error)
	// Sum returns a checksum of the item, once there is no more of it.
	Sum() uint32
}

// imagePrefix is what the names of images have before their numbers.
const imagePrefix = "img_"

// Size is an image's size in pixels.
type Size struct {
	Width, Height int64
}

func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }
