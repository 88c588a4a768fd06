package command

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"mmjsonl/internal/measure"
)

// Folders of testdata/runs hold what real runs left: a vLLM 0.32.0 on a CPU whose processor cache held 136 images, and aiperf 0.13.0 or
// a plain client; reduced to what is read. The request file is made again from its manifest.

// recordedRun copies a run into a new folder, makes its request file, and returns the folder.
func recordedRun(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "runs", name))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "requests.jsonl")
	manifest, err := os.ReadFile(path + ".manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	if places, err := os.ReadFile(filepath.Join(dir, "places.txt")); err == nil {
		sentRows(t, path, manifest, strings.Fields(string(places)))
	} else if code, _, stderr := mmjsonl(t, "regenerate", path+".manifest.json", "-o", path, "--quiet"); code != 0 {
		t.Fatalf("the request file cannot be made: exit code %d\n%s", code, stderr)
	}
	if err := os.WriteFile(path+".manifest.json", manifest, 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// sentRows makes the request file that was sent in a run with a hit rate. Such files had their images in other places then: slot by slot, places says
// at which slot of a file without the hit rate its image is.
func sentRows(t *testing.T, path string, manifest []byte, places []string) {
	t.Helper()
	var made struct {
		Inputs  map[string]string `json:"inputs"`
		Figures struct {
			Distinct int `json:"distinct_images"`
		} `json:"figures"`
		File struct {
			SHA256 string `json:"sha256"`
		} `json:"file"`
	}
	if err := json.Unmarshal(manifest, &made); err != nil {
		t.Fatal(err)
	}
	args := []string{"-o", path, "--quiet"}
	for name, value := range made.Inputs {
		if !slices.Contains([]string{"hit-rate", "warm-up", "images-pool"}, name) {
			args = append(args, "--"+name+"="+value)
		}
	}
	if code, _, stderr := mmjsonl(t, append(args, fmt.Sprintf("--images-pool=%d", made.Figures.Distinct))...); code != 0 {
		t.Fatalf("the images cannot be made: exit code %d\n%s", code, stderr)
	}
	rows, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	uri := regexp.MustCompile(`data:[^"]*`)
	images, slot := uri.FindAll(rows, -1), -1
	sent := uri.ReplaceAllFunc(rows, func([]byte) []byte {
		slot++
		place, err := strconv.Atoi(places[slot])
		if err != nil {
			t.Fatal(err)
		}
		return images[place]
	})
	if sum := fmt.Sprintf("%x", sha256.Sum256(sent)); sum != made.File.SHA256 {
		t.Fatalf("the file made has the SHA-256 %s, and %s was sent", sum, made.File.SHA256)
	}
	if err := os.WriteFile(path, sent, 0o666); err != nil {
		t.Fatal(err)
	}
}

// mmjsonl runs the program.
func mmjsonl(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = Main(t.Context(), Process{Args: args, Stdout: &out, Stderr: &errOut})
	return code, out.String(), errOut.String()
}

// compared is what --json says of the only run.
func compared(t *testing.T, args ...string) (code int, run comparedRun, stderr string) {
	t.Helper()
	code, stdout, stderr := mmjsonl(t, append([]string{"compare", "--json"}, args...)...)
	var document compareDocument
	if stdout == "" {
		return code, comparedRun{Result: new(measure.Result)}, stderr
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || len(document.Runs) != 1 {
		t.Fatalf("exit code %d: %v\n%s%s", code, err, stdout, stderr)
	}
	return code, document.Runs[0], stderr
}

// edit replaces text in a file, which must have it.
func edit(t *testing.T, path, old, replacement string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s does not have %q: %v", path, old, err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte(old), []byte(replacement)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestCompareRecorded: real runs have the verdict that is right for them.
func TestCompareRecorded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		scrapes        bool
		args           []string
		verdict        measure.Verdict
		counted, slots int64
		least, most    int64 // implied capacity; 0: not said
		order          string
		note           string // a part of one, or of the words
	}{
		{name: "aiperf-k3", verdict: measure.Agrees, counted: 270, slots: 450, least: 129, order: "sent"},
		{name: "aiperf-k3-noseed", verdict: measure.Agrees, counted: 270, slots: 450, least: 129, order: "sent"},
		{name: "aiperf-points", verdict: measure.Agrees, counted: 270, slots: 450, least: 134, order: "sent"},
		{name: "aiperf-w8", verdict: measure.Agrees, counted: 360, slots: 600, least: 88, order: "sent"},
		{name: "aiperf-warmup", verdict: measure.Agrees, counted: 299, slots: 417, least: 134, most: 138, order: "sent", note: "the first 1 measured requests were counted with the warm-up"},
		{name: "plain-warm", scrapes: true, verdict: measure.Warm, counted: 279, slots: 450, order: "file", note: "a cache without limit that was empty before hits 270"},
		{name: "aiperf-warm", verdict: measure.Warm, counted: 312, slots: 450, order: "sent", note: "exactly those of the file's being sent a second time"},
		{name: "aiperf-made-for-1-sent-8", verdict: measure.Holds, counted: 326, slots: 600, least: 136, most: 136, order: "sent"},
		{name: "aiperf-made-for-1-sent-8", args: []string{"--cache-images", "136"}, verdict: measure.Agrees, counted: 326, slots: 600, least: 136, most: 136, order: "sent"},
		{name: "aiperf-made-for-1-sent-8", args: []string{"--cache-images", "400"}, verdict: measure.Fewer, counted: 326, slots: 600, least: 136, most: 136, order: "sent", note: "74 fewer than predicted for a cache of 400 images"},
		// What would have been right for other caches.
		{name: "aiperf-k3", args: []string{"--cache-images", "100"}, verdict: measure.More, counted: 270, slots: 450, least: 129, order: "sent"},
		{name: "aiperf-k3", args: []string{"--server", "vllm", "--bytes-per-image", "394752", "--cache-gib", "0.05"}, verdict: measure.Agrees, counted: 270, slots: 450, least: 129, order: "sent"},
		{name: "aiperf-k3", args: []string{"--server", "dynamo"}, verdict: measure.OtherCache, order: "sent", slots: 450, note: "those of another one are there: vLLM, processor cache"},
		{name: "aiperf-k3", args: []string{"--cache-images", "100", "--tolerance", "50%"}, verdict: measure.Agrees, counted: 270, slots: 450, least: 129, order: "sent"},
	} {
		t.Run(test.name+" "+strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			dir := recordedRun(t, test.name)
			args := append([]string{filepath.Join(dir, "artifacts")}, test.args...)
			if test.scrapes {
				args = []string{filepath.Join(dir, "requests.jsonl"), "--before", filepath.Join(dir, "before.prom"), "--after", filepath.Join(dir, "after.prom")}
			}
			code, run, stderr := compared(t, args...)
			if run.Verdict != test.verdict || code != test.verdict.Exit() || run.Slots != test.slots || run.Order != test.order {
				t.Errorf("%s, exit code %d, %d images in the order %q: %s %s\n%s", run.Verdict, code, run.Slots, run.Order, run.Sentence, run.Advice, stderr)
			}
			counted, least, most := int64(0), int64(0), int64(0)
			if run.Counted != nil {
				counted = run.Counted.Hits
			}
			if run.Implied != nil {
				least = *run.Implied
			}
			if run.ImpliedMost != nil {
				most = *run.ImpliedMost
			}
			if counted != test.counted || least != test.least || most != test.most {
				t.Errorf("counted %d, a cache of %d to %d images", counted, least, most)
			}
			if words := run.Sentence + run.Advice + strings.Join(run.Notes, "\n"); !strings.Contains(words, test.note) {
				t.Errorf("not said: %s\n%s", test.note, words)
			}
		})
	}
}

