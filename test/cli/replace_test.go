package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// somebodys are files that this program has not made.
var somebodys = map[string]string{
	"photo.png":             "\x89PNG\r\n\x1a\n and so on",
	"notes.txt":             "do not forget\n",
	"page.html":             "<!DOCTYPE html>\n<title>mine</title>\n",
	"data.json":             `{"info": {}, "images": []}` + "\n",
	"app.manifest.json":     `{"name": "an app"}` + "\n",
	"x.jsonl.manifest.json": `{"format": "mine"}` + "\n",
	"img.jsonl":             "\xff\xd8\xff\xe0\x00\x10JFIF and so on",
	"tar.gz":                "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01\x00\x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00",
	"tar.zst":               "\x28\xb5\x2f\xfd\x04\x00\x21\x00\x00not rows\x00\x00\x00\x00",
	"list.jsonl.gz":         "\x89PNG\r\n\x1a\n and so on",
	"rows.json":             "[]\n",
	"coco.json":             `{"images":[{"coco_url":"http://h/1"}]}` + "\n",
	"speech.json":           `{"text": " Hello.", "segments": []}` + "\n",
	"dump.json":             `{"text":"a page","url":"http://h/1"}` + "\n",
	"places.json":           `{"type":"FeatureCollection","features":[]}` + "\n",
	"chat.json":             `{"messages":[{"role":"user","content":"hello"}]}` + "\n",
	"settings.json":         `{"model":"m","prompt":"p"}` + "\n",
	"long.json":             `{"text":"` + strings.Repeat("\\\"", 1000) + `"}` + "\n",
}

// Nothing of somebody else's is replaced, whatever input names it: an output and a page replace files of their own kind.
func TestReplaceNothingOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	small := []string{"-n", "2", "--image-size", "8"}
	run := func(args ...string) program.Result { return program.Run(t, dir, nil, append(small, args...)...) }
	if got := run("-o", "earlier.jsonl", "--image-dir", "pics", "--report", "earlier.html", "--seed", "1"); got.Code != 0 {
		t.Fatal(got.Stderr)
	}
	for name, content := range somebodys {
		program.Write(t, filepath.Join(dir, name), content)
	}
	if err := errors.Join(os.Symlink("photo.png", filepath.Join(dir, "link.html")), os.Symlink("notes.txt", filepath.Join(dir, "link")),
		os.Symlink("data.json", filepath.Join(dir, "z.jsonl.manifest.json")), os.Link(filepath.Join(dir, "pics", "img_0000.png"), filepath.Join(dir, "hard.html"))); err != nil {
		t.Fatal(err)
	}
	before := program.Snapshot(t, dir)
	var runs [][]string
	for name := range somebodys {
		if name != "x.jsonl.manifest.json" {
			runs = append(runs, []string{"-o", name, "--image-dir", "other"})
		}
		runs = append(runs, []string{"-o", "new.jsonl", "--report", name}, []string{"inspect", "earlier.jsonl", "--report", name})
	}
	for _, report := range []string{"pics/img_0000.png", "pics/img_0099.png", "pics/IMG_0099.PNG", "pics/.mmjsonl-8x8_seed1.images", "earlier.jsonl", "earlier.jsonl.manifest.json",
		"new.manifest.json", "link.html", "hard.html", "./pics/../photo.png"} {
		runs = append(runs, []string{"-o", "new.jsonl", "--report", report}, []string{"inspect", "earlier.jsonl", "--report", report})
	}
	for _, output := range []string{"pics/img_0000.png", "pics/img_0099.png", "pics/Img_0099.Png", "pics/.mmjsonl-8x8_seed1.images", "earlier.html", "earlier.jsonl.manifest.json",
		"earlier.jsonl.MANIFEST.json", "link", "x.jsonl", "z.jsonl", "app"} {
		runs = append(runs, []string{"-o", output, "--image-dir", "other"}, []string{"-o", output, "--image-mode", "datauri"})
	}
	for _, args := range runs {
		var got program.Result
		if args[0] == "inspect" {
			got = program.Run(t, dir, nil, args...)
		} else {
			got = run(args...)
		}
		if got.Code != 2 || !strings.HasPrefix(got.Stderr, "mmjsonl: ") {
			t.Errorf("%q: exit code %d, %s", args, got.Code, got.Stderr)
		}
		if after := program.Snapshot(t, dir); after != before {
			t.Fatalf("%q: something was written:\n%s\nwas\n%s", args, after, before)
		}
	}
}

// An earlier run's files are replaced, whatever they are called, and so are empty files and any text that has the name of a request file.
func TestReplaceOwn(t *testing.T) {
	t.Parallel()
	for _, output := range []string{"x.jsonl", "x.jsonl.gz", "x.jsonl.zst", "rows", "rows.json", "rows.gz", "rows.zst", "X.JSONL"} {
		dir := t.TempDir()
		for _, n := range []string{"2", "3"} {
			program.Succeed(t, dir, nil, "-n", n, "--image-size", "8", "-o", output, "--report", "page")
			program.Succeed(t, dir, nil, "inspect", output, "--report", "page")
		}
	}
	for _, args := range []string{"--format raw-payload --image-mode datauri --model m", "--format mooncake --image-mode datauri --model m", "--format openai-batch --image-mode datauri --model m", "--format vllm-custom-image", "--images-per-request 0 --user-text-tokens 2000",
		"--user-text-tokens 1 --uuid", "--num-users 2 --turns-per-user 2 --window-size 2", "--num-users 2 --turns-per-user 2 --window-size 2 --format mooncake --image-mode datauri --model m", `--prompt a"b\`} {
		dir := t.TempDir()
		if !strings.Contains(args, "--num-users") {
			args += " -n 2"
		}
		for range 2 {
			program.Succeed(t, dir, nil, append(strings.Fields(args), "--image-size", "8", "-o", "rows")...)
		}
	}
	for name, content := range map[string]string{"x.jsonl": "an earlier file\n", "x.jsonl.gz": "not gzip\n", "photo.png": "", "y.jsonl": "\x00\x00\x00"} {
		dir := t.TempDir()
		program.Write(t, filepath.Join(dir, name), content)
		program.Write(t, filepath.Join(dir, "page.html"), "")
		program.Succeed(t, dir, nil, "-n", "2", "--image-size", "8", "-o", name, "--report", "page.html")
	}
}
