package urls

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"
)

func TestReadURLList(t *testing.T) {
	t.Parallel()
	long := "http://h/" + strings.Repeat("a", maxURL-len("http://h/"))
	tests := map[string]struct {
		list string
		want []string
	}{
		"empty":             {"", []string{}},
		"one":               {"http://h/a\n", []string{"http://h/a"}},
		"no end":            {"http://h/a\nhttps://h/b", []string{"http://h/a", "https://h/b"}},
		"CRLF":              {"http://h/a\r\nhttp://h/b\r\n", []string{"http://h/a", "http://h/b"}},
		"byte order mark":   {"\ufeffhttp://h/a\n", []string{"http://h/a"}},
		"mark only":         {"\ufeff", []string{}},
		"comments, blanks":  {"# list\n\n \t\nhttp://h/a\n  # end\n", []string{"http://h/a"}},
		"white space":       {" \thttp://h/a \u00a0\n", []string{"http://h/a"}},
		"fragment":          {"http://h/a#b\n", []string{"http://h/a#b"}},
		"twice the same":    {"http://h/a\nhttp://h/a\n", []string{"http://h/a", "http://h/a"}},
		"longest URL":       {long, []string{long}},
		"longest line":      {"#" + strings.Repeat("a", maxURLLine-1) + "\nhttp://h/a", []string{"http://h/a"}},
		"longest CRLF line": {"#" + strings.Repeat("a", maxURLLine-1) + "\r\nhttp://h/a", []string{"http://h/a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for how, r := range map[string]io.Reader{
				"at once":      strings.NewReader(test.list),
				"byte by byte": iotest.OneByteReader(strings.NewReader(test.list)),
				"early EOF":    iotest.DataErrReader(strings.NewReader(test.list)),
			} {
				got, err := collect(ReadList, r)
				if err != nil || !slices.Equal(got, test.want) {
					t.Errorf("%s: got %q, %v, want %q", how, got, err, test.want)
				}
			}
		})
	}
}

func TestReadURLListRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		r    io.Reader
		want string
	}{
		"bad line":      {strings.NewReader("http://h/a\n\n# b\r\n/data/a.png\n"), `line 4: the URL "/data/a.png" begins with neither`},
		"two on a line": {strings.NewReader("http://h/a http://h/b\n"), "line 1: the URL \"http://h/a http://h/b\" has the character U+0020 at byte 10"},
		"old Mac lines": {strings.NewReader("http://h/a\rhttp://h/b\r"), "line 1: the URL \"http://h/a\\rhttp://h/b\" has the character U+000D"},
		"late mark":     {strings.NewReader("http://h/a\n\ufeffhttp://h/b\n"), "line 2: the URL \"\\ufeffhttp://h/b\" has the character U+FEFF at byte 0"},
		"UTF-16":        {strings.NewReader("\xff\xfeh\x00"), "UTF-16"},
		"long line":     {strings.NewReader("http://h/a\n" + strings.Repeat("a", maxURLLine+1) + "\n"), "line 2 is longer than 65536 bytes"},
		"long end":      {strings.NewReader(strings.Repeat("#", maxURLLine+1)), "line 1 is longer than 65536 bytes"},
		"endless line":  {&endless{"http://h/", "long"}, "line 1 is longer than 65536 bytes"},
		"zeros":         {&endless{"", "\x00"}, "line 1 is longer than 65536 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := collect(ReadList, test.r)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, error %v, want an error with %q", got, err, test.want)
			}
		})
	}
}

