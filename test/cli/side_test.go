package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Several files are inspected side by side, on the terminal and on one page, which says how it was made. One that cannot be read, and one with
// bad rows, do not keep the others from being shown.
func TestInspectSideBySide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, rate := range map[string]string{"a.jsonl": "0.3@40", "b.jsonl": "0.6@40"} {
		program.Succeed(t, dir, nil, "-n", "200", "--hit-rate", rate, "--image-mode", "datauri", "--image-size", "8", "--user-text-tokens", "2", "--quiet", "-o", name)
	}
	program.Write(t, filepath.Join(dir, "bad.jsonl"), `{"text":"x","images":["http://h/a.png"]}`+"\n{\n")
	page := func() string {
		text, err := os.ReadFile(filepath.Join(dir, "page.html"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	got := program.Succeed(t, dir, nil, "inspect", "a.jsonl", "b.jsonl", "--cache-images", "40", "--report", "page.html")
	for _, want := range []string{"A  a.jsonl", "B  b.jsonl", "30.00 %", "60.00 %", "at 40"} {
		if strings.Count(got.Stdout, want) < 1 {
			t.Errorf("no %q in\n%s", want, got.Stdout)
		}
	}
	for _, want := range []string{"<bdi>a.jsonl</bdi>", "<bdi>b.jsonl</bdi>", "Image reuse of 2 request files", "mmjsonl inspect --cache-images 40 --report page.html a.jsonl b.jsonl"} {
		if !strings.Contains(page(), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	got = program.Run(t, dir, []string{"INPUT_CACHE_IMAGES=30"}, "inspect", "a.jsonl", "missing.jsonl", "bad.jsonl", "--report", "page.html")
	if got.Code != 1 || !strings.Contains(got.Stderr, "missing.jsonl") || !strings.Contains(got.Stdout, "line 2: ") || !strings.Contains(got.Stdout, "B  bad.jsonl") {
		t.Errorf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	if text := page(); !strings.Contains(text, "<bdi>bad.jsonl</bdi>") || !strings.Contains(text, "mmjsonl inspect --cache-images 30 ") {
		t.Error("the page is not about the files that could be read, or not made as it says")
	}

	// A generated file's page says how to make it, without what is secret.
	program.Succeed(t, dir, []string{"INPUT_NUM_REQUESTS=20"}, "--image-mode", "datauri", "--image-size", "8", "--images-pool", "9", "--prompt", "it's", "--report", "page.html", "-o", "c.jsonl", "--quiet")
	if text := page(); !strings.Contains(text, "mmjsonl --num-requests 20 --images-pool 9 --prompt &#39;it&#39;\\&#39;&#39;s&#39; --image-mode datauri --image-size 8 --output c.jsonl --report page.html") {
		t.Errorf("the page says\n%s", text[strings.Index(text, "<footer"):])
	}
}
