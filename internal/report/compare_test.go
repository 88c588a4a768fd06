package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/measure"
	"mmjsonl/internal/servers"
)

func pointer[T any](v T) *T { return &v }

// aResult is of a run of vLLM with one request in flight that agrees.
func aResult() *measure.Result {
	vllm, _ := servers.Find("vllm")
	return &measure.Result{
		Run: "artifacts/f", Client: "aiperf 0.13.0", File: "f.jsonl", Verdict: measure.Agrees,
		Requested: []measure.Point{{Rate: "0.6", Images: 200}}, Server: "vllm", Cache: vllm.Title, Requests: 1000, Slots: 3000, Distinct: 1200, Concurrency: 1, Order: "sent",
		Capacity: 200, Stated: true, FileHits: 1800, SentHits: pointer(int64(1800)), Predicted: 1800, PredictedRate: 0.6, Unlimited: 1800,
		Counted:    &measure.Counted{Hits: 1800, Lookups: 3000, HitRate: 0.6, Counters: map[string]int64{"vllm:mm_cache_hits": 1800, "vllm:mm_cache_queries": 3000}},
		Difference: pointer(int64(0)), Implied: pointer(int64(188)), ImpliedHits: pointer(int64(1800)),
		TTFT: &measure.Latency{Mean: 32.81, P99: pointer(96.9), By: "client"}, RequestsPerSecond: 12.94,
		Curve: []measure.CurvePoint{{Capacity: 1, Hits: 10}, {Capacity: 100, Hits: 900}, {Capacity: 1200, Hits: 1800}}, Profile: &vllm,
	}
}

// counted changes a result as if the server had counted so many hits.
func countedHits(r *measure.Result, hits int64, verdict measure.Verdict) {
	r.Counted.Hits, r.Verdict = hits, verdict
	r.Difference = pointer(hits - r.Predicted)
}

