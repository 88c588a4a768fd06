package report

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/replay"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// fixedReport is of a file that was made, with facts of every kind.
func fixedReport() *Report {
	r := &Report{Name: "out/1010req.jsonl", brief: []string{"Wrote 1 requests to x"}, Figures: fixed(), pool: &pool{noun: "image", weighed: 300,
		sizes: []weight{{"8×9", 300, 500, 600, 170_000}}, shown: []poolImage{{name: "img_0000.png", place: files.Place{Here: "nowhere/img_0000.png"}}}}}
	r.add(rowFacts(r.Figures)...)
	r.add(Fact{About: Origin, Label: "URLs", Text: "300 of 400 in list.txt", Outside: true})
	r.add(Fact{About: Bytes, Label: "SHA-256", Text: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"})
	r.add(Fact{About: Places, Label: "file", Text: "/home/me/out/1010req.jsonl", Outside: true})
	r.add(cacheFacts(r.Figures, true)...)
	return r
}

func render(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Page(&b, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageGolden(t *testing.T) {
	page := render(t, fixedReport())
	if strings.Count(page, pageStyle) != 1 {
		t.Fatal("the page does not have its style")
	}
	golden(t, "page.html", strings.Replace(page, pageStyle, "page.css\n", 1))
}

// onlyFigures is of a file of which nothing else is known.
func onlyFigures(f *reuse.Figures) *Report {
	r := &Report{Name: "x", Figures: f}
	r.add(rowFacts(f)...)
	r.add(cacheFacts(f, false)...)
	return r
}

// element is a start tag of a page, and the text directly inside.
type element struct {
	name  string
	attrs map[string]string
	path  string // names from the root down to this one
	text  string
}

// parse reads a page as strictly as XML is read: every tag closed in its turn, every attribute quoted and given once.
func parse(t *testing.T, page string) []*element {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	var all, open []*element
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attrs: map[string]string{}, path: token.Name.Local}
			if len(open) > 0 {
				e.path = open[len(open)-1].path + "/" + e.name
			}
			for _, a := range token.Attr {
				if _, twice := e.attrs[a.Name.Local]; twice {
					t.Errorf("%s has %s twice", e.path, a.Name.Local)
				}
				e.attrs[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(token)
			}
		}
	}
	return all
}

func named(all []*element, name string) []*element {
	var some []*element
	for _, e := range all {
		if e.name == name {
			some = append(some, e)
		}
	}
	return some
}

func TestPageIsWhole(t *testing.T) {
	pages := map[string]*Report{"fixed": fixedReport(), "no slots": onlyFigures(&reuse.Figures{Requests: 3, TextOnly: 3,
		Capacities: []reuse.Point{{Capacity: 1}}, Replicas: []reuse.Replica{{Requests: 2}, {Requests: 1}}})}
	for name, f := range watched(t) {
		pages["only figures, "+name] = onlyFigures(f)
	}
	for name, d := range pages {
		t.Run(name, func(t *testing.T) {
			page := render(t, d)
			if !strings.HasPrefix(page, "<!DOCTYPE html>\n<html lang=\"en\">") {
				t.Errorf("begins with %.60q", page)
			}
			if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") || strings.Contains(page, "%!") {
				t.Error("a value could not be written")
			}
			all := parse(t, page)
			ids := map[string]bool{}
			heading := 0
			for _, e := range all {
				if id := e.attrs["id"]; id != "" {
					if ids[id] {
						t.Errorf("%q is the id of two elements", id)
					}
					ids[id] = true
				}
				switch e.name {
				case "h1", "h2", "h3", "h4":
					level := int(e.name[1] - '0')
					if level > heading+1 {
						t.Errorf("%s follows a heading of level %d", e.name, heading)
					}
					heading = level
				case "script", "iframe", "object", "embed", "base", "form", "foreignObject", "use":
					t.Errorf("there is a %s", e.path)
				case "th":
					if e.attrs["scope"] == "" {
						t.Errorf("a table's header without scope: %q", e.text)
					}
				case "img":
					if _, ok := e.attrs["alt"]; !ok {
						t.Error("an image without alt")
					}
				}
				for attr, value := range e.attrs {
					if strings.HasPrefix(attr, "on") || attr == "style" {
						t.Errorf("%s has %s=%q", e.path, attr, value)
					}
					if (attr == "src" || attr == "href" || attr == "srcset" || attr == "data") && !strings.HasPrefix(value, "data:") {
						t.Errorf("%s loads %q", e.path, value)
					}
				}
			}
			for _, e := range all {
				for _, id := range strings.Fields(e.attrs["aria-labelledby"]) {
					if !ids[id] {
						t.Errorf("%s is labelled by %q, which is not there", e.path, id)
					}
				}
			}
			if n := len(named(all, "h1")); n != 1 {
				t.Errorf("%d main headings", n)
			}
			var rules []string
			for _, e := range named(all, "meta") {
				if e.attrs["http-equiv"] == "Content-Security-Policy" {
					rules = strings.Split(e.attrs["content"], "; ")
				}
			}
			for _, rule := range []string{"default-src 'none'", "img-src data:", "style-src 'unsafe-inline'"} {
				if !slices.Contains(rules, rule) {
					t.Errorf("no %s in the page's policy %q", rule, rules)
				}
			}
			drawn := slices.ContainsFunc(all, func(e *element) bool {
				return e.name == "svg" && e.attrs["role"] == "img" && e.attrs["aria-labelledby"] == "curve-title curve-words"
			})
			if drawn != (d.Figures.Slots > 0) {
				t.Errorf("the curve is drawn: %v, of %d slots", drawn, d.Figures.Slots)
			}
			for _, id := range []string{"curve", "popularity", "distances", "replicas"} {
				if ids[id] && d.Figures.Slots == 0 {
					t.Errorf("there is a section %q, of no slots", id)
				}
			}
			if style := named(all, "style")[0].text; strings.Contains(style, "url(") || strings.Contains(style, "@import") {
				t.Error("the style loads something")
			}
		})
	}
}

// TestPageEscapes compares a page full of attempts to break out with a harmless one: the same elements with the same attributes, and the
// text as it was.
func TestPageEscapes(t *testing.T) {
	attempts := []string{
		`</title></h1><script>alert(1)</script>`,
		`"><img src=x onerror=alert(1)>`,
		`' onmouseover='alert(1)`,
		`--><svg onload=alert(1)>`,
		`</bdi></td></style><style>*{display:none}</style>`,
		`javascript:alert(1)`,
		`{{.Title}} <![CDATA[ ]]> &lt;b&gt; &amp; &#60;`,
		"two\nlines, \u202eright to left",
	}
	fill := func(text func(i int) string) (*Report, string) {
		r := fixedReport()
		r.Name = strings.ReplaceAll(text(0), "/", "\\")
		r.Facts = append(r.Facts, Fact{About: Origin, Label: "x", Text: text(1), Outside: true}, Fact{About: Rows, Label: "y", Text: text(2), Outside: true})
		r.pool = &pool{noun: "image", weighed: 1, sizes: []weight{{size: "1×1", images: 1}}, shown: []poolImage{{name: text(3), place: files.Place{Here: "nowhere"}}}}
		for i := range r.Figures.Popularity.Top {
			r.Figures.Popularity.Top[i].Name = text(4 + i)
		}
		r.Command = text(8)
		return r, text(7)
	}
	var shape func(all []*element) (lines []string)
	shape = func(all []*element) (lines []string) {
		for _, e := range all {
			var attrs []string
			for name, value := range e.attrs {
				if kind, content, saved := strings.Cut(value, ";base64,"); saved && e.name == "a" {
					value = kind // the content has names in it
					if kind == "data:image/svg+xml" {
						drawing, err := base64.StdEncoding.DecodeString(content)
						if err != nil {
							t.Fatal(err)
						}
						lines = append(lines, shape(parse(t, string(drawing)))...)
					}
				}
				attrs = append(attrs, name+"="+value)
			}
			slices.Sort(attrs)
			lines = append(lines, e.path+" "+strings.Join(attrs, " "))
		}
		return lines
	}
	page := func(text func(i int) string) []*element {
		var b bytes.Buffer
		r, version := fill(text)
		if err := r.Page(&b, version); err != nil {
			t.Fatal(err)
		}
		return parse(t, b.String())
	}
	harmless := shape(page(func(int) string { return "plain" }))
	for shift := range attempts {
		attempt := func(i int) string { return attempts[(i+shift)%len(attempts)] }
		all := page(attempt)
		if got := shape(all); !slices.Equal(got, harmless) {
			t.Errorf("shift %d: the page's elements have changed:\n%s", shift, strings.Join(got, "\n"))
		}
		var bdis []string
		for _, e := range named(all, "bdi") {
			bdis = append(bdis, e.text)
		}
		for _, i := range []int{0, 1, 2, 3, 4, 5, 6, 8} {
			want := attempt(i)
			if i == 0 {
				want = strings.ReplaceAll(want, "/", "\\")
			}
			if !slices.Contains(bdis, want) {
				t.Errorf("shift %d: text %d, %q, is not on the page as it was", shift, i, want)
			}
		}
		if !slices.ContainsFunc(all, func(e *element) bool {
			return strings.HasSuffix(e.path, "/footer/p") && strings.Contains(e.text, attempt(7))
		}) {
			t.Errorf("shift %d: the footer does not name the version", shift)
		}
	}
}

// places reads a path back.
func places(t *testing.T, path string) [][2]float64 {
	t.Helper()
	var all [][2]float64
	for _, pair := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "M"), "Z"), "L") {
		var x, y float64
		if _, err := fmt.Sscanf(pair, "%g %g", &x, &y); err != nil {
			t.Fatalf("%q in %q: %v", pair, path, err)
		}
		all = append(all, [2]float64{x, y})
	}
	return all
}