// TestCompareChanged: recorded runs, changed into runs of other servers.
func TestCompareChanged(t *testing.T) {
	t.Parallel()
	metrics := filepath.Join("artifacts", "server_metrics_export.json")
	summary := filepath.Join("artifacts", "profile_export_aiperf.json")
	hits := func(n int) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, metrics), `"total": 270.0`, fmt.Sprintf(`"total": %d`, n))
		}
	}
	for name, test := range map[string]struct {
		change  func(t *testing.T, dir string)
		args    []string
		verdict measure.Verdict
		words   string
	}{
		"one fewer": {change: hits(269), verdict: measure.Fewer, words: "269 of 450 images hit, 1 fewer than predicted for a cache of 136 images"},
		"one more":  {change: hits(271), verdict: measure.Warm, words: "a cache without limit that was empty before hits 270"},
		"none":      {change: hits(0), verdict: measure.Off, words: "Its size is set by --mm-processor-cache-gb."},
		"in front": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, metrics), `"total": 450.0`, `"total": 200`)
		}, verdict: measure.InFront, words: "The cache was asked for 200 of the 450 images"},
		"some that failed": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, metrics), `"total": 450.0`, `"total": 440`)
		}, verdict: measure.Unknown, words: "The server looked up 440 images, and the run sent 450: 159 were in requests that failed"},
		"none that failed": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, metrics), `"total": 450.0`, `"total": 291`)
			edit(t, filepath.Join(dir, metrics), `"total": 270.0`, `"total": 138`)
		}, verdict: measure.Agrees, words: "138 of 291 images hit, exactly as predicted."},
		"others":        {change: func(t *testing.T, dir string) { edit(t, filepath.Join(dir, metrics), `"total": 450.0`, `"total": 451`) }, verdict: measure.Unknown, words: "others used it meanwhile"},
		"no metrics":    {change: func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, metrics)) }, verdict: measure.Unknown, words: "No metrics of the server were recorded. Send the file again with the server's metrics"},
		"other metrics": {change: func(t *testing.T, dir string) { edit(t, filepath.Join(dir, metrics), `vllm:mm_cache`, `vllm:other`) }, verdict: measure.Unknown, words: "None of the server's counters is about a cache of images."},
		"aborted": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, summary), `"is_complete": true`, `"is_complete": false`)
		}, verdict: measure.Unknown, words: "The run was aborted before its end. The server counted 270 hits of 450 look-ups, and 270 were predicted."},
		"restarted": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, metrics), `"max": 1795712447.92`, `"max": 1795712448.92`)
		}, verdict: measure.Unknown, words: "The server was restarted in between"},
		"another file": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "requests.jsonl"), `"text":"`, `"text":"x`)
		}, verdict: measure.Unknown, words: "The file has changed since it was made: its size is"},
		"another digest": {change: func(t *testing.T, dir string) {
			path := filepath.Join(dir, "requests.jsonl")
			text, _ := os.ReadFile(path)
			text[len(`{"text":"`)]++
			os.WriteFile(path, text, 0o666)
		}, verdict: measure.Unknown, words: "The file has changed since it was made: its SHA-256 is"},
		"other rows": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "artifacts", "profile_export.jsonl"), `"num_images":{"value":3,`, `"num_images":{"value":2,`)
		}, verdict: measure.Unknown, words: "The file is not what was sent: a request of the run has 2 images, and row"},
		"two endpoints": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, metrics), `"series": [`, `"series": [{"endpoint_url":"http://other/metrics","labels":{},"stats":{"total":1}},`)
		}, verdict: measure.Unknown, words: "2 endpoints counted images"},
		"unknown sessions": {change: func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "artifacts", "profile_export.jsonl"), `"conversation_id":"session_0`, `"conversation_id":"other_0`)
		}, verdict: measure.Agrees, words: "exactly as predicted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := recordedRun(t, "aiperf-k3")
			test.change(t, dir)
			code, run, stderr := compared(t, append([]string{filepath.Join(dir, "artifacts")}, test.args...)...)
			if words := run.Sentence + " " + run.Advice; run.Verdict != test.verdict || code != test.verdict.Exit() || !strings.Contains(words, test.words) {
				t.Errorf("%s, exit code %d: %s\n%s", run.Verdict, code, words, stderr)
			}
			if name == "unknown sessions" && (run.Order != "file" || !strings.Contains(strings.Join(run.Notes, " "), "the order in which requests were sent is not known")) {
				t.Errorf("order %q, notes %q", run.Order, run.Notes)
			}
		})
	}
}

