package cli

import (
	"encoding/base64"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"mmjsonl/test/program"
)

// A reader gets every prompt back exactly.
func TestPromptReadBack(t *testing.T) {
	t.Parallel()
	const testSeed = 3
	rng := rand.New(rand.NewPCG(testSeed, 0))
	prompts := []string{"a\tb", "line\nline\r\nline", "\x7f\x01\x1f\b\f", "\u2028\u2029\ufeff\ufffd", `\u0041 \n "quoted"`, "😀\U0010ffff", "</script>&amp;<!--", "::error::x"}
	for len(prompts) < 24 {
		var b strings.Builder
		b.WriteByte('x') // a blank prompt was not given
		for range rng.IntN(40) {
			if r := rune(1 + rng.IntN(1<<(2+rng.IntN(20)))); utf8.ValidRune(r) && r > 0 {
				b.WriteRune(r)
			}
		}
		b.WriteByte('x')
		prompts = append(prompts, b.String())
	}
	dir := t.TempDir()
	for _, prompt := range prompts {
		got := program.Succeed(t, dir, nil, "-n", "2", "--images-per-request", "0", "-o", "-", "--prompt", prompt)
		rows, err := program.ParseRows("stdout", []byte(got.Stdout))
		if err != nil {
			t.Fatalf("%q (test seed %d): %v", prompt, testSeed, err)
		}
		if want := strings.TrimSpace(prompt); len(rows) != 2 || rows[0].Text != prompt && rows[0].Text != want || rows[1].Text != rows[0].Text {
			t.Errorf("%q (test seed %d) reads back as %q", prompt, testSeed, rows)
		}
	}
}

// Each row of the data URI mode holds the very image files of the path mode, so that the two are two forms of one benchmark.
func TestDataURIContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	common := []string{"-n", "12", "--images-per-request", "2", "--images-pool", "7", "--image-size", "9x5", "--user-text-tokens", "4"}
	program.Succeed(t, dir, nil, append(common, "-o", "paths.jsonl")...)
	program.Succeed(t, dir, nil, append(common, "--image-mode", "datauri", "-o", "inline.jsonl")...)
	paths, inline := program.Rows(t, dir+"/paths.jsonl"), program.Rows(t, dir+"/inline.jsonl")
	if len(paths) != 12 || len(inline) != 12 {
		t.Fatalf("%d and %d rows, want 12", len(paths), len(inline))
	}
	for i := range paths {
		for j, ref := range paths[i].Images {
			file, err := os.ReadFile(ref)
			if err != nil {
				t.Fatal(err)
			}
			if want := "data:image/png;base64," + base64.StdEncoding.EncodeToString(file); inline[i].Images[j] != want {
				t.Fatalf("row %d, image %d: the data URI does not hold %s", i, j, ref)
			}
		}
	}
}
