package generator

import (
	"slices"
	"strconv"

	"github.com/emmansun/base64"

	"mmjsonl/internal/media"
	"mmjsonl/internal/random"
	"mmjsonl/internal/stream"
)

// A row is {"text":"…","images":["…","…"]} and a line feed: compact and ASCII, which every release of the client reads.
const (
	beforeText   = `{"text":"`
	beforeImages = `","images":[`
	afterImages  = "]}\n"

	// wordsPerStep bounds how far a row's text may run past the buffer's limit.
	wordsPerStep = 4096
)

// lines renders rows for one worker.
type lines struct {
	plan    *Plan
	stream  *stream.Stream
	painter media.Painter // for inline images
	piece   []byte        // of an inline image: encoded as PNG, not yet as base64
	sums    imageSums

	buf   []byte             // rows rendered and not yet handed on; owned by this worker
	limit int                // of buf, in bytes; a row longer than that is handed on in parts
	flush func([]byte) error // hands on the beginning of the rows; buf may be used again when it returns

	// reserve, if not nil, is told how long a row of inline images is going to be before they are made, unless parts of it have been
	// handed on already.
	reserve func(length int64) error
}

// row appends row r to the buffer.
func (l *lines) row(r int) error {
	p := l.plan
	if err := l.beforeImages(r); err != nil {
		return err
	}
	if l.reserve != nil && p.ImagesPerRequest > 0 {
		images := int64(p.ImagesPerRequest - 1) // a comma between two
		for _, image := range l.stream.Row(r) {
			images += p.inlineLength(image)
		}
		if err := l.reserve(int64(len(l.buf)) + images + int64(len(afterImages))); err != nil {
			return err
		}
	}
	for i, image := range l.stream.Row(r) {
		if i > 0 {
			l.buf = append(l.buf, ',')
		}
		if err := l.reference(image); err != nil {
			return err
		}
	}
	l.buf = append(l.buf, afterImages...)
	return l.spill()
}

// beforeImages appends what stands before row r's images.
func (l *lines) beforeImages(r int) error {
	l.buf = append(l.buf, beforeText...)
	if l.plan.prompt != nil {
		l.buf = append(l.buf, l.plan.prompt...)
	} else if err := l.words(r); err != nil {
		return err
	}
	l.buf = append(l.buf, beforeImages...)
	return nil
}

// words appends the random text of row r.
func (l *lines) words(r int) error {
	d := random.New(l.plan.Seed, random.Text, uint64(r))
	first := true
	for left := l.plan.Words; left > 0; left -= wordsPerStep {
		start := len(l.buf)
		if first {
			start-- // the first word's space goes where the quotation mark stands, which is then put back
			l.buf = l.buf[:start]
		}
		l.buf = l.plan.words.Append(l.buf, &d, min(left, wordsPerStep))
		if first {
			l.buf[start] = '"'
			first = false
		}
		if err := l.spill(); err != nil {
			return err
		}
	}
	return nil
}

// reference appends what stands for an image in a row, as a JSON string.
func (l *lines) reference(image uint32) error {
	p := l.plan
	switch {
	case p.inline:
		return l.dataURI(image)
	case p.urls != nil:
		l.buf = append(l.buf, p.urls[image]...)
	default:
		l.buf = append(l.buf, p.pathPrefix...)
		l.buf = appendImageName(l.buf, image)
		l.buf = append(l.buf, '"')
	}
	return l.spill()
}

// dataURI appends an image as a data URI. A piece of the image is encoded up to a multiple of three bytes; what is left over
// goes in front of the next piece.
func (l *lines) dataURI(image uint32) error {
	l.buf = l.plan.beforeInline(l.buf, image)
	l.piece = l.piece[:0]
	err := l.painter.Begin(image)
	for more := err == nil; more; {
		if l.piece, more, err = l.painter.Append(l.piece); err != nil {
			return err
		}
		whole := len(l.piece)
		if more {
			whole -= whole % 3
		}
		start, length := len(l.buf), base64.StdEncoding.EncodedLen(whole)
		l.buf = slices.Grow(l.buf, length)[:start+length]
		base64.StdEncoding.Encode(l.buf[start:], l.piece[:whole])
		l.piece = l.piece[:copy(l.piece, l.piece[whole:])]
		if err := l.spill(); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	l.sums[image].Store(l.painter.Sum())
	l.buf = append(l.buf, '"')
	return nil
}

// spill hands the buffer on if it is over its limit.
func (l *lines) spill() error {
	if len(l.buf) < l.limit {
		return nil
	}
	err := l.flush(l.buf)
	l.buf = l.buf[:0]
	return err
}

// beforeInline appends the beginning of an image as a JSON string that holds a data URI.
func (p *Plan) beforeInline(dst []byte, image uint32) []byte {
	dst = append(dst, `"data:`...)
	dst = append(dst, p.media.Item(image).MIME...)
	return append(dst, ";base64,"...)
}

// inlineLength is the length in bytes of an image as such a string.
func (p *Plan) inlineLength(image uint32) int64 {
	item := p.media.Item(image)
	return int64(len(`"data:;base64,"`)+len(item.MIME)) + (item.Bytes+2)/3*4
}

// appendImageName appends the name of an image file: img_0000.png, and so on.
func appendImageName(dst []byte, image uint32) []byte {
	dst = append(dst, "img_"...)
	for bound := uint32(1000); bound > 1 && image < bound; bound /= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendUint(dst, uint64(image), 10)
	return append(dst, ".png"...)
}