// TestCompareSeveral: several runs are one table, and the worst exit code counts; what cannot be read does not keep the others from it.
func TestCompareSeveral(t *testing.T) {
	t.Parallel()
	good, other := recordedRun(t, "aiperf-k3"), recordedRun(t, "aiperf-w8")
	page := filepath.Join(t.TempDir(), "page.html")
	code, stdout, stderr := mmjsonl(t, "compare", filepath.Join(good, "artifacts"), filepath.Join(other, "artifacts", "profile_export_aiperf.json"), "--report", page)
	for _, want := range []string{"2 runs: 2 × agrees\n\n  run", "270 of 450  270 of 450           0", "360 of 600  360 of 600           0"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, without %q:\n%s%s", code, want, stdout, stderr)
		}
	}
	html, err := os.ReadFile(page)
	if err != nil || strings.Count(string(html), `<path class="run ink`) != 4 || strings.Count(string(html), `<circle class="counted ink`) != 3 {
		t.Errorf("the page: %v, %d curves, %d counts", err, strings.Count(string(html), `<path class="run ink`), strings.Count(string(html), `<circle class="counted ink`))
	}
	empty := t.TempDir()
	code, stdout, stderr = mmjsonl(t, "compare", empty, filepath.Join(good, "artifacts"))
	if code != 2 || !strings.HasPrefix(stdout, "agrees: 270 of 450") || !strings.Contains(stderr, "it has no profile_export_aiperf.json, so it is not a folder of aiperf's results") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, _ := mmjsonl(t, "compare", filepath.Join(filepath.Dir(good), "*", "artifacts")); code != 0 || !strings.HasPrefix(stdout, "agrees") {
		t.Errorf("a pattern: exit code %d\n%s", code, stdout)
	}
}

