package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/model"
	"mmjsonl/test/program"
)

// readRows returns the text and images of a file's rows.
func readRows(t *testing.T, path string) (texts []string, images [][]string) {
	t.Helper()
	for _, row := range program.Rows(t, path) {
		texts, images = append(texts, row.Text), append(images, row.Images)
	}
	return texts, images
}

// With input-tokens each request has exactly as many tokens, text, images and template together, whatever the sizes of its images.
func TestInputTokens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const folder = "../../internal/model/testdata/qwen3_moe"
	of, err := model.Read(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "m"), os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	program.Succeed(t, dir, nil, "-n", "40", "--images-per-request", "2", "--image-size", "400x64:1,640x360:2,32:1", "--image-mode", "datauri", "--input-tokens", "900",
		"--template-tokens", "11", "--model", "m", "-o", "x.jsonl")
	texts, images := readRows(t, filepath.Join(dir, "x.jsonl"))
	lengths := map[int]bool{}
	for i, text := range texts {
		words := len(strings.Fields(text))
		all := words + 11
		for _, uri := range images[i] {
			data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(uri, "data:image/png;base64,"))
			if err != nil {
				t.Fatal(err)
			}
			config, err := png.DecodeConfig(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			image, err := of.Image(int64(config.Width), int64(config.Height))
			if err != nil {
				t.Fatal(err)
			}
			all += int(image.Tokens) + 2
		}
		if all != 900 {
			t.Errorf("row %d has %d tokens, want 900", i, all)
		}
		lengths[words] = true
	}
	if len(texts) != 40 || len(lengths) < 4 {
		t.Errorf("%d rows have %d lengths of text, want 40 with different ones", len(texts), len(lengths))
	}
	// The model is not needed to make the file again.
	if err := os.RemoveAll(filepath.Join(dir, "m")); err != nil {
		t.Fatal(err)
	}
	program.Succeed(t, dir, nil, "regenerate", "x.jsonl.manifest.json", "-o", "again.jsonl")
}

// The rows of a group share their first tokens and nothing else, and each group is as large as its pattern says.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args string
		want []int // rows of each group, ascending
	}{
		{"--prefix-tokens 6", []int{30}},
		{"--prefix-tokens 12 --prefixes 3", nil},
		{"--prefix-tokens 5 --prefixes 4 --prefix-pattern zipf", []int{4, 5, 7, 14}},
		{"--prefix-tokens 5 --prefixes 30", slices.Repeat([]int{1}, 30)},
	} {
		dir := t.TempDir()
		args := append([]string{"-n", "30", "--images-per-request", "1", "--images-pool", "7", "--image-size", "2", "--user-text-tokens", "12", "-o", "x.jsonl"}, strings.Fields(test.args)...)
		out := program.Succeed(t, dir, nil, args...)
		var prefix, groups int
		if _, err := fmt.Sscanf(test.args, "--prefix-tokens %d --prefixes %d", &prefix, &groups); err != nil {
			groups = 1
		}
		texts, images := readRows(t, filepath.Join(dir, "x.jsonl"))
		rows, rest := map[string]int{}, map[string]bool{}
		for _, text := range texts {
			words := strings.Fields(text)
			if len(words) != 12 {
				t.Fatalf("%s: %q has %d words", test.args, text, len(words))
			}
			rows[strings.Join(words[:prefix], " ")]++
			rest[strings.Join(words[prefix:], " ")] = true
		}
		var sizes []int
		for _, n := range rows {
			sizes = append(sizes, n)
		}
		slices.Sort(sizes)
		if len(sizes) != groups || test.want != nil && !reflect.DeepEqual(sizes, test.want) {
			t.Errorf("%s: groups of %d rows, want %d", test.args, sizes, test.want)
		}
		if prefix < 12 && len(rest) != 30 {
			t.Errorf("%s: behind the prefixes there are %d texts, want 30", test.args, len(rest))
		}
		if hits := fmt.Sprintf("shared prefixes       %d of 360 tokens of text", prefix*(30-groups)); groups < 30 && !strings.Contains(out.Stdout, hits) {
			t.Errorf("%s: it does not say %q:\n%s", test.args, hits, out.Stdout)
		}
		program.Succeed(t, dir, nil, "regenerate", "x.jsonl.manifest.json", "-o", "again.jsonl")
		// Images do not depend on the texts.
		program.Succeed(t, dir, nil, append(args[:len(args)-len(strings.Fields(test.args))], "-o", "plain.jsonl")...)
		if _, plain := readRows(t, filepath.Join(dir, "plain.jsonl")); !reflect.DeepEqual(plain, images) {
			t.Errorf("%s: rows have other images than without", test.args)
		}
	}
}

