package command

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// execute runs the program in this process, in a folder.
func execute(t *testing.T, dir string, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(dir)
	var out, said bytes.Buffer
	code = Main(t.Context(), Process{Args: args, Environ: env, Stdout: &out, Stderr: &said})
	return code, out.String(), said.String()
}

// held is the content of each file below a folder.
func held(t *testing.T, dir string) map[string]string {
	t.Helper()
	held := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			held[path] = "a folder"
			return err
		}
		content, err := os.ReadFile(path)
		held[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// Every kind of bad input is rejected with exit code 2 before anything is written, in a message that has the name as the user typed it, the
// value, and what to do; the same input through each of the ways it can come in.
func TestBadInput(t *testing.T) {
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
		variable := "INPUT_" + strings.ToUpper(strings.ReplaceAll(test.input, "-", "_"))
		hyphens := "INPUT_" + strings.ToUpper(test.input)
		for _, way := range []struct {
			name  string
			typed string // how the message has to call the input
			env   []string
			args  []string
		}{
			{name: "flag", typed: "--" + test.input, args: []string{"--" + test.input + "=" + test.value}},
			{name: "variable", typed: variable, env: []string{variable + "=" + test.value}},
			{name: "hyphens", typed: hyphens, env: []string{hyphens + "=" + test.value}},
			{name: "action", typed: test.input, env: []string{"GITHUB_ACTIONS=true", hyphens + "=" + test.value}},
		} {
			t.Run(test.name+"/"+way.name, func(t *testing.T) {
				dir, env, args := t.TempDir(), way.env, way.args
				// If the input were accepted after all, the run would be a small one.
				for name, value := range map[string]string{"num-requests": "2", "image-size": "8"} {
					if name != test.input {
						env = append(env, "INPUT_"+strings.ToUpper(name)+"="+value)
					}
				}
				for _, flag := range test.with {
					if way.name == "action" {
						name, value, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
						env = append(env, "INPUT_"+strings.ToUpper(name)+"="+value)
					} else {
						args = append(args, flag)
					}
				}
				if way.name == "action" {
					env = append(env, "GITHUB_WORKSPACE="+dir)
				}
				code, stdout, stderr := execute(t, dir, env, args...)
				if code != 2 {
					t.Fatalf("exit code %d, want 2\n%s%s", code, stdout, stderr)
				}
				// As an action the message is an annotation, and the log escapes per cent signs only.
				said := stderr
				if way.name == "action" {
					said = stdout + stderr
					if !regexp.MustCompile(`(?m)^::error( [^:]*)?::`).MatchString(stdout) {
						t.Errorf("no error annotation in %q", stdout)
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
				if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
					t.Errorf("something was written: %v, %v", entries, err)
				}
			})
		}
	}
}

// What does not exist on the command line at all.
func TestBadCommandLine(t *testing.T) {
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
			dir := t.TempDir()
			code, _, stderr := execute(t, dir, []string{"INPUT_NUM_REQUESTS=2", "INPUT_IMAGE_SIZE=8"}, test.args...)
			if code != 2 {
				t.Errorf("exit code %d, want 2: %s", code, stderr)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("the message does not say %q: %s", want, stderr)
				}
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("something was written: %v, %v", entries, err)
			}
		})
	}
}

// All problems are reported at once, those that only the disk shows beside those of the command line alone.
func TestBadInputAllAtOnce(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"file": "not a folder\n", "bad.json": "not JSON\n", "bad.txt": "not a URL\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := execute(t, dir, nil, "-n", "1", "--image-size", "9", "--image-dir", "pics", "-o", "first.jsonl"); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	before := held(t, dir)
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
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, _, stderr := execute(t, dir, []string{"INPUT_NUM_REQUESTS=2"}, test.args...)
			if code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("nothing is said of %s:\n%s", want, stderr)
				}
			}
		})
	}
	if after := held(t, dir); !maps.Equal(after, before) {
		t.Errorf("the folder holds %q, it held %q", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
	}
}
