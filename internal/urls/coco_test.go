package urls

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mmjsonl/internal/escape"
)

// cocoURL is the i-th URL of cocoJSON.
func cocoURL(i int) string {
	return fmt.Sprintf("http://images.cocodataset.org/test2017/%012d.jpg", i)
}

// cocoJSON makes a file of n images in the shape of the real ones: the same keys in the same order, indented with both
// spaces and tabs, with urls of another kind behind the images.
func cocoJSON(n int) []byte {
	var b bytes.Buffer
	b.WriteString("{\n  \"info\": {\n    \"description\": \"COCO 2017 Dataset\",\n    \"url\": \"http://cocodataset.org\",\n    \"year\": 2017\n  },\n  \"images\": [")
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n    {\n\t\t\"license\": %d,\n\t\t\"file_name\": \"%012d.jpg\",\n\t\t\"coco_url\": %q,\n\t\t\"height\": 480,\n\t\t\"width\": 640,\n\t\t\"date_captured\": \"2013-11-14 11:04:33\",\n\t\t\"id\": %d\n\t}", i%8+1, i, cocoURL(i), i)
	}
	b.WriteString("\n  ],\n  \"licenses\": [\n\t{\n\t  \"url\": \"http://creativecommons.org/licenses/by/2.0/\",\n\t  \"id\": 4,\n\t  \"name\": \"Attribution License\"\n\t}\n  ],\n  \"categories\": [\n    {\n      \"supercategory\": \"person\",\n      \"id\": 1,\n      \"name\": \"person\"\n    }\n  ]\n}")
	return b.Bytes()
}

// collect gathers the URLs that a reader of URLs finds.
func collect(read func(io.Reader, func(string) error, func(string)) error, r io.Reader) ([]string, error) {
	urls := []string{}
	err := read(r, func(url string) error {
		urls = append(urls, url)
		return nil
	}, nil)
	return urls, err
}

func TestReadCOCO(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		json string
		want []string
	}{
		"real shape":         {string(cocoJSON(3)), []string{cocoURL(0), cocoURL(1), cocoURL(2)}},
		"no entries":         {`{"images":[]}`, []string{}},
		"images last":        {`{"info":{"images":[1]},"licenses":[[["images"]]],"images":[{"coco_url":"http://h/a"}]}`, []string{"http://h/a"}},
		"images first":       {`{"images":[{"coco_url":"http://h/a"}],"a":null,"b":true,"c":1e999,"d":"images","e":[]}`, []string{"http://h/a"}},
		"byte order mark":    {"\ufeff{\"images\":[{\"coco_url\":\"http://h/a\"}]}", []string{"http://h/a"}},
		"CRLF":               {"{\r\n\"images\":\r\n[{\"coco_url\":\"http://h/a\"}]\r\n}\r\n", []string{"http://h/a"}},
		"escapes":            {`{"images":[{"coco_url":"http:\/\/h\/\u0061"}]}`, []string{"http://h/a"}},
		"other keys inside":  {`{"images":[{"a":{"coco_url":"x"},"coco_url":"https://h/b","c":[{"coco_url":1}]}]}`, []string{"https://h/b"}},
		"escaped key":        {`{"im\u0061ges":[{"coco_url":"http://h/a"}]}`, []string{"http://h/a"}},
		"other case":         {`{"IMAGES":1,"images":[{"coco_url":"http://h/a","COCO_URL":"http://h/b","Coco_url":7}]}`, []string{"http://h/a"}},
		"given twice":        {`{"images":[{"coco_url":null,"coco_url":"http://h/a","coco_url":"http://h/b"}]}`, []string{"http://h/b"}},
		"numbers":            {`{"a":[0,-0,1,-1.5,0.25e+7,1E-9,123456789012345678901234567890],"b":{"c":-0.0},"images":[]}`, []string{}},
		"all escapes":        {`{"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00":"\u0000","images":[{"coco\u005furl":"http://h/\u00e9"}]}`, []string{"http://h/é"}},
		"empty things":       {"{\"\":[ ],\"a\":{ },\"b\":[[],{},\"\"],\"images\": [ ] }", []string{}},
		"twice the same":     {`{"images":[{"coco_url":"http://h/a"},{"coco_url":"http://h/a"}]}`, []string{"http://h/a", "http://h/a"}},
		"brackets in string": {`{"s":"[[{\"[\\","images":[{"coco_url":"http://h/a"}]}`, []string{"http://h/a"}},
		"many in string":     {`{"s":"\"` + strings.Repeat("[", 2*maxJSONDepth) + `\\","images":[{"coco_url":"http://h/a"}]}`, []string{"http://h/a"}},
		"as deep as allowed": {`{"images":[],"a":` + strings.Repeat("[", maxJSONDepth-1) + strings.Repeat("]", maxJSONDepth-1) + "}", []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for how, r := range map[string]io.Reader{
				"at once":      strings.NewReader(test.json),
				"byte by byte": iotest.OneByteReader(strings.NewReader(test.json)),
				"early EOF":    iotest.DataErrReader(strings.NewReader(test.json)),
			} {
				got, err := collect(ReadCOCO, r)
				if err != nil || !slices.Equal(got, test.want) {
					t.Errorf("%s: got %q, %v, want %q", how, got, err, test.want)
				}
			}
		})
	}
}

func TestReadCOCORefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ json, want string }{
		"nothing":                   {"", "the file is empty"},
		"white space":               {" \n", "the file is empty"},
		"mark only":                 {"\ufeff", "the file is empty"},
		"list":                      {`[{"coco_url":"http://h/a"}]`, "the JSON is a list, not an object"},
		"string":                    {`"images"`, "the JSON is a string, not an object"},
		"number":                    {`12`, "the JSON is a number, not an object"},
		"null":                      {`null`, "the JSON is null, not an object"},
		"text":                      {`Not found`, "not valid JSON at byte 0: invalid character 'N'"},
		"no images":                 {`{"info":{"images":[]},"annotations":[]}`, `has no "images"`},
		"images of object":          {`{"images":{"coco_url":"http://h/a"}}`, `"images" is an object, not a list, at byte 10`},
		"images null":               {`{"images":null}`, `"images" is null, not a list`},
		"images twice":              {`{"images":[],"images":[]}`, `"images" a second time, at byte 22`},
		"entry of string":           {`{"images":[{"coco_url":"http://h/a"},"http://h/a"]}`, "images[1] is a string, not an object, at byte 49"},
		"entry of list":             {`{"images":[[]]}`, "images[0] is a list, not an object"},
		"entry null":                {`{"images":[null]}`, "its only image has no coco_url; it may name files only (file_name): put"},
		"no coco_url":               {`{"images":[{"flickr_url":"http://h/a"},{"flickr_url":"http://h/b","url":"http://h/c"}]}`, "none of its 2 images has a coco_url, but 2 have a URL as flickr_url: write it to coco_url as well, jq '.images[] |= (.coco_url = .flickr_url)' FILE"},
		"coco_url null":             {`{"images":[{"coco_url":null}]}`, "its only image has no coco_url"},
		"coco_url number":           {`{"images":[{"coco_url":7}]}`, "images[0].coco_url is a number, not a string"},
		"coco_url list":             {`{"images":[{"coco_url":["http://h/a"]}]}`, "images[0].coco_url is a list, not a string"},
		"coco_url empty":            {`{"images":[{"coco_url":""}]}`, "its only image has no coco_url"},
		"coco_url of file":          {`{"images":[{"coco_url":"file:///etc/passwd"}]}`, `images[0].coco_url: the URL "file:///etc/passwd" begins with neither`},
		"coco_url with line":        {`{"images":[{"coco_url":"http://h/a\n::error::b"}]}`, `images[0].coco_url: the URL "http://h/a\n::error::b" has the character U+000A at byte 10`},
		"lone surrogate":            {`{"images":[{"coco_url":"http://h/\ud800"}]}`, "has U+FFFD"},
		"invalid UTF-8":             {"{\"images\":[{\"coco_url\":\"http://h/\xff\"}]}", "has U+FFFD"},
		"NUL in URL":                {`{"images":[{"coco_url":"http://h/\u0000"}]}`, "has the character U+0000 at byte 9"},
		"NUL in JSON":               {"{\"images\":\x00[]}", `: invalid character '\x00'`},
		"trailing comma":            {`{"images":[{"coco_url":"http://h/a"},]}`, "not valid JSON at byte 3"},
		"comma in object":           {`{"images":[],}`, "not valid JSON at byte 1"},
		"missing comma":             {`{"images":[{"coco_url":"http://h/a"}{"coco_url":"http://h/b"}]}`, "not valid JSON at byte 36"},
		"bad after images":          {`{"images":[{"coco_url":"http://h/a"}],"licenses":[tru]}`, "not valid JSON at byte"},
		"coco_url only in capitals": {`{"images":[{"COCO_URL":"http://h/a"}]}`, "its only image has no coco_url, but 1 has a URL as COCO_URL"},
		"coco_url taken back":       {`{"images":[{"coco_url":"http://h/a","coco_url":null}]}`, "its only image has no coco_url"},
		"number with zeros":         {`{"a":[01],"images":[]}`, "not valid JSON at byte 7: invalid character '1'"},
		"number without digits":     {`{"a":-,"images":[]}`, "not valid JSON at byte 6: invalid character ','"},
		"number ending in a point":  {`{"a":[1.],"images":[]}`, "not valid JSON at byte 8: invalid character ']'"},
		"exponent without digits":   {`{"a":[1e+],"images":[]}`, "not valid JSON at byte 9: invalid character ']'"},
		"number with a plus":        {`{"a":+1,"images":[]}`, "not valid JSON at byte 5: invalid character '+'"},
		"literal":                   {`{"a":nul,"images":[]}`, "not valid JSON at byte 8: invalid character ','"},
		"tab in a string":           {"{\"a\":\"\t\",\"images\":[]}", `not valid JSON at byte 6: invalid character '\t'`},
		"unknown escape":            {`{"a":"\x41","images":[]}`, "not valid JSON at byte 7: invalid character 'x'"},
		"escape of three digits":    {`{"a":"\u041","images":[]}`, `not valid JSON at byte 11: invalid character '"'`},
		"brackets crossed":          {`{"a":[{]},"images":[]}`, "not valid JSON at byte 7: invalid character ']'"},
		"key without quotes":        {`{"a":{b:1},"images":[]}`, "not valid JSON at byte 6: invalid character 'b'"},
		"key without a value":       {`{"a":{"b"},"images":[]}`, "not valid JSON at byte 9: invalid character '}'"},
		"not ASCII":                 {"{\"a\":\xc3\xa9}", `not valid JSON at byte 5: invalid character '\xc3'`},
		"second document":           {`{"images":[]}{"images":[]}`, "something follows the JSON's end at byte 13"},
		"page behind":               {"{\"images\":[]}\n<html>", "something follows the JSON's end at byte 13"},
		"UTF-16":                    {"\xff\xfe{\x00", "UTF-16"},
		"too deep":                  {`{"images":[],"a":` + strings.Repeat("[", maxJSONDepth), "nests deeper than 1000 levels at byte 1016"},
		"too deep in images":        {`{"images":[` + strings.Repeat("[", maxJSONDepth), "nests deeper than 1000 levels"},
		"long URL":                  {`{"images":[{"coco_url":"http://h/` + strings.Repeat("a", maxURL) + `"}]}`, "at most 8192 can be used"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := collect(ReadCOCO, strings.NewReader(test.json))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, error %v, want an error with %q", got, err, test.want)
			}
			if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
				t.Errorf("the error %q has a control character", err)
			}
		})
	}
}