// Both drawings of a file, on a logarithmic and on a linear axis, have its points where they belong.
func TestCurveIsDrawnWhereItIs(t *testing.T) {
	for name, f := range watched(t) {
		t.Run(name, func(t *testing.T) {
			drawings := 0
			paths := map[string][][2]float64{}
			axisName := ""
			points := curvePoints(f)
			first, last := float64(points[0].Capacity), float64(points[len(points)-1].Capacity)
			check := func() {
				if len(paths) == 0 {
					return
				}
				drawings++
				log := strings.Contains(axisName, "log scale")
				if drawings == 1 && log != (last/first > 50) {
					t.Errorf("the first axis is %q, for capacities of %v to %v", axisName, first, last)
				}
				checkCurve(t, f, points, log, paths)
				paths = map[string][][2]float64{}
			}
			for _, e := range parse(t, render(t, onlyFigures(f))) {
				switch {
				case e.attrs["role"] == "img":
					check()
				case e.name == "path" && strings.Contains(e.path, "figure/div/div/svg"):
					paths[e.attrs["class"]] = places(t, e.attrs["d"])
				case e.name == "text" && strings.Contains(e.text, "capacity of the cache"):
					axisName = e.text
				}
			}
			check()
			if want := map[bool]int{true: 2, false: 1}[first < last]; drawings != want {
				t.Errorf("%d drawings, want %d", drawings, want)
			}
		})
	}
}

