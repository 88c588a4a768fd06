package command

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"mmjsonl/internal/servers"
)

// capacityOf returns what the command prints.
func capacityOf(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	r := &run{process: Process{Stdout: &out}}
	err := r.execute(t.Context(), append([]string{"capacity"}, args...))
	return out.String(), err
}

func TestCapacity(t *testing.T) {
	for args, want := range map[string][]string{
		"--server vllm --cache-gib 4 --model ../model/testdata/qwen3 --image-size 512x512": {
			"vLLM, processor cache of 4 GiB\n  capacity              2,730 images\n  an image              1,572,888 bytes (1.5 MiB)\n",
			"set by                --mm-processor-cache-gb\n", "counter               vllm:mm_cache_hits or vllm:mm_cache_hits_total\n", "copies                Each API server",
		},
		"--server vllm-encoder --cache-tokens 8192 --model ../model/testdata/qwen3 --image-size 512x512": {
			"vLLM, encoder cache on the GPU of 8,192 tokens\n  capacity              32 images\n  an image              256 tokens\n", "in front              The prefix cache",
		},
		"--server dynamo-aggregated --cache-gib 1 --cache-tokens 8192 --model ../model/testdata/qwen3 --image-size 512x512": {
			"of 1 GiB, with 8,192 tokens in front\n  capacity              512 images\n  in front              32 images\n  an image              256 tokens\n  an image              2,097,152 bytes (2 MiB)\n",
		},
		"--server sglang --bytes-per-image 8MiB": {"SGLang, embedding cache of 100 MiB\n  capacity              12 images\n", "counter               none\n"},
	} {
		out, err := capacityOf(t, strings.Fields(args)...)
		if err != nil {
			t.Errorf("%s: %v", args, err)
		}
		for _, part := range want {
			if !strings.Contains(out, part) {
				t.Errorf("%s: no %q in\n%s", args, part, out)
			}
		}
	}
	for args, want := range map[string]string{
		"":                                       "capacity needs server: give one of vllm,",
		"--server vllm":                          "what an image takes in vLLM, processor cache is not known",
		"--server vllm --patch 32":               "the size of an image is not known",
		"--server vllm --bytes-per-image 5 file": `the argument "file" means nothing here`,
	} {
		if out, err := capacityOf(t, strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) || out != "" {
			t.Errorf("%q: %v, want %q; printed %q", args, err, want, out)
		}
	}
}

func TestCapacityJSON(t *testing.T) {
	out, err := capacityOf(t, "--server", "dynamo", "--cache-gib", "1", "--bytes-per-image", "4MiB", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var d servers.Capacity
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.Server != "dynamo" || *d.Images != 256 || d.BytesPerImage != 4<<20 || len(d.Counters) != 4 {
		t.Errorf("%s: %v", out, err)
	}
}
