package urls

import (
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// mender takes off what lines of a list hold besides their URL.
type mender struct {
	begun   bool // a line was read
	columns int  // of a table whose first line names them, and
	column  int  // the one with the URL
	comma   string
	mended  [kindsOfMending]struct{ lines, first int }
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
		if at := schemes.FindStringIndex(url); at != nil && strings.ContainsAny(url[:at[0]], ",;\t|") {
			return "", errors.New("its URL is not the first column of a table: give a list of the URLs alone, or name the column url in a first line")
		}
	}
	return url, nil
}

// entities are what HTML has in place of &.
var entities = strings.NewReplacer("&amp;", "&", "&#38;", "&", "&#x26;", "&")

func shortened(text string) string { return text[:min(len(text), 100)] }

// schemes are the beginnings of URLs of images.
var schemes = regexp.MustCompile(`(?i)https?://`)

func hasScheme(text string) bool {
	at := schemes.FindStringIndex(text)
	return at != nil && at[0] == 0
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
		if cells, err := csv.NewReader(strings.NewReader(text)).Read(); err == nil && len(cells) > 1 {
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

// unquote takes quotes or brackets off both ends.
func unquote(text string) string {
	for _, pair := range []string{`""`, "''", "<>", "``"} {
		if len(text) >= 2 && text[0] == pair[0] && text[len(text)-1] == pair[1] {
			return strings.TrimSpace(text[1 : len(text)-1])
		}
	}
	return text
}

// afterFile is what follows the name of an image file, if that is no query and no part of it.
var afterFile = regexp.MustCompile(`(?i)^([^?#,;]+\.(?:jpe?g|png|webp|gif|bmp|tiff?|avif|heic))(?:[,;]\s*[^/]*|\s+[^/\s].*)$`)

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
	if schemes.FindStringIndex(text[1:]) != nil {
		return text // of two URLs neither is left out
	}
	if m := afterFile.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return text
}

// second returns where a second URL begins that does not belong to the first, or 0. URLs often hold others, in a query or as a part of
// their path.
func second(text string) int {
	for _, at := range schemes.FindAllStringIndex(text, -1) {
		if at[0] == 0 {
			continue
		}
		if !hasScheme(text) {
			break
		}
		before := text[at[0]-1]
		letter := 'a' <= before|0x20 && before|0x20 <= 'z' || '0' <= before && before <= '9' || before == '.' || before == '-' || before == '_'
		if letter || before == ',' || before == ';' || before == '|' {
			return at[0]
		}
	}
	return 0
}
