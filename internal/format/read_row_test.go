package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"mmjsonl/internal/format/formattest"
)

// parseLine reads a line in pieces of at most so many bytes; 0 means whole.
func parseLine(line []byte, piece int) *Batch {
	b := new(Batch)
	p := new(Reader)
	if piece == 0 {
		p.Read(Line{Text: bytes.Clone(line)}, b)
		return b
	}
	// Two rooms by turns, as a reader has them, so that a slice kept too long shows.
	rooms := [2][]byte{make([]byte, piece+4), make([]byte, piece+4)}
	rest := line
	turn := 0
	more := func() []byte {
		n := min(piece, len(rest))
		for n < len(rest) && n < piece+4 && !utf8.RuneStart(rest[n]) {
			n++
		}
		turn++
		room := rooms[turn%2]
		copy(room, rest[:n])
		rest = rest[n:]
		return room[:n]
	}
	p.Read(Line{Text: more(), More: more}, b)
	for _, room := range rooms {
		clear(room)
	}
	return b
}

// checkLine holds a line, read whole and in pieces, to the oracle.
func checkLine(line []byte) error {
	if formattest.Blank(line) {
		if b := parseLine(line, 0); len(b.Requests) != 0 {
			return fmt.Errorf("a row of a blank line: %+v", b.Requests)
		}
		return nil
	}
	want := formattest.Read(line)
	var fault string
	for _, piece := range []int{0, 1, 2, 3, 7, 64} {
		if piece > 0 && len(line) > 1<<16 && piece < 64 {
			continue
		}
		b := parseLine(line, piece)
		if len(b.Requests)+len(b.Bad) != 1 || b.BadCount != int64(len(b.Bad)) {
			return fmt.Errorf("pieces of %d: %d rows, %d bad", piece, len(b.Requests), b.BadCount)
		}
		if len(b.Requests) == 1 && b.Requests[0].Server != "" {
			b.Bad = append(b.Bad, Bad{Reason: b.Requests[0].Server, By: RefusedByServer})
		}
		if want.Refused != (len(b.Bad) == 1) {
			return fmt.Errorf("pieces of %d: bad %+v, want %v", piece, b.Bad, want.Refused)
		}
		if want.Refused {
			if piece == 0 {
				fault = b.Bad[0].Reason
			} else if b.Bad[0].Reason != fault {
				return fmt.Errorf("pieces of %d: fault %q, whole: %q", piece, b.Bad[0].Reason, fault)
			}
			continue
		}
		r := b.Requests[0]
		var images, opened []Reference
		for _, each := range b.References {
			if each.Use.IsItem() {
				images = append(images, each)
			} else {
				opened = append(opened, each)
			}
		}
		if r.References != len(b.References) || len(images) != len(want.Images) || len(opened) != len(want.Opened) {
			return fmt.Errorf("pieces of %d: %d images and %d opened, want %+v", piece, len(images), len(opened), want)
		}
		for i, want := range want.Images {
			if err := checkReference(b, &images[i], want); err != nil {
				return fmt.Errorf("pieces of %d: image %d is %w", piece, i, err)
			}
		}
		for i, want := range want.Opened {
			if !slices.ContainsFunc(opened, func(r Reference) bool {
				r.uuid = 0
				return checkReference(b, &r, formattest.Image{Name: want}) == nil
			}) {
				return fmt.Errorf("pieces of %d: %q is not opened (%d)", piece, want, i)
			}
		}
		if r.HasSession != (want.Session != "") || want.Session != "" && r.Session != xxh3.HashString128(want.Session) {
			return fmt.Errorf("pieces of %d: session %v, want %q", piece, r.Session, want.Session)
		}
		if r.HasText != want.Text {
			return fmt.Errorf("pieces of %d: text %v, want %v", piece, r.HasText, want.Text)
		}
	}
	return nil
}

