package model

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImage holds the arithmetic to what transformers' own processors made. TestProcessors in e2e makes the table.
func TestImage(t *testing.T) {
	f, err := os.Open("testdata/images.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	models := map[string]*Model{}
	cells := map[string]int{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		var name string
		var width, height int64
		if _, err := fmt.Sscan(line, &name, &width, &height); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		m := models[name]
		if m == nil {
			if m, err = Read(os.DirFS(filepath.Join("testdata", name))); err != nil {
				t.Fatal(err)
			}
			models[name] = m
		}
		cells[name]++
		got := fmt.Sprintf("%s %d %d rejected", name, width, height)
		if image, err := m.Image(width, height); err == nil {
			got = fmt.Sprintf("%s %d %d %d %d", name, width, height, image.Tokens, image.Values)
		}
		if got != line {
			t.Errorf("got %q, want %q", got, line)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"qwen2", "qwen2_5", "qwen2_5_small", "qwen2_5_tiny", "qwen3", "qwen3_moe"} {
		if cells[name] < 150 {
			t.Errorf("%s: %d sizes", name, cells[name])
		}
	}
	for _, name := range []string{"llava", "gemma3"} {
		if cells[name] < 50 {
			t.Errorf("%s: %d sizes", name, cells[name])
		}
	}
}

// TestMeasured are sizes that were measured in servers: facts of their own, which follow from no processor.
func TestMeasured(t *testing.T) {
	for _, test := range []struct {
		name                    string
		width, height           int64
		tokens, bytes, embedded int64 // bytes: of the values, at a byte each, or two where they are not normalized on the device
	}{
		{"qwen3", 512, 512, 256, 1_572_864, 8 << 20},
		{"qwen2_5", 512, 512, 324, 1_524_096, 324 * 3584 * 2},
		{"qwen3", 16, 16, 64, 393_216, 2 << 20},
		{"qwen3_moe", 512, 512, 256, 1_572_864, 4 << 20},
		{"llava", 20, 3000, 576, 677_376, 576 * 4096 * 2},
		{"gemma3", 300, 20, 256, 4_816_896, 256 * 2560 * 2},
	} {
		m, err := Read(os.DirFS(filepath.Join("testdata", test.name)))
		if err != nil {
			t.Fatal(err)
		}
		image, err := m.Image(test.width, test.height)
		bytes := image.Values
		if !m.Normalized {
			bytes *= 2
		}
		if err != nil || image.Tokens != test.tokens || bytes != test.bytes || m.EmbeddingBytes(image.Tokens) != test.embedded {
			t.Errorf("%+v: %+v, %d bytes, %d embedded, %v", test, image, bytes, m.EmbeddingBytes(image.Tokens), err)
		}
	}
}

// TestQwen: without a folder there are no limits.
func TestQwen(t *testing.T) {
	for _, test := range []struct{ width, height, side, tokens int64 }{
		{512, 512, 28, 324}, {512, 512, 32, 256}, {1920, 1080, 28, 2691}, {1080, 1920, 32, 2040},
		{42, 70, 28, 2 * 2}, {48, 112, 32, 2 * 4}, {1, 16, 32, 1}, {65536, 65536, 32, 2048 * 2048},
	} {
		if image, err := Qwen(test.side).Image(test.width, test.height); err != nil || image.Tokens != test.tokens {
			t.Errorf("%+v: %+v, %v", test, image, err)
		}
	}
	for _, size := range [][2]int64{{0, 5}, {5, 0}, {-1, -1}, {65537, 65537}, {1, 201}} {
		if image, err := Qwen(28).Image(size[0], size[1]); err == nil || image != (Image{}) {
			t.Errorf("%v: %+v, %v", size, image, err)
		}
	}
}

// TestReadRefuses: each folder that is wrong is told what is wrong with it, in one line.
func TestReadRefuses(t *testing.T) {
	const qwen3 = `{"model_type":"qwen3_vl","text_config":{"hidden_size":64},"vision_config":{"patch_size":16,"deepstack_visual_indexes":[1]}}`
	const good = `{"patch_size":16,"merge_size":2,"temporal_patch_size":2,"size":{"shortest_edge":65536,"longest_edge":16777216}}`
	for name, test := range map[string]struct {
		config, preprocessor string
		want                 string // part of the message; "" if it is read
	}{
		"good":             {qwen3, good, ""},
		"null is missing":  {qwen3, `{"patch_size":16,"merge_size":2,"temporal_patch_size":2,"min_pixels":null,"size":{"shortest_edge":65536,"longest_edge":16777216}}`, ""},
		"no config":        {"", good, "failed to read the model's config.json: no such file"},
		"no preprocessor":  {qwen3, "", "failed to read the model's preprocessor_config.json: no such file"},
		"not JSON":         {"{", good, "config.json is not JSON"},
		"a list":           {"[]", good, "config.json is not JSON of an object"},
		"no architecture":  {"{}", good, `model_type "" in its config.json, is not known`},
		"another":          {`{"model_type":"internvl\u001b[31m"}`, good, `model_type "internvl\x1b[31m" in its config.json, is not known: give a model of gemma3, llava, qwen2_5_vl`},
		"all keys missing": {`{"model_type":"qwen3_vl"}`, `{}`, "config.json has no text_config.hidden_size or hidden_size; preprocessor_config.json has no patch_size; preprocessor_config.json has no merge_size; preprocessor_config.json has no temporal_patch_size; preprocessor_config.json has no min_pixels or size.shortest_edge or size.min_pixels; preprocessor_config.json has no max_pixels or size.longest_edge or size.max_pixels; config.json has no vision_config.deepstack_visual_indexes, a list of at most 64"},
		"a fraction":       {qwen3, strings.Replace(good, ":16,", ":16.5,", 1), "patch_size of preprocessor_config.json is not a whole number from 1 to 1024"},
		"a text":           {qwen3, strings.Replace(good, ":16,", `:"16",`, 1), "patch_size of preprocessor_config.json is not a whole number"},
		"nothing":          {qwen3, strings.Replace(good, ":16,", ":0,", 1), "how it takes images: patch_size of preprocessor_config.json is not a whole number from 1 to 1024"},
		"huge":             {qwen3, strings.Replace(good, "16777216", "1e300", 1), "size.longest_edge of preprocessor_config.json is not a whole number from 1 to 4294967296"},
		"least above most": {qwen3, strings.Replace(good, "16777216", "65535", 1), "no image has at least 65536 and at most 65535 pixels"},
		"below a token":    {qwen3, strings.NewReplacer("16777216", "1023", "65536", "1").Replace(good), "no image has at most 1023 pixels, as preprocessor_config.json asks for: a token is 32x32"},
		"too many levels":  {strings.Replace(qwen3, "[1]", "["+strings.Repeat("1,", 64)+"1]", 1), good, "a list of at most 64"},
		"two models":       {qwen3, strings.Replace(good, ":16,", ":14,", 1), "config.json has patches of 16 pixels, and preprocessor_config.json of 14"},
		"LLaVA's sizes":    {`{"model_type":"llava","text_config":{"hidden_size":5},"vision_config":{"image_size":336,"patch_size":14}}`, `{"crop_size":224}`, "takes images of 336x336 pixels, and preprocessor_config.json makes them 224x224"},
		"LLaVA's patches":  {`{"model_type":"llava","text_config":{"hidden_size":5},"vision_config":{"image_size":8,"patch_size":14}}`, `{"crop_size":8}`, "no image of 8x8 pixels has patches of 14"},
		"Gemma's crops":    {`{"model_type":"gemma3","text_config":{"hidden_size":5},"mm_tokens_per_image":256}`, `{"size":{"width":896,"height":896},"do_pan_and_scan":true}`, "do_pan_and_scan"},
	} {
		dir := t.TempDir()
		for file, text := range map[string]string{"config.json": test.config, "preprocessor_config.json": test.preprocessor} {
			if text != "" {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err := Read(os.DirFS(dir))
		if name == "nothing" && err != nil && strings.Contains(err.Error(), "patches of") {
			t.Errorf("%s: %v, which is said of a number that was not read", name, err)
		}
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), test.want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(os.DirFS(file)); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file for a folder: %v", err)
	}
}