func checkCurve(t *testing.T, f *reuse.Figures, points []reuse.Point, log bool, paths map[string][][2]float64) {
	t.Helper()
	first, last := float64(points[0].Capacity), float64(points[len(points)-1].Capacity)
	x := func(capacity int64) float64 {
		if log {
			return 1000 * (math.Log(float64(capacity)) - math.Log(first)) / (math.Log(last) - math.Log(first))
		}
		return 1000 * float64(capacity) / last
	}
	compare := func(class string, hits func(reuse.Point) int64, drawn [][2]float64) {
		t.Helper()
		if !log {
			if drawn[0] != [2]float64{0, 1000} {
				t.Errorf("%s does not begin with a cache of no image but at %v", class, drawn[0])
			}
			drawn = drawn[1:]
		}
		if len(drawn) != len(points) {
			t.Fatalf("%s has %d places, for %d points", class, len(drawn), len(points))
		}
		for i, p := range points {
			y := 1000 * (1 - float64(hits(p))/float64(f.Slots))
			if math.Abs(drawn[i][0]-x(p.Capacity)) > 0.006 || math.Abs(drawn[i][1]-y) > 0.006 {
				t.Errorf("%s at %d images is at %v, want %.2f %.2f", class, p.Capacity, drawn[i], x(p.Capacity), y)
			}
		}
	}
	compare("request", func(p reuse.Point) int64 { return p.HitsByRequest }, paths["request"])
	compare("reference", func(p reuse.Point) int64 { return p.HitsByReference }, paths["reference"])
	band := paths["band"]
	if f.Concurrency == 1 {
		if band != nil {
			t.Error("there is a range although nothing overtakes")
		}
		return
	}
	least, most := band[:len(band)/2], slices.Clone(band[len(band)/2:])
	slices.Reverse(most)
	compare("the least", func(p reuse.Point) int64 { return p.LeastHits }, least)
	compare("the most", func(p reuse.Point) int64 { return p.MostHits }, most)
}