func checkReference(b *Batch, r *Reference, want formattest.Image) error {
	key, header := xxh3.HashString128(want.Name), uint64(0)
	start, payload, found := strings.Cut(want.Name, ",")
	if found && len(start) < payloadWithin && len(start) >= len("data:;base64") && strings.EqualFold(start[:5], "data:") && strings.EqualFold(start[len(start)-7:], ";base64") {
		key, header = salted(xxh3.HashString128(payload), 2), xxh3.HashString(start+",")
	}
	name := string(b.Entry(r))
	uuid, uuidKey, hasUUID := b.UUID(r)
	switch {
	case want.Name == "" && (r.Kind != EntryNone || r.Length != 0):
	case want.Name != "" && (r.Key != key || r.data > 0 && b.data[r.data-1].header != header || int(r.Length) != len(want.Name)):
	case !strings.HasPrefix(want.Name, name), len(name) < min(len(want.Name), longestName), r.Kind != EntryDataURI && len(name) < min(len(want.Name), longestPath):
	case hasUUID != (want.UUID != ""), hasUUID && uuidKey != salted(xxh3.HashString128(want.UUID), 1), !strings.HasPrefix(want.UUID, string(uuid)):
	default:
		return nil
	}
	return fmt.Errorf("%+v (%.80q, uuid %.80q), want %.80q", r, name, uuid, want)
}