// However a file is cut, it is noticed, with the number of bytes that are left of it.
func TestReadCOCOCutShort(t *testing.T) {
	t.Parallel()
	whole := append([]byte("\ufeff"), cocoJSON(2)...)
	for end := 4; end < len(whole); end++ {
		_, err := collect(ReadCOCO, bytes.NewReader(whole[:end]))
		if want := fmt.Sprintf("stops in the middle, at byte %d:", end); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("cut at %d: error %v, want %q", end, err, want)
		}
	}
}

// endless reads as begin and then again and again as repeated.
type endless struct{ begin, repeated string }

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if e.begin == "" {
			e.begin = e.repeated
		}
		copied := copy(p[n:], e.begin)
		e.begin = e.begin[copied:]
		n += copied
	}
	return n, nil
}

func TestReadCOCOEndless(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		r    endless
		want string
	}{
		"white space":         {endless{"", " "}, "value of more than"},
		"string":              {endless{`{"info":"`, "long"}, "value of more than"},
		"number":              {endless{`{"info":`, "1"}, "value of more than"},
		"key":                 {endless{`{"`, "long"}, "value of more than"},
		"URL":                 {endless{`{"images":[{"coco_url":"http://h/`, "long"}, "value of more than"},
		"entry":               {endless{`{"images":[{"a":[0`, ",1"}, "value of more than"},
		"element of a list":   {endless{`{"annotations":[[0`, ",1"}, "value of more than"},
		"nesting":             {endless{`{"info":`, `{"a":`}, "nests deeper than"},
		"nesting in an entry": {endless{`{"images":[{"a":`, `[`}, "nests deeper than"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := collect(ReadCOCO, &test.r)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// What takes time is bounded: what is skipped, and the images. COCO's own files stay far below.
func TestReadCOCOBounds(t *testing.T) {
	t.Parallel()
	image := `{"coco_url":"http://h/a"}`
	for name, test := range map[string]struct {
		json string
		want string // "" if it is within the bounds
	}{
		"numbers":               {`{"a":[1,2,3,4,5,6,7,8],"images":[` + image + `]}`, ""},
		"too many numbers":      {`{"a":[1,2,3,4,5,6,7,8,9,0,1,2,3,4],"images":[]}`, "more than 12 values, at byte 31"},
		"in several lists":      {`{"a":[1,2,3,4,5,6],"b":[[1,2,3],[4,5,6],[7,8,9]],"images":[]}`, "more than 12 values"},
		"empty lists":           {`{"a":[[],[],[],[],[],[],[],[],[],[],[],[],[],[]],"images":[]}`, "more than 12 values"},
		"keys":                  {`{"a":{"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1},"images":[]}`, "more than 12 values"},
		"keys of the file":      {`{"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"images":[]}`, "more than 12 values"},
		"in an image":           {`{"images":[{"a":[0,0,0,0,0,0,0,0,0,0,0,0,0,0],"coco_url":"http://h/a"}]}`, "more than 12 values"},
		"keys of an image":      {`{"images":[{"url":"","url":"","url":"","url":"","url":"","url":"","url":"","url":"","url":"","url":"","url":"","url":"","url":"","coco_url":"http://h/a"}]}`, "more than 12 values"},
		"images":                {`{"images":[` + image + "," + image + "," + image + `]}`, ""},
		"too many images":       {`{"images":[` + image + "," + image + "," + image + "," + image + `]}`, "more than 3 images, at byte 89"},
		"far too many, invalid": {`{"images":[` + strings.Repeat(image+",", 4) + "x", "more than 3 images"},
	} {
		urls := 0
		err := readCOCO(strings.NewReader(test.json), 3, 12, func(string) error { urls++; return nil }, nil)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) || urls > 3 {
			t.Errorf("%s: %d images, error %v, want %q", name, urls, err, test.want)
		}
	}
	// Of COCO's own files instances_train2017.json, the largest, has 118,287 images and 448 MB, in which no value has fewer than eight bytes.
	if maxImages < 40*123_403 || maxJSONValues < 3*448_000_000/8 || MaxJSON < 4*448_000_000 {
		t.Error("COCO's own files are near the bounds")
	}
}

// A value is read the same wherever the pieces that a file comes in begin.
func TestReadCOCOPieces(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		data := []byte(randomJSON(rng, 4))
		for range rng.IntN(3) { // which mostly breaks it
			data[rng.IntN(len(data))] = "{}[]\",:\\u0019-+.eE tfn\x00\xff"[rng.IntN(22)]
		}
		data = fmt.Appendf(nil, `{"a":%s,"images":[{"b":%s,"coco_url":"http://h/a"}]}`, data, data)
		_, wantErr := decodeCOCO(data)
		var first string
		for i, r := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data)), iotest.HalfReader(bytes.NewReader(data)), iotest.DataErrReader(bytes.NewReader(data))} {
			got, err := collect(ReadCOCO, r)
			if (err == nil) != (wantErr == nil) || err == nil && !slices.Equal(got, []string{"http://h/a"}) {
				t.Fatalf("seed %d, way %d, %q: got %q, %v, encoding/json %v", seed, i, data, got, err, wantErr)
			}
			if i == 0 {
				first = fmt.Sprint(err)
			} else if again := fmt.Sprint(err); again != first {
				t.Fatalf("seed %d, way %d, %q: got %s, at once %s", seed, i, data, again, first)
			}
		}
	}
}

