package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// qwenFolder makes the folder of a model like Qwen3-VL, which enlarges images of fewer pixels than least.
func qwenFolder(t *testing.T, least int) string {
	t.Helper()
	model := t.TempDir()
	program.Write(t, filepath.Join(model, "config.json"), `{"model_type":"qwen3_vl","text_config":{"hidden_size":2048},
		"vision_config":{"patch_size":16,"spatial_merge_size":2,"temporal_patch_size":2,"out_hidden_size":2048,"deepstack_visual_indexes":[5,11,17]}}`)
	program.Write(t, filepath.Join(model, "preprocessor_config.json"), fmt.Sprintf(`{"image_processor_type":"Qwen2VLImageProcessorFast","patch_size":16,"merge_size":2,"temporal_patch_size":2,
		"size":{"shortest_edge":%d,"longest_edge":16777216}}`, least))
	return model
}

// A hit rate of a cache in bytes is that of as many images as the cache holds, and the manifest makes the file again without the server.
func TestHitRateInBytes(t *testing.T) {
	t.Parallel()
	model := qwenFolder(t, 65536)
	for name, test := range map[string]struct {
		args   []string
		images string
	}{
		"bytes of an image":                {[]string{"--hit-rate", "0.6@2MiB", "--bytes-per-image", "12KiB"}, "0.6@170"},
		"several":                          {[]string{"--hit-rate", "30%@1MiB,0.6@2MiB", "--bytes-per-image", "12KiB"}, "30%@85,0.6@170"},
		"bytes and images":                 {[]string{"--hit-rate", "0.3@50,0.6@2MiB", "--bytes-per-image", "12KiB"}, "0.3@50,0.6@170"},
		"vLLM's processor cache, by model": {[]string{"--hit-rate", "0.6@0.05GiB", "--server", "vllm", "--model", model, "--image-size", "256x256"}, "0.6@136"},
		"Dynamo's embeddings, by model":    {[]string{"--hit-rate", "0.6@100MiB", "--server", "dynamo", "--model", model, "--image-size", "256x256"}, "0.6@100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			got := program.Run(t, dir, nil, append([]string{"-n", "900", "--images-per-request", "1", "--image-size", "4", "--image-mode", "datauri",
				"--user-text-tokens", "1", "-o", "x.jsonl"}, test.args...)...)
			if got.Code != 0 {
				t.Fatalf("exit code %d: %s", got.Code, got.Stderr)
			}
			text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
			if err != nil {
				t.Fatal(err)
			}
			var manifest struct {
				Inputs  map[string]string
				Figures struct {
					Capacities []struct {
						Capacity, Hits_by_request int64
					}
				}
			}
			if err := json.Unmarshal(text, &manifest); err != nil {
				t.Fatal(err)
			}
			if manifest.Inputs["hit-rate"] != test.images || manifest.Inputs["server"]+manifest.Inputs["model"]+manifest.Inputs["bytes-per-image"] != "" {
				t.Errorf("the manifest has the inputs %v, want the hit rate %s and no server", manifest.Inputs, test.images)
			}
			_, images, _ := strings.Cut(test.images[strings.LastIndexByte(test.images, ',')+1:], "@")
			if last := manifest.Figures.Capacities[len(manifest.Figures.Capacities)-1]; last.Hits_by_request != 540 {
				t.Errorf("%s images hit %d of 900 slots, want 540", images, last.Hits_by_request)
			}
			if !strings.Contains(got.Stdout, images+" images") {
				t.Errorf("the report does not say %s images: %s", images, got.Stdout)
			}
			if got := program.Run(t, dir, nil, "regenerate", "x.jsonl.manifest.json", "-o", "again.jsonl"); got.Code != 0 {
				t.Errorf("regenerate: exit code %d: %s", got.Code, got.Stderr)
			}
		})
	}
}

