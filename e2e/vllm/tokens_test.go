//go:build vllm

package vllm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// vLLM's attention on CPUs says that it takes blocks of 32 tokens and their multiples, though it computes those of 16, which GPUs have, as well.
const blocksOf16 = `def register():
    from vllm.v1.attention.backend import MultipleOf
    from vllm.v1.attention.backends.cpu_attn import CPUAttentionBackend
    CPUAttentionBackend.get_supported_kernel_block_sizes = staticmethod(lambda kv_cache_spec=None: [MultipleOf(16)])
`

// TestTokensCounted has vLLM count the tokens of requests and the hits of both of its caches: they are what was predicted.
func TestTokensCounted(t *testing.T) {
	tools := install(t)
	program := filepath.Join(t.TempDir(), "mmjsonl")
	run(t, "../..", nil, "go", "build", "-o", program, ".")
	plugin := t.TempDir()
	about := filepath.Join(plugin, "blocks-1.dist-info")
	if err := os.Mkdir(about, 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(plugin, "blocks.py"), blocksOf16)
	write(t, filepath.Join(about, "METADATA"), "Metadata-Version: 2.1\nName: blocks\nVersion: 1\n")
	write(t, filepath.Join(about, "entry_points.txt"), "[vllm.general_plugins]\nblocks = blocks:register\n")
	t.Setenv("PYTHONPATH", plugin)
	for _, family := range []string{"qwen3", "qwen2.5"} {
		t.Run(family, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "model")
			run(t, "", nil, filepath.Join(tools.vllm, "bin", "python"), "model.py", family, folder, "../../internal/tokenizer/testdata/qwen.json")
			s := start(t, tools, folder, "--block-size", "16", "--mm-processor-cache-gb", "0.05")
			before, behind := s.template(t)
			for _, test := range []struct {
				name, args string
				length     int   // of each request in tokens; 0: they differ
				hits       bool  // there are hits of the prefix cache
				images     int64 // that hit the processor cache
			}{
				{name: "input-tokens", args: "-n 40 --images-per-request 0:1,1:2,3:1 --image-size 64x64:2,140x84:1 --input-tokens 200", length: 200},
				{name: "input-tokens with prefixes", args: "-n 40 --images-per-request 2 --image-size 64x64:2,140x84:1 --input-tokens 150 --prefix-tokens 60 --prefixes 4", length: 150, hits: true},
				// The four combinations of the two caches.
				{name: "neither", args: "-n 60 --images-per-request 2 --image-size 64x64 --user-text-tokens 70"},
				{name: "prefixes", args: "-n 60 --images-per-request 2 --image-size 64x64 --user-text-tokens 70 --prefix-tokens 44 --prefixes 3", hits: true},
				{name: "images", args: "-n 60 --images-per-request 2 --image-size 64x64 --user-text-tokens 70 --hit-rate 0.6@30", images: 72},
				{name: "both", args: "-n 60 --images-per-request 2 --image-size 64x64 --user-text-tokens 70 --prefix-tokens 44 --prefixes 3 --hit-rate 0.6@30", hits: true, images: 72},
				// Rows that part within a block, with one, two and three words of their own in it, of which some are the same by chance.
				{name: "one word", args: fmt.Sprintf("-n 90 --images-per-request 1 --image-size 64x64 --user-text-tokens 50 --prefixes 4 --prefix-pattern zipf --prefix-tokens %d", 31-before), hits: true},
				{name: "two words", args: fmt.Sprintf("-n 90 --images-per-request 1 --image-size 64x64 --user-text-tokens 50 --prefixes 4 --prefix-tokens %d", 30-before), hits: true},
				{name: "a prefix of one word", args: "-n 90 --images-per-request 1 --image-size 64x64 --user-text-tokens 50 --prefixes 60 --prefix-tokens 1"},
				// No prefix reaches over images that differ.
				{name: "text after images", args: "-n 60 --images-per-request 2 --image-size 64x64 --user-text-tokens 70 --prefix-tokens 44 --text-after-images"},
			} {
				t.Run(test.name, func(t *testing.T) {
					dir := t.TempDir()
					args := strings.Fields(test.args + " --format raw-payload --image-mode datauri --max-tokens 1 --tokenizer " + folder + " --model " + folder + " --served-model-name " + model +
						fmt.Sprintf(" --template-tokens %d+%d", before, behind) + " -o rows.jsonl")
					said := run(t, dir, nil, program, args...)
					want := int64(0)
					if m := regexp.MustCompile(`(?m)^  prefix cache +([\d,]+) tokens$`).FindStringSubmatch(said); m != nil {
						want, _ = strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
					} else if test.hits {
						t.Fatalf("no hits are predicted:\n%s", said)
					}
					s.reset(t)
					begin := s.metrics(t)
					lengths := s.lengths(t, filepath.Join(dir, "rows.jsonl"))
					end := s.metrics(t)
					rise := func(name string) int64 { return counter(t, end, name) - counter(t, begin, name) }
					all := int64(0)
					for i, length := range lengths {
						all += int64(length)
						if test.length > 0 && length != test.length {
							t.Errorf("request %d has %d prompt_tokens, want %d", i, length, test.length)
						}
					}
					if got := rise("vllm:prefix_cache_queries_total"); got != all {
						t.Errorf("the server looked up %d tokens of %d", got, all)
					}
					if got := rise("vllm:prefix_cache_hits_total"); got != want || test.hits != (want > 0) {
						t.Errorf("%d hits of the prefix cache, %d predicted", got, want)
					}
					if got := rise("vllm:mm_cache_hits_total"); test.length == 0 && got != test.images {
						t.Errorf("%d images hit, want %d", got, test.images)
					}
					t.Logf("%d requests, %d tokens, %d of the prefix cache's, %d images", len(lengths), all, want, rise("vllm:mm_cache_hits_total"))
				})
			}
		})
	}
}

// template returns how many tokens the chat template puts before and behind a request.
func (s server) template(t *testing.T) (before, behind int) {
	t.Helper()
	body := fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":[{"type":"text","text":"image"}]}],"return_token_strs":true}`, model)
	var answer struct {
		Words []string `json:"token_strs"`
	}
	s.call(t, "/tokenize", []byte(body), &answer)
	for i, word := range answer.Words {
		if word == "image" {
			return i, len(answer.Words) - i - 1
		}
	}
	t.Fatalf("no text in %q", answer.Words)
	return 0, 0
}

// lengths sends the bodies of a file one after the other, and returns how many tokens the server says that each has.
func (s server) lengths(t *testing.T, file string) (lengths []int) {
	t.Helper()
	for line := range strings.Lines(read(t, file)) {
		var body map[string]any
		if err := json.Unmarshal([]byte(line), &body); err != nil {
			t.Fatal(err)
		}
		delete(body, "stream") // else the answer comes in pieces
		delete(body, "stream_options")
		whole, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Usage struct {
				Tokens int `json:"prompt_tokens"`
			}
		}
		s.call(t, "/v1/chat/completions", whole, &answer)
		lengths = append(lengths, answer.Usage.Tokens)
	}
	return lengths
}

// call posts a body and reads the answer.
func (s server) call(t *testing.T, path string, body []byte, answer any) {
	t.Helper()
	response, err := http.Post(s.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode == http.StatusOK {
		err = json.Unmarshal(text, answer)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %.300s", path, response.Status, err, text)
	}
}
