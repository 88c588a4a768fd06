package urls

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// maxJSONValue bounds what has to stand in memory at once, in bytes: a string, a number, white space, or one element
	// of a list of the top level. What a value may have beyond it before it is noticed is one read.
	maxJSONValue = 4 << 20
	maxJSONRead  = 64 << 10
	// maxJSONDepth bounds nesting; COCO's own files go five deep.
	maxJSONDepth = 1000
)

// ReadCOCO reads a COCO image_info file, or any other COCO annotation file, and calls each with the coco_url of every
// entry of its images, in the file's order. A URL is passed on as the file gives it, once [checkURL] has accepted it.
//
// The JSON is read to its end, but never held, so that memory does not grow with the file and a file that was cut short is
// noticed even if its images are whole. Errors say where: by the number of the entry, as in images[0], or by the byte,
// counted from 0. An error of r or of each is returned wrapped or as it is.
func ReadCOCO(r io.Reader, each func(url string) error) error {
	br := bufio.NewReaderSize(r, maxJSONRead)
	bom, err := skipBOM(br)
	if err != nil {
		return err
	}
	source := &tokenSource{r: br, base: bom}
	source.dec = json.NewDecoder(source)
	source.dec.UseNumber() // numbers are skipped: none is too large
	return source.file(each)
}

// tokenSource reads the tokens of a JSON file. It is also what its own decoder reads from, which is how it knows the
// number of bytes that the decoder holds, and how deep it is made to go.
type tokenSource struct {
	r    io.Reader
	dec  *json.Decoder
	base int64 // bytes before the JSON
	read int64 // bytes given to dec
	err  error // the fault of r, or of what it gave, if there was one

	depth             int // of nesting, where r stands
	inString, escaped bool
}

// Read gives the decoder more, unless it holds too much already: it asks for more only when what it holds is not yet a
// whole value.
func (s *tokenSource) Read(p []byte) (int, error) {
	if s.err == nil && s.read-s.dec.InputOffset() > maxJSONValue {
		s.err = fmt.Errorf("the JSON has a value of more than %d bytes at byte %d: this is not a COCO file", maxJSONValue, s.offset())
	}
	if s.err != nil {
		return 0, s.err
	}
	// As much as there is room for: the decoder looks through white space again from its beginning after every read.
	p = p[:min(len(p), maxJSONRead)]
	n := 0
	var err error
	for n < len(p) && err == nil {
		var more int
		more, err = s.r.Read(p[n:])
		n += more
	}
	if deep := s.descend(p[:n]); deep >= 0 {
		s.err = fmt.Errorf("the JSON nests deeper than %d levels at byte %d: this is not a COCO file", maxJSONDepth, s.base+s.read+int64(deep))
		return 0, s.err
	}
	s.read += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// descend follows the nesting through p, and returns where it becomes too deep, or -1.
func (s *tokenSource) descend(p []byte) int {
	for i, c := range p {
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.inString, s.escaped = c != '"', c == '\\'
		case c == '"':
			s.inString = true
		case c == '{', c == '[':
			if s.depth++; s.depth > maxJSONDepth {
				return i
			}
		case c == '}', c == ']':
			s.depth--
		}
	}
	return -1
}

// offset is where the token that was read last ends, or the one that cannot be read begins.
func (s *tokenSource) offset() int64 { return s.base + s.dec.InputOffset() }

// token reads the next token, of which there has to be one.
func (s *tokenSource) token() (json.Token, error) {
	token, err := s.dec.Token()
	if err != nil {
		return nil, s.fault(err)
	}
	return token, nil
}

// fault says where and why the decoder cannot go on.
func (s *tokenSource) fault(err error) error {
	switch {
	case s.err != nil:
		return s.err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), err.Error() == "unexpected end of JSON input": // that with GOEXPERIMENT=jsonv2
		return fmt.Errorf("the JSON stops in the middle, at byte %d: the file was cut short, fetch it again", s.base+s.read)
	}
	return fmt.Errorf("not valid JSON at byte %d: %w", s.offset(), err)
}

// file reads the whole file.
func (s *tokenSource) file(each func(url string) error) error {
	first, err := s.dec.Token()
	if err == io.EOF {
		return errors.New("the file is empty: a COCO image_info JSON is needed")
	}
	if err != nil {
		return s.fault(err)
	}
	if first != json.Delim('{') {
		return fmt.Errorf("the JSON is %s, not an object: a COCO image_info JSON is needed", kindOf(first))
	}
	found := false
	for {
		key, err := s.token()
		switch {
		case err != nil:
			return err
		case key == json.Delim('}') && !found:
			return errors.New(`the JSON has no "images": a COCO image_info JSON is needed`)
		case key == json.Delim('}'):
			return s.end()
		case key == "images" && found:
			return fmt.Errorf(`the JSON has "images" a second time, at byte %d`, s.offset())
		case key == "images":
			found = true
			err = s.images(each)
		default:
			err = s.skip()
		}
		if err != nil {
			return err
		}
	}
}

// end makes sure that nothing follows the top-level object.
func (s *tokenSource) end() error {
	end := s.offset()
	_, err := s.dec.Token()
	switch {
	case err == io.EOF:
		return nil
	case s.err != nil:
		return s.err
	}
	return fmt.Errorf("something follows the JSON's end at byte %d", end)
}

// images reads the list of images.
func (s *tokenSource) images(each func(url string) error) error {
	list, err := s.token()
	if err != nil {
		return err
	}
	if list != json.Delim('[') {
		return fmt.Errorf(`"images" is %s, not a list, at byte %d`, kindOf(list), s.offset())
	}
	for i := 0; s.dec.More(); i++ {
		var entry struct {
			URL *string `json:"coco_url"`
		}
		err := s.dec.Decode(&entry)
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && s.err == nil {
			what, wanted := "", "an object"
			if wrong.Field != "" {
				what, wanted = ".coco_url", "a string"
			}
			return fmt.Errorf("images[%d]%s is a JSON %s, not %s, at byte %d", i, what, wrong.Value, wanted, s.offset())
		}
		if err != nil {
			return s.fault(err)
		}
		if entry.URL == nil {
			return fmt.Errorf("images[%d] has no coco_url, at byte %d", i, s.offset())
		}
		if err := Check(*entry.URL); err != nil {
			return fmt.Errorf("images[%d].coco_url: %w", i, err)
		}
		if err := each(*entry.URL); err != nil {
			return err
		}
	}
	_, err = s.token() // the list's end, or why there is none
	return err
}

// skip reads past one value of the top-level object. Element by element a list goes by several times faster than token by
// token, and lists are where large files are large.
func (s *tokenSource) skip() error {
	token, err := s.token()
	if err != nil {
		return err
	}
	if token == json.Delim('[') {
		for s.dec.More() {
			if err := s.dec.Decode(&skipped{}); err != nil {
				return s.fault(err)
			}
		}
		_, err := s.token()
		return err
	}
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if token, err = s.token(); err != nil {
			return err
		}
	}
}

// skipped is a value that is checked to be JSON and no more.
type skipped struct{}

func (*skipped) UnmarshalJSON([]byte) error { return nil }

// kindOf names the kind of the value that begins with a token.
func kindOf(token json.Token) string {
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return "a list"
		}
		return "an object"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}
