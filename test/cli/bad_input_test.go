package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Every kind of bad input is refused with exit code 2 before anything is written, in a message that has the name as the user typed
// it, the value, and what to do; the same input through each of the ways it can come in.
func TestBadInput(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		input string // the input at fault
		value string
		with  []string // flags that go with it
		want  []string // what the message says besides the name: the value, the bound
	}{
		{name: "zero requests", input: "num-requests", value: "0", want: []string{"0", "1"}},
		{name: "negative requests", input: "num-requests", value: "-5", want: []string{"-5", "1"}},
		{name: "requests are no number", input: "num-requests", value: "many", want: []string{"many"}},
		{name: "requests are no whole number", input: "num-requests", value: "1.5", want: []string{"1.5"}},
		{name: "requests beyond 64 bits", input: "num-requests", value: "99999999999999999999", want: []string{"99999999999999999999"}},
		{name: "negative images", input: "images-per-request", value: "-1", want: []string{"-1", "0"}},
		{name: "images are no number", input: "images-per-request", value: "three", want: []string{"three"}},
		{name: "pool smaller than a row", input: "images-pool", value: "2", want: []string{"2", "images-per-request", "3"}},
		{name: "negative pool", input: "images-pool", value: "-3", want: []string{"-3"}},
		{name: "pool is no number", input: "images-pool", value: "0x", want: []string{"0x"}},
		{name: "negative words", input: "user-text-tokens", value: "-1", want: []string{"-1", "0"}},
		{name: "words are no number", input: "user-text-tokens", value: "ten", want: []string{"ten"}},
		{name: "nothing to send", input: "user-text-tokens", value: "0", with: []string{"--images-per-request=0"}, want: []string{"0"}},
		{name: "unknown mode", input: "image-mode", value: "ftp", want: []string{"ftp", "base64", "datauri", "http"}},
		{name: "mode in capitals", input: "image-mode", value: "HTTP", want: []string{"HTTP", "http"}},
		{name: "zero width", input: "image-size", value: "0x8", want: []string{"0x8", "1"}},
		{name: "zero height", input: "image-size", value: "8x0", want: []string{"8x0", "1"}},
		{name: "negative size", input: "image-size", value: "-8x8", want: []string{"-8x8"}},
		{name: "half a size", input: "image-size", value: "8x", want: []string{"8x"}},
		{name: "three sizes", input: "image-size", value: "8x8x8", want: []string{"8x8x8"}},
		{name: "size in words", input: "image-size", value: "big", want: []string{"big"}},
		{name: "huge size", input: "image-size", value: "100000x100000", want: []string{"100000x100000"}},
		{name: "seed is no number", input: "seed", value: "abc", want: []string{"abc", "random"}},
		{name: "negative seed", input: "seed", value: "-1", want: []string{"-1"}},
		{name: "seed beyond 64 bits", input: "seed", value: "18446744073709551616", want: []string{"18446744073709551616", "18446744073709551615"}},
		{name: "unknown compression", input: "compression", value: "lz4", want: []string{"lz4", "none", "zstd", "gzip"}},
		{name: "unknown level", input: "compression-level", value: "ultra", want: []string{"ultra", "fastest", "default", "better", "best"}},
		{name: "sha256 is no truth value", input: "sha256", value: "maybe", want: []string{"maybe", "true", "false"}},
		{name: "no such URL list", input: "url-list", value: "nowhere.txt", with: []string{"--image-mode=http"}, want: []string{"nowhere.txt"}},
		{name: "no such annotations", input: "coco-annotations", value: "nowhere.json", with: []string{"--image-mode=http"}, want: []string{"nowhere.json"}},
		{name: "URL base of another kind", input: "image-url-base", value: "ftp://host/", with: []string{"--image-mode=http"}, want: []string{"ftp://host/", "http://"}},
		{name: "URL base without host", input: "image-url-base", value: "http://", with: []string{"--image-mode=http"}, want: []string{"http://"}},
		{name: "URL base that is a path", input: "image-url-base", value: "/srv/images", with: []string{"--image-mode=http"}, want: []string{"/srv/images", "http://"}},
		{name: "prefix that is a URL", input: "image-path-prefix", value: "http://host/images", want: []string{"http://host/images", "image-url-base"}},
		{name: "output is a folder", input: "output", value: ".", want: []string{"folder"}},
		{name: "output contradicts compression", input: "output", value: "x.jsonl.gz", with: []string{"--compression=zstd"}, want: []string{"x.jsonl.gz", "compression", "zstd"}},
		{name: "output that is no file name", input: "output", value: strings.Repeat("n", 300), want: []string{"nnn"}},
		{name: "more images than a machine has", input: "images-per-request", value: "999999999", with: []string{"--num-requests=999999999"}, want: []string{"999999999"}},
	}
	for _, test := range tests {
		ways := []struct {
			name  string
			typed string // how the message has to call the input
			env   []string
			args  []string
		}{
			{name: "flag", typed: "--" + test.input, args: []string{"--" + test.input + "=" + test.value}},
			{name: "variable", typed: "INPUT_" + strings.ToUpper(strings.ReplaceAll(test.input, "-", "_")),
				env: []string{"INPUT_" + strings.ToUpper(strings.ReplaceAll(test.input, "-", "_")) + "=" + test.value}},
			{name: "hyphens", typed: "INPUT_" + strings.ToUpper(test.input), env: []string{"INPUT_" + strings.ToUpper(test.input) + "=" + test.value}},
			{name: "action", typed: test.input, env: []string{"GITHUB_ACTIONS=true", "INPUT_" + strings.ToUpper(test.input) + "=" + test.value}},
		}
		for _, way := range ways {
			t.Run(test.name+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				// Were the input taken after all, the run would be a small one.
				env := append([]string{"INPUT_NUM_REQUESTS=2", "INPUT_IMAGE-SIZE=8"}, way.env...)
				env = slices.DeleteFunc(env, func(v string) bool {
					return !slices.Contains(way.env, v) && strings.HasPrefix(strings.ReplaceAll(v, "_", "-"), "INPUT-"+strings.ToUpper(test.input)+"=")
				})
				args := way.args
				for _, w := range test.with {
					if way.name == "action" {
						name, value, _ := strings.Cut(strings.TrimPrefix(w, "--"), "=")
						env = append(env, "INPUT_"+strings.ToUpper(name)+"="+value)
					} else {
						args = append(args, w)
					}
				}
				if way.name == "action" {
					env = append(env, "GITHUB_WORKSPACE="+dir)
				}
				got := program.Run(t, dir, env, args...)
				if got.Code != 2 {
					t.Fatalf("exit code %d, want 2\n%s%s", got.Code, got.Stdout, got.Stderr)
				}
				// As an action the message is an annotation, and the log escapes per cent signs only.
				said := got.Stderr
				if way.name == "action" {
					said = got.Stdout + got.Stderr
					if !regexp.MustCompile(`(?m)^::error( [^:]*)?::`).MatchString(got.Stdout) {
						t.Errorf("no error annotation in %q", got.Stdout)
					}
				}
				for _, want := range append(test.want, way.typed) {
					if !strings.Contains(said, want) {
						t.Errorf("the message does not say %q: %s", want, said)
					}
				}
				if way.name == "action" && strings.Contains(said, "--"+test.input) {
					t.Errorf("the message names a flag: %s", said)
				}
				if strings.Contains(said, "goroutine ") || strings.Contains(said, "panic") {
					t.Errorf("the program broke: %s", said)
				}
				if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
					t.Errorf("something was written: %v, %v", entries, err)
				}
			})
		}
	}
}