// TestCompareFinds: the file is found where the configuration says, or given, and missed by its name.
func TestCompareFinds(t *testing.T) {
	t.Parallel()
	dir := recordedRun(t, "aiperf-k3")
	moved := filepath.Join(t.TempDir(), "requests.jsonl")
	if err := os.Rename(filepath.Join(dir, "requests.jsonl"), moved); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := compared(t, filepath.Join(dir, "artifacts")); code != 2 || !strings.Contains(stderr, `the request file that it sent, "requests.jsonl", is not here: give it by --request-file`) {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if code, run, stderr := compared(t, filepath.Join(dir, "artifacts"), "--request-file", moved); code != 0 || run.Verdict != measure.Agrees || len(run.Requested) > 0 {
		t.Errorf("exit code %d: %+v\n%s", code, run.Result, stderr)
	}
}

// TestCompareInBytes: a file of images of several sizes that was made for a cache in bytes is compared with such a cache, without further inputs, as its
// manifest says what each image takes.
func TestCompareInBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before, after := filepath.Join(dir, "before.prom"), filepath.Join(dir, "after.prom")
	counted := func(name string, hits, lookups int) {
		if err := os.WriteFile(name, fmt.Appendf(nil, "vllm:mm_cache_queries_total %d\nvllm:mm_cache_hits_total %d\n", lookups, hits), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	counted(before, 0, 0)
	const ofServer = "8x8:1000,16x8:1500,16x24:3500"
	for _, test := range []struct {
		name, rates, bytesOf string
		hits                 int
		want                 measure.Verdict
		bytes                int64 // that the prediction is for
	}{
		{"as predicted", "0.3@100000B", ofServer, 180, measure.Agrees, 100000},
		{"a percentage", "30 %@100000B", ofServer, 180, measure.Agrees, 100000},
		{"one fewer", "0.3@100000B", ofServer, 179, measure.Fewer, 100000},
		{"one more", "0.3@100000B", ofServer, 181, measure.More, 100000},
		{"the nearest of two", "0.2@100000B,0.4@150000B", ofServer, 120, measure.Agrees, 100000},
		{"the other of two", "0.2@100000B,0.4@150000B", ofServer, 240, measure.Agrees, 150000},
		{"by files' bytes", "0.3@50000B", "", 180, measure.Holds, 0}, // which are not what the server keeps
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "f.jsonl")
			args := strings.Fields("-n 200 --images-per-request 3 --images-pool 300 --image-size 8:3,16x8:5,16x24:2 --image-mode datauri --user-text-tokens 2 --quiet")
			if code, _, stderr := mmjsonl(t, append(args, "-o", file, "--hit-rate", test.rates, "--image-cache-bytes", test.bytesOf)...); code != 0 {
				t.Fatal(stderr)
			}
			counted(after, test.hits, 600)
			code, run, stderr := compared(t, file, "--before", before, "--after", after)
			if code != test.want.Exit() || run.Verdict != test.want || run.CapacityBytes != test.bytes {
				t.Errorf("exit code %d: %+v\n%s", code, run.Result, stderr)
			}
			if test.want == measure.Agrees && (run.Predicted != int64(test.hits) || run.ImpliedBytes == nil || *run.ImpliedBytes > test.bytes) {
				t.Errorf("%+v", run.Result)
			}
		})
	}
}

