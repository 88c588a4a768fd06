package report

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/format"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/media"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/stream"
	words "mmjsonl/internal/text"
)

// made is the report of a run of 4 requests, 1 of which warms the cache.
func made() *Report {
	w := reuse.NewWatcher(reuse.Options{Capacities: []int64{2}, WarmUp: 1})
	for _, request := range [][]uint32{{0, 1}, {1, 0}, {0, 1}, {0, 1}} {
		w.Add(request)
	}
	p := &generator.Plan{
		Stream: stream.Uniform{Rows: 4, PerRow: 2, Pool: 2}, Mode: generator.ModeHTTP, Media: media.Noise{Size: media.Size{Width: 8, Height: 9}},
		Seed: 42, Concurrency: 8, Targets: []generator.HitTarget{{Capacity: 2, Hits: 6}}, Format: &format.SingleTurn{}, Text: generator.Text{Source: words.BuiltIn()},
		Output: generator.Output{Compression: generator.CompressionZstd},
		Names: generator.Names{
			Output: files.Place{Here: "/here/x.jsonl.zst", Next: "/next/x.jsonl.zst"}, Manifest: files.Place{Here: "/here/m", Next: "/next/m"},
			Report: files.Place{Here: "/here/p", Next: "/next/p"}, Images: files.Place{Here: "/here/i", Next: "/next/i"},
		},
		URLs: &generator.URLSource{Name: "list.txt", Available: 1500, Repeats: 1},
	}
	s := &generator.Stats{Figures: w.Figures(), Bytes: 123456, SHA256: "00ff", ImagesWritten: 1, ImagesKept: 1}
	return OfRun(p, s, Paths{Shell: "/next/x.jsonl.zst", Relative: "x.jsonl.zst"})
}

func TestOfRun(t *testing.T) {
	r := made()
	for output, want := range map[string][2]string{ // value, and label with words
		"path":                 {"/next/x.jsonl.zst", "file: /next/x.jsonl.zst"},
		"container-path":       {"/here/x.jsonl.zst", ": "},
		"relative-path":        {"x.jsonl.zst", ": "},
		"image-dir":            {"/next/i", "image folder: /next/i (2 images, 1 of them there already)"},
		"requests":             {"4", "requests: 4"},
		"image-slots":          {"8", "image slots: 8 (2 in each request)"},
		"unique-images":        {"2", "distinct images: 2"},
		"duplicate-references": {"6", "duplicate references: 6"},
		"reuse-rate":           {"0.7500", "reuse rate: 75.00 % (6 of 8 slots)"},
		"hit-rate":             {"0.7500@2", ": "},
		"request-hit-rate":     {"0.7500@2", ": "},
		"warm-up-requests":     {"1", "warm-up requests: 1 (the first ones, which hold the first use of every image)"},
		"manifest":             {"/next/m", "manifest: /next/m"},
		"seed":                 {"42", "seed: 42"},
		"bytes":                {"123456", "bytes: 123,456"},
		"sha256":               {"00ff", "SHA-256: 00ff"},
		"aiperf-args":          {"--input-file /next/x.jsonl --custom-dataset-type single_turn --warmup-request-count 1 --request-count 3 --concurrency 8 --random-seed 1 --output-artifact-dir artifacts/x", ": "},
	} {
		f := r.fact(output)
		if f == nil {
			t.Errorf("no fact has the output %s", output)
		} else if words := f.Label + ": " + f.Words(); f.Value != want[0] || words != want[1] {
			t.Errorf("%s: value %q and words %q, want %q", output, f.Value, words, want)
		}
	}
	for label, want := range map[string]string{
		"requests in flight": "8 (hit rates hold when requests overtake each other that far)",
		"image mode":         "http", "image size": "8x9", "page": "/next/p",
		"URLs":           "2 of 1,500 in list.txt (1 more entry with the same URLs, which are the same images)",
		"cost":           "about 706 bytes of disk", // rows, and two images
		"measured slots": "6 (after the warm-up; a cache without limit hits them all)",
		"at 2 images":    "75.00 % (6 of 8 slots, 75.00 % of the requests hit with all images, 100.00 % of the measured slots, as requested)",
		"without limit":  "75.00 % (6 of 8 slots)",
	} {
		if i := slices.IndexFunc(r.Facts, func(f Fact) bool { return f.Label == label }); i < 0 || r.Facts[i].Words() != want {
			t.Errorf("%s: not %q: %+v", label, want, r.Facts)
		}
	}
	if want := "4 requests, LRU hit rate 75.00 % at 2 images, as requested"; r.Headline() != want {
		t.Errorf("the headline is %q, want %q", r.Headline(), want)
	}
	if want := []string{
		"zstd -d /next/x.jsonl.zst", "aiperf profile --model MODEL --url URL --endpoint-type chat --streaming \\\n  " + r.fact("aiperf-args").Value,
		tokenizerHint, "mmjsonl compare artifacts/x",
	}; !slices.Equal(r.Next, want) {
		t.Errorf("to run next: %q, want %q", r.Next, want)
	}
	if r.Name != "x.jsonl.zst" || r.pool == nil || len(r.pool.shown) != 2 || len(r.pool.sizes) != 1 {
		t.Errorf("the name is %q, and the pool %+v", r.Name, r.pool)
	}
}