// lines with what is to be found in them: images, or the beginning of the reason why they are bad.
var rowTests = []struct {
	line   string
	images string // with commas between them, uuids with a # before them
	fault  string
}{
	// as aiperf takes them
	{line: `{"text":"a","images":["x.png","y.png"]}`, images: "x.png,y.png"},
	{line: `{"text":"","images":["x"]}`, images: "x"},
	{line: `{"text":"a","images":[]}`},
	{line: `{"text":"a","images":null,"image":"x","session_id":"s"}`, images: "x"},
	{line: ` { "images" : [ "x" , "x" ] } ` + "\r", images: "x,x"},
	{line: `{"im\u0061ges":["\u00e4\ud83d\ude00\n\/"]}`, images: "ä😀\n/"},
	{line: `{"images":[{"name":"n","contents":["http://h/a","http://h/b"]},{"contents":["http://h/c"],"other":[1,{"contents":2}]}]}`, images: "http://h/a,http://h/b,http://h/c"},
	{line: `{"images":[{"contents":["http://h/a","http://h/b"],"uuids":["1","2"]}]}`, images: "#1,#2"},
	{line: `{"images":[{"uuids":["1"]},{"contents":["data:,a"]},{"contents":["s3://h/b"],"uuids":[]}]}`, images: "#1,data:|a,s3://h/b"},
	{line: `{"text":"a","images":[{"name":"none","contents":[]}]}`}, {line: `{"images":[{}]}`},
	{line: `{"images":[{"contents":["http://h/a",""]}]}`, images: "http://h/a"},
	{line: `{"images":[{"contents":["http://h/a",""],"uuids":["1","2"]}]}`, images: "#1,#2"},
	{line: `{"image_uuids":["1","2"],"images":["a","a"]}`, images: "#1,#2"},
	{line: `{"images":["a",""],"image_uuids":["1","2"]}`, images: "#1,#2"},
	{line: `{"image_uuids":["1"]}`, images: "#1"},
	{line: `{"images":[],"image_uuids":["1"],"image":null}`, images: "#1"},
	{line: `{"image_uuids":[],"text":"a"}`},
	{line: `{"texts":["a","b"]}`},
	{line: `{"texts":[{"name":"q","contents":["a"]}],"uuids":3}`},
	{line: `{"audio":"a"}`, images: "!a"}, {line: `{"videos":["a","http://h/b","data:,"]}`, images: "a,http://h/b,data:|"}, {line: `{"audios":[{"contents":["a"]}]}`},
	{line: `{"videos":[{"contents":["http://h/b",""],"uuids":["u"]},{"contents":["data:,"]}]}`, images: "http://h/b,data:|"},
	{line: `{"audio":"WAV,AA"}`}, {line: `{"audio":"data:audio/wav;base64,AA"}`, images: "!data:audio/wav;base64|AA"},
	{line: `{"audio":"a","audios":[],"video":"b","videos":null,"image":"c"}`, images: "c,!a,b"},
	{line: `{"text":"a","texts":[]}`},
	{line: `{"text":"a","text":"b"}`}, {line: `{"text":7,"text":"b","images":[{},""],"images":["x"]}`, images: "x"},
	{line: `{"images":["a","b"],"imag\u0065s":["c"]}`, images: "c"}, {line: `{"images":[{"contents":7,"contents":["http://h/b"],"name":1,"name":"n"}]}`, images: "http://h/b"},
	{line: `{"text":"a","output_length":" 5 "}`}, {line: `{"text":"a","output_length":"1_000"}`}, {line: `{"text":"a","output_length":"+05.00"}`},
	{line: `{"text":"a","output_length":true}`}, {line: `{"text":"a","output_length":18446744073709551615}`}, {line: `{"text":"a","output_length":1e18}`},
	{line: `{"text":"a","timestamp":"nan"}`}, {line: `{"text":"a","timestamp":"-Infinity"}`}, {line: `{"text":"a","timestamp":" 1_0.5e1_0 "}`},
	{line: `{"text":"a","delay":"1e999"}`}, {line: `{"text":"a","delay":"-0"}`}, {line: `{"text":"a","timestamp":-1,"delay":"0"}`},
	{line: `{"text":"a","x":` + strings.Repeat("1", 300) + strings.Repeat("0", 8) + `,"y":0.` + strings.Repeat("0", 2000) + `1}`},
	{line: "\u00a0\u2028\x1c{\"text\":\"a\"}\x0b\x0c\u00a0\u0085\x1f "},
	{line: `{"text":"a","images":["x"],"extra":{"messages":[{"content":[{"type":"text","text":"b"},{"type":"image_url","image_url":{"url":"http://h/c"}}]}]}}`, images: "http://h/c,!x"},
	{line: `{"text":"a","image":"http://h/x","extra":{"messages":[{"content":"b"}],"messages":[{"content":[{"image_url":"data:,","uuid":"7"},{"uuid":"8"}]}]}}`, images: "#7,#8"},
	{line: `{"text":"a","images":[{"contents":["x"]}],"extra":{"messages":null}}`},
	{line: `{"image":"","image":"x","image_uuids":null}`, images: "x"},
	{line: `{"text":"a","timestamp":0,"delay":5,"extra":{"a":[null,true,false,-1.5e+3]},"role":null,"output_length":5.0}`},
	{line: `{"type":"single_turn","text":"a","x":1,"x":2}`},
	{line: `{"images":["C:\\x.png","data:,","DATA:x","HTTPS://h/p","dir/file://x","1a://h/","://x","~/x"," \nda\tta:x"]}`, images: `C:\x.png,data:|,DATA:x,HTTPS://h/p,dir/file://x,1a://h/,://x,~/x,` + " \nda\tta:x"},
	{line: `{"images":["http://[::1]:80/x","http://u@[v1.x]","file://h/x","http://:80/","http://@/","\u0001http://h"]}`, images: "http://[::1]:80/x,http://u@[v1.x],file://h/x,http://:80/,http://@/,\x01http://h"},
	{line: "{\"text\":\"a\",\"x\":" + strings.Repeat("[", 1023) + strings.Repeat("]", 1023) + "}"},

	// as it refuses them
	{line: `{"text":"a","texts":["b"]}`, fault: "text and texts exclude each other"},
	{line: `{"image":"a","images":["b"]}`, fault: "image and images exclude"},
	{line: `{"videos":["b"],"video":"a"}`, fault: "video and videos"},
	{line: `{"text":"a","timestamp":1,"delay":2}`, fault: "timestamp and delay"},
	{line: `{}`, fault: "no text, image, audio or video"},
	{line: `{"text":"","images":[],"image_uuids":[]}`, fault: "no text, image"},
	{line: `{"turns":[{"text":"a"}]}`, fault: "it is a row of multi_turn, and the file's first is one of single_turn"}, {line: `{"messages":[],"text":""}`, fault: "it is a row of raw_payload"},
	{line: `{"type":"multi_turn","turns":[]}`, fault: `type is "multi_turn": only`},
	{line: `{"type":null,"text":"a"}`, fault: "type is not a string"},
	{line: `{"images":"a"}`, fault: "images is not a list"},
	{line: `{"images":["a",{"contents":["b"]}]}`, fault: "images mixes strings and objects"},
	{line: `{"texts":[{},"a"]}`, fault: "texts mixes"},
	{line: `{"images":["a",7]}`, fault: "images[1] is not a string or an object"},
	{line: `{"images":[null]}`, fault: "images[0] is not"},
	{line: `{"images":["a",""]}`, fault: "images holds an empty string"},
	{line: `{"image":""}`, fault: "no text, image, audio or video"}, {line: `{"text":"a","image":""}`, fault: "image holds an empty string"},
	{line: `{"image":["a"]}`, fault: "image is not a string"},
	{line: `{"text":7}`, fault: "text is not a string"},
	{line: `{"text":"a","session_id":7}`, fault: "session_id is not a string"},
	{line: `{"text":"a","output_length":0}`, fault: "output_length is 0"},
	{line: `{"text":"a","extra":0}`, fault: "extra is not an object"},
	{line: `{"images":[{"contents":"a"}]}`, fault: "images[0].contents is not a list"},
	{line: `{"images":[{"contents":["a"],"uuids":["1","2"]}]}`, fault: "images[0].contents and images[0].uuids are not one to one: 1 and 2"},
	{line: `{"image_uuids":["1"],"images":["a","b"]}`, fault: "images and image_uuids are not one to one: 2 and 1"},
	{line: `{"image_uuids":[""]}`, fault: "image_uuids holds an empty string"},
	{line: `{"image_uuids":[1]}`, fault: "image_uuids is not a list of strings"},
	{line: `{"image":"a","image_uuids":["1"]}`, fault: "image_uuids need images, not image"},
	{line: `{"images":[{"contents":["a"]}],"image_uuids":["1"]}`, fault: "image_uuids are beside images that are objects"},
	{line: `{"images":["file:///x.png"]}`, fault: `images holds "file:///x.png", which has a scheme and no host: write a path without file://`},
	{line: `{"images":["FILE:/x","file://"],"image_uuids":["1","2"]}`, fault: `images holds "file://", which has a scheme and no host`},
	{line: `{"text":"a","delay":""}`, fault: "delay is not a number"}, {line: `{"text":"a","delay":[]}`, fault: "delay is not a number"},
	{line: `{"text":"a","output_length":"1.5"}`, fault: `output_length is "1.5"`}, {line: `{"text":"a","output_length":false}`, fault: "output_length is 0"},
	{line: `{"text":"a","delay":-1}`, fault: "delay is -1"}, {line: `{"text":"a","delay":"nan"}`, fault: "delay is NaN"},
	{line: `{"text":"a","output_length":5.5}`, fault: "output_length is 5.5"}, {line: `{"text":"a","output_length":1e19}`, fault: "output_length is 1e+19"},
	{line: `{"text":"a","output_length":18446744073709551616}`, fault: "output_length is 1.8"}, {line: `{"text":"a","output_length":"1__0"}`, fault: `output_length is "1__0"`},
	{line: `{"text":"a","timestamp":"0x1p3"}`, fault: "timestamp is not a number"}, {line: `{"text":"a","timestamp":"5_"}`, fault: "timestamp is not a number"},
	{line: `{"images":["http://[::1"]}`, fault: `images holds "http://[::1", which has a host that is not a valid IPv6`}, {line: `{"images":["http://h]/"]}`, fault: "images holds"},
	{line: `{"images":["http://[zz]/"]}`, fault: "images holds"}, {line: `{"images":["//h/a://b"]}`, fault: `images holds "//h/a://b", which has a host and no scheme`},
	{line: `{"video":"http://a：b/x"}`, fault: `video holds "http://a：b/x", which has a host with a character that stands for another`},
	{line: `{"text":"a","images":["http://h/a","file:///x",""],"image_uuids":["1","2","3"]}`, fault: `images holds "file:///x"`},
	{line: "{\x0b\"text\":\"a\"}", fault: `bad JSON: '\v' instead of a key`}, {line: "\u200b{}", fault: "bad JSON"},

	// as aiperf takes them and no server does
	{line: `{"images":[{"contents":["a"]}]}`, fault: `server: images[0].contents holds "a", which is sent as a URL without being opened, and a server cannot read`},
	{line: `{"images":[{"contents":["file:///data/a.png"]}]}`, fault: `server: images[0].contents holds "file:///data/a.png", which`},
	{line: `{"images":[{"contents":["http:///a"],"uuids":["1"]}]}`, fault: `server: images[0].contents holds "http:///a", which has a scheme and no host`},
	{line: `{"text":"a","extra":{"messages":[{"content":[{"image_url":{"url":"b.png"}}]}]}}`, fault: `server: image_url holds "b.png"`},
	{line: `{"text":"a","extra":{"messages":[{"content":[{"image_url":{"url":""}}]}]}}`, fault: "server: image_url is an empty string"},
	{line: "\ufeff" + `{"text":"a"}`, fault: "begins with a byte order mark"},

	// no JSON
	{line: `["a"]`, fault: "not a JSON object"}, {line: `"a"`, fault: "not a JSON object"}, {line: `7`, fault: "not a JSON object"},
	{line: `{"text":"a"`, fault: "bad JSON: the line ends where ',' or '}' should be at byte 12"},
	{line: `{"text":"a"}}`, fault: "bad JSON: '}' instead of the end of the line at byte 13"},
	{line: `{"text":"a",}`, fault: "bad JSON: '}' instead of a key at byte 13"},
	{line: `{"text":"a","x":[1,]}`, fault: "bad JSON: ']' instead of a value"},
	{line: `{"text":'a'}`, fault: `bad JSON: '\'' instead of a value at byte 9`},
	{line: `{text:"a"}`, fault: "bad JSON: 't' instead of a key"},
	{line: `{"text" "a"}`, fault: `bad JSON: '"' instead of ':'`},
	{line: `{"text":"a`, fault: "bad JSON: the line ends within a string at byte 11"},
	{line: "{\"text\":\"a\tb\"}", fault: `bad JSON: the control character '\t' in a string at byte 11`},
	{line: "{\"text\":\"a\x00b\"}", fault: `bad JSON: the control character '\x00' in a string`},
	{line: "{\"text\":\"a\"}\x00", fault: `bad JSON: '\x00' instead of the end`},
	{line: "\x00", fault: `bad JSON: '\x00' instead of a value`},
	{line: "{\"text\":\"a\xff\"}", fault: "bad JSON: a string that is not UTF-8"},
	{line: "{\"te\xc3xt\":\"a\"}", fault: "bad JSON: a string that is not UTF-8"},
	{line: `{"text":"\ud800"}`, fault: `bad JSON: \ud800 is half of a pair`},
	{line: `{"text":"\ud800\u0041"}`, fault: `bad JSON: \ud800\u0041 is not a pair`},
	{line: `{"text":"\udc00\ud800"}`, fault: `bad JSON: \udc00\ud800 is not a pair`},
	{line: `{"text":"\x"}`, fault: `bad JSON: the escape`}, {line: `{"text":"\u12g4"}`, fault: `bad JSON: 'g' instead of a hexadecimal digit`},
	{line: `{"text":"a","x":01}`, fault: "bad JSON: '1' instead of ',' or '}'"},
	{line: `{"text":"a","x":1.}`, fault: "bad JSON: '}' instead of a digit"},
	{line: `{"text":"a","x":-}`, fault: "bad JSON: '}' instead of a digit"},
	{line: `{"text":"a","x":1e}`, fault: "bad JSON"}, {line: `{"text":"a","x":.5}`, fault: "bad JSON"}, {line: `{"text":"a","x":+5}`, fault: "bad JSON"},
	{line: `{"text":"a","x":1e999}`, fault: "bad JSON: the number 1e999 is too large"},
	{line: `{"text":"a","x":nul}`, fault: `bad JSON: '}' instead of 'l' of null`}, {line: `{"text":"a","x":NaN}`, fault: "bad JSON"},
	{line: `{"text":"a","x":trux}`, fault: "bad JSON"}, {line: `{"text":"a"} {"text":"b"}`, fault: "bad JSON: '{' instead of the end"},
	{line: "{\"text\":\"a\",\"x\":" + strings.Repeat("[", 1024) + strings.Repeat("]", 1024) + "}", fault: "bad JSON: more than 1024"},
	{line: "{\"text\":\"a\",\"x\":" + strings.Repeat("[", 1<<20), fault: "bad JSON: more than 1024"},
	{line: `{"text":"a","x":` + strings.Repeat("1", 1100) + `}`, fault: "bad JSON: the number 1111111111111111111111111111111111111111 is too large"},
}

