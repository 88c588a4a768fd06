package manifest

import (
	"bytes"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/stream"
)

// stats are figures that a run could have had.
func stats() *generator.Stats {
	figures := &reuse.Figures{Requests: 2, Slots: 6, Distinct: 4, Curve: []reuse.Point{{Capacity: 1, HitsByRequest: 2}, {Capacity: 4, HitsByRequest: 3}}}
	return &generator.Stats{Figures: figures, Bytes: 99, SHA256: "aa", ImagesSHA256: "bb"}
}

// plan is the plan of such a run.
func plan() *generator.Plan {
	return &generator.Plan{Stream: stream.Uniform{Rows: 2, PerRow: 3, Pool: 4}}
}

func TestAManifestReadsBackAsItWas(t *testing.T) {
	inputs := map[string]string{"prompt": "a \"b\"\n", "seed": "18446744073709551615"}
	m := New("v1", "x.jsonl", inputs, &generator.Plan{Stream: stream.Uniform{Rows: 2, PerRow: 3, Pool: 4}, URLs: &generator.URLSource{Name: "u", Available: 9, SHA256: "cc"}}, stats())
	text, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := back.Check(plan(), stats()); err != nil {
		t.Error(err)
	}
	back.figures = nil
	if !reflect.DeepEqual(m, back) {
		t.Fatalf("read back %+v", back)
	}
}

func TestEveryDifferenceIsNoticed(t *testing.T) {
	m := New("v1", "x.jsonl", nil, plan(), stats())
	for what, change := range map[string]func(*generator.Stats){
		"bytes: 100 was made, the manifest says 99":                               func(s *generator.Stats) { s.Bytes++ },
		`sha256: ab was made, the manifest says "aa"`:                             func(s *generator.Stats) { s.SHA256 = "ab" },
		`the images' checksums:  was made, the manifest says "bb"`:                func(s *generator.Stats) { s.ImagesSHA256 = "" },
		`figures, "image_slots": 7 was made, the manifest says "6"`:               func(s *generator.Stats) { s.Slots++ },
		`figures, "distinct_images": 3 was made, the manifest says "4"`:           func(s *generator.Stats) { s.Distinct-- },
		`figures, "reuse_rate": 0.5 was made, the manifest says "0"`:              func(s *generator.Stats) { s.ReuseRate = 0.5 },
		`figures, "hit_curve": [{"capacity":1,"hit_rate":0,"hits_by_reference":0`: func(s *generator.Stats) { s.Curve[1].HitsByRequest++ },
		`figures, "hit_curve": [] was made`:                                       func(s *generator.Stats) { s.Curve = s.Curve[:0] },
	} {
		s := stats()
		change(s)
		if err := m.Check(plan(), s); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := m.Check(&generator.Plan{Stream: stream.Uniform{Rows: 2, PerRow: 3, Pool: 5}}, stats()); err == nil || !strings.Contains(err.Error(), "images: 5 was made, the manifest says 4") {
		t.Errorf("other images: %v", err)
	}
	m.URLs = &URLs{SHA256: "cc"}
	if m.CheckPlan(&generator.Plan{}) == nil || m.CheckPlan(&generator.Plan{URLs: &generator.URLSource{SHA256: "dd"}}) == nil {
		t.Error("other URLs go unnoticed")
	}
}

// A file with a hit rate or photographs that an earlier version made cannot be made again, which is said before any work; all other files can.
func TestFormatOf(t *testing.T) {
	hits, photos := plan(), plan()
	hits.Targets = []generator.HitTarget{{Capacity: 3, Hits: 2}}
	photos.Targets, photos.Photos = hits.Targets, true
	for _, test := range []struct {
		of, with *generator.Plan
		want     int
	}{{plan(), plan(), 1}, {hits, hits, 2}, {photos, photos, 3}} {
		m := New("v1", "x.jsonl", nil, test.of, stats())
		if err := m.CheckPlan(test.with); m.Format != test.want || err != nil {
			t.Errorf("format %d, %v; want %d", m.Format, err, test.want)
		}
	}
	for _, test := range []struct {
		of     *generator.Plan
		format int
		change string
	}{{hits, 1, "images have other places"}, {photos, 2, "photographs have other bytes"}} {
		old := New("v0.3", "x.jsonl", nil, test.of, stats())
		old.Format = test.format
		if err := old.CheckPlan(test.of); err == nil || !strings.Contains(err.Error(), `"v0.3" made the file, and since then `+test.change) {
			t.Errorf("a manifest of format %d: %v", test.format, err)
		}
	}
}

var differences = regexp.MustCompile("^(the file made|bytes: |sha256: |the images' checksums: |images: |figures, \".*\": )")

// FuzzRead reads any manifest: what is accepted says nothing of where files go, and whatever it holds is told in lines that can be shown.
func FuzzRead(f *testing.F) {
	text, err := New("v1", "x.jsonl", map[string]string{"seed": "1"}, &generator.Plan{Stream: stream.Uniform{Rows: 2, PerRow: 3, Pool: 4}}, stats()).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":1,"inputs":{},"file":{"name":"../x"}}`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Read(bytes.NewReader(text))
		if err != nil {
			if line := err.Error(); len(line) > 1000 || strings.Contains(line, "\n") {
				t.Errorf("the error %q cannot be shown", line)
			}
			return
		}
		if m.Inputs == nil || strings.ContainsRune(m.File.Name, '/') {
			t.Fatalf("accepted %q", text)
		}
		for name := range m.Inputs {
			if slices.Contains(foreign, name) || strings.ContainsAny(name, "=\n") || name == "seed" && strings.Trim(m.Inputs[name], "0123456789") != "" {
				t.Errorf("the input %q is accepted, as %q", name, m.Inputs[name])
			}
		}
		if err := m.File.CheckName(); err == nil && (strings.ContainsAny(m.File.Name, " /\\$`|;&<>*?'\"\n~!#(){}[]") || strings.ContainsRune("-.+@=", rune(m.File.Name[0]))) {
			t.Errorf("the name %q is accepted", m.File.Name)
		} else if err != nil && err.Error() != escape.OneLine(err.Error()) {
			t.Errorf("the error %q cannot be shown", err)
		}
		// The lines are ours: what the manifest says stands in them quoted.
		if err := m.Check(plan(), stats()); err != nil {
			for line := range strings.Lines(err.Error()) {
				if line = strings.TrimSuffix(line, "\n"); line != escape.OneLine(line) || len(line) > 1000 || !differences.MatchString(line) {
					t.Errorf("of a difference it is said %q", line)
				}
			}
		}
	})
}

