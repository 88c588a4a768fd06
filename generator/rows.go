package generator

import (
	"slices"

	"github.com/emmansun/base64"

	"mmjsonl/internal/format"
	"mmjsonl/internal/media"
	"mmjsonl/internal/random"
	"mmjsonl/internal/stream"
)

// tokensPerStep bounds how far a row's text may run past a buffer's limit.
const tokensPerStep = 4096

// rowWriter takes a row, piece by piece.
type rowWriter interface {
	// buffer holds what was rendered and not yet handed on; what is appended to it comes next.
	buffer() *[]byte
	// spill may hand the buffer on, and empty it.
	spill() error
	// before is told when the row's references come next.
	before(row *format.Row) error
	// reference appends a reference to an image, with what the format has around it.
	reference(image uint32) error
}

// layout is the one place in which a row is laid out; each worker has a copy of its own.
type layout struct {
	plan          *Plan
	open, between string   // of the format
	closing       int      // how long it is what the format has after a reference
	begin, apart  string   // with names: what is before the end of a row's first one, and between the ends of two; "" if images differ in that
	groups        []uint32 // of the rows that begin alike; nil: none do
	texts         random.Sequences
	draws         random.Draws
	row           format.Row // at hand
	read          uint32     // keeps the compiler from leaving out what only reads
}

func (p *Plan) newLayout(groups []uint32) layout {
	l := layout{plan: p, groups: groups, texts: random.Of(p.Seed, random.Text), open: p.Format.Open(), between: p.Format.Between(), closing: p.closing()}
	if !p.inline() && p.Format.ClosesAlike() {
		l.begin = l.open + p.Reference.Begin
		l.apart = string(p.Format.Close(nil, 0)) + l.between + l.begin
	}
	return l
}

// write writes row r.
func (l *layout) write(w rowWriter, s *stream.Stream, r int) error {
	p, row, buffer := l.plan, &l.row, w.buffer()
	*row = p.rowOf(s, r)
	if l.apart != "" && p.Reference.ReadAhead != nil {
		l.read += p.Reference.ReadAhead(row.Images) // words are appended while the names arrive
	}
	first, second := l.text, l.references
	if p.Text.Last {
		first, second = second, first
	}
	*buffer = p.Format.Head(*buffer, row)
	if err := first(w, row); err != nil {
		return err
	}
	*buffer = p.Format.Middle(*buffer, row)
	if err := second(w, row); err != nil {
		return err
	}
	*buffer = p.Format.Tail(*buffer, row)
	return w.spill()
}

// references appends the references of a row.
func (l *layout) references(w rowWriter, row *format.Row) error {
	if err := w.before(row); err != nil {
		return err
	}
	if l.apart != "" {
		return l.named(w, row.Images)
	}
	buffer := w.buffer()
	for i, image := range row.Images {
		if i > 0 {
			*buffer = append(*buffer, l.between...)
		}
		if err := w.reference(image); err != nil {
			return err
		}
	}
	return nil
}

// named appends references of a row that are names, where what is between two is always the same.
func (l *layout) named(w rowWriter, images []uint32) error {
	if len(images) == 0 {
		return nil
	}
	buffer, appendEnd := w.buffer(), l.plan.Reference.AppendEnd
	row := append(*buffer, l.begin...)
	from := len(row)
	for _, image := range images {
		if len(row)-from >= partBytes {
			*buffer = row
			if err := w.spill(); err != nil {
				return err
			}
			row = *buffer
			from = len(row)
		}
		row = append(appendEnd(row, image), l.apart...)
	}
	*buffer = row[:len(row)-len(l.between)-len(l.begin)]
	return nil
}

// text appends the text of a row.
func (l *layout) text(w rowWriter, row *format.Row) error {
	p, buffer := l.plan, w.buffer()
	if p.Text.Prompt != nil {
		*buffer = append(*buffer, p.Text.Prompt...)
		return nil
	}
	tokens, first := p.tokens(row), true
	if l.groups != nil {
		l.draws = random.New(p.Seed, random.Prefix, uint64(l.groups[row.Number]))
		if err := l.words(w, p.Text.Prefix.Tokens, first); err != nil {
			return err
		}
		tokens, first = tokens-p.Text.Prefix.Tokens, false
	}
	l.draws = l.texts.At(uint64(row.Number))
	return l.words(w, tokens, first)
}