func TestMarks(t *testing.T) {
	view := newCurveView(&Report{Name: "x", Figures: fixed()})
	x := func(capacity float64) string {
		return number(100 * math.Log(capacity) / math.Log(300))
	}
	want := []mark{ // 5,000 images are beyond the axis
		{X: x(50), Y: "60", Label: "40.00 % at 50"},
		{X: x(100), Y: "40", Label: "60.00 % at 100"},
	}
	if len(view.Marks) != len(want) {
		t.Fatalf("%d marks, want %d", len(view.Marks), len(want))
	}
	for i, m := range view.Marks {
		m.DX, m.DY, m.ToTheLeft = 0, 0, false
		if m.Label == "" {
			m.Label = want[i].Label // no room
		}
		if m != want[i] {
			t.Errorf("mark %+v, want %+v", m, want[i])
		}
	}
	rows := []curveRow{
		{"50", "40.00 %", "800", "20.00 %", "40.05 %", "40.00 %"},
		{"100", "60.00 %", "1,200", "30.00 %", "60.00 %", "50.00 % to 65.00 %"},
		{"5,000", "85.00 %", "1,700", "42.50 %", "85.00 %", "85.00 %"},
	}
	if !slices.Equal(view.Requested, rows) {
		t.Errorf("rows %q, want %q", view.Requested, rows)
	}
}

// TestLabelsDoNotOverlap places the labels of random marks in plots of several widths.
func TestLabelsDoNotOverlap(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	labels, total := 0, 0
	for range 300 {
		f := fixed()
		f.Capacities = nil
		for hits := int64(0); len(f.Capacities) < 6; {
			hits = min(hits+rng.Int64N(500), 1700)
			f.Capacities = append(f.Capacities, point(int64(len(f.Capacities)*50)+1+rng.Int64N(50), hits, hits, hits, hits))
		}
		placed := newCurveView(&Report{Name: "x", Figures: f}).Marks
		for _, width := range []float64{plotWidth, 400, 700, 1000} {
			var boxes []box
			for _, m := range placed {
				at, err := strconv.ParseFloat(m.X, 64)
				rate, err2 := strconv.ParseFloat(m.Y, 64)
				if err != nil || err2 != nil {
					t.Fatal(err, err2)
				}
				x, y := width*at/100, plotHeight*rate/100
				boxes = append(boxes, box{x - 5, y - 5, x + 5, y + 5})
				total++
				if m.Label == "" {
					continue
				}
				labels++
				b := box{x + float64(m.DX), y + float64(m.DY) - 12, 0, y + float64(m.DY) + 2}
				b.right = b.left + charWidth*float64(len(m.Label))
				if m.ToTheLeft {
					b.left, b.right = b.left-(b.right-b.left), b.left
				}
				if b.left < -20 || b.right > width+20 || b.bottom > plotHeight+2 || b.top < -20 {
					t.Errorf("%q is outside at a width of %v: %+v", m.Label, width, b)
				}
				boxes = append(boxes, b)
			}
			for i, b := range boxes {
				// Points may be close to each other; labels touch neither points nor labels.
				for _, c := range boxes[:i] {
					if b.touches(c) && (b.right-b.left > 11 || c.right-c.left > 11) {
						t.Errorf("at a width of %v %+v overlaps %+v: %+v", width, b, c, placed)
					}
				}
			}
		}
	}
	if labels < total/2 {
		t.Errorf("only %d of %d marks have a label", labels, total)
	}
}

// grayPNG is an image of a width and height whose pixels are all alike, however large: a bit each, and they compress to nothing.
func grayPNG(t *testing.T, width, height uint32) []byte {
	t.Helper()
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		out = append(append(out, kind...), data...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[len(out)-len(data)-4:]))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	chunk("IHDR", append(header, 1, 0, 0, 0, 0))
	var pixels bytes.Buffer
	w := zlib.NewWriter(&pixels)
	row := make([]byte, 1+(width+7)/8)
	for range height {
		if _, err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	chunk("IDAT", pixels.Bytes())
	chunk("IEND", nil)
	return out
}

