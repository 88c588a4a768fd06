package manifest

import (
	"bytes"
	"maps"
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
	return &generator.Stats{Figures: &reuse.Figures{Requests: 2, Slots: 6, Distinct: 4}, Bytes: 99, SHA256: "aa", ImagesSHA256: "bb"}
}

func TestAManifestReadsBackAsItWas(t *testing.T) {
	inputs := map[string]string{"prompt": "a \"b\"\n", "seed": "18446744073709551615"}
	m := New("v1", "x.jsonl", inputs, &generator.Plan{Stream: stream.Uniform{Rows: 2, PerRow: 3, Pool: 4}, URLs: &generator.URLSource{Name: "u", Available: 9, SHA256: "cc"}}, stats())
	text, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(bytes.NewReader(text))
	if err != nil || !reflect.DeepEqual(m, back) {
		t.Fatalf("read back %+v, %v", back, err)
	}
	want := []string{"--prompt=a \"b\"\n", "--seed=18446744073709551615"}
	if args := back.Arguments(); !reflect.DeepEqual(args, want) {
		t.Errorf("arguments %q, want %q", args, want)
	}
	if err := back.Check(stats()); err != nil {
		t.Error(err)
	}
}

func TestEveryDifferenceIsNoticed(t *testing.T) {
	m := New("v1", "x.jsonl", nil, &generator.Plan{Stream: stream.Uniform{Rows: 2, PerRow: 3, Pool: 4}}, stats())
	for what, change := range map[string]func(*generator.Stats){
		"bytes":    func(s *generator.Stats) { s.Bytes++ },
		"sha256":   func(s *generator.Stats) { s.SHA256 = "ab" },
		"images":   func(s *generator.Stats) { s.ImagesSHA256 = "" },
		"slots":    func(s *generator.Stats) { s.Slots++ },
		"distinct": func(s *generator.Stats) { s.Distinct-- },
	} {
		s := stats()
		change(s)
		if err := m.Check(s); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	m.URLs = &URLs{SHA256: "cc"}
	if m.CheckPlan(&generator.Plan{}) == nil || m.CheckPlan(&generator.Plan{URLs: &generator.URLSource{SHA256: "dd"}}) == nil {
		t.Error("other URLs go unnoticed")
	}
}

var differences = regexp.MustCompile("^(the file made|bytes: |sha256: |the images' checksums: |image slots and distinct images: )")

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
		for i, name := range slices.Sorted(maps.Keys(m.Inputs)) {
			if slices.Contains(foreign, name) || strings.ContainsAny(name, "=\n") || m.Arguments()[i] != "--"+name+"="+m.Inputs[name] {
				t.Errorf("the input %q is accepted, as %q", name, m.Arguments())
			}
		}
		// The lines are ours: what the manifest says stands in them quoted.
		if err := m.Check(stats()); err != nil {
			for line := range strings.Lines(err.Error()) {
				if line = strings.TrimSuffix(line, "\n"); line != escape.OneLine(line) || len(line) > 1000 || !differences.MatchString(line) {
					t.Errorf("of a difference it is said %q", line)
				}
			}
		}
	})
}