// The short flags are named as they were typed.
func TestBadInputShortFlags(t *testing.T) {
	t.Parallel()
	got := program.Run(t, t.TempDir(), nil, "-n", "0", "-o", ".")
	if got.Code != 2 || !regexp.MustCompile(`(^|\s)-n\b`).MatchString(got.Stderr) || !regexp.MustCompile(`(^|\s)-o\b`).MatchString(got.Stderr) {
		t.Errorf("exit code %d: %s", got.Code, got.Stderr)
	}
}

// What is not there in the program's command line at all.
func TestBadCommandLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want []string }{
		{[]string{"--nope"}, []string{"--nope"}},
		{[]string{"--num-request", "3"}, []string{"--num-request", "--num-requests"}},
		{[]string{"-z"}, []string{"-z"}},
		{[]string{"extra"}, []string{"extra"}},
		{[]string{"-n", "2", "single-turn", "extra"}, []string{"extra"}},
		{[]string{"--image-size", "8", "9", "10"}, []string{"10"}},
		{[]string{"-n"}, []string{"-n"}},
		{[]string{"--images-pool"}, []string{"--images-pool"}},
		{[]string{"--sha256", "maybe"}, []string{"maybe", "--sha256"}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			got := program.Run(t, dir, []string{"INPUT_NUM_REQUESTS=2", "INPUT_IMAGE_SIZE=8"}, test.args...)
			if got.Code != 2 {
				t.Errorf("exit code %d, want 2: %s", got.Code, got.Stderr)
			}
			for _, want := range test.want {
				if !strings.Contains(got.Stderr, want) {
					t.Errorf("the message does not say %q: %s", want, got.Stderr)
				}
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("something was written: %v, %v", entries, err)
			}
		})
	}
}

