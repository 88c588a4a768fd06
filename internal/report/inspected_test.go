package report

import (
	"bytes"
	"strings"
	"testing"

	"mmjsonl/internal/inspect"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

func inspected(t *testing.T, r *inspect.Result, server *servers.Capacity) string {
	t.Helper()
	var out bytes.Buffer
	if err := Inspected(&out, r, server); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestInspected(t *testing.T) {
	vllm, _ := servers.Named("vllm")
	r := &inspect.Result{
		File: "my file\x1b", Compression: "gzip", Lines: 1030, BadRowCount: 1012, Sessions: 4,
		BadRows:        []inspect.BadRow{{Line: 7, Reason: `type is "##[x]::y"`}},
		ReferenceKinds: inspect.ReferenceKinds{Path: 1, HTTP: 2, UUID: 1997},
		ImageSizes: inspect.ImageSizes{LookedAt: 299, Unreadable: 1, FirstUnreadable: "x::y",
			Sizes: []inspect.ImageSize{{Width: 9, Height: 8, Images: 290}, {Width: 1, Height: 2, Images: 8}}},
		Figures: fixed(),
	}
	out := inspected(t, r, vllm.Capacity(100<<20, 1<<20, 2<<20))
	for _, want := range []string{
		`"my file\x1b" (gzip)`,
		"  1,012 bad rows, left out of everything below:\n    line 7: type is \"#\\x23[x]:\\x3ay\"\n    and 1,011 more\n",
		"requests           1,010, 10 of them without images\n", "sessions           4\n", "image slots        2,000, at most 4 in a request\n",
		"duplicates         1,700, reuse 85.00 %; 3 within a request\n", "named by           1 path, 2 http URLs, 1,997 uuids\n",
		"image sizes        9x8: 290 images\n                     1x2: 8 images\n", "sizes not read     1 image; the first: \"x:\\x3ay\"\n",
		"(sizes of 299 of the 300 images were looked for)\n",
		"Most used: 3 images take 10.00 % of the slots, 30 images take 40.00 % of the slots; Gini coefficient 0.50\n          120  images/img_0007.png\n",
		"same request            3     0.18 %\n", "8 to 15        1,600    94.12 %\n",
		"@5,000\n", "holds 50 to 100 images of 1 MiB to 2 MiB\n", "compare with: vllm:mm_cache_hits, vllm:mm_cache_queries\n",
		"           60  image 0\n", "an LRU cache of 50 images hits 40.00 % of the slots\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
			t.Errorf("blanks at the end of %q", line)
		}
	}
}

// TestInspectedOfAll: whatever the stream, the text has its figures and no more than its sections.
func TestInspectedOfAll(t *testing.T) {
	for name, f := range watched(t) {
		out := inspected(t, &inspect.Result{File: "-", Compression: "none", Figures: f}, nil)
		if !strings.HasPrefix(out, "standard input\n") || strings.Contains(out, "NaN") || strings.Contains(out, "%!") {
			t.Errorf("%s:\n%s", name, out)
		}
		if strings.Contains(out, "Most used") != (f.Duplicates > 0) || strings.Contains(out, "round robin") != (len(f.Replicas) > 0) {
			t.Errorf("%s: sections of another stream:\n%s", name, out)
		}
	}
	out := inspected(t, &inspect.Result{File: "f", Compression: "none", Figures: reuse.NewWatcher(reuse.Options{}).Figures()}, nil)
	if out != "f\n  requests           0\n" {
		t.Errorf("nothing: %q", out)
	}
}
