package urls

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is beside a URL in people's lists is taken off, with a sentence; what may belong to it is not.
func TestReadListMends(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list  string
		want  []string
		notes []string
	}{
		"columns of numbers": {"http://h/a.jpg,640,480\nhttp://h/b.png,512,512\n", []string{"http://h/a.jpg", "http://h/b.png"},
			[]string{"2 lines are a row of a table or a URL with words behind it: what is beside the URL is left out; the first is line 1"}},
		"one column": {"http://h/x\n\nhttp://h/a.jpeg;7", []string{"http://h/x", "http://h/a.jpeg"}, []string{"line 3 is a row of a table"}},
		"caption behind a bar": {"http://h/a|a cup, on a table\nhttp://h/b.jpg | a dog\nhttp://h/c?d=1 | a cat", []string{"http://h/a", "http://h/b.jpg", "http://h/c?d=1"},
			[]string{"3 lines are a row"}},
		"caption behind a tab":   {"http://h/a?b=c\ta cup\t7", []string{"http://h/a?b=c"}, []string{"line 1 is a row"}},
		"caption behind a blank": {"http://h/a.PNG a cup of tea", []string{"http://h/a.PNG"}, []string{"line 1 is a row"}},
		"caption with commas":    {"http://h/a.jpg,\"a cup, of tea\"", []string{"http://h/a.jpg"}, []string{"line 1 is a row"}},
		"quoted cells":           {"\"http://h/a,b.jpg\",\"a cup, of tea\"\n", []string{"http://h/a,b.jpg"}, []string{"line 1 is a row"}},
		"header": {"url,width,height\nhttp://h/a,640,480\nhttp://h/b,c,640,480\n", []string{"http://h/a", "http://h/b,c"},
			[]string{"line 1 names the columns of a table, and is left out", "2 lines are a row"}},
		"header, second column": {"id;Image_URL\n1;http://h/a;b\n", []string{"http://h/a;b"}, []string{"line 1 names", "line 2 is a row"}},
		"header, quoted":        {"\"id\",\"url\"\n1,\"http://h/a,b\"\n", []string{"http://h/a,b"}, []string{"line 1 names", "line 2 is a row"}},
		"header alone":          {"# images\nurl\nhttp://h/a\n", []string{"http://h/a"}, []string{"line 2 names"}},
		"comma at the end":      {"http://h/a,\nhttp://h/b ;\n", []string{"http://h/a", "http://h/b"}, []string{"2 lines have a comma or a semicolon behind the URL"}},
		"quotes":                {"\"http://h/a\"\n'http://h/b',\n<http://h/c>\n", []string{"http://h/a", "http://h/b", "http://h/c"}, []string{"line 2 has a comma", "3 lines have quotes"}},
		"entities":              {"http://h/a?b=1&amp;c=2&#38;d=3\nhttp://h/e&amp;f", []string{"http://h/a?b=1&c=2&d=3", "http://h/e&f"}, []string{"2 lines have HTML's way to write & in the URL"}},

		"commas of URLs": {strings.Join(commas, "\n"), commas, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got, notes []string
			err := ReadList(strings.NewReader(test.list), func(url string) error { got = append(got, url); return nil }, func(s string) { notes = append(notes, s) })
			if err != nil || !slices.Equal(got, test.want) {
				t.Fatalf("got %q, %v", got, err)
			}
			if !slices.EqualFunc(notes, test.notes, strings.HasPrefix) {
				t.Errorf("notes %q, want %q", notes, test.notes)
			}
		})
	}
}

// commas are URLs as they are in use, with characters that tables have, and URLs within URLs.
var commas = []string{
	"http://h/w_300,h_200/a.jpg", "http://h/a,b,c", "http://h/tile/12,34,56", "https://h/d.png?a,b", "http://h/!200,200/0/default.jpg", "http://h/a.jpg?crop=1,2,3,4", "http://h/a;v=1/b",
	"http://h/a.jpg#x,1", "https://h/map?markers=red|40,70|green", "https://web.example/web/2020id_/http://h/a.jpg", "https://h/?url=https://h/b.jpg", "https://h/fetch/https://h/c,d.png",
	"http://h/jpg,1", "http://h/amp;x", "http://h/a.jpg/b,1", "http://h/%2C,1",
}

