package urls

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// mender takes off what lines of a list hold besides their URL.
type mender struct {
	table    *csv.Reader
	lineText lineReader // what table reads
	begun    bool       // a line was read
	columns  int        // of a table whose first line names them, and
	column   int        // the one with the URL
	comma    string
	mended   [kindsOfMending]struct{ lines, first int }
}

// What is mended.
const (
	mendHeader = iota
	mendTable
	mendComma
	mendQuotes
	mendEntities
	kindsOfMending
)

var mendings = [kindsOfMending]string{
	mendHeader:   "%s the columns of a table, and is left out",
	mendTable:    "%s a row of a table or a URL with words behind it: what is beside the URL is left out",
	mendComma:    "%s a comma or a semicolon behind the URL, which is left out",
	mendQuotes:   "%s quotes or brackets around the URL, which are left out",
	mendEntities: "%s HTML's way to write & in the URL, which is read as &",
}

var mendingVerbs = [kindsOfMending][2]string{
	mendHeader: {"names", "name"}, mendTable: {"is", "are"}, mendComma: {"has", "have"}, mendQuotes: {"has", "have"}, mendEntities: {"has", "have"},
}

// sentences say what was mended.
func (m *mender) sentences() []string {
	var all []string
	for kind, mended := range m.mended {
		switch {
		case mended.lines == 1:
			all = append(all, fmt.Sprintf(mendings[kind], fmt.Sprintf("line %d %s", mended.first, mendingVerbs[kind][0])))
		case mended.lines > 1:
			all = append(all, fmt.Sprintf(mendings[kind], fmt.Sprintf("%d lines %s", mended.lines, mendingVerbs[kind][1]))+fmt.Sprintf("; the first is line %d", mended.first))
		}
	}
	return all
}

func (m *mender) note(kind, line int) {
	mended := &m.mended[kind]
	if mended.lines++; mended.lines == 1 {
		mended.first = line
	}
}

// line returns the URL of a line that is neither blank nor a comment, or "" if the line is a table's header.
func (m *mender) line(text string, number int) (string, error) {
	if !m.begun {
		m.begun = true
		if m.header(text) {
			m.note(mendHeader, number)
			return "", nil
		}
	}
	if m.columns <= 1 && isPlain(text) {
		return text, nil // as nearly all lines
	}
	return m.mend(text, number)
}

// mend takes off what a line holds besides its URL.
func (m *mender) mend(text string, number int) (string, error) {
	url := text
	if m.columns > 1 || strings.HasPrefix(text, `"`) {
		url = m.cell(text)
		if url != text {
			m.note(mendTable, number)
		}
	}
	if unquoted := unquote(url); unquoted != url {
		m.note(mendQuotes, number)
		url = unquoted
	}
	if cut := strings.TrimRight(url, ",; \t"); cut != url && cut != "" {
		m.note(mendComma, number)
		url = cut
		if unquoted := unquote(url); unquoted != url {
			m.note(mendQuotes, number)
			url = unquoted
		}
	}
	if cut := withoutColumns(url); cut != url {
		m.note(mendTable, number)
		url = cut
	}
	if cut := entities.Replace(url); cut != url {
		m.note(mendEntities, number)
		url = cut
	}
	if at := second(url); at > 0 {
		return "", fmt.Errorf("it holds two URLs, the second from byte %d of %q on: give each a line of its own", at, shortened(url))
	}
	if !hasScheme(url) {
		if at := nextScheme(url, 0); at >= 0 && strings.ContainsAny(url[:at], ",;\t|") {
			return "", errors.New("its URL is not the first column of a table: give a list of the URLs alone, or name the column url in a first line")
		}
	}
	return url, nil
}

// entities are what HTML has in place of &.
var entities = strings.NewReplacer("&amp;", "&", "&#38;", "&", "&#x26;", "&")

func shortened(text string) string { return text[:min(len(text), 100)] }

// hasScheme reports whether a text begins as URLs of images do.
func hasScheme(text string) bool { return schemeAt(text, 0) }

func schemeAt(text string, at int) bool {
	rest := text[at:]
	return len(rest) >= 7 && strings.EqualFold(rest[:7], "http://") || len(rest) >= 8 && strings.EqualFold(rest[:8], "https://")
}

// nextScheme returns where, from a byte on, the next URL of an image seems to begin, or -1. Lines are up to 64 KiB long and there are millions
// of them: a regular expression would take minutes.
func nextScheme(text string, from int) int {
	for at := from; ; {
		colon := strings.Index(text[at:], "://")
		if colon < 0 {
			return -1
		}
		colon += at
		for _, length := range []int{len("https"), len("http")} {
			if begin := colon - length; begin >= from && schemeAt(text, begin) {
				return begin
			}
		}
		at = colon + len("://")
	}
}

// headers are names that tables give to a column of URLs.
var headers = []string{"url", "urls", "image_url", "imageurl", "image", "images", "img", "img_url", "link", "src", "href", "coco_url", "uri", "source", "image_link", "photo_url"}