func TestRow(t *testing.T) {
	for _, test := range rowTests {
		line := []byte(test.line)
		if err := checkLine(line); err != nil {
			t.Errorf("%.200s: %v", line, err)
		}
		b := parseLine(line, 0)
		fault := ""
		if len(b.Requests) == 1 && b.Requests[0].Server != "" {
			b.Bad = append(b.Bad, Bad{Reason: b.Requests[0].Server, By: RefusedByServer})
			b.References = nil
		}
		if len(b.Bad) > 0 {
			fault = b.Bad[0].Reason
			if b.Bad[0].By != RefusedByClient != strings.HasPrefix(test.fault, "server: ") {
				t.Errorf("%.200s: refused by %d", line, b.Bad[0].By)
			}
		}
		if want := strings.TrimPrefix(test.fault, "server: "); !strings.HasPrefix(fault, want) || want == "" && fault != "" {
			t.Errorf("%.200s: fault %q, want %q", line, fault, want)
		}
		var names []string
		for _, r := range b.References {
			name := string(b.Entry(&r))
			if uuid, _, ok := b.UUID(&r); ok {
				name = "#" + string(uuid)
			}
			if !r.Use.IsItem() {
				name = "!" + name
			}
			names = append(names, strings.ReplaceAll(name, ",", "|"))
		}
		if got := strings.Join(names, ","); got != test.images {
			t.Errorf("%.200s: images %q, want %q", line, got, test.images)
		}
	}
}