// What a manifest does not have was not compared, and it is not said to be the same.
func TestVerdict(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(m *Manifest, p *generator.Plan, s *generator.Stats)
		want   string
	}{
		"all":                   {func(*Manifest, *generator.Plan, *generator.Stats) {}, "The output matches the manifest byte for byte."},
		"no digest of images":   {func(m *Manifest, _ *generator.Plan, _ *generator.Stats) { m.Images = nil }, "The output matches the manifest byte for byte. The manifest has no digest of images to compare."},
		"no images to compare":  {func(m *Manifest, _ *generator.Plan, s *generator.Stats) { m.Images, s.ImagesSHA256 = nil, "" }, "The output matches the manifest byte for byte."},
		"no SHA-256":            {func(m *Manifest, _ *generator.Plan, _ *generator.Stats) { m.File.SHA256 = "" }, "The output has the size, images and figures of the manifest, which has no SHA-256 to compare."},
		"no SHA-256, no images": {func(m *Manifest, _ *generator.Plan, _ *generator.Stats) { m.File.SHA256, m.Images = "", nil }, "The output has the size and figures of the manifest, which has no SHA-256 or digest of images to compare."},
		"size alone": {func(m *Manifest, _ *generator.Plan, _ *generator.Stats) {
			m.File.SHA256, m.Images, m.Figures = "", nil, nil
		}, "The output has the size of the manifest, which has no SHA-256, digest of images or complete figures to compare."},
		"figures that are null": {func(m *Manifest, _ *generator.Plan, _ *generator.Stats) {
			m.File.SHA256, m.figures = "", []byte("null")
		}, "The output has the size and images of the manifest, which has no SHA-256 or complete figures to compare."},
		"figures without any": {func(m *Manifest, _ *generator.Plan, _ *generator.Stats) { m.File.SHA256, m.figures = "", []byte("{}") }, "The output has the size and images of the manifest, which has no SHA-256 or complete figures to compare."},
		"some figures": {func(m *Manifest, _ *generator.Plan, _ *generator.Stats) {
			m.File.SHA256, m.figures = "", []byte(`{"requests":2}`)
		}, "The output has the size and images of the manifest, which has no SHA-256 or complete figures to compare."},
		"URLs": {func(m *Manifest, p *generator.Plan, s *generator.Stats) {
			m.File.SHA256, s.ImagesSHA256, p.URLs, m.URLs = "", "", &generator.URLSource{}, &URLs{}
		}, "The output has the size, URLs and figures of the manifest, which has no SHA-256 to compare."},
		"no digest of URLs": {func(m *Manifest, p *generator.Plan, s *generator.Stats) {
			m.File.SHA256, s.ImagesSHA256, p.URLs = "", "", &generator.URLSource{}
		}, "The output has the size and figures of the manifest, which has no SHA-256 or digest of URLs to compare."},
	} {
		p, s := plan(), stats()
		m := New("v1", "x.jsonl", nil, p, s)
		test.change(m, p, s)
		if got, err := m.Verdict(p, s); err != nil || got != test.want {
			t.Errorf("%s: got %q, %v\nwant %q", name, got, err, test.want)
		}
	}
}