// TestNeeded: what parts of the possible hits need is one line.
func TestNeeded(t *testing.T) {
	f := &reuse.Figures{Slots: 4000, Needed: []reuse.Need{{Percent: 25, Capacity: 12}, {Percent: 100, Capacity: 1200}}}
	facts := cacheFacts(f, false)
	if last := facts[len(facts)-1]; last.Label != "images needed" || last.Words() != "25 %: 12, 100 %: 1,200 (for these parts of the hits that are possible)" {
		t.Errorf("%+v", last)
	}
	f.Needed = nil
	facts = cacheFacts(f, false)
	if last := facts[len(facts)-1]; last.Label != "without limit" {
		t.Errorf("where nothing can hit: %+v", last)
	}
}

// TestOutputs: the outputs of a run are those that action.yml declares, and a file that is inspected has some of them.
func TestOutputs(t *testing.T) {
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		Outputs map[string]struct{ Description string }
	}
	if err := yaml.Unmarshal(text, &metadata); err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{"version": true} // which is the program's own, and not of a run
	for _, f := range made().Facts {
		if f.Output == "" {
			continue
		}
		if _, declared := metadata.Outputs[f.Output]; !declared || set[f.Output] {
			t.Errorf("the output %s is declared: %v, and was set before: %v", f.Output, declared, set[f.Output])
		}
		set[f.Output] = true
	}
	compared := map[string]bool{}
	for _, f := range new(Comparison).Outputs() {
		compared[f.Output] = true
	}
	for name, output := range metadata.Outputs {
		if ofCompare := strings.HasPrefix(output.Description, "for command compare: "); set[name] == ofCompare || compared[name] != ofCompare {
			t.Errorf("the output %s, %q: a run sets it: %v, comparing: %v", name, output.Description, set[name], compared[name])
		}
	}
	if len(set)+len(compared) != len(metadata.Outputs) || len(set) == 0 || len(compared) == 0 {
		t.Errorf("a run sets %d outputs, comparing %d, and action.yml declares %d", len(set), len(compared), len(metadata.Outputs))
	}
	file := OfFile(&inspect.Result{File: "f", Compression: "none", Figures: fixed()}, nil, nil, files.Place{Here: "/here/f", Next: "/next/f"})
	for _, f := range file.Facts {
		if f.Output != "" && !set[f.Output] {
			t.Errorf("inspecting sets the output %s, and a run does not", f.Output)
		}
	}
	if path := file.fact("path"); path.Value != "/next/f" {
		t.Errorf("the path is %+v", path)
	}
}

// TestOfRunOnStandardOutput: there is no file to name, and nothing to run next.
func TestOfRunOnStandardOutput(t *testing.T) {
	w := reuse.NewWatcher(reuse.Options{})
	w.Add(nil)
	r := OfRun(&generator.Plan{Stream: stream.Uniform{Rows: 1}, Format: &format.SingleTurn{}, Text: generator.Text{Source: words.BuiltIn()}, Output: generator.Output{Stdout: true}}, &generator.Stats{Figures: w.Figures()}, Paths{})
	if r.Name != "standard output" || len(r.Next) != 0 || r.fact("path").Label != "" || r.fact("path").Value != "" {
		t.Errorf("%+v", r)
	}
	for _, f := range r.Facts {
		if slices.Contains([]string{"image slots", "reuse rate", "without limit", "SHA-256", "manifest"}, f.Label) {
			t.Errorf("a run without images and files has the fact %+v", f)
		}
	}
	if want := "1 request without images"; r.Headline() != want {
		t.Errorf("the headline is %q, want %q", r.Headline(), want)
	}
}

// TestFactsNameNoPathsOutsidePlaces: what a page shows stays true on another machine.
func TestFactsNameNoPathsOutsidePlaces(t *testing.T) {
	for _, f := range made().Facts {
		if f.About != Places && (strings.Contains(f.Words(), "/here") || strings.Contains(f.Words(), "/next")) {
			t.Errorf("%+v", f)
		}
	}
}
