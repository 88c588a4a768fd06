package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// A hit rate of a cache in bytes is that of as many images as the cache holds, and the manifest makes the file again without the server.
func TestHitRateInBytes(t *testing.T) {
	t.Parallel()
	model := t.TempDir()
	program.Write(t, filepath.Join(model, "config.json"), `{"model_type":"qwen3_vl","text_config":{"hidden_size":2048},
		"vision_config":{"patch_size":16,"spatial_merge_size":2,"temporal_patch_size":2,"out_hidden_size":2048,"deepstack_visual_indexes":[5,11,17]}}`)
	program.Write(t, filepath.Join(model, "preprocessor_config.json"), `{"image_processor_type":"Qwen2VLImageProcessorFast","patch_size":16,"merge_size":2,"temporal_patch_size":2,
		"size":{"shortest_edge":65536,"longest_edge":16777216}}`)
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

func TestHitRateInBytesRejected(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"nothing says what an image takes": {[]string{"--hit-rate", "0.6@2GiB"}, "what an image takes is unknown"},
		"no bytes for an image":            {[]string{"--hit-rate", "0.6@2GiB", "--bytes-per-image", "0"}, "--bytes-per-image 0 is too small"},
		"a cache smaller than an image":    {[]string{"--hit-rate", "0.6@1KiB", "--bytes-per-image", "1MiB"}, "holds no image of 1048576 bytes"},
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