// randomJSON makes a value that nests up to so deep.
func randomJSON(rng *rand.Rand, deep int) string {
	blank := func() string { return strings.Repeat(" \n"[rng.IntN(2):][:1], rng.IntN(2)) }
	kinds := 9
	if deep == 0 {
		kinds = 7
	}
	switch rng.IntN(kinds) {
	case 0:
		return "true"
	case 1:
		return "false"
	case 2:
		return "null"
	case 3:
		return fmt.Sprint(rng.IntN(1000))
	case 4:
		return fmt.Sprintf("%g", rng.NormFloat64()*math.Pow(10, float64(rng.IntN(40)-20)))
	case 5:
		return `"` + strings.Repeat("a", rng.IntN(20)) + `"`
	case 6:
		return []string{`"\u00e9\uD83D\uDE00"`, `"\"\\\/\b\f\n\r\t"`, `"é😀"`, "-0", "0.0e-0"}[rng.IntN(5)]
	}
	var b strings.Builder
	object := rng.IntN(2) == 0
	b.WriteString("[{"[btoi(object):][:1] + blank())
	for i := range rng.IntN(4) {
		if i > 0 {
			b.WriteString(blank() + ",")
		}
		if object {
			fmt.Fprintf(&b, `%s"k%d"%s:`, blank(), rng.IntN(3), blank())
		}
		b.WriteString(blank() + randomJSON(rng, deep-1))
	}
	b.WriteString(blank() + "]}"[btoi(object):][:1])
	return b.String()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A source that gives a byte at a time is not looked through from the beginning at every byte.
func TestReadCOCOBytewise(t *testing.T) {
	t.Parallel()
	r := iotest.OneByteReader(io.MultiReader(strings.NewReader(strings.Repeat(" ", 1<<20)), bytes.NewReader(cocoJSON(1))))
	begin := time.Now()
	urls, err := collect(ReadCOCO, r)
	if err != nil || len(urls) != 1 {
		t.Errorf("got %q, %v", urls, err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %v", took) // minutes if it is
	}
}

// Not parallel, so that nothing else allocates.
func TestReadCOCOMemory(t *testing.T) {
	annotation := `{"segmentation":[[239.97,260.24,222.04,270.49,199.84,253.41]],"area":2765.14,"image_id":558840,"id":156},`
	const repeats = 1 << 17
	r := io.MultiReader(strings.NewReader(`{"images":[{"coco_url":"http://h/a"}],"annotations":[`),
		io.LimitReader(&endless{annotation, annotation}, int64(repeats*len(annotation))), strings.NewReader("0]}"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	urls, err := collect(ReadCOCO, r)
	runtime.ReadMemStats(&after)
	if err != nil || !slices.Equal(urls, []string{"http://h/a"}) {
		t.Fatalf("got %q, %v", urls, err)
	}
	// All that was ever allocated, freed or not.
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
		t.Errorf("a file of %d bytes cost %d bytes of memory", repeats*len(annotation), allocated)
	}
}

func TestReadCOCOPassesErrors(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	whole := string(cocoJSON(2))
	for name, test := range map[string]func() error{
		"at the beginning": func() error {
			_, err := collect(ReadCOCO, iotest.ErrReader(fault))
			return err
		},
		"in the middle": func() error {
			_, err := collect(ReadCOCO, io.MultiReader(strings.NewReader(whole[:200]), iotest.ErrReader(fault)))
			return err
		},
		"at the end": func() error {
			_, err := collect(ReadCOCO, io.MultiReader(strings.NewReader(whole), iotest.ErrReader(fault)))
			return err
		},
		"of each": func() error {
			return ReadCOCO(strings.NewReader(whole), func(string) error { return fault }, nil)
		},
	} {
		if err := test(); !errors.Is(err, fault) {
			t.Errorf("%s: got %v, want the reader's error", name, err)
		}
	}
	// A zip that is cut short says so with the same error that a decoder uses for JSON that is.
	_, err := collect(ReadCOCO, io.MultiReader(strings.NewReader(whole[:200]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the reader's error", err)
	}
}

// decodeCOCO is what readCOCO is checked against: the whole file in memory.
func decodeCOCO(data []byte) ([]string, error) {
	// A struct's fields are found in any case. Of a map's keys each is itself.
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, err
	}
	images, found := keys["images"]
	if !found {
		return nil, errors.New("no images")
	}
	var entries *[]map[string]json.RawMessage
	if err := json.Unmarshal(images, &entries); err != nil {
		return nil, err
	}
	if entries == nil {
		return nil, errors.New("images is null")
	}
	urls := []string{}
	for _, entry := range *entries {
		var url *string
		if err := json.Unmarshal([]byte(cmp.Or(string(entry["coco_url"]), "null")), &url); err != nil {
			return nil, err
		}
		if url == nil || strings.TrimSpace(*url) == "" {
			continue
		}
		if err := Check(strings.TrimSpace(*url)); err != nil {
			return nil, err
		}
		urls = append(urls, strings.TrimSpace(*url))
	}
	if len(urls) == 0 && len(*entries) > 0 {
		return nil, errors.New("no coco_url")
	}
	return urls, nil
}

// withoutNaN puts 0 in place of NaN, Infinity and -Infinity outside of strings.
func withoutNaN(data []byte) []byte {
	return regexp.MustCompile(`"(?:[^"\\]|\\.)*"?|-?Infinity|NaN`).ReplaceAllFunc(data, func(token []byte) []byte {
		if token[0] == '"' {
			return token
		}
		return []byte("0")
	})
}

func FuzzReadCOCO(f *testing.F) {
	f.Add(cocoJSON(2))
	for _, value := range []string{"-0.5e+7", "01", "-", "1.", "1e+", "+1", ".5", "nul", "truefalse", "\"\t\"", `"\x41"`, `"\u041"`, `"\u0041\ud800"`, "[{]}", "[1 2]", `{"a":1 "b":2}`, `{"a"}`, `{a:1}`, "[,1]", "[1,]", "\xc3\xa9"} {
		f.Add(fmt.Appendf(nil, `{"a":%[1]s,"images":[{"b":[%[1]s],"coco_url":"http://h/a"}]}`, value))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := collect(ReadCOCO, bytes.NewReader(data))
		if err != nil && (err.Error() != escape.OneLine(err.Error()) || len(err.Error()) > 1000) {
			t.Fatalf("the error %q cannot be shown", err)
		}
		if err != nil && (strings.Contains(err.Error(), "a second time") || strings.Contains(err.Error(), "deeper than 1000 levels")) {
			return // encoding/json takes these
		}
		want, wantErr := decodeCOCO(withoutNaN(bytes.TrimPrefix(data, []byte("\ufeff"))))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got error %v, encoding/json %v", err, wantErr)
		}
		if err == nil && !slices.Equal(got, want) {
			t.Fatalf("got %q, encoding/json %q", got, want)
		}
	})
}

func BenchmarkReadCOCO(b *testing.B) {
	const images = 40670 // as in the file of the 2017 test images
	data := cocoJSON(images)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		pool := NewPool(1, 200)
		err := ReadCOCO(bytes.NewReader(data), func(url string) error {
			pool.Add(url)
			return nil
		}, nil)
		if err != nil || pool.Seen() != images || len(pool.URLs()) != 200 {
			b.Fatalf("read %d images, error %v", pool.Seen(), err)
		}
	}
}
