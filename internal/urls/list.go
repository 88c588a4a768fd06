package urls

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mmjsonl/internal/escape"
)

const (
	// maxURLLine bounds a line of a list of URLs, in bytes without the line's end.
	maxURLLine = 64 << 10
	// maxURL bounds a URL, in bytes. Servers commonly refuse more.
	maxURL = 8 << 10
	// maxList bounds a list of URLs, in bytes, and maxLines in lines, so that reading it takes seconds.
	maxList  = 2 << 30
	maxLines = 20_000_000
)

// ReadList reads a list of one URL a line and calls each with every URL, in the file's order. White space around a URL
// is not part of it; blank lines and lines that begin with # are skipped. Lines end in LF or CRLF, the last one perhaps in
// nothing.
//
// What people's lists hold besides is taken off where it is plain what is meant: quotes, a comma behind the URL, &amp; for &, and further
// columns of a table. Then note is called with a sentence that says how many lines that were, unless it is nil. A line of several URLs is an
// error.
//
// Errors name the line, counted from 1. An error of r or of each is returned wrapped or as it is.
func ReadList(r io.Reader, each func(url string) error, note func(sentence string)) error {
	return readList(r, maxLines, maxList, each, note)
}

// readList is ReadList with other bounds.
func readList(r io.Reader, lines int, most int64, each func(url string) error, note func(string)) error {
	var mended mender
	bytesLeft := most
	// A buffer of just the longest line and its end makes the reader itself notice a longer one.
	br := bufio.NewReaderSize(r, maxURLLine+len("\r\n"))
	if _, err := skipBOM(br); err != nil {
		return err
	}
	for line := 1; ; line++ {
		text, err := br.ReadSlice('\n')
		if bytesLeft -= int64(len(text)); line > lines && len(text) > 0 || bytesLeft < 0 {
			return fmt.Errorf("line %d is past what is read of a list, %d lines and %d bytes: give a part of it", line, lines, most)
		}
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return fmt.Errorf("failed to read line %d: %w", line, err)
		}
		text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
		if err == bufio.ErrBufferFull || len(text) > maxURLLine {
			return fmt.Errorf("line %d is longer than %d bytes: a list has one URL a line", line, maxURLLine)
		}
		text = bytes.TrimSpace(text)
		if len(text) > 0 && text[0] != '#' {
			url, err := mended.line(string(text), line)
			if err == nil && url != "" {
				err = Check(url)
			}
			if err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
			if url != "" {
				if err := each(url); err != nil {
					return err
				}
			}
		}
		if err == io.EOF {
			if note != nil {
				for _, sentence := range mended.sentences() {
					note(sentence)
				}
			}
			return nil
		}
	}
}

// percentEncoded is a character as a URL holds it.
func percentEncoded(r rune) string {
	var b strings.Builder
	for _, c := range []byte(string(r)) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// skipBOM skips the mark that some programs put in front of UTF-8 and returns its length. A file in UTF-16, which begins
// with another, is refused.
func skipBOM(r *bufio.Reader) (int64, error) {
	head, err := r.Peek(3)
	switch {
	case err != nil && err != io.EOF:
		return 0, fmt.Errorf("failed to read the beginning: %w", err)
	case string(head) == "\ufeff":
		_, err := r.Discard(len(head))
		return int64(len(head)), err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return 0, errors.New("the file is in UTF-16: save it as UTF-8")
	}
	return 0, nil
}

// Check says what keeps a string from being used as the URL of an image, or of an annotation file: it has to be http
// or https and name a host, and every reader on the way to the model server has to agree on where it ends. So it has at
// most [maxURL] bytes of UTF-8, without spaces and without characters that do not show.
func Check(s string) error {
	if isPlain(s) {
		return nil
	}
	return check(s)
}

// check is Check, for any string.
func check(s string) error {
	if s == "" {
		return errors.New("the URL is empty")
	}
	if len(s) > maxURL {
		return fmt.Errorf("the URL %s is %d bytes long: at most %d can be used", escape.URL(s), len(s), maxURL)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("the URL %s is not valid UTF-8", escape.URL(s))
	}
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			// It is also what a JSON decoder makes of invalid UTF-8 and of half a surrogate pair.
			return fmt.Errorf("the URL %s has U+FFFD, the mark of a character that was lost, at byte %d", escape.URL(s), i)
		case '!' <= r && r <= '~':
		case r == ' ' || !unicode.IsPrint(r):
			return fmt.Errorf("the URL %s has the character %U at byte %d, which has to be percent-encoded: %s", escape.URL(s), r, i, percentEncoded(r))
		}
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return fmt.Errorf("the URL %s begins with neither http:// nor https://: only those can be fetched", escape.URL(s))
	}
	// Only the part that says where to connect is parsed: what follows is the server's own affair.
	end := plainHostLength(rest)
	plain := end > 0
	for ; end < len(rest) && rest[end] != '/' && rest[end] != '?' && rest[end] != '#'; end++ {
		plain = false
	}
	if rest = rest[:end]; plain {
		return nil
	}
	authority, err := url.Parse("http://" + rest)
	if err != nil || strings.ContainsAny(authority.Hostname(), "[]") {
		return fmt.Errorf("the URL %s has a host or port that is malformed", escape.URL(s))
	}
	if authority.Hostname() == "" {
		return fmt.Errorf("the URL %s has no host", escape.URL(s))
	}
	if port := authority.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return fmt.Errorf("the URL %s has the port %.20s: the highest is 65535", escape.URL(s), port)
		}
	}
	return nil
}