// TestRowsAtRandom holds rows made of all that can be right and wrong with them, and beginnings of these, to the oracle.
func TestRowsAtRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	good := 0
	const rows = 15_000
	for range rows {
		line := formattest.RandomRow(rng)
		for _, line := range []string{line, line[:rng.IntN(len(line))]} {
			if err := checkLine([]byte(line)); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		if !formattest.Read([]byte(line)).Refused {
			good++
		}
	}
	if good < rows/5 || good > rows*4/5 {
		t.Errorf("%d of %d rows were good", good, rows)
	}
}

// FuzzRow reads any line whole and in pieces, and holds it to the oracle.
func FuzzRow(f *testing.F) {
	for _, test := range rowTests {
		if len(test.line) < 1<<12 {
			f.Add([]byte(test.line))
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		}
		if err := checkLine(line); err != nil {
			t.Error(err)
		}
	})
}

func TestPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	alphabet := []byte{'"', '\\', 0x1f, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff, 0, 1, 'a', 0x9f}
	for range 200_000 {
		b := make([]byte, rng.IntN(40))
		for i := range b {
			b[i] = 'x'
			if rng.IntN(6) == 0 {
				b[i] = alphabet[rng.IntN(len(alphabet))]
			}
		}
		n := slices.IndexFunc(b, func(c byte) bool { return c < 0x20 || c == '"' || c == '\\' })
		if n < 0 {
			n = len(b)
		}
		ascii := !slices.ContainsFunc(b[:n], func(c byte) bool { return c >= 0x80 })
		if gotN, gotASCII := plain(b); gotN != n || gotASCII != ascii {
			t.Fatalf("%q: %d, %v; want %d, %v", b, gotN, gotASCII, n, ascii)
		}
	}
}
