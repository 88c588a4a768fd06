package cli

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

var updatePinned = flag.Bool("update-pinned", false, "write pinned.txt anew: what a seed makes changes only with a new major version")

// pinned is one run whose files never change.
type pinned struct {
	name string
	args string            // split at spaces
	more []string          // arguments that hold spaces
	file map[string]string // what the run reads, by name
}

func pinnedRuns() []pinned {
	urls := map[string]string{"urls.txt": pinnedURLs(90)}
	coco := map[string]string{"coco.json": string(program.COCO(120, 0))}
	return []pinned{
		// What rows call an image.
		{name: "paths", args: "-n 30 --images-per-request 2 --images-pool 20 --image-size 8 --user-text-tokens 20 --image-path-prefix i"},
		{name: "paths of the folder itself", args: "-n 12 --images-pool 9 --image-size 8 --user-text-tokens 20"},
		{name: "paths relative to the output", args: "-n 12 --images-pool 9 --image-size 8 --user-text-tokens 20 --image-path-prefix . --image-dir in/side -o deep/er/rows.jsonl"},
		{name: "paths with signs", args: "-n 6 --images-pool 5 --image-size 8 --user-text-tokens 3", more: []string{"--image-path-prefix", "/ö é/\"q\"\\back/<&>"}},
		{name: "data URIs", args: "-n 30 --images-per-request 2 --images-pool 20 --image-size 8 --user-text-tokens 20 --image-mode datauri"},
		{name: "data URIs in parts", args: "-n 7 --images-pool 8 --image-size 300 --user-text-tokens 20 --image-mode datauri"},
		{name: "URLs of a list", args: "-n 30 --images-per-request 2 --user-text-tokens 9 --image-mode http --url-list urls.txt --images-pool 33", file: urls},
		{name: "URLs of a list, all of them", args: "-n 45 --images-per-request 2 --user-text-tokens 9 --image-mode http --url-list urls.txt --seed 3", file: urls},
		{name: "URLs of COCO", args: "-n 30 --images-per-request 2 --user-text-tokens 9 --image-mode http --coco-annotations coco.json --images-pool 40", file: coco},
		{name: "URLs of a media server", args: "-n 30 --images-per-request 2 --images-pool 20 --image-size 8 --user-text-tokens 9 --image-mode http --image-url-base http://media.example:8000/a%20b/"},

		// Which images rows hold.
		{name: "no reuse", args: "-n 25 --image-size 4 --user-text-tokens 5 --image-path-prefix i"},
		{name: "uniform, a pool of as many as a row", args: "-n 40 --images-per-request 3 --images-pool 3 --image-size 4 --user-text-tokens 5 --image-path-prefix i"},
		{name: "uniform, many rows", args: "-n 5000 --images-per-request 2 --images-pool 300 --image-size 4 --user-text-tokens 5 --image-path-prefix i"},
		{name: "reuse rate", args: "-n 100 --images-per-request 2 --reuse-rate 0.9 --image-size 4 --user-text-tokens 5 --image-path-prefix i"},
		{name: "reuse rate in percent", args: "-n 100 --images-per-request 2 --reuse-rate 37.5% --image-size 4 --user-text-tokens 5 --image-path-prefix i"},
		{name: "steady", args: "-n 100 --images-per-request 3 --images-pool 70 --reuse-pattern steady --image-size 4 --user-text-tokens 5 --image-path-prefix i"},
		{name: "steady, reuse rate, many rows", args: "-n 3000 --images-per-request 1 --reuse-rate 0.8 --reuse-pattern steady --user-text-tokens 5 --image-size 2 --image-path-prefix i"},
		{name: "zipf", args: "-n 100 --images-per-request 3 --images-pool 60 --reuse-pattern zipf --image-size 4 --user-text-tokens 5 --image-path-prefix i"},
		{name: "zipf 0", args: "-n 100 --images-per-request 3 --images-pool 60 --reuse-pattern zipf --zipf-exponent 0 --image-size 4 --user-text-tokens 5 --image-path-prefix i"},
		{name: "zipf 0.8, many rows", args: "-n 3000 --images-per-request 2 --images-pool 200 --reuse-pattern zipf --zipf-exponent 0.8 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "zipf 2.5", args: "-n 60 --images-per-request 4 --images-pool 40 --reuse-pattern zipf --zipf-exponent 2.5 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "zipf 10, reuse rate", args: "-n 60 --images-per-request 2 --reuse-rate 0.7 --reuse-pattern zipf --zipf-exponent 10 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "zipf, seventy in a row", args: "-n 30 --images-per-request 70 --images-pool 200 --reuse-pattern zipf --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "hit rate", args: "-n 200 --images-per-request 1 --hit-rate 0.6@20 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "hit rate, several points", args: "-n 400 --images-per-request 2 --hit-rate 0.2@20,0.4@50,0.6@100 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "hit rate, several points in percent", args: "-n 400 --images-per-request 1 --image-size 2 --user-text-tokens 5 --image-path-prefix i",
			more: []string{"--hit-rate", " 20% @ 10 , 45.5%@60"}},
		{name: "hit rate with a pool", args: "-n 300 --images-per-request 1 --images-pool 90 --hit-rate 0.5@30 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "hit rate with a reuse rate", args: "-n 300 --images-per-request 2 --reuse-rate 0.75 --hit-rate 0.5@40 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "hit rate with concurrency", args: "-n 400 --images-per-request 2 --hit-rate 0.3@70,0.5@160 --concurrency 8 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "hit rate, many rows", args: "-n 4000 --images-per-request 2 --hit-rate 0.5@100,0.8@700 --concurrency 4 --image-size 1 --user-text-tokens 5 --image-path-prefix i --seed 9"},
		{name: "warm-up first", args: "-n 120 --images-per-request 2 --images-pool 50 --warm-up first --image-size 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "warm-up first, reuse rate, many rows", args: "-n 2000 --images-per-request 3 --reuse-rate 0.95 --warm-up first --image-size 1 --user-text-tokens 5 --image-path-prefix i"},
		{name: "warm-up first, hit rate", args: "-n 400 --images-per-request 2 --images-pool 150 --warm-up first --hit-rate 0.4@60 --image-size 2 --user-text-tokens 5 --image-path-prefix i"},

		{name: "sliding windows", args: "sliding-window --num-users 5 --turns-per-user 4 --window-size 3 --image-size 2 --user-text-tokens 5 --image-path-prefix i --uuid"},
		{name: "sliding windows in bodies", args: "sliding-window --num-users 3 --turns-per-user 4 --window-size 3 --image-size 2 --user-text-tokens 5 --image-mode datauri --format mooncake --model m --concurrency 2"},

		{name: "videos", args: "video-single-turn -n 12 --videos-pool 5 --synthetic-video-size 64 48 --synthetic-video-fps 5 --synthetic-video-seconds 2 --user-text-tokens 5 --image-path-prefix i"},
		{name: "videos of a length, as data URIs", args: "video-single-turn -n 6 --videos-per-request 2 --reuse-rate 0.5 --synthetic-video-size 320x240:2,240x320:1 --video-bytes 60000 --user-text-tokens 5 --video-mode datauri"},
		{name: "videos in bodies", args: "--image-format mp4 -n 6 --images-pool 5 --images-per-request 2 --image-size 32 --image-mode datauri --format raw-payload --model m --user-text-tokens 5"},

		{name: "lengths and times", args: "-n 40 --images-per-request 1 --images-pool 9 --image-size 2 --user-text-tokens 3 --image-path-prefix i --output-tokens lognormal:130,200 --request-rate 8 --arrival gamma:2 --extra {\"temperature\":0}"},
		{name: "lengths in bodies", args: "-n 40 --images-per-request 0 --user-text-tokens 3 --format raw-payload --model m --output-tokens normal:500,100 --extra {\"top_k\":1}"},

		{name: "a mixture of lengths", args: "-n 200 --images-per-request 0:1,1:80,2:7,3:8,4:5 --images-pool 60 --image-size 2 --user-text-tokens 3 --image-path-prefix i"},
		{name: "a mixture of lengths, steady", args: "-n 200 --images-per-request 0:1,1:80,2:7,3:8,9:5 --reuse-rate 0.7 --reuse-pattern steady --image-size 2 --user-text-tokens 3 --image-path-prefix i"},
		{name: "a mixture of lengths, zipf", args: "-n 200 --images-per-request 0:1,1:80,2:7,3:8,9:5 --images-pool 60 --reuse-pattern zipf --image-size 2 --user-text-tokens 3 --image-path-prefix i"},
		{name: "held-out warm-up", args: "-n 200 --images-per-request 2 --images-pool 60 --warm-up held-out:5 --image-size 2 --user-text-tokens 3 --image-path-prefix i"},

		// Compression.
		{name: "gzip", args: "-n 400 --images-per-request 1 --images-pool 50 --image-size 2 --user-text-tokens 60 --image-path-prefix i --compression gzip"},
		{name: "gzip, fastest", args: "-n 400 --images-per-request 1 --images-pool 50 --image-size 2 --user-text-tokens 60 --image-path-prefix i --compression gzip --compression-level fastest"},
		{name: "gzip, best, by name", args: "-n 100 --images-per-request 1 --images-pool 50 --image-size 9 --user-text-tokens 60 --image-mode datauri --compression-level best -o x.jsonl.gz"},
		{name: "zstd", args: "-n 400 --images-per-request 1 --images-pool 50 --image-size 2 --user-text-tokens 60 --image-path-prefix i --compression zstd"},
		{name: "zstd, fastest", args: "-n 400 --images-per-request 1 --images-pool 50 --image-size 2 --user-text-tokens 60 --image-path-prefix i --compression zstd --compression-level fastest"},
		{name: "zstd, default, much text", args: "-n 3000 --images-per-request 0 --user-text-tokens 300 --compression zstd --compression-level default"},
		{name: "zstd, best, by name", args: "-n 400 --images-per-request 1 --images-pool 50 --image-size 2 --user-text-tokens 60 --image-path-prefix i --compression-level best -o x.jsonl.zst"},
		{name: "zstd of images among much text", args: "-n 20 --images-per-request 1 --images-pool 5 --image-size 8 --user-text-tokens 300 --image-mode datauri --compression zstd"},
		{name: "zstd of images among some text", args: "-n 20 --images-per-request 1 --images-pool 5 --image-size 20 --user-text-tokens 25 --image-mode datauri --compression zstd"},
		{name: "zstd of images among little text", args: "-n 20 --images-per-request 1 --images-pool 5 --image-size 30 --user-text-tokens 5 --image-mode datauri --compression zstd"},
		{name: "zstd of images", args: "-n 40 --images-per-request 2 --images-pool 30 --image-size 64x48 --user-text-tokens 10 --image-mode datauri --compression zstd"},
		{name: "zstd of large images", args: "-n 6 --images-per-request 3 --images-pool 5 --image-size 400 --user-text-tokens 100 --image-mode datauri --compression zstd"},

		// Text.
		{name: "sliding windows with hit rates", args: "sliding-window --num-users 60 --turns-per-user uniform:2-6 --window-size 3 --shared-images 1 --image-size 2 --user-text-tokens 2 --image-path-prefix i",
			more: []string{"--hit-rate", "0.4@20,0.5@60"}},
		{name: "conversations", args: "multi-turn --num-users 5 --turns-per-user normal:3,1 --images-per-turn 2,0,1 --image-size 2 --user-text-tokens 5 --image-path-prefix i --uuid"},
		{name: "conversations of a pool, zstd", args: "multi-turn --num-users 5 --turns-per-user 3 --images-per-turn 2 --images-pool 9 --image-size 40 --user-text-tokens 5 --image-mode datauri --compression zstd"},
		{name: "prompt", args: "-n 5 --images-per-request 1 --image-size 2 --image-path-prefix i", more: []string{"--prompt", "What is in this picture?"}},
		{name: "prompt with signs", args: "-n 5 --images-per-request 1 --image-size 2 --image-path-prefix i", more: []string{"--prompt", "Grüße 😀 \u2028 \"q\" \\ </script> &\ttab\nline \x7f \x01"}},
		{name: "prompt, data URIs, zstd", args: "-n 5 --images-per-request 1 --image-size 40 --image-mode datauri --compression zstd", more: []string{"--prompt", "čo je to?"}},
		{name: "no words", args: "-n 10 --images-per-request 1 --image-size 2 --image-path-prefix i --user-text-tokens 0"},
		{name: "words in parts", args: "-n 12 --images-per-request 1 --image-size 2 --image-path-prefix i --user-text-tokens 10007"},
		{name: "words in parts, data URIs", args: "-n 5 --images-per-request 1 --image-size 20 --image-mode datauri --user-text-tokens 4097"},
		{name: "words, many rows", args: "-n 2500 --images-per-request 0 --user-text-tokens 113"},

		// Images.
		{name: "one pixel", args: "-n 20 --image-size 1x1 --user-text-tokens 3 --image-path-prefix i"},
		{name: "odd sides", args: "-n 6 --image-size 37x19 --user-text-tokens 3 --image-path-prefix i"},
		{name: "tall", args: "-n 3 --images-per-request 1 --image-size 1x5000 --user-text-tokens 3 --image-path-prefix i"},
		{name: "wide", args: "-n 3 --images-per-request 1 --image-size 5000x3 --user-text-tokens 3 --image-path-prefix i"},
		{name: "large", args: "-n 2 --images-per-request 2 --image-size 512 --user-text-tokens 3 --image-path-prefix i"},
		{name: "twenty in a row", args: "-n 30 --images-per-request 20 --images-pool 50 --image-size 3 --user-text-tokens 3 --image-path-prefix i"},

		// Other clients' rows.
		{name: "raw payload", args: "-n 12 --images-per-request 2 --images-pool 9 --image-size 8 --user-text-tokens 9 --image-mode datauri --format raw-payload --model Qwen/Qwen3-VL --max-tokens 50"},
		{name: "raw payload of text", args: "-n 12 --images-per-request 0 --user-text-tokens 9 --format raw-payload --model m"},
		{name: "raw payload, zstd, uuids", args: "-n 40 --images-per-request 2 --images-pool 30 --image-size 64x48 --user-text-tokens 10 --image-mode datauri --compression zstd --format raw-payload --model m --uuid"},
		{name: "mooncake, uuids of the content", args: "-n 12 --images-per-request 2 --images-pool 9 --image-size 8 --user-text-tokens 9 --image-mode datauri --format mooncake --model m --uuid-of content"},
		{name: "batch", args: "-n 12 --images-per-request 2 --user-text-tokens 9 --image-mode http --url-list urls.txt --images-pool 9 --format openai-batch --model m --uuid", file: urls},
		{name: "custom_image", args: "-n 12 --images-per-request 2 --images-pool 9 --image-size 8 --user-text-tokens 9 --image-path-prefix /i --format vllm-custom-image"},
		{name: "paths with uuids", args: "-n 12 --images-per-request 2 --images-pool 9 --image-size 8 --user-text-tokens 9 --image-path-prefix /i --uuid --max-tokens 9"},
		// Images beside noise of one size.
		{name: "JPEG", args: "-n 12 --images-pool 9 --image-size 100x50 --user-text-tokens 5 --image-path-prefix i --image-format jpeg"},
		{name: "JPEG of one length, data URIs", args: "-n 12 --images-pool 9 --image-size 64 --image-bytes 1500 --user-text-tokens 5 --image-mode datauri --image-format jpeg"},
		{name: "JPEG of few pixels", args: "-n 12 --images-pool 9 --image-size 3 --user-text-tokens 5 --image-path-prefix i --image-format jpeg"},
		{name: "PNG of photographs", args: "-n 12 --images-pool 9 --image-size 100x50 --user-text-tokens 5 --image-path-prefix i --image-content photo"},
		{name: "PNG of photographs, zstd", args: "-n 12 --images-pool 9 --image-size 40 --user-text-tokens 5 --image-mode datauri --image-content photo --compression zstd"},
		{name: "sizes by weight", args: "-n 12 --images-pool 20 --image-size 9x5:2,4:3,2x7 --user-text-tokens 5 --image-path-prefix i"},
		{name: "popular sizes", args: "-n 40 --images-pool 20 --images-per-request 2 --image-size 9x5:2,4:3,2x7 --popular-sizes --reuse-pattern zipf --warm-up held-out:3 --user-text-tokens 5 --image-path-prefix i"},
		{name: "JPEG of sizes by weight, zstd", args: "-n 12 --images-pool 20 --image-size 90x50:2,40:3 --user-text-tokens 5 --image-mode datauri --image-format jpeg --compression zstd"},

		// Seeds.
		{name: "seed 0", args: "-n 20 --images-pool 25 --image-size 5 --user-text-tokens 12 --image-path-prefix i --seed 0"},
		{name: "seed 1", args: "-n 20 --images-pool 25 --image-size 5 --user-text-tokens 12 --image-path-prefix i --seed 1"},
		{name: "seed 2^64-1", args: "-n 20 --images-pool 25 --image-size 5 --user-text-tokens 12 --image-path-prefix i --seed 18446744073709551615"},
		{name: "seed 2^64-1, data URIs", args: "-n 20 --images-pool 25 --image-size 5 --user-text-tokens 12 --image-mode datauri --seed 18446744073709551615"},
	}
}

// pinnedURLs is a list of n URLs, with a comment and a blank line.
func pinnedURLs(n int) string {
	var b strings.Builder
	b.WriteString("# images of others\n\n")
	for i := range n {
		fmt.Fprintf(&b, "https://h%d.example/%03d.jpg?a=1&b=%%20\n", i%7, i)
	}
	return b.String()
}

// The files of a seed never change: pinned.txt has the digests of what each run wrote when it was added, and only a new major version may
// write others. rows is the digest of the request file, with its own folder called DIR; images is that of the names and bytes of all images;
// figures is that of the manifest's figures and digests.

func TestPinnedBytes(t *testing.T) {
	t.Parallel()
	const table = "pinned.txt"
	want := map[string]string{} // by name of the run
	if text, err := os.ReadFile(table); err == nil {
		for part := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
			name, digests, _ := strings.Cut(part, "\n")
			want[name] = digests
		}
	} else if !*updatePinned {
		t.Fatal(err)
	}
	runs := pinnedRuns()
	got := make([]string, len(runs))
	t.Run("runs", func(t *testing.T) {
		for i, run := range runs {
			t.Run(run.name, func(t *testing.T) {
				t.Parallel()
				// Two runs on another number of processors: what they write may not depend on it.
				got[i] = run.digests(t, "GOMAXPROCS=1")
				if many := run.digests(t, fmt.Sprintf("GOMAXPROCS=%d", max(4, runtime.NumCPU()))); many != got[i] {
					t.Errorf("on one processor\n%s\non several\n%s", got[i], many)
				}
				if got[i] != want[run.name] && !*updatePinned {
					t.Errorf("made\n%s\nwant\n%s", got[i], cmp.Or(want[run.name], "a row in "+table))
				}
			})
		}
	})
	for name := range want {
		if !*updatePinned && !slices.ContainsFunc(runs, func(run pinned) bool { return run.name == name }) {
			t.Errorf("%s has %q, which is not run", table, name)
		}
	}
	if *updatePinned && !t.Failed() {
		var text strings.Builder
		for i, run := range runs {
			fmt.Fprintf(&text, "%s\n%s\n\n", run.name, got[i])
		}
		program.Write(t, table, strings.TrimSuffix(text.String(), "\n"))
	}
}

// digests makes the files in a folder of their own and says what they are.
func (p *pinned) digests(t *testing.T, environment ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range p.file {
		program.Write(t, filepath.Join(dir, name), text)
	}
	program.Succeed(t, dir, environment, append(strings.Fields(p.args), p.more...)...)

	var images, rows, made string
	count, digest := 0, sha256.New()
	for _, path := range program.Files(t, dir) { // in the order of their names
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasSuffix(path, ".manifest.json"):
			made = manifestDigest(t, data, filepath.Join(dir, strings.TrimSuffix(path, ".manifest.json")))
		case slices.Contains([]string{".png", ".jpg", ".mp4"}, filepath.Ext(path)):
			count++
			fmt.Fprintf(digest, "%s %d\n%s", path, len(data), data)
		case strings.Contains(path, ".jsonl"):
			text := strings.ReplaceAll(string(data), dir, "DIR")
			rows = fmt.Sprintf("%x %s", sha256.Sum256([]byte(text)), path)
		}
	}
	images = fmt.Sprintf("%x %d", digest.Sum(nil), count)
	if rows == "" || made == "" {
		t.Fatalf("the run made %q", program.Files(t, dir))
	}
	return fmt.Sprintf("rows    %s\nimages  %s\nfigures %s", rows, images, made)
}