// What a prefix cache counts is what a plain one counts of the rows' words behind a template, in blocks of 16, also where rows are the same by chance:
// one of the tokenizers has 16 words.
func TestPrefixHits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	few, err := os.ReadFile("../../internal/tokenizer/testdata/words.json")
	if err != nil {
		t.Fatal(err)
	}
	var vocabulary []string
	for i := range 16 {
		vocabulary = append(vocabulary, fmt.Sprintf(`"word%c":%d`, 'a'+i, i))
	}
	program.Write(t, filepath.Join(dir, "few.json"), `{"pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{`+strings.Join(vocabulary, ",")+`}}}`)
	program.Write(t, filepath.Join(dir, "words.json"), string(few))
	figure := regexp.MustCompile(`(?m)^  prefix cache +([\d,]+) tokens$`)
	chance := 0
	for i, test := range []string{
		"0+0 20 3", "3+5 100 1", "3+5 44 7", "4+0 28 5", "4+9 27 5", "4+9 26 5", "15+1 1 40", "15+1 17 40", "14+3 2 40", "14+3 1 40", "16+0 3 9", "31+2 40 9", "37+2 9 9",
		"9+2 6 200", "5+5 8 20", "8+8 8 300", "0+0 15 30", "0+0 1 16",
	} {
		var before, behind, prefix, groups int
		if _, err := fmt.Sscanf(test, "%d+%d %d %d", &before, &behind, &prefix, &groups); err != nil {
			t.Fatal(err)
		}
		for _, tokenizer := range []string{"few.json", "words.json"} {
			args := []string{"-n", "300", "--images-per-request", "1", "--image-mode", "datauri", "--image-size", "1", "--user-text-tokens", "120", "--tokenizer", tokenizer,
				"--template-tokens", fmt.Sprintf("%d+%d", before, behind), "--prefix-tokens", fmt.Sprint(prefix), "--prefixes", fmt.Sprint(groups), "--seed", fmt.Sprint(i), "-o", "x.jsonl"}
			said := figure.FindStringSubmatch(program.Succeed(t, dir, nil, args...).Stdout)
			planned := figure.FindStringSubmatch(program.Succeed(t, dir, nil, append(args, "--dry-run")...).Stdout)
			texts, _ := readRows(t, filepath.Join(dir, "x.jsonl"))
			known, want, designed := map[string]bool{}, 0, (before+prefix)/16*16*(300-groups)+before/16*16*(groups-1)
			for _, text := range texts {
				words := append(slices.Repeat([]string{"<template>"}, before), strings.Fields(text)...)
				for end := 16; end <= len(words); end += 16 {
					begin := strings.Join(words[:end], " ")
					if known[begin] {
						want += 16
					}
					known[begin] = true
				}
			}
			if want > designed {
				chance++
			}
			if said == nil || planned == nil || strings.ReplaceAll(said[1], ",", "") != fmt.Sprint(want) || planned[1] != said[1] {
				t.Errorf("%s, %s: it says %q, planned %q, want %d", test, tokenizer, said, planned, want)
			}
		}
	}
	if chance < 5 {
		t.Errorf("rows were the same by chance %d times: that is hardly tested", chance)
	}
	// Where it is not known, it is not said.
	for _, args := range []string{"--template-tokens 8 --prefix-tokens 20", "--template-tokens 3+5 --prefix-tokens 50", "--template-tokens 3+5 --prefix-tokens 20 --format raw-payload --model m --text-after-images"} {
		out := program.Succeed(t, dir, nil, append([]string{"-n", "30", "--image-mode", "datauri", "--image-size", "1", "--user-text-tokens", "50", "-o", "x.jsonl"}, strings.Fields(args)...)...).Stdout
		if figure.MatchString(out) || !strings.Contains(out, "shared prefixes") {
			t.Errorf("%s: %s", args, out)
		}
	}
}