// header reports whether a line names the columns of a table, one of which holds URLs.
func (m *mender) header(text string) bool {
	if strings.Contains(text, "://") || strings.ContainsAny(text, "/\\{}[]") {
		return false
	}
	for _, comma := range []string{"\t", ",", ";", "|"} {
		if !strings.Contains(text, comma) && comma != "|" {
			continue
		}
		names := strings.Split(text, comma)
		at := slices.IndexFunc(names, func(name string) bool {
			return slices.Contains(headers, strings.ToLower(unquote(strings.TrimSpace(name))))
		})
		if at >= 0 {
			m.columns, m.column, m.comma = len(names), at, comma
			return true
		}
	}
	return false
}

// cell returns what a table's line has in the column of URLs, as far as there are no commas in the columns before it.
func (m *mender) cell(text string) string {
	if m.columns <= 1 || m.comma == "," {
		if cells, err := m.cells(text); err == nil && len(cells) > 1 {
			switch {
			case len(cells) == m.columns:
				return strings.TrimSpace(cells[m.column])
			case m.columns <= 1 && hasScheme(cells[0]):
				return strings.TrimSpace(cells[0])
			}
		}
		if m.columns <= 1 {
			return text
		}
	}
	cells := strings.Split(text, m.comma)
	extra := len(cells) - m.columns // commas in cells; those of URLs are the ones to expect
	if extra < 0 {
		return text
	}
	return strings.TrimSpace(strings.Join(cells[m.column:m.column+1+extra], m.comma))
}

// cells returns the cells of a line of a table with commas.
func (m *mender) cells(text string) ([]string, error) {
	if m.table == nil {
		m.table = csv.NewReader(&m.lineText)
		m.table.FieldsPerRecord = -1
		m.table.ReuseRecord = true
	}
	m.lineText.rest = text
	return m.table.Read()
}

// lineReader reads as a file of one line, and again and again of another.
type lineReader struct{ rest string }

func (l *lineReader) Read(p []byte) (int, error) {
	if l.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// unquote takes quotes or brackets off both ends.
func unquote(text string) string {
	for _, pair := range []string{`""`, "''", "<>", "``"} {
		if len(text) >= 2 && text[0] == pair[0] && text[len(text)-1] == pair[1] {
			return strings.TrimSpace(text[1 : len(text)-1])
		}
	}
	return text
}

// imageNames are what the names of image files end in.
var imageNames = []string{".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}

func isImageName(text string) bool {
	return slices.ContainsFunc(imageNames, func(name string) bool {
		return len(text) > len(name) && strings.EqualFold(text[len(text)-len(name):], name)
	})
}

const blanks = " \t\n\f\r"

// untilFile returns the text up to the end of the name of an image file behind which there is something that is neither a query nor a part of
// it, or "": a comma or a semicolon and no slash, or blanks and anything but a slash.
func untilFile(text string) string {
	end := strings.IndexAny(text, "?#,;")
	if end < 0 {
		end = len(text)
	} else if c := text[end]; (c == ',' || c == ';') && isImageName(text[:end]) && !strings.Contains(text[end:], "/") {
		return text[:end]
	}
	for at := end; at > 0; {
		if at = strings.LastIndexAny(text[:at], blanks); at < 0 {
			break
		}
		name := strings.TrimRight(text[:at], blanks)
		behind := strings.TrimLeft(text[at:], blanks)
		at = len(name)
		if isImageName(name) && behind != "" && behind[0] != '/' {
			return name
		}
	}
	return ""
}

// withoutColumns takes off what a table has behind the URL. Commas in a URL are common, so it has to be plain that they are not a part of it:
// they follow the name of an image file.
func withoutColumns(text string) string {
	if !hasScheme(text) {
		return text
	}
	if at := strings.IndexByte(text, '\t'); at > 0 {
		return strings.TrimSpace(text[:at])
	}
	if at := strings.IndexByte(text, '|'); at > 0 {
		before, after := text[:at], text[at+1:]
		if !strings.Contains(before, "?") || strings.HasSuffix(before, " ") || strings.ContainsAny(after, " \t") {
			return strings.TrimSpace(before)
		}
	}
	if nextScheme(text, 1) >= 0 {
		return text // of two URLs neither is left out
	}
	return cmp.Or(untilFile(text), text)
}

// second returns where a second URL begins that does not belong to the first, or 0. URLs often hold others, in a query or as a part of
// their path.
func second(text string) int {
	if !hasScheme(text) {
		return 0
	}
	for at := nextScheme(text, 1); at > 0; at = nextScheme(text, at+1) {
		before := text[at-1]
		letter := 'a' <= before|0x20 && before|0x20 <= 'z' || '0' <= before && before <= '9' || before == '.' || before == '-' || before == '_'
		if letter || before == ',' || before == ';' || before == '|' {
			return at
		}
	}
	return 0
}
