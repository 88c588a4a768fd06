package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Bad input ends the process with exit code 2 before anything is written, in a message that names the input as it was typed, by each of the
// ways it can come in. Package internal/command goes through all kinds of bad input.
func TestBadInput(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, typed string
		env, args   []string
	}{
		{"flag", "--images-pool", nil, []string{"--images-pool=2"}},
		{"variable", "INPUT_IMAGES_POOL", []string{"INPUT_IMAGES_POOL=2"}, nil},
		{"hyphens", "INPUT_IMAGES-POOL", []string{"INPUT_IMAGES-POOL=2"}, nil},
		{"action", "::error title=Input images-pool::images-pool", []string{"GITHUB_ACTIONS=true", "INPUT_IMAGES-POOL=2"}, nil},
		{"unknown flag", "--images-pol", nil, []string{"--images-pol", "5"}},
		{"argument", "extra", nil, []string{"extra"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			got := program.Run(t, dir, append(test.env, "INPUT_NUM_REQUESTS=2", "INPUT_IMAGE_SIZE=8", "GITHUB_WORKSPACE="+dir), test.args...)
			if got.Code != 2 || !strings.Contains(got.Stdout+got.Stderr, test.typed) || program.Broken(got) {
				t.Errorf("exit code %d, want 2 and %q\n%s%s", got.Code, test.typed, got.Stdout, got.Stderr)
			}
			if left := program.Snapshot(t, dir); left != program.Nothing {
				t.Errorf("something was written:\n%s", left)
			}
		})
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

// A folder that cannot be written to is found before the images are made, whoever runs the program.
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
		t.Errorf("there is a file with the output's name")
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
		if got.Code != 0 || strings.Contains(got.Stdout, "SHA-256") != test.want {
			t.Errorf("%q: exit code %d\n%s%s", test.args, got.Code, got.Stdout, got.Stderr)
		}
	}
}