// What is found without regular expressions, which take too long for lines that somebody has made for that, is what they find.
func TestMendAsRegularExpressions(t *testing.T) {
	t.Parallel()
	schemes := regexp.MustCompile(`(?i)https?://`)
	afterFile := regexp.MustCompile(`(?is)^([^?#,;]+\.(?:jpe?g|png|webp|gif|bmp|tiff?|avif|heic))(?:[,;]\s*[^/]*|\s+[^/\s].*)$`)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	parts := []string{"http://", "https://", "HTTP://", "hTtPs://", "http", "s", "://", ":", "/", "a", ".jpg", ".JPEG", ".tif", "f", ".heic", ".", ",", ";", " ", "\t", "\f", "\u00a0", "?", "#", "|", "&amp;", "é", "\xff", ":80", ":99999", "%", "~", "@", "=", "[", "\\", "\"", "'", "<", ">", "\r"}
	plain := 0
	for range 50_000 {
		var b strings.Builder
		if rng.IntN(2) == 0 {
			b.WriteString(parts[rng.IntN(2)] + "h")
		}
		for range rng.IntN(10) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		text := b.String()
		want := ""
		if m := afterFile.FindStringSubmatch(text); m != nil {
			want = strings.TrimRight(m[1], blanks)
		}
		if got := untilFile(text); got != want {
			t.Fatalf("seed %d: %q until the file: %q, want %q", seed, text, got, want)
		}
		for from := range len(text) + 1 {
			at := -1
			if m := schemes.FindStringIndex(text[from:]); m != nil {
				at = from + m[0]
			}
			if got := nextScheme(text, from); got != at {
				t.Fatalf("seed %d: the next scheme of %q from %d: %d, want %d", seed, text, from, got, at)
			}
		}
		if at := schemes.FindStringIndex(text); hasScheme(text) != (at != nil && at[0] == 0) {
			t.Fatalf("seed %d: %q has a scheme: %v", seed, text, hasScheme(text))
		}
		if isPlain(text) {
			plain++
			if err := check(text); err != nil {
				t.Fatalf("seed %d: %q is plain: %v", seed, text, err)
			}
		}
		// A line that is taken as it is would have come out as it is.
		var slow, fast mender
		slow.columns = 0
		line := strings.TrimSpace(text)
		fastURL, fastErr := fast.line(line, 1)
		slowURL, slowErr := slow.mend(line, 1)
		if fastURL != slowURL || fmt.Sprint(fastErr) != fmt.Sprint(slowErr) {
			t.Fatalf("seed %d: %q: %q, %v, and slowly %q, %v", seed, line, fastURL, fastErr, slowURL, slowErr)
		}
	}
	if plain < 500 {
		t.Errorf("%d of the texts were plain, too few to tell", plain)
	}
}

// A table's reader is used again for each line, whatever was wrong with those before.
func TestMendCells(t *testing.T) {
	t.Parallel()
	var m mender
	for line, want := range map[string]string{`"a","b"`: "a|b", `a,b,c`: "a|b|c", `"a""b",c`: `a"b|c`, `"a`: "!", `a"b`: "!", "a": "a", `"x",`: "x|", `"a"b`: "!", ",": "|"} {
		for range 3 {
			cells, err := m.cells(line)
			got := strings.Join(cells, "|")
			if err != nil {
				got = "!"
			}
			if got != want {
				t.Errorf("%q: %q, %v, want %q", line, got, err, want)
			}
		}
	}
}