// In a body the text can be behind the images, and nothing else changes.
func TestTextAfterImages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, format := range []string{"raw-payload", "mooncake", "openai-batch"} {
		for _, output := range []string{"x.jsonl", "x.jsonl.gz", "x.jsonl.zst", "large.jsonl"} {
			args := []string{"-n", "9", "--images-per-request", "2", "--images-pool", "5", "--image-size", "4", "--image-mode", "datauri", "--user-text-tokens", "5000", "--format", format,
				"--model", "tiny", "--max-tokens", "3"}
			if output == "large.jsonl" { // whose rows have their place before they are complete
				args = append(args, "--image-size", "512", "--user-text-tokens", "50", "--sha256=false")
			}
			program.Succeed(t, dir, nil, append(args, "-o", "first-"+output)...)
			program.Succeed(t, dir, nil, append(args, "-o", output, "--text-after-images")...)
			var documents [2]map[string]any
			var rows [2][]any
			for i, name := range []string{"first-" + output, output} {
				document := program.Succeed(t, dir, nil, "inspect", name, "--json").Stdout
				if err := json.Unmarshal([]byte(document), &documents[i]); err != nil {
					t.Fatal(err)
				}
				file := documents[i]["files"].([]any)[0].(map[string]any)
				delete(file, "file")
				rows[i] = contents(t, filepath.Join(dir, name))
			}
			if !reflect.DeepEqual(documents[0], documents[1]) {
				t.Errorf("%s, %s: inspect says another thing of it", format, output)
			}
			for r, parts := range rows[1] {
				list := parts.([]any)
				slices.Reverse(list[:2]) // the images, then the text: turned around
				turned := append([]any{list[2]}, list[1], list[0])
				if !reflect.DeepEqual(any(turned), rows[0][r]) {
					t.Fatalf("%s, %s: row %d has other parts", format, output, r)
				}
			}
		}
	}
}

// contents returns the parts of each row's message.
func contents(t *testing.T, path string) (all []any) {
	t.Helper()
	for line := range bytes.Lines(program.Plain(t, path)) {
		var row map[string]any
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"payload", "body"} {
			if inner, ok := row[key].(map[string]any); ok {
				row = inner
			}
		}
		all = append(all, row["messages"].([]any)[0].(map[string]any)["content"])
	}
	return all
}

// All that cannot be is told at once.
func TestLengthsRejected(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, test := range []struct{ args, want string }{
		{"--input-tokens 500", "--input-tokens: how many tokens an image is depends on the model\n  give --model"},
		{"--input-tokens 500 --image-tokens 64x64:5", "--image-tokens does not say how many tokens an image of 2x2 is"},
		{"--input-tokens 9 --image-tokens 2x2:5", "--input-tokens 9 is out of range, as images and template are up to 15 tokens\n  give 15 to"},
		{"--input-tokens 19 --template-tokens 5 --image-tokens 2x2:5", "up to 20 tokens"},
		{"--input-tokens 500 --image-tokens 2x2:5 --prompt hello", "--input-tokens makes texts as long as needed"},
		{"--input-tokens 500 --image-tokens 2x2:5 --images-from .", "--input-tokens: the images of --images-from have sizes of their own"},
		{"--prefix-tokens 301", "--prefix-tokens 301 is more than the 300 tokens of text that a row has\n  lower it, or raise --user-text-tokens"},
		{"--prefix-tokens 21 --input-tokens 35 --image-tokens 2x2:5", "more than the 20 tokens of text that a row has\n  lower it, or raise --input-tokens"},
		{"--prefix-tokens 3 --prefixes 4", "--prefixes 4 is out of range\n  give 1 to 3"},
		{"--prefix-tokens 3 --prefixes 0 --prefix-pattern steady", "--prefix-pattern \"steady\" is unknown"},
		{"--prefix-tokens 3 --prompt hello", "--prefix-tokens: a fixed --prompt is the same in all rows as it is"},
		{"--text-after-images", "--text-after-images: rows of --format aiperf do not say"},
	} {
		got := program.Run(t, dir, nil, append([]string{"-n", "3", "--image-size", "2", "-o", "x.jsonl"}, strings.Fields(test.args)...)...)
		if got.Code != 2 || !strings.Contains(got.Stderr, test.want) {
			t.Errorf("%s: exit code %d, %s, want %q", test.args, got.Code, got.Stderr, test.want)
		}
	}
}
