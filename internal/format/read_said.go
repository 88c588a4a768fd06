package format

// said is what of a field is sent as text.
type said struct {
	any   bool
	cut   bool // there is more than is kept
	texts span // of the Reader's, if it keeps them
}

// mostTexts bounds the texts of a row that are kept, and textBytes all of them together.
const mostTexts = 1 << 16

// resetText makes the string at hand ready for a text.
func (p *Reader) resetText() {
	if p.Texts {
		p.text.reset(keepText)
	} else {
		p.text.reset(keepLength)
	}
}

// say adds the string at hand to what a field says.
func (p *Reader) say(f *field) {
	if p.text.length == 0 {
		return
	}
	f.said.any = true
	if !p.Texts || f.said.cut {
		return
	}
	b, texts := p.batch, &f.said.texts
	if texts.len() == 0 {
		texts.from, texts.to = len(p.texts), len(p.texts)
	}
	p.texts = p.texts[:texts.to] // what was read behind it was of a key that came twice
	if p.text.length > int64(textBytes-(len(b.said)-p.spoken)) || len(p.texts) == mostTexts {
		f.said.cut = true
		return
	}
	p.texts = append(p.texts, place{uint32(len(b.said)), uint32(p.text.length)})
	b.said = append(b.said, p.text.head...)
	texts.to = len(p.texts)
}

// speak makes what a field says the text of a request.
func (p *Reader) speak(r *Request, s said) {
	r.HasText, r.TextCut = s.any, s.cut
	from := len(p.batch.texts)
	p.batch.texts = append(p.batch.texts, p.texts[s.texts.from:s.texts.to]...)
	r.texts = span{from, len(p.batch.texts)}
}