// All problems are told at once, those that show only on the disk beside those of the command line alone.
func TestBadInputAllAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "file"), "not a folder\n")
	program.Write(t, filepath.Join(dir, "bad.json"), "not JSON\n")
	program.Write(t, filepath.Join(dir, "bad.txt"), "not a URL\n")
	program.Succeed(t, dir, nil, "-n", "1", "--image-size", "9", "--image-dir", "pics", "-o", "first.jsonl")
	before := program.Snapshot(t, dir)
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"values", []string{"-n", "0", "--images-per-request", "-1", "--images-pool", "-2", "--image-mode", "x", "--image-size", "0x1", "--user-text-tokens", "y",
			"--seed", "z", "--compression", "lz4", "--compression-level", "most", "--nope"},
			[]string{"-n", "--images-per-request", "--images-pool", "--image-mode", "--image-size", "--user-text-tokens", "--seed", "--compression", "--compression-level", "--nope"}},
		{"half a size and a level", []string{"--image-size", "8x", "--compression-level", "most"}, []string{"--image-size", "--compression-level"}},
		{"pool and missing URL list", []string{"--images-pool", "1", "--image-mode", "http", "--url-list", "missing.txt"}, []string{"--images-pool", "missing.txt"}},
		{"pool and bad URL list", []string{"--images-pool", "1", "--image-mode", "http", "--url-list", "bad.txt"}, []string{"--images-pool", "bad.txt"}},
		{"requests and missing annotations", []string{"-n", "0", "--image-mode", "http", "--coco-annotations", "missing.json"}, []string{"-n", "missing.json"}},
		{"requests and bad annotations", []string{"-n", "0", "--image-mode", "http", "--coco-annotations", "bad.json"}, []string{"-n", "bad.json"}},
		{"pool and output", []string{"--images-pool", "1", "-o", "file/x.jsonl"}, []string{"--images-pool", "file/x.jsonl"}},
		{"pool and image folder that is a file", []string{"--images-pool", "1", "--image-dir", "file"}, []string{"--images-pool", "--image-dir"}},
		{"pool and image folder of other images", []string{"--images-pool", "1", "--image-dir", "pics", "--image-size", "8"}, []string{"--images-pool", "--image-dir"}},
		{"output and image folder", []string{"-o", "file/x.jsonl", "--image-dir", "pics", "--image-size", "8"}, []string{"file/x.jsonl", "--image-dir"}},
		{"output and contradiction", []string{"-o", "file/x.jsonl.gz", "--compression", "zstd"}, []string{"--compression", "is not a folder"}},
		{"missing URL list and output", []string{"-o", "file/x.jsonl", "--image-mode", "http", "--url-list", "missing.txt"}, []string{"file/x.jsonl", "missing.txt"}},
	}
	t.Run("all", func(t *testing.T) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				got := program.Run(t, dir, []string{"INPUT_NUM_REQUESTS=2"}, test.args...)
				if got.Code != 2 {
					t.Errorf("exit code %d, want 2", got.Code)
				}
				for _, want := range test.want {
					if !strings.Contains(got.Stderr, want) {
						t.Errorf("nothing is said of %s:\n%s", want, got.Stderr)
					}
				}
			})
		}
	})
	if after := program.Snapshot(t, dir); after != before {
		t.Errorf("the folder has changed:\n%s\nwas\n%s", after, before)
	}
}

// A folder nobody may write to is found out before the images are made, whoever runs the program.
func TestOutputNotWritable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target := filepath.Join(dir, "closed")
	if os.Getuid() == 0 {
		target = "/proc" // root writes to any folder but one of a kind like this
	} else if err := os.Mkdir(target, 0o555); err != nil {
		t.Fatal(err)
	}
	pics := filepath.Join(dir, "pics")
	got := program.Run(t, dir, nil, "-n", "2", "--image-size", "8", "--image-dir", pics, "-o", filepath.Join(target, "x.jsonl"))
	if got.Code != 1 && got.Code != 2 {
		t.Errorf("exit code %d, want 1 or 2", got.Code)
	}
	if !strings.Contains(got.Stderr, target) {
		t.Errorf("the message does not name %s: %s", target, got.Stderr)
	}
	if images, _ := filepath.Glob(filepath.Join(pics, "*.png")); len(images) > 0 {
		t.Errorf("%d images were made for nothing", len(images))
	}
	got = program.Run(t, dir, nil, "-n", "2", "--image-size", "8", "--image-dir", filepath.Join(target, "pics"), "-o", "x.jsonl")
	if got.Code != 1 && got.Code != 2 {
		t.Errorf("exit code %d, want 1 or 2", got.Code)
	}
	if _, err := os.Lstat(filepath.Join(dir, "x.jsonl")); err == nil {
		t.Errorf("a file stands under the output's name")
	}
}

// --sha256 takes its value like every other flag.
func TestSHA256Flag(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, test := range []struct {
		args string
		want bool
	}{
		{"--sha256=false", false}, {"--sha256=true", true}, {"--sha256 false", false}, {"--sha256 true", true}, {"", true},
	} {
		got := program.Run(t, dir, nil, append([]string{"-n", "1", "--images-per-request", "0", "-o", "x.jsonl"}, strings.Fields(test.args)...)...)
		if got.Code != 0 || strings.Contains(got.Stdout, "sha256") != test.want {
			t.Errorf("%q: exit code %d\n%s%s", test.args, got.Code, got.Stdout, got.Stderr)
		}
	}
}