// Images that differ are placed by their bytes: those of their files, or of what a server makes of them. The manifest makes the file again without the server,
// and every figure is that of plain caches that read the rows.
func TestHitRateInBytesOfDifferentImages(t *testing.T) {
	t.Parallel()
	model := qwenFolder(t, 65536)
	own := t.TempDir()
	program.Succeed(t, own, nil, "-n", "300", "--images-per-request", "1", "--image-size", "30x20:2,9x7:1", "--image-dir", "own", "-o", "o.jsonl")
	for name, test := range map[string]struct {
		args  []string
		want  string            // of the manifest
		bytes map[string]string // of an image in the cache, by its size; nil: those of its file
	}{
		"sizes":         {[]string{"--hit-rate", "0.3@30kB,0.6@60kB", "--image-size", "20x20:3,9x7:5"}, "0.3@30000B,0.6@60000B", nil},
		"JPEGs":         {[]string{"--hit-rate", "0.6@120kB", "--image-size", "64x48", "--image-format", "jpeg"}, "0.6@120000B", nil},
		"own images":    {[]string{"--hit-rate", "0.6@90kB", "--images-from", "own", "--images-pool", "290"}, "0.6@90000B", nil},
		"a mixture":     {[]string{"--hit-rate", "0.6@60kB", "--image-size", "20x20:3,9x7:5", "--images-per-request", "1:6,2:3,5:1"}, "0.6@60000B", nil},
		"held out":      {[]string{"--hit-rate", "0.6@60kB", "--image-size", "20x20:3,9x7:5", "--warm-up", "held-out:40"}, "0.6@60000B", nil},
		"warm-up first": {[]string{"--hit-rate", "0.6@60kB", "--image-size", "20x20:3,9x7:5", "--warm-up", "first", "--images-pool", "280"}, "0.6@60000B", nil},
		"in flight":     {[]string{"--hit-rate", "0.6@200kB", "--image-size", "20x20:3,9x7:5", "--concurrency", "8"}, "0.6@200000B", nil},
		"a server": {[]string{"--hit-rate", "0.6@1GiB", "--server", "dynamo", "--model", model, "--image-size", "256x256:3,64x512:1,512x512:1"}, "0.6@1073741824B",
			map[string]string{"256x256": "1048576", "64x512": "1114112", "512x512": "4194304"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if name == "own images" {
				if err := os.CopyFS(dir, os.DirFS(own)); err != nil {
					t.Fatal(err)
				}
			}
			got := program.Succeed(t, dir, nil, append([]string{"-n", "900", "--images-per-request", "1", "--image-mode", "datauri", "--user-text-tokens", "1", "-o", "x.jsonl"}, test.args...)...)
			if !strings.Contains(got.Stdout, ", as requested") && !strings.Contains(got.Stdout, "as requested)") {
				t.Errorf("the report does not say that the rates are as requested:\n%s", got.Stdout)
			}
			text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
			if err != nil {
				t.Fatal(err)
			}
			var manifest struct {
				Inputs  map[string]string
				Figures struct {
					Measured_image_slots, Image_slots int64
					Capacities_in_bytes               []struct{ Capacity_bytes, Hits_by_request, Hits_by_reference int64 }
				}
			}
			if err := json.Unmarshal(text, &manifest); err != nil {
				t.Fatal(err)
			}
			if manifest.Inputs["hit-rate"] != test.want || manifest.Inputs["server"]+manifest.Inputs["model"] != "" {
				t.Errorf("the manifest has the inputs %v, want the hit rate %s and no server", manifest.Inputs, test.want)
			}
			rows := program.Rows(t, filepath.Join(dir, "x.jsonl"))
			for _, point := range manifest.Figures.Capacities_in_bytes {
				hits := plainByteHits(t, rows, point.Capacity_bytes, test.bytes, false)
				if hits != point.Hits_by_request || hits != point.Hits_by_reference {
					t.Errorf("a cache of %d bytes hits %d, and the manifest says %d and %d", point.Capacity_bytes, hits, point.Hits_by_request, point.Hits_by_reference)
				}
			}
			last := manifest.Figures.Capacities_in_bytes[len(manifest.Figures.Capacities_in_bytes)-1]
			measured := manifest.Figures.Image_slots
			if name == "held out" {
				measured = manifest.Figures.Measured_image_slots
			}
			if last.Hits_by_request != (measured*6+5)/10 {
				t.Errorf("%d of %d slots hit, want 60 %%", last.Hits_by_request, measured)
			}
			program.Succeed(t, dir, nil, "regenerate", "x.jsonl.manifest.json", "-o", "again.jsonl")
		})
	}
}