// TestVerdictWords: a verdict is a sentence, and what to do is another.
func TestVerdictWords(t *testing.T) {
	for name, test := range map[string]struct {
		change           func(*measure.Result)
		sentence, advice string
	}{
		"agrees": {sentence: "1,800 of 3,000 images hit, exactly as predicted.", advice: "The file does not tell a cache of 188 images from a larger one."},
		"agrees, nearly": {change: func(r *measure.Result) {
			countedHits(r, 1796, measure.Agrees)
			r.Concurrency, r.Tolerance, r.Spread, r.ImpliedMost = 8, 12, &measure.Spread{Low: 1788, High: 1800}, pointer(int64(199))
		}, sentence: "1,796 of 3,000 images hit, 4 fewer than predicted, within what 8 requests in flight can change."},
		"agrees, by a tolerance": {change: func(r *measure.Result) {
			countedHits(r, 1830, measure.Agrees)
			r.Tolerance, r.Unlimited = 30, 2000
		}, sentence: "1,830 of 3,000 images hit, 30 more than predicted, within the tolerance of 30."},
		"holds": {change: func(r *measure.Result) {
			countedHits(r, 1737, measure.Holds)
			r.Implied, r.ImpliedMost, r.ImpliedHits, r.ImpliedBytes = pointer(int64(430)), pointer(int64(430)), pointer(int64(1737)), pointer(int64(1737<<20))
		}, sentence: "1,737 of 3,000 images hit: those are the hits of a cache of 430 images (1.696 GiB).",
			advice: "To have it compared with what the cache should hold, give --cache-images, or --server with its size."},
		"fewer": {change: func(r *measure.Result) {
			countedHits(r, 1200, measure.Fewer)
			r.Implied, r.ImpliedMost, r.ImpliedHits = pointer(int64(131)), pointer(int64(131)), pointer(int64(1201))
		}, sentence: "1,200 of 3,000 images hit, 600 fewer than predicted for a cache of 200 images, which no likely order of the requests explains: the hits are those of a cache of 131 images, which hits 1,201.",
			advice: "Give the server more room (--mm-processor-cache-gb), or take the capacity found for what it holds; with --server and --model it is also said in GiB."},
		"more": {change: func(r *measure.Result) {
			countedHits(r, 1900, measure.More)
			r.Unlimited, r.CapacityBytes, r.Implied, r.ImpliedMost, r.ImpliedHits = 2000, 200<<20, pointer(int64(300)), pointer(int64(310)), pointer(int64(1900))
		}, sentence: "1,900 of 3,000 images hit, 100 more than predicted for a cache of 200 images (200 MiB): the hits are those of a cache of 300 to 310 images.",
			advice: "The cache is larger than stated, or it was not empty before the run: restart the server between runs, or make each file with --seed random."},
		"warm": {change: func(r *measure.Result) { countedHits(r, 2500, measure.Warm) },
			sentence: "2,500 of 3,000 images hit, and a cache without limit that was empty before hits 1,800: the cache held images of the file already.",
			advice:   "An earlier run had the same images, as files of the same seed have. Restart the server between runs, or make each file with --seed random."},
		"warm, again": {change: func(r *measure.Result) {
			countedHits(r, 3000, measure.Warm)
			r.Second = true
		}, sentence: "3,000 of 3,000 images hit, and a cache without limit that was empty before hits 1,800: the cache held images of the file already.",
			advice: "The hits are exactly those of the file's being sent a second time. Restart the server between runs, or make each file with --seed random."},
		"off": {change: func(r *measure.Result) { countedHits(r, 0, measure.Off) },
			sentence: "No image hit, and 1,800 of 3,000 were predicted to.", advice: "Is the cache on? Its size is set by --mm-processor-cache-gb."},
		"off, SGLang": {change: func(r *measure.Result) {
			countedHits(r, 0, measure.Off)
			*r.Profile, _ = servers.Find("sglang")
		}, sentence: "No image hit, and 1,800 of 3,000 were predicted to.",
			advice: "Is the cache on? Its size is set by SGLANG_VLM_CACHE_SIZE_MB. By default: 0 for Qwen3-VL on GPUs of 60 GB and more (SM90)."},
		"off, Dynamo": {change: func(r *measure.Result) {
			countedHits(r, 0, measure.Off)
			r.Counted.Lookups = 0
			*r.Profile, _ = servers.Find("dynamo")
		}, sentence: "The counters did not move: the server looked up none of the 3,000 images in the cache.",
			advice: "Is the cache on? Its size is set by --multimodal-embedding-cache-capacity-gb. By default it is off."},
		"off, media server": {change: func(r *measure.Result) {
			countedHits(r, 0, measure.Off)
			*r.Profile = servers.Profile{Name: "serve"}
		}, sentence: "No image hit, and 1,800 of 3,000 were predicted to.",
			advice: "Every image was fetched, so the server keeps none by its URL: what it keeps by content is only seen in its own counters."},
		"copies": {change: func(r *measure.Result) {
			countedHits(r, 1130, measure.Copies)
			r.Copies, r.Implied, r.ImpliedMost, r.ImpliedHits = 2, pointer(int64(120)), pointer(int64(120)), pointer(int64(1130))
		}, sentence: "1,130 of 3,000 images hit, 670 fewer than predicted for one cache of 200 images: the hits are those of 2 such caches among which the requests are divided.",
			advice: "Each API server (--api-server-count) and each data-parallel engine has a cache of full size. Start one of them, or send each user's requests to the same one. The nearest single cache is one of 120 images."},
		"in front": {change: func(r *measure.Result) {
			countedHits(r, 345, measure.InFront)
			r.Counted.Lookups, r.Server = 706, "dynamo"
		}, sentence: "The cache was asked for 706 of the 3,000 images that were sent: another one in front of it answered the others.",
			advice: "Where Dynamo runs aggregated, vLLM's encoder cache is in front: compare with --server dynamo-aggregated."},
		"in front, prefix": {change: func(r *measure.Result) {
			countedHits(r, 345, measure.InFront)
			r.Counted.Lookups, r.PrefixRate = 706, pointer(0.5)
		}, sentence: "The cache was asked for 706 of the 3,000 images that were sent: another one in front of it answered the others.",
			advice: "The prefix cache hit 50.00 % of its tokens: texts that begin alike are answered before images are looked up. Make the file without a fixed prompt, or turn it off."},
		"router": {change: func(r *measure.Result) {
			countedHits(r, 900, measure.OtherCache)
			r.Cache = "llm-d's router"
		}, sentence: "The counters are those of llm-d's router: 900 of 3,000 images hit.",
			advice: "Give the metrics of the server itself, or the name of the cache whose counters these are by --server."},
		"others": {change: func(r *measure.Result) {
			countedHits(r, 1800, measure.Unknown)
			r.Counted.Lookups = 3100
		}, sentence: "The server looked up 3,100 images, and the run sent 3,000: others used it meanwhile, or the metrics are those of a longer time.",
			advice: "Send the file to a server that nobody else uses, and read its metrics right before and after. If a warm-up went before, say how long it was by --warmup-request-count."},
		"fault": {change: func(r *measure.Result) {
			r.Verdict, r.Faults = measure.Unknown, []string{"the run was aborted before its end", "another"}
		}, sentence: "The run was aborted before its end. The server counted 1,800 hits of 3,000 look-ups, and 1,800 were predicted.",
			advice: "Send the file again, completely, to one server that is not restarted in between, and compare that run."},
		"no metrics": {change: func(r *measure.Result) {
			r.Verdict, r.Faults, r.Counted, r.Difference = measure.Unknown, []string{"no metrics of the server were recorded"}, nil, nil
		}, sentence: "No metrics of the server were recorded.",
			advice: "Send the file again with the server's metrics: aiperf collects them from URL/metrics unless it is given --no-server-metrics, and from elsewhere with --server-metrics."},
	} {
		r := aResult()
		if test.change != nil {
			test.change(r)
		}
		if sentence, advice := verdictWords(r); sentence != test.sentence || advice != test.advice {
			t.Errorf("%s:\n%s\n%s\nwant\n%s\n%s", name, sentence, advice, test.sentence, test.advice)
		}
	}
}