func TestReadURLListPassesErrors(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	for _, r := range []io.Reader{
		iotest.ErrReader(fault),
		io.MultiReader(strings.NewReader("http://h/a\nhttp://h/b"), iotest.ErrReader(fault)),
	} {
		if _, err := collect(ReadList, r); !errors.Is(err, fault) {
			t.Errorf("got %v, want the reader's error", err)
		}
	}
	if err := ReadList(strings.NewReader("http://h/a"), func(string) error { return fault }, nil); err != fault {
		t.Errorf("got %v, want the error of each", err)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://images.cocodataset.org/test2017/000000466319.jpg",
		"https://h",
		"HTTP://h/a",
		"http://h:65535/a?b=c&d=%20#e",
		"http://127.0.0.1:9999/img_0000.png",
		"http://[::1]:80/a[0].png",
		"https://user:password@h/a",
		"http://h/100%",
		"http://bücher.example/straße.png",
		"http://h?a://b",
		"http://h/'\"<>`|\\{}$(a)",
	} {
		if err := Check(url); err != nil {
			t.Errorf("%q: %v", url, err)
		}
	}
	for url, want := range map[string]string{
		"":                          "is empty",
		"img_0000.png":              "neither http:// nor https://",
		"/data/img_0000.png":        "neither http:// nor https://",
		"ftp://h/a":                 "neither http:// nor https://",
		"file:///a":                 "neither http:// nor https://",
		"data:image/png;base64,aaa": "neither http:// nor https://",
		"javascript:alert(1)":       "neither http:// nor https://",
		"http:h/a":                  "neither http:// nor https://",
		"http:/h/a":                 "neither http:// nor https://",
		"//h/a":                     "neither http:// nor https://",
		"http://":                   "no host",
		"http:///a":                 "no host",
		"http://:80/a":              "no host",
		"http://user@/a":            "no host",
		"http://?a":                 "no host",
		"http://h:port/a":           "malformed",
		"http://h:-1/a":             "malformed",
		"http://[::1/a":             "malformed",
		"http://a[b]/c":             "malformed",
		"http://h\\@other/a":        "malformed",
		"http://h%zz/a":             "malformed",
		"http://h:65536/a":          "the port 65536",
		"http://h/a b":              "U+0020 at byte 10",
		" http://h/a":               "U+0020 at byte 0",
		"http://h/a\x00":            "U+0000 at byte 10",
		"http://h/a\x7f":            "U+007F",
		"http://h/\u0085":           "U+0085",
		"http://h/\u00a0":           "U+00A0",
		"http://h/\u202e":           "U+202E",
		"http://h/\u2028":           "U+2028",
		"http://h/\ufffd":           "U+FFFD",
		"http://h/\xc3\x28":         "not valid UTF-8",
		"http://h/\xed\xa0\x80":     "not valid UTF-8",
		"http://h/" + strings.Repeat("a", maxURL-8): "8193 bytes long: at most 8192",
	} {
		if err := Check(url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50q: error %v, want %q", url, err, want)
		}
	}
}

// splitURLList is what readURLList is checked against.
func splitURLList(list string) ([]string, error) {
	list = strings.TrimPrefix(list, "\ufeff")
	if strings.HasPrefix(list, "\xff\xfe") || strings.HasPrefix(list, "\xfe\xff") {
		return nil, errors.New("UTF-16")
	}
	urls := []string{}
	var m mender // which has tests of its own
	for i, line := range strings.Split(list, "\n") {
		if len(strings.TrimSuffix(line, "\r")) > maxURLLine {
			return nil, fmt.Errorf("line %d is too long", i+1)
		}
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		url, err := m.line(line, i+1)
		if err == nil && url == "" {
			continue
		}
		if err == nil {
			err = Check(url)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		urls = append(urls, url)
	}
	return urls, nil
}

func FuzzReadList(f *testing.F) {
	f.Add("# images\r\nhttp://h/a\r\n\r\n https://user:pass@h:80/b?c#d \n")
	f.Fuzz(func(t *testing.T, list string) {
		got, err := collect(ReadList, strings.NewReader(list))
		want, wantErr := splitURLList(list)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got error %v, want %v", err, wantErr)
		}
		if err != nil {
			if text := err.Error(); !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || len(text) > 1000 {
				t.Fatalf("the error %q cannot be shown", text)
			}
			return
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		for _, url := range got {
			if strings.ContainsFunc(url, func(r rune) bool { return r <= ' ' || unicode.IsSpace(r) }) || !strings.EqualFold(url[:4], "http") {
				t.Fatalf("%q was taken for a URL", url)
			}
		}
	})
}

// A list is read up to bounds, on bytes and on lines of any kind.
func TestReadListBounds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list string
		want bool
	}{
		"lines":                     {"http://h/a\nhttp://h/b\nhttp://h/c\n", true},
		"lines, the last not ended": {"http://h/a\nhttp://h/b\nhttp://h/c", true},
		"too many":                  {"http://h/a\nhttp://h/b\nhttp://h/c\nhttp://h/d", false},
		"too many blank ones":       {"\n\n\n\n", false},
		"too many comments":         {"#\r\n#\r\n#\r\n#", false},
		"as long":                   {"#" + strings.Repeat("x", 98) + "\n", true},
		"too long":                  {"#" + strings.Repeat("x", 98) + "\nh", false},
	} {
		err := readList(strings.NewReader(test.list), 3, 100, func(string) error { return nil }, nil)
		if (err == nil) != test.want || err != nil && !strings.Contains(err.Error(), "is past what is read of a list, 3 lines and 100 bytes") {
			t.Errorf("%s: got %v, want it accepted: %v", name, err, test.want)
		}
	}
}