// Of images of several sizes, however they repeat, inspect counts what a cache in bytes hits that is a list and reads the rows. Where hit rates of users
// were requested, they are what was printed.
func TestPatternsOfDifferentImages(t *testing.T) {
	t.Parallel()
	model := qwenFolder(t, 1024)
	bySize := map[string]string{"32x32": "6168", "64x64": "24600", "96x32": "18456"}
	const capacity, gib = 1 << 20, "0.0009765625"
	const mixture = " --images-per-request 0:1,1:6,2:2,5:1"
	server := " --server vllm --model " + model
	for name, args := range map[string]string{
		"uniform":                  "--images-pool 150",
		"steady":                   "--reuse-rate 0.6 --reuse-pattern steady",
		"zipf":                     "--images-pool 150 --reuse-pattern zipf",
		"zipf, popular sizes":      "--images-pool 150 --reuse-pattern zipf --popular-sizes",
		"mixture, uniform":         "--images-pool 150" + mixture,
		"mixture, steady":          "--reuse-rate 0.6 --reuse-pattern steady" + mixture,
		"mixture, zipf":            "--images-pool 150 --reuse-pattern zipf --popular-sizes --warm-up held-out:5" + mixture,
		"warm-up first":            "--images-pool 150 --warm-up first" + mixture,
		"held-out":                 "--images-pool 150 --warm-up held-out:10",
		"hit rate":                 "--images-pool 150 --hit-rate 0.5@1MiB" + server + mixture,
		"hit rate, warm-up first":  "--images-pool 150 --hit-rate 0.5@1MiB --warm-up first" + server,
		"hit rate, held-out":       "--images-pool 150 --hit-rate 0.5@1MiB --warm-up held-out:10" + server,
		"windows":                  "--num-users 40 --turns-per-user uniform:2-6 --window-size 3 --session-id=false",
		"windows with a hit rate":  "--num-users 70 --turns-per-user uniform:2-6 --window-size 3 --hit-rate 0.4@1MiB" + server,
		"windows, shared, several": "--num-users 140 --turns-per-user 5 --window-size 3 --shared-images 1 --hit-rate 0.4@512KiB,0.55@1MiB --warm-up held-out:3" + server,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if !strings.Contains(args, "--num-users") {
				args = "-n 300 " + args
				if !strings.Contains(args, "--images-per-request") {
					args += " --images-per-request 2"
				}
			}
			made := program.Succeed(t, dir, nil, strings.Fields(args+" --image-size 32x32:3,64x64:2,96x32:1 --image-mode datauri --user-text-tokens 1 --json -o x.jsonl")...)
			stdout := program.Succeed(t, dir, nil, "inspect", "x.jsonl", "--json", "--server", "vllm", "--cache-gib", gib, "--model", model).Stdout
			var inspected struct {
				Files []struct{ Server *struct{ Hits int64 } }
			}
			if err := json.Unmarshal([]byte(stdout), &inspected); err != nil || len(inspected.Files) != 1 || inspected.Files[0].Server == nil {
				t.Fatalf("%v: %s", err, stdout)
			}
			want := plainByteHits(t, program.Rows(t, filepath.Join(dir, "x.jsonl")), capacity, bySize, true)
			if got := inspected.Files[0].Server.Hits; got != want || got == 0 {
				t.Errorf("inspect counts %d hits, want %d", got, want)
			}
			var manifest struct {
				Figures struct {
					Capacities_in_bytes []struct{ Capacity_bytes, Hits_by_request int64 }
				}
			}
			if err := json.Unmarshal([]byte(made.Stdout), &manifest); err != nil {
				t.Fatal(err)
			}
			points := manifest.Figures.Capacities_in_bytes
			if strings.Contains(args, "--hit-rate") != (len(points) > 0) {
				t.Errorf("the manifest has %d points", len(points))
			}
			for _, point := range points {
				if point.Capacity_bytes == capacity && point.Hits_by_request != want {
					t.Errorf("the manifest says %d hits, want %d", point.Hits_by_request, want)
				}
			}
		})
	}
}

