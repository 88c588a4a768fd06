package format

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"path"
	"strings"
)

// What a part of audio is called is, as aiperf has it, the format and the base64 of the content with a comma between them, a data URI of these, or the name
// of a local file, by whose suffix aiperf knows the format. A body has the two beside each other.

// audio returns the format of a part's audio and the base64 of its content. ok is false of what is somewhere else.
func (p part) audio() (format, content string, ok bool) {
	format, content, ok = strings.Cut(p.value, ",")
	if uri, is := strings.CutPrefix(format, "data:audio/"); is {
		format, _, _ = strings.Cut(uri, ";")
		return format, content, ok
	}
	return format, content, ok && !strings.ContainsAny(format, "./:") // which names of files and URLs have
}

// settleAudio calls a part's audio what aiperf's loader takes, and returns its format: wav or mp3.
func (p *part) settleAudio() (format string, err error) {
	format, content, ok := p.audio()
	if ok {
		p.value = format + "," + content
	} else {
		format = strings.TrimPrefix(path.Ext(p.value), ".")
	}
	if format = strings.ToLower(format); format != "wav" && format != "mp3" {
		return "", errors.New("its audio is neither wav nor mp3: aiperf opens no other")
	}
	return format, nil
}

// readAudio reads the audio that a part of a body holds, and reports whether there is one.
func (p *part) readAudio(text json.RawMessage) bool {
	var audio struct{ Data, Format string }
	if json.Unmarshal(text, &audio) != nil || audio.Data == "" || audio.Format == "" {
		return false
	}
	p.value = audio.Format + "," + audio.Data
	return true
}

// openAudio reads a part's audio if it is a local file.
func (c *Converter) openAudio(p *part) error {
	if _, _, ok := p.audio(); ok {
		return nil
	}
	if strings.Contains(p.value, "://") {
		return errors.New("its audio is a URL, which bodies have no place for")
	}
	format, err := p.settleAudio()
	if err != nil {
		return err
	}
	content, err := c.read(p)
	if err == nil {
		p.value = format + "," + base64.StdEncoding.EncodeToString(content)
	}
	return err
}

// appendAudio appends a part's audio as a body has it.
func (p part) appendAudio(dst []byte) []byte {
	format, content, _ := p.audio()
	dst = appendString(append(dst, `{"data":`...), content)
	dst = appendString(append(dst, `,"format":`...), format)
	return append(dst, '}')
}