// TestCompareAround: the counters are read before and after a command, once they stand still.
func TestCompareAround(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "f.jsonl")
	if code, _, stderr := mmjsonl(t, "-n", "20", "--images-per-request", "1", "--hit-rate", "0.5@3", "--image-mode", "datauri", "--image-size", "2", "--user-text-tokens", "2", "-o", file, "--quiet"); code != 0 {
		t.Fatal(stderr)
	}
	var asked, sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lookups := int64(0)
		if r.URL.Path == "/send" {
			sent.Store(1)
			return
		}
		if sent.Load() > 0 { // and the server is not done at once
			lookups = min(20, 2*asked.Add(1))
		}
		fmt.Fprintf(w, "vllm:mm_cache_queries_total %d\nvllm:mm_cache_hits_total %d\n", 100+lookups, 7+lookups/2)
	}))
	defer server.Close()
	args := []string{file, "--metrics-url", server.URL + "/metrics", "--wait", "500ms", "--"}
	send := []string{os.Args[0], "-test.run=^TestSendHelper$"}
	t.Run("command", func(t *testing.T) {
		code, run, stderr := compared(t, append(append([]string{}, args...), append(send, server.URL+"/send")...)...)
		if code != 0 || run.Verdict != measure.Agrees || run.Counted.Hits != 10 || run.Order != "file" || !strings.Contains(stderr, "sent to") {
			t.Errorf("exit code %d: %+v\n%s", code, run.Result, stderr)
		}
	})
	t.Run("command that fails", func(t *testing.T) {
		sent.Store(0)
		asked.Store(0)
		code, run, _ := compared(t, append(append([]string{}, args...), append(send, "fail")...)...)
		if code != 2 || run.Verdict != measure.Unknown || !strings.Contains(run.Sentence, "failed: exit status 3") {
			t.Errorf("exit code %d: %s", code, run.Sentence)
		}
	})
	t.Run("no command", func(t *testing.T) {
		if code, _, stderr := compared(t, append(append([]string{}, args...), "/no/such/program")...); code != 2 || !strings.Contains(stderr, `the command "/no/such/program" cannot be run`) {
			t.Errorf("exit code %d\n%s", code, stderr)
		}
	})
	t.Run("waiting", func(t *testing.T) {
		sent.Store(1) // the file is sent by somebody else
		asked.Store(0)
		code, run, stderr := compared(t, args[:len(args)-1]...)
		if code != 1 || run.Counted == nil || run.Counted.Lookups != 18 || !strings.Contains(stderr, "waiting for requests") {
			t.Errorf("exit code %d: %+v\n%s", code, run.Counted, stderr)
		}
	})
	server.Close()
	if code, _, stderr := compared(t, append(append([]string{}, args...), "true")...); code != 2 || !strings.Contains(stderr, "the metrics of") {
		t.Errorf("no server: exit code %d\n%s", code, stderr)
	}
}

// TestSendHelper is the command that TestCompareAround runs.
func TestSendHelper(t *testing.T) {
	switch target := os.Args[len(os.Args)-1]; {
	case target == "fail":
		os.Exit(3)
	case strings.HasPrefix(target, "http://"):
		if _, err := http.Get(target); err != nil {
			t.Fatal(err)
		}
		fmt.Println("sent to", target)
	default:
		t.Skip("it is run by another test")
	}
}