// A line of several URLs, or whose URL is not where it should be, is refused with what to do.
func TestReadListRefusesSeveral(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"http://h/a.jpghttp://h/b.jpg\n":        `line 1: it holds two URLs, the second from byte 14 of "http://h/a.jpghttp://h/b.jpg" on: give each a line of its own`,
		"http://h/x\nhttps://h/a,https://h/b\n": "line 2: it holds two URLs, the second from byte 12",
		"http://h/a;HTTP://h/b":                 "line 1: it holds two URLs",
		"1,http://h/a\n":                        "line 1: its URL is not the first column of a table",
		"http://h/a b.jpg":                      `has the character U+0020 at byte 10, which has to be percent-encoded: %20`,
		"http://h/\u00a0x":                      "percent-encoded: %C2%A0",
		"name\nhttp://h/a":                      "line 1: the URL \"name\" begins with neither",
		"http://h/a http://h/b":                 "has the character U+0020 at byte 10",
		"file,size\nhttp://h/a,1":               "line 1: the URL",
	} {
		_, err := collect(ReadList, strings.NewReader(list))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", list, err, want)
		}
	}
}

// Entries without a URL are left out where there are others, and said; files of none say how many there are, and what to do.
func TestReadCOCOWithout(t *testing.T) {
	t.Parallel()
	for json, want := range map[string]struct {
		urls string
		said string // the note, or the error
	}{
		`{"images":[{"coco_url":"http://h/a"},{},{"coco_url":" "},{"coco_url":"http://h/b"},null]}`:         {"http://h/a http://h/b", "3 of its 5 images have no coco_url and are left out; the first is images[1]"},
		`{"images":[{"coco_url":"http://h/a"}]}`:                                                            {"http://h/a", ""},
		`{"images":[]}`:                                                                                     {"", ""},
		`{"images":[{"file_name":"a.png"},{"coco_url":""},{"coco_url":null}]}`:                              {"", "none of its 3 images has a coco_url; it may name files only"},
		`{"images":[{"url":"http://h/a"},{"url":"http://h/b","flickr_url":"http://h/c"},{"url":"b.png"}]}`:  {"", "none of its 3 images has a coco_url, but 2 have a URL as url: write it to coco_url as well, jq '.images[] |= (.coco_url = .url)'"},
		`{"images":[{"coco_url":"file:///a.png"},{"coco_url":"b.png"}]}`:                                    {"", `none of its 2 images has a coco_url that can be fetched: images[0].coco_url: the URL "file:///a.png" begins with neither`},
		`{"images":[{"coco_url":"/data/a.png","image_link":"https://h/a"}]}`:                                {"", "its only image has no coco_url that can be fetched: images[0].coco_url: the URL \"/data/a.png\" begins with neither http:// nor https://: only those can be fetched, but 1 has a URL as image_link"},
		`{"images":[{"coco_url":"b.png"},{"coco_url":"http://h/a"}]}`:                                       {"", "images[0].coco_url: the URL \"b.png\" begins with neither"},
		`{"images":[{"coco_url":"http://h/a"},{"coco_url":"b.png"}]}`:                                       {"http://h/a", "images[1].coco_url: the URL \"b.png\" begins with neither"},
		`{"a":NaN,"images":[{"s":NaN,"coco_url":"http://h/a","b":[-Infinity,Infinity,{"c":NaN}]}],"d":NaN}`: {"http://h/a", ""},
		`{"images":[{"coco_url":NaN}]}`:                                                                     {"", "images[0].coco_url is a number"},
		`{"a":-Infinit,"images":[]}`:                                                                        {"", "not valid JSON"},
		`NaN`:                                                                                               {"", "not valid JSON"},
	} {
		var urls []string
		said := ""
		err := ReadCOCO(strings.NewReader(json), func(url string) error { urls = append(urls, url); return nil }, func(s string) { said = s })
		if err != nil {
			said = err.Error()
		}
		if got := strings.Join(urls, " "); got != want.urls || !strings.HasPrefix(said, want.said) || want.said == "" && said != "" {
			t.Errorf("%s: %q, %s; want %q, %s", json, got, said, want.urls, want.said)
		}
	}
}