// plainByteHits reads rows as a cache in bytes does that is a list, and looks images up one by one, or all of a row before any is stored.
func plainByteHits(t *testing.T, rows []program.Row, capacity int64, bySize map[string]string, byRequest bool) (hits int64) {
	t.Helper()
	type cached struct {
		uri   string
		bytes int64
	}
	var cache []cached // the newest first
	has := func(uri string) bool { return slices.ContainsFunc(cache, func(c cached) bool { return c.uri == uri }) }
	for _, row := range rows {
		for _, uri := range row.Images {
			if byRequest && has(uri) {
				hits++
			}
		}
		for _, uri := range row.Images {
			_, encoded, _ := strings.Cut(uri, ",")
			data, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				t.Fatal(err)
			}
			bytes := int64(len(data))
			if bySize != nil {
				config, _, err := image.DecodeConfig(strings.NewReader(string(data)))
				if err != nil {
					t.Fatal(err)
				}
				if bytes, err = strconv.ParseInt(bySize[fmt.Sprintf("%dx%d", config.Width, config.Height)], 10, 64); err != nil {
					t.Fatal(err)
				}
			}
			if i := slices.IndexFunc(cache, func(c cached) bool { return c.uri == uri }); i >= 0 {
				if !byRequest {
					hits++
				}
				cache = slices.Delete(cache, i, i+1)
			}
			cache = slices.Insert(cache, 0, cached{uri, bytes})
			total := int64(0)
			for i, c := range cache {
				if total += c.bytes; total > capacity {
					cache = cache[:i]
					break
				}
			}
		}
	}
	return hits
}

func TestHitRateInBytesRejected(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"nothing says what an image takes": {[]string{"--hit-rate", "0.6@2GiB", "--image-mode", "http"}, "what an image takes is unknown"},
		"two things say it":                {[]string{"--hit-rate", "0.6@2GiB", "--bytes-per-image", "1MiB", "--image-cache-bytes", "512x512:9"}, "--image-cache-bytes says what an image takes in the cache, as do"},
		"nothing of a size":                {[]string{"--hit-rate", "0.6@2GiB", "--image-size", "512,64", "--image-cache-bytes", "512x512:9"}, "an image of 64x64: image-cache-bytes does not have this size"},
		"bytes and images":                 {[]string{"--hit-rate", "0.3@60,0.6@90MiB", "--image-size", "512,64"}, "give all capacities in images, or all in bytes"},
		"no bytes for an image":            {[]string{"--hit-rate", "0.6@2GiB", "--bytes-per-image", "0"}, "--bytes-per-image 0 is too small"},
		"a cache smaller than an image":    {[]string{"--hit-rate", "0.6@1KiB", "--bytes-per-image", "1MiB"}, "holds no image of 1048576 bytes"},
		"a rate that leaves no misses":     {[]string{"--hit-rate", "0.9999@2GiB"}, "--hit-rate 0.9999@2147483648 leaves 0 misses"},
		"a cache of tokens":                {[]string{"--hit-rate", "0.6@2GiB", "--server", "vllm-encoder"}, "a number of tokens"},
		"a cache without LRU":              {[]string{"--hit-rate", "0.6@2GiB", "--server", "vllm-shm"}, "does not evict"},
		"an unknown server":                {[]string{"--hit-rate", "0.6@2GiB", "--server", "vlm"}, "vlm"},
		"a server without a model":         {[]string{"--hit-rate", "0.6@2GiB", "--server", "vllm"}, "--model"},
		"a server without bytes":           {[]string{"--hit-rate", "0.6@200", "--server", "vllm"}, "has no capacity in bytes"},
		"a folder that is not a model":     {[]string{"--hit-rate", "0.6@2GiB", "--server", "vllm", "--model", "."}, "config.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			got := program.Run(t, dir, nil, append([]string{"-n", "900"}, test.args...)...)
			if got.Code != 2 || !strings.Contains(got.Stderr, test.want) || strings.Count(got.Stderr, "mmjsonl: ") != 1 {
				t.Errorf("exit code %d, want 2 and the one problem %q: %s", got.Code, test.want, got.Stderr)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("something was written: %v, %v", entries, err)
			}
		})
	}
}