// words appends words of a row's text, of which the first may be the text's first.
func (l *layout) words(w rowWriter, left int, first bool) error {
	p, buffer := l.plan, w.buffer()
	for ; left > 0; left -= tokensPerStep {
		start, tokens := len(*buffer), min(left, tokensPerStep)
		if first {
			// The first word's space takes the place of the byte before it, which is then put back.
			start--
			before := (*buffer)[start]
			*buffer = p.Text.Source.Append((*buffer)[:start], &l.draws, tokens)
			(*buffer)[start] = before
			first = false
		} else {
			*buffer = p.Text.Source.Append(*buffer, &l.draws, tokens)
		}
		if err := w.spill(); err != nil {
			return err
		}
	}
	return nil
}

// beforeInline appends what comes before the base64 of an image that is inside the row.
func (p *Plan) beforeInline(dst []byte, image uint32) []byte {
	dst = append(dst, p.Format.Open()...)
	dst = append(dst, "data:"...)
	dst = append(dst, p.Media.Item(image).MIME...)
	return append(dst, ";base64,"...)
}

// inlineLength is the length in bytes of a reference to an image that is inside the row, or -1 if only making it tells.
func (l *layout) inlineLength(image uint32) int64 {
	item := l.plan.Media.Item(image)
	if item.Bytes < 0 {
		return -1
	}
	around := len(l.open) + len("data:;base64,") + len(item.MIME) + l.closing
	return int64(around) + (item.Bytes+2)/3*4
}

// rowOf is a row as its format takes it.
func (p *Plan) rowOf(s *stream.Stream, r int) format.Row {
	row := format.Row{Number: r, Images: s.Row(r), AnswerTokens: p.answers.of(p.Seed, random.AnswerTokens, r)}
	if p.arrivals != nil {
		row.Scheduled, row.Micros = true, p.arrivals.of(p, r)
	}
	if s.Sessions != nil {
		row.InSession, row.Session = true, s.Sessions[r]
	}
	if c := p.Conversations; c != nil {
		row.Turn, row.Turns = uint32(r)-s.History[r], c.Turns[row.Session]
	}
	return row
}

// lines renders rows for one worker.
type lines struct {
	layout
	stream  *stream.Stream
	painter media.Painter // for inline images
	piece   []byte        // of an inline image: made, and not yet base64
	sums    imageSums

	buf   []byte             // rows rendered and not yet handed on; owned by this worker
	limit int                // of buf, in bytes; a row longer than that is handed on in parts
	flush func([]byte) error // hands on the beginning of the rows; buf may be used again when it returns

	// reserve, if not nil, is told how long a row of inline images is going to be before they are made.
	reserve func(length int64) error
	tail    []byte // of the row at hand
}

// render appends row r to the buffer.
func (l *lines) render(r int) error {
	return l.write(l, l.stream, r)
}

func (l *lines) buffer() *[]byte { return &l.buf }

// spill hands the buffer on if it is over its limit.
func (l *lines) spill() error {
	if len(l.buf) < l.limit {
		return nil
	}
	err := l.flush(l.buf)
	l.buf = l.buf[:0]
	return err
}

// before reserves the row's place in the file, where that can be told.
func (l *lines) before(row *format.Row) error {
	if l.reserve == nil || len(row.Images) == 0 {
		return nil
	}
	l.tail = l.plan.Format.Tail(l.tail[:0], row)
	length := int64(len(l.buf)) + int64(len(row.Images)-1)*int64(len(l.between)) + int64(len(l.tail))
	for _, image := range row.Images {
		reference := l.inlineLength(image)
		if reference < 0 {
			return nil
		}
		length += reference
	}
	return l.reserve(length)
}

func (l *lines) reference(image uint32) error {
	if l.painter != nil {
		return l.dataURI(image)
	}
	l.buf = append(l.buf, l.open...)
	l.buf = l.plan.Reference.append(l.buf, image)
	l.buf = l.plan.Format.Close(l.buf, image)
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
		encode := len(l.piece)
		if more {
			encode -= encode % 3
		}
		start, length := len(l.buf), base64.StdEncoding.EncodedLen(encode)
		l.buf = slices.Grow(l.buf, length)[:start+length]
		base64.StdEncoding.Encode(l.buf[start:], l.piece[:encode])
		l.piece = l.piece[:copy(l.piece, l.piece[encode:])]
		if err := l.spill(); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	l.sums[image].Store(l.painter.Sum())
	l.buf = l.plan.Format.Close(l.buf, image)
	return nil
}
