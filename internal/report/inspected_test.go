package report

import (
	"bytes"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/replay"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

func inspected(t *testing.T, r *inspect.Result, server *servers.Cache) string {
	t.Helper()
	var out bytes.Buffer
	var replayed *servers.Replayed
	if server != nil {
		replayed = server.Replayed(replay.Counts{Requests: 1000, Lookups: 1990, Hits: 1200, Whole: 250, Failed: 1}, 2000)
	}
	if err := OfFile(r, server, replayed, files.Place{}).Text(&out, 80); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestInspected(t *testing.T) {
	var problems problem.List
	vllm := servers.Resolve(servers.Inputs{Server: "vllm", CacheBytes: 100 << 20, BytesPerImage: 1<<20 + 1, CacheTokens: -1, TokensPerImage: -1, Hidden: -1,
		DeepStack: -1, Patch: -1, PixelBytes: -1}, &problems)
	if vllm == nil {
		t.Fatal(problems)
	}
	r := &inspect.Result{
		File: "my file\x1b", Compression: "gzip", Lines: 1030, BadRowCount: 1012, Sessions: 4,
		BadRows:        []inspect.BadRow{{Line: 7, Reason: `type is "##[x]::y"`}},
		ReferenceKinds: inspect.ReferenceKinds{Path: 1, HTTP: 2, UUID: 1997},
		ImageSizes: inspect.ImageSizes{LookedAt: 299, Unreadable: 1, FirstUnreadable: "x::y",
			Sizes: []inspect.ImageSize{{Width: 9, Height: 8, Images: 290, Slots: 700}, {Width: 1, Height: 2, Images: 8, Slots: 9}}},
		Figures: fixed(),
	}
	out := inspected(t, r, vllm)
	for _, want := range []string{
		"\"my file\\x1b\"\n",
		"bad rows              1,012 (left out of everything else)\n",
		"\nBad rows\n  line 7: type is \"#\\x23[x]:\\x3ay\"\n  and 1,011 more\n",
		"requests              1,010 (10 without images)\n", "sessions              4\n", "image slots           2,000 (at most 4 in a request)\n",
		"duplicate references  1,700 (3 within a request)\n", "reuse rate            85.00 % (1,700 of 2,000 slots)\n",
		"references            1 path, 2 HTTP URLs, 1,997 uuids\n", "compression           gzip\n",
		"image sizes           9x8: 290 images in 700 slots, 1x2: 8 images in 9 slots\n                        (sampled 299 of 300 images)\n",
		"unreadable images     1 (the first: x:\\x3ay)\n",
		"Popularity: top 1 % (3 images) = 10.00 % of the slots, top 10 % (30) = 40.00 %;\nGini coefficient 0.50\n",
		"          120  images/img_0007.png\n", "           60  image 0\n",
		"same request            3     0.18 %\n", "8 to 15        1,600    94.12 %\n",
		"@5,000\n", "\n\nvLLM, processor cache of 100 MiB\n", "capacity              99 images\n", "an image              1,048,577 bytes (1 MiB)\n",
		"hit rate              60.00 % (1,200 of 2,000 slots)\n", "whole requests        25.00 % hit with all images (250 requests)\n",
		"failed requests       1, whose images do not fit into the cache together\n",
		"counter               vllm:mm_cache_hits or vllm:mm_cache_hits_total rises by\n                        1,200\n",
		"set by                --mm-processor-cache-gb\n",
		"at 50 images          40.00 % (800 of 2,000 slots,\n                        20.00 % of the requests hit with all images,\n                        40.05 % by reference)\n",
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
		if strings.Contains(out, "Popularity") != (f.Duplicates > 0) || strings.Contains(out, "round robin") != (len(f.Replicas) > 0) {
			t.Errorf("%s: sections of another stream:\n%s", name, out)
		}
	}
	out := inspected(t, &inspect.Result{File: "f", Compression: "none", Figures: reuse.NewWatcher(reuse.Options{}).Figures()}, nil)
	if out != "f\n  requests              0\n" {
		t.Errorf("nothing: %q", out)
	}
}