// Figures of an earlier version, which had fewer, are compared as far as they go; those of a later one differ.
func TestCheckFiguresOfOtherVersions(t *testing.T) {
	t.Parallel()
	for figures, same := range map[string]bool{
		"": true, "null": true, "{}": true, `{"requests":2,"image_slots":6}`: true, `{"warm_up_requests":0}`: true, `{"replicas":null}`: true,
		`{"hit_curve":[{"capacity":1},{"capacity":4,"hits_by_request":3}]}`: true,
		`{"requests":3}`: false, `{"REQUESTS":2}`: false, `{"fresh":1}`: false, `{"fresh":""}`: false, `{"requests":"2"}`: false, `{"hit_curve":null}`: false, `{"hit_curve":{}}`: false,
		`{"hit_curve":[{"capacity":1}]}`: false, `{"hit_curve":[{"capacity":4},{"capacity":1}]}`: false, `{"popularity":{"gini":1}}`: false, `{"popularity":7}`: false,
	} {
		m := New("v1", "x.jsonl", nil, plan(), stats())
		m.figures = []byte(figures)
		if figures == "" {
			m.Figures = nil
		}
		if err := m.Check(plan(), stats()); (err == nil) != same {
			t.Errorf("%s: got %v, want the same: %v", figures, err, same)
		}
	}
}

// Of a file that is not a manifest nothing is shown, wherever it stops to be one.
func TestReadShowsNoText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"secret", "root:x:0:0:secret:/root:/bin/sh\n", "{secret}", `{"secret":`, `"secret"`, `["secret"]`, `{"format":"secret"}`, `{"format":1,"inputs":"secret"}`,
		`{"format":1,"inputs":{"a":7365637265}}`, `{"format":7365637265.5}`, `{"format":1,"inputs":{"secret":["secret"]}}`, "{\"format\":1,\x00secret", `{"secret":"secret"}`,
		`{"format":0,"inputs":{"secret":"secret"},"file":{"name":"secret"}}`, "PASSWORD=secret\x00HOME=/secret"} {
		_, err := Read(strings.NewReader(text))
		if err == nil || !strings.HasPrefix(err.Error(), "it is not a manifest: ") || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "7365637265") ||
			strings.Contains(err.Error(), "invalid character") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"x.jsonl", "500req_3img_1500pool_300word_base64.jsonl", "a-b+c=d@e%f,g.jsonl.zst", "x.jsonl.gz", "x.jsonl.ZST", "größe.jsonl", "漢字.jsonl", "_x.jsonl", "1.jsonl"} {
		if err := (File{Name: name}).CheckName(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"-rf.jsonl", "--output=x.jsonl", "-", ".jsonl", ".x.jsonl", "..jsonl", "~.jsonl", "~root.jsonl", " x.jsonl", "x .jsonl", "x\t.jsonl", "x\n.jsonl", "$(touch x).jsonl",
		"`x`.jsonl", "a;b.jsonl", "a|b.jsonl", "a&b.jsonl", "a>b.jsonl", "*.jsonl", "a?.jsonl", "[a].jsonl", "{a,b}.jsonl", "a'b.jsonl", `a"b.jsonl`, `a\b.jsonl`, `C:\x.jsonl`, "C:x.jsonl", "#x.jsonl", "!x.jsonl",
		"+x.jsonl", "@x.jsonl", "=x.jsonl", "%x.jsonl", "a\x00.jsonl", "a\xff.jsonl", "a\u202eb.jsonl", "a\u200b.jsonl", "a\x1b[2J.jsonl", "Makefile", ".bashrc", "x.sh", "x.jsonl.sh", "x.json", "x.JSONL", "x.jsonl.zst.gz.sh",
		strings.Repeat("a", 240) + ".jsonl", "(x).jsonl", "^x.jsonl", "a:b.jsonl"} {
		if err := (File{Name: name}).CheckName(); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}