// TestCompareServe: what a media server has fetched are the misses of a server that exports nothing.
func TestCompareServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, before, after := filepath.Join(dir, "f.jsonl"), filepath.Join(dir, "before.json"), filepath.Join(dir, "after.prom")
	if code, _, stderr := mmjsonl(t, "-n", "20", "--images-per-request", "1", "--hit-rate", "0.5@3", "--image-mode", "http", "--url-list", writeFile(t, "urls.txt", urlList(100)), "--user-text-tokens", "2", "-o", file, "--quiet"); code != 0 {
		t.Fatal(stderr)
	}
	os.WriteFile(before, []byte(`{"started":"2026-11-26T10:00:00Z","fetches":5}`), 0o666)
	for fetched, want := range map[int]measure.Verdict{10: measure.Agrees, 20: measure.Off, 5: measure.Warm} {
		os.WriteFile(after, fmt.Appendf(nil, "mmjsonl_fetches_total %d\nmmjsonl_start_time_seconds 1.7956872e+09\n", 5+fetched), 0o666)
		for _, server := range [][]string{nil, {"--server", "sglang"}} {
			code, run, stderr := compared(t, append([]string{file, "--before", before, "--after", after}, server...)...)
			if run.Verdict != want || code != want.Exit() || run.Counted.Hits != int64(20-fetched) {
				t.Errorf("%d fetched, %v: %s, exit code %d: %s\n%s", fetched, server, run.Verdict, code, run.Sentence, stderr)
			}
		}
	}
}

func urlList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "http://example.org/%d.png\n", i)
	}
	return b.String()
}

// TestCompareBadInput: what is wrong with a command line is said at once, and nothing is read.
func TestCompareBadInput(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "f.jsonl", `{"text":"a","images":["http://h/a"]}`+"\n")
	for _, test := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"compare needs a run"}},
		{[]string{file, "--before", "a"}, []string{"--before needs --after too"}},
		{[]string{file, "--after", "a"}, []string{"--after needs --before too"}},
		{[]string{file, "--before", "a", "--after", "."}, []string{`--before "a" cannot be read: no such file or directory`, `--after "." cannot be read: it is a folder`}},
		{[]string{file, "--before", "a", "--after", "b", "--metrics-url", "http://h"}, []string{"--metrics-url takes the place of --before and --after"}},
		{[]string{file, "--metrics-url", "http://h/metrics"}, []string{"--metrics-url is read before and after something"}},
		{[]string{file, "--metrics-url", "h/metrics", "--", "true"}, []string{`--metrics-url "h/metrics" does not begin with http:// or https://`}},
		{[]string{file, "--wait", "1s"}, []string{"--wait has no effect without --metrics-url"}},
		{[]string{file, file, "--before", file, "--after", file}, []string{"metrics are those of one run, and 2 are given"}},
		{[]string{t.TempDir(), "--before", file, "--after", file}, []string{"is a folder, whose metrics are in it"}},
		{[]string{"-", "--tolerance", "1.5", "--cache-images", "0", "--concurrency", "0", "--warmup-request-count", "-1"},
			[]string{"standard input cannot be compared", "--tolerance 1.5 is out of range", "--cache-images 0 is out of range", "--concurrency 0 is out of range", "--warmup-request-count -1 is out of range"}},
		{[]string{file, "--server", "nope", "--model", "x"}, []string{`--server "nope" is not known`}},
		{[]string{file, "--server", "vllm-shm"}, []string{"what an image takes in vLLM, processor cache in shared memory is not known"}},
		{[]string{file, "--report", "-"}, []string{`--report "-" is not a plain file`}},
		{[]string{file, "--wait", "soon", "--metrics-url", "http://h", "--", "true"}, []string{`--wait "soon" is not a duration`}},
		{[]string{file}, []string{"it is a request file, and what the server counted is not given"}},
		{[]string{"/no/such/folder"}, []string{`"/no/such/folder" cannot be compared: no such file or directory`}},
		{[]string{file, "--before", file, "--after", file}, []string{`the metrics in "` + file + `" cannot be read: it is JSON and not what mmjsonl serve answers`}},
	} {
		code, stdout, stderr := mmjsonl(t, append([]string{"compare"}, test.args...)...)
		for _, want := range test.want {
			if code != 2 || stdout != "" || !strings.Contains(stderr, want) {
				t.Errorf("%q: exit code %d, without %q\n%s%s", test.args, code, want, stdout, stderr)
			}
		}
	}
}