// manifestDigest is the digest of what a manifest says about the bytes, without what may change: inputs, the version, the name of a source.
// New fields of a manifest do not change it.
func manifestDigest(t *testing.T, text []byte, output string) string {
	t.Helper()
	type point struct {
		Capacity        int64   `json:"capacity"`
		HitsByRequest   int64   `json:"hits_by_request"`
		HitsByReference int64   `json:"hits_by_reference"`
		HitRate         float64 `json:"hit_rate"`
		LeastHits       int64   `json:"least_hits"`
		MostHits        int64   `json:"most_hits"`
	}
	var manifest struct {
		Format int `json:"format"`
		File   struct {
			Bytes  int64  `json:"bytes"`
			SHA256 string `json:"sha256"`
		} `json:"file"`
		Images *struct {
			Count  int64  `json:"count"`
			SHA256 string `json:"crc32s_sha256"`
		} `json:"images"`
		URLs *struct {
			Available int64  `json:"available"`
			SHA256    string `json:"chosen_sha256"`
		} `json:"urls"`
		Figures *struct {
			Requests   int64   `json:"requests"`
			Slots      int64   `json:"image_slots"`
			Distinct   int64   `json:"distinct_images"`
			Duplicates int64   `json:"duplicate_references"`
			WithinRows int64   `json:"duplicates_within_requests"`
			ReuseRate  float64 `json:"reuse_rate"`
			MostInARow int64   `json:"most_images_in_a_request"`
			TextOnly   int64   `json:"requests_without_images"`
			Popularity struct {
				Top []struct {
					Image int64 `json:"image"`
					Uses  int64 `json:"uses"`
				} `json:"top"`
				Top1  float64 `json:"top_1_percent"`
				Top10 float64 `json:"top_10_percent"`
				Gini  float64 `json:"gini"`
			} `json:"popularity"`
			Ages []struct {
				From int64 `json:"from"`
				To   int64 `json:"to"`
				Uses int64 `json:"uses"`
			} `json:"reuse_ages"`
			Curve       []point `json:"hit_curve"`
			Capacities  []point `json:"capacities"`
			Concurrency int64   `json:"concurrency"`
		} `json:"figures"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(data)); manifest.Figures == nil || manifest.File.SHA256 != want || manifest.File.Bytes != int64(len(data)) {
		t.Errorf("the manifest of a file of %d bytes and SHA-256 %s is\n%s", len(data), want, text)
	}
	manifest.File.SHA256, manifest.File.Bytes = "", 0 // they depend on the folder
	again, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(again))
}