func TestDataURI(t *testing.T) {
	png := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") // what follows is the browser's business
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"png":  {png, "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)},
		"gif":  {[]byte("GIF89a\x01\x00\x01\x00"), "data:image/gif;base64,R0lGODlhAQABAA=="},
		"jpeg": {[]byte("\xff\xd8\xff\xe0"), "data:image/jpeg;base64,/9j/4A=="},
		"svg":  {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), ""},
		"html": {[]byte("<!DOCTYPE html><script>alert(1)</script>"), ""},
		"none": {nil, ""},
	} {
		if got := dataURI(test.data); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestPagePool: a page shows sizes and bytes of the pool, the images that can be read, and a box for the others.
func TestPagePool(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.png")
	if err := os.WriteFile(path, grayPNG(t, 3, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	r := fixedReport()
	noise := media.Noise{Seed: 1, Size: media.Size{Width: 700, Height: 400}}
	r.pool = &pool{noun: "image", images: 300, weighed: 200, sizes: []weight{{"3×2", 120, 900, 1100, 120_000}, {"700×400", 80, 2000, 2000, 160_000}}, shown: []poolImage{
		{name: "a.png", place: files.Place{Here: path}, item: media.Item{Size: media.Size{Width: 3, Height: 2}, Bytes: 900}},
		{name: "b.png", place: files.Place{Here: filepath.Join(dir, "b.png")}},
		{name: "image 2", source: noise, number: 2},
		{name: "c.mp4", item: media.Item{MIME: "video/mp4"}}}}
	page := parse(t, render(t, r))
	images, captions := named(page, "img"), named(page, "figcaption")
	if len(images) != 2 || len(captions) != 4 {
		t.Fatalf("%d images and %d captions, want 2 and 4", len(images), len(captions))
	}
	for _, image := range images {
		// 24 of them are less than 0.2 MB, whatever they show.
		if src := image.attrs["src"]; !strings.HasPrefix(src, "data:image/jpeg;base64,") || len(src) > 8000 {
			t.Errorf("an image is %.40q of %d bytes", src, len(src))
		}
	}
	var cells []string
	for _, e := range named(page, "td") {
		cells = append(cells, e.text)
	}
	for _, want := range [][]string{{"120", "900 bytes to 1.1 kB", "120 kB"}, {"80", "2 kB", "160 kB"}, {"200", "900 bytes to 2 kB", "280 kB"}} {
		if !strings.Contains(strings.Join(cells, "|"), "|"+strings.Join(want, "|")) && !strings.HasPrefix(strings.Join(cells, "|"), strings.Join(want, "|")) {
			t.Errorf("no row of the table is %q: %q", want, cells)
		}
	}
	if !slices.ContainsFunc(page, func(e *element) bool { return e.text == "Sizes and bytes of the first 200 images of 300" }) {
		t.Error("the table does not say what it is about")
	}
}

// brokenWriter has room for so many bytes.
type brokenWriter int

func (room *brokenWriter) Write(p []byte) (int, error) {
	n := min(len(p), int(*room))
	*room -= brokenWriter(n)
	if n < len(p) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

func TestPageSaysThatItCannotWrite(t *testing.T) {
	for name, r := range map[string]*Report{"fixed": fixedReport(), "tiny": onlyFigures(&reuse.Figures{})} {
		size := len(render(t, r))
		for _, room := range []int{0, 5000, size - 1} {
			w := brokenWriter(room)
			if err := r.Page(&w, "1.2.3"); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s page with room for %d of %d bytes: got %v", name, room, size, err)
			}
		}
	}
}

// TestPageWithoutLimit: what a cache without limit hits is said by request wherever it is said, as on the curve. A repeat of an image that
// is new to its request misses.
func TestPageWithoutLimit(t *testing.T) {
	w := reuse.NewWatcher(reuse.Options{})
	w.Add([]uint32{0, 0})
	r := onlyFigures(w.Figures())
	page := render(t, r)
	if !strings.Contains(page, "without limit: 0.00 %") || strings.Contains(page, "without limit: 50.00 %") {
		t.Errorf("the curve ends at 0 %%, and the page says otherwise:\n%s", page)
	}
	for _, e := range named(parse(t, page), "line") {
		if e.attrs["class"] == "limit" && e.attrs["y1"] != "100%" && e.attrs["y1"] != "" {
			t.Errorf("the line of a cache without limit is at %s from the top", e.attrs["y1"])
		}
	}
	var text bytes.Buffer
	if err := r.Text(&text, 80); err != nil || !strings.Contains(text.String(), "without limit         0.00 % (0 of 2 slots)") {
		t.Errorf("%v, and the text is\n%s", err, text.String())
	}
}

// TestContrast computes the contrast of the page's colours as WCAG 2.2 defines it: at least 4.5 for text (1.4.3), 3 for what has to be
// seen in a drawing (1.4.11).
func TestContrast(t *testing.T) {
	luminance := func(color string) float64 {
		var sum float64
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(v) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	contrast := func(a, b string) float64 {
		x, y := luminance(a), luminance(b)
		return (max(x, y) + 0.05) / (min(x, y) + 0.05)
	}
	if got := contrast("#000000", "#ffffff"); math.Abs(got-21) > 1e-9 {
		t.Fatalf("black on white has %v", got)
	}
	themes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(pageStyle, -1)
	variable := regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6})`)
	for i, name := range []string{"light", "dark"} {
		colors := map[string]string{}
		for _, v := range variable.FindAllStringSubmatch(themes[i][1], -1) {
			colors[v[1]] = v[2]
		}
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			{"text", "page", 4.5}, {"text", "raised", 4.5}, {"soft", "page", 4.5}, {"soft", "raised", 4.5},
			{"curve", "page", 3}, {"other", "page", 3}, {"bar", "page", 3},
		} {
			if colors[pair.front] == "" || colors[pair.back] == "" {
				t.Fatalf("%s: no colours %s and %s in %v", name, pair.front, pair.back, colors)
			}
			got := contrast(colors[pair.front], colors[pair.back])
			t.Logf("%s: %s on %s %.2f", name, pair.front, pair.back, got)
			if got < pair.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %v", name, pair.front, pair.back, got, pair.least)
			}
		}
	}
	// Mermaid's line is on GitHub's pages.
	line := regexp.MustCompile(`#[0-9a-f]{6}`).FindString(mermaidHeader)
	for _, page := range []string{"#ffffff", "#0d1117"} {
		if got := contrast(line, page); got < 3 {
			t.Errorf("Mermaid's line on %s has a contrast of %.2f", page, got)
		}
	}
}

// A server's capacity is a point of the curve, also where nobody requested it, and so are requested ones on a page about several files.
func TestPageMarks(t *testing.T) {
	t.Parallel()
	var problems problem.List
	cache := servers.Resolve(servers.Inputs{Server: "vllm", CacheBytes: 5 << 20, BytesPerImage: 1 << 20, CacheTokens: -1, TokensPerImage: -1, Hidden: -1,
		DeepStack: -1, Patch: -1, PixelBytes: -1}, &problems)
	if cache == nil {
		t.Fatal(problems)
	}
	f := fixed()
	served := func() *Report {
		return OfFile(&inspect.Result{File: "a.jsonl", Figures: f}, cache, cache.Replayed(replay.Counts{Requests: 1000, Lookups: 1990, Hits: 500}, 2000), files.Place{})
	}
	count := func(all ...*Report) (requested, server, sizes int) {
		first, _ := plots(all)
		for _, m := range first.Marks {
			if m.Server {
				server++
				if m.Y != "75" { // 500 of 2,000
					t.Errorf("the server's mark is at %s", m.Y)
				}
			} else {
				requested++
			}
		}
		return requested, server, len(first.Sizes)
	}
	one, server, sizes := count(served())
	if one == 0 || server != 1 || sizes == 0 {
		t.Errorf("one file: %d requested capacities, %d of the server, %d sizes", one, server, sizes)
	}
	several, server, sizes := count(served(), served())
	if several != 2*one || server != 2 || sizes == 0 {
		t.Errorf("two files: %d requested capacities, %d of the server, %d sizes", several, server, sizes)
	}
	if plain, server, sizes := count(served(), onlyFigures(f)); plain != 2*one || server != 1 || sizes != 0 {
		t.Errorf("a file without a server: %d requested capacities, %d of the server, %d sizes", plain, server, sizes)
	}
}