// twoRuns are a run that agrees, and one whose words are from somebody who means harm.
func twoRuns() *Comparison {
	hostile := aResult()
	hostile.Run, hostile.File, hostile.Notes = "<b>x\x1b[31m\n::error::no", "</title>&\u202e", []string{"`a` | b <script>"}
	hostile.Faults, hostile.Verdict = []string{"<i>fault\x07"}, measure.Unknown
	hostile.Requested = []measure.Point{{Rate: "<u>1", Images: 3}}
	c := new(Comparison)
	c.Add(aResult())
	c.Add(hostile)
	return c
}

// TestComparisonText: one run is its facts, several are a table; text from outside is harmless.
func TestComparisonText(t *testing.T) {
	one := new(Comparison)
	one.Add(aResult())
	var b bytes.Buffer
	if err := one.Text(&b, 100); err != nil {
		t.Fatal(err)
	}
	const want = `agrees: 1,800 of 3,000 images hit, exactly as predicted.
  The file does not tell a cache of 188 images from a larger one.

  file                  f.jsonl
  requested             60 % @ 200
  requests              1,000 with 3,000 images, 1 in flight
  cache                 vLLM, processor cache (told by its counters)
  predicted for         200 images
  predicted as sent     1,800 of 3,000 (1,800 in the file's order)
  counted               1,800 of 3,000 (vllm:mm_cache_hits rose by 1,800,
                        vllm:mm_cache_queries rose by 3,000)
  difference            0 (tolerance 0)
  implied capacity      at least 188 images
  time to first token   32.8 ms on average, 96.9 ms at the 99th percentile
  requests per second   12.9
`
	if b.String() != want {
		t.Errorf("one run:\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := twoRuns().Text(&b, 200); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{"2 runs: 1 × agrees, 1 × cannot be told\n", "  artifacts/f ", "agrees  60 % @ 200  1,800 of 3,000  1,800 of 3,000           0  32.8 ms  96.9 ms        12.9  at least 188 images\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("two runs without %q:\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.ContainsAny(line, "\x1b\x07\u202e") || strings.HasPrefix(line, "::") {
			t.Errorf("the line %q", line)
		}
	}
}

// TestComparisonPage: the page is well-formed, loads nothing, and shows what is from outside as text.
func TestComparisonPage(t *testing.T) {
	for _, c := range []*Comparison{twoRuns(), {}} {
		var b bytes.Buffer
		if err := c.Page(&b, "1.2.3"); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!DOCTYPE html>")))
		d.Strict, d.Entity = true, xml.HTMLEntity
		var elements []string
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("the page is not well-formed: %v\n%s", err, page)
			}
			if start, ok := token.(xml.StartElement); ok {
				elements = append(elements, start.Name.Local)
				for _, a := range start.Attr {
					if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
						t.Errorf("%s has %s=%q", start.Name.Local, a.Name.Local, a.Value)
					}
				}
			}
		}
		for _, forbidden := range []string{"script", "b", "i", "u"} {
			if slices.Contains(elements, forbidden) {
				t.Errorf("the page has the element %s", forbidden)
			}
		}
		if len(c.Runs) == 0 {
			continue
		}
		if dots := strings.Count(page, `class="counted ink`); dots != 3 { // and the legend's
			t.Errorf("%d counted points", dots)
		}
		// The dot is at the predicted capacity, as the curve is flat from before it on: ln 200 ÷ ln 1200 of the way.
		if !strings.Contains(page, `<circle class="counted ink0" cx="74.73%" cy="40%" r="5"/>`) {
			t.Errorf("where is the dot?\n%s", page[strings.Index(page, `class="counted`):][:200])
		}
	}
}

// TestComparisonOutputs: outputs are a word of a shell each.
func TestComparisonOutputs(t *testing.T) {
	c := twoRuns()
	c.Runs[1].Counted, c.Runs[1].Implied = nil, nil
	var got []string
	for _, f := range c.Outputs() {
		got = append(got, fmt.Sprintf("%s=%s", f.Output, f.Value))
	}
	if want := []string{"verdict=agrees,unknown", "counted-hit-rate=0.6000,", "implied-capacity-images=188,"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A run of few images is drawn up to the axis' end, where its points are.
func TestComparisonCurvesReachTheEnd(t *testing.T) {
	t.Parallel()
	c := new(Comparison)
	for distinct, hits := range map[int64]int64{90: 810, 360: 540} {
		r := aResult()
		r.Slots, r.Distinct, r.Predicted, r.Curve = 900, distinct, hits, []measure.CurvePoint{{Capacity: 1, Hits: 9}, {Capacity: distinct, Hits: hits}}
		c.Add(r)
	}
	p := c.newPlot()
	for i, run := range c.Runs {
		if end := "L1000 " + number(1000-1000*float64(run.Predicted)/900); !strings.HasSuffix(p.path(i), end) {
			t.Errorf("the curve of %d images is %s, which does not end with %s", run.Distinct, p.path(i), end)
		}
	}
}
