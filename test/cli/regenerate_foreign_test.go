//go:build unix

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"mmjsonl/test/program"
)

// theirManifest writes a manifest of somebody else's, whose inputs are those of a file of URLs and these.
func theirManifest(t *testing.T, path string, inputs map[string]string) {
	t.Helper()
	all := map[string]string{"num-requests": "2", "images-per-request": "1", "images-pool": "2", "user-text-tokens": "1", "image-mode": "http", "seed": "1", "image-size": "8"}
	maps.Copy(all, inputs)
	text, err := json.Marshal(map[string]any{"format": 1, "mmjsonl": "1", "inputs": all, "file": map[string]any{"name": "x.jsonl", "bytes": 1}})
	if err != nil {
		t.Fatal(err)
	}
	program.Write(t, path, string(text))
}

// A manifest from somebody else reads files in its own folder alone, and shows no text of them.
func TestRegenerateForeignSources(t *testing.T) {
	t.Parallel()
	const secret = "KEY=abcd1234"
	for _, action := range []bool{false, true} {
		for _, input := range []string{"url-list", "coco-annotations"} {
			for name, want := range map[string]string{
				"../secret":           "in its own folder alone",
				"/etc/passwd":         "in its own folder alone",
				"/proc/self/environ":  "in its own folder alone",
				"../theirs/../secret": "in its own folder alone",
				"link":                "in its own folder alone",
				"linked/secret":       "in its own folder alone",
				"dangling":            "in its own folder alone",
				"$PWD/../secret":      "in its own folder alone",
				"file:///etc/passwd":  "",
				"http:secret":         "file does not exist",
				"~/secret":            "file does not exist",
				"missing":             "file does not exist",
				"pipe":                "it is not a plain file",
				"/dev/zero":           "in its own folder alone",
				"secret":              "it is not a",
				"$PWD/secret":         "it is not a",
				"./folder/../secret":  "it is not a",
				"inside":              "it is not a",
				"second.txt":          "it is not a",
				"secret.zip":          "it is not a",
				"two.zip":             "it is not a",
				"secret.json":         "it is not a",
				"broken.json":         "it is not a",
			} {
				t.Run(fmt.Sprint(action, " ", input, " ", name), func(t *testing.T) {
					t.Parallel()
					dir := t.TempDir()
					theirs := filepath.Join(dir, "theirs")
					for file, text := range map[string]string{
						"secret": secret, "theirs/secret": secret, "theirs/second.txt": "http://h.example/a\n" + secret + "\n", "theirs/folder/a": "",
						"theirs/secret.zip":  string(program.Zip(map[string][]byte{secret + ".json": []byte(secret)})),
						"theirs/two.zip":     string(program.Zip(map[string][]byte{secret + ".json": nil, secret: nil, "b.json": nil})),
						"theirs/secret.json": `{"images":[{"coco_url":"http://h.example/\n` + secret + `"}]}`,
						"theirs/broken.json": `{"images":[{"coco_url":"http://h.example/a"},` + secret,
					} {
						program.Write(t, filepath.Join(dir, file), text)
					}
					err := errors.Join(os.Symlink("../secret", filepath.Join(theirs, "link")), os.Symlink("..", filepath.Join(theirs, "linked")), os.Symlink("../new", filepath.Join(theirs, "dangling")),
						os.Symlink("secret", filepath.Join(theirs, "inside")))
					if name == "pipe" {
						err = syscall.Mkfifo(filepath.Join(theirs, name), 0o600)
					}
					if err != nil {
						t.Fatal(err)
					}
					theirManifest(t, filepath.Join(theirs, "m.json"), map[string]string{input: strings.ReplaceAll(name, "$PWD", theirs)})
					env := []string{secret}
					if action { // with arguments, as by docker://
						env = append(env, "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE="+dir, "INPUT_SEED=")
					}
					before := ""
					if name != "pipe" { // which would wait
						before = program.Snapshot(t, dir)
					}
					got := program.Run(t, dir, env, "regenerate", "theirs/m.json")
					said := got.Stdout + got.Stderr
					if got.Code != 2 || !strings.Contains(said, "the manifest's "+input) && !action || !strings.Contains(said, want) {
						t.Errorf("exit code %d, want 2 and %q\n%s", got.Code, want, said)
					}
					if strings.Contains(said, "KEY") || strings.Contains(said, "abcd") || strings.Contains(said, "root") || strings.Contains(said, "line 1") {
						t.Errorf("it shows what is in a file: %s", said)
					}
					if name == "pipe" {
						return
					}
					if after := program.Snapshot(t, dir); after != before {
						t.Errorf("something was made:\n%s", after)
					}
				})
			}
		}
	}
}

// A container that a workflow starts with docker:// and args is as confined as the action itself.
func TestRegenerateAsContainerStep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	workspace := filepath.Join(dir, "w")
	program.Write(t, filepath.Join(workspace, "a"), "")
	theirManifest(t, filepath.Join(dir, "m.json"), map[string]string{"image-mode": "base64"})
	theirManifest(t, filepath.Join(workspace, "m.json"), map[string]string{"image-mode": "base64"})
	theirManifest(t, filepath.Join(workspace, "list.json"), map[string]string{"url-list": "../../list"})
	program.Write(t, filepath.Join(dir, "list"), "http://h.example/a\nhttp://h.example/b\n")
	if err := os.Symlink("../m.json", filepath.Join(workspace, "link.json")); err != nil {
		t.Fatal(err)
	}
	env := []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + workspace, "INPUT_SEED="} // one input, as in /github/workspace none is needed
	for _, args := range [][]string{
		{"../m.json"}, {"link.json"}, {filepath.Join(dir, "m.json")}, {"/proc/self/environ"}, {"/etc/passwd"}, {"list.json"}, {"list.json", "--url-list", "../list"},
		{"m.json", "-o", "../x.jsonl"}, {"m.json", "-o", "/tmp/PWNED.jsonl"}, {"m.json", "-o", "-"}, {"m.json", "--image-dir", "../images"}, {"m.json", "-o", "$(touch PWNED)"},
		{"m.json", "--coco-annotations", "http://127.0.0.1:9/"},
	} {
		if args[len(args)-1] == "http://127.0.0.1:9/" {
			theirManifest(t, filepath.Join(workspace, "m.json"), nil)
		}
		before := program.Snapshot(t, dir)
		got := program.Run(t, workspace, env, append([]string{"regenerate"}, args...)...)
		if got.Code != 2 || !strings.Contains(got.Stdout, "::error ") && !strings.Contains(got.Stdout, "::error::") || strings.Contains(got.Stdout+got.Stderr, "root:") {
			t.Errorf("%q: exit code %d, want 2 and an annotation\n%s%s", args, got.Code, got.Stdout, got.Stderr)
		}
		if after := program.Snapshot(t, dir); after != before {
			t.Errorf("%q: something was made:\n%s", args, after)
		}
	}
}

// What a manifest names in its own folder is read from there, wherever the program runs; what the command line names is read anywhere.
func TestRegenerateSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	list := "http://h.example/a\nhttp://h.example/b\nhttp://h.example/c\n"
	program.Write(t, filepath.Join(dir, "made", "lists", "urls.txt"), list)
	program.Write(t, filepath.Join(dir, "made", "coco.json"), string(program.COCO(9, 0)))
	program.Write(t, filepath.Join(dir, "other", "urls.txt"), list)
	made := filepath.Join(dir, "made")
	for name, sources := range map[string][]string{
		"relative":    {"--url-list", "lists/urls.txt"},
		"absolute":    {"--url-list", filepath.Join(made, "lists", "urls.txt")},
		"annotations": {"--coco-annotations", "./coco.json"},
	} {
		args := append([]string{"-n", "3", "--images-per-request", "1", "--images-pool", "2", "--image-mode", "http", "-o", name + ".jsonl"}, sources...)
		program.Succeed(t, made, nil, args...)
		manifest := filepath.Join(made, name+".jsonl.manifest.json")
		if got := program.Succeed(t, filepath.Join(dir, "other"), nil, "regenerate", manifest, "-o", name+".jsonl"); !strings.Contains(got.Stdout, "byte for byte") {
			t.Errorf("%s: %s", name, got.Stdout)
		}
		if name == "annotations" {
			continue
		}
		if got := program.Succeed(t, dir, nil, "regenerate", manifest, "-o", "again.jsonl", "--url-list", "other/urls.txt"); !strings.Contains(got.Stdout, "byte for byte") {
			t.Errorf("%s: %s", name, got.Stdout)
		}
		// A person's own file may be shown.
		program.Write(t, filepath.Join(dir, "mine.txt"), "mine\n")
		if got := program.Run(t, dir, nil, "regenerate", manifest, "-o", "no.jsonl", "--url-list", "mine.txt"); got.Code != 2 || !strings.Contains(got.Stderr, `line 1: the URL "mine"`) {
			t.Errorf("%s: exit code %d\n%s", name, got.Code, got.Stderr)
		}
	}
	// The file that a manifest reads is not written over.
	before, err := os.ReadFile(filepath.Join(made, "lists", "urls.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got := program.Run(t, dir, nil, "regenerate", "made/relative.jsonl.manifest.json", "-o", "made/lists/urls.txt")
	after, err := os.ReadFile(filepath.Join(made, "lists", "urls.txt"))
	if got.Code != 2 || !strings.Contains(got.Stderr, "is the file that") || string(after) != string(before) {
		t.Errorf("exit code %d, %v\n%s", got.Code, err, got.Stderr)
	}
}

// A manifest from somebody else does not have this machine asked, unless whoever runs it says so.
func TestRegenerateForeignURLs(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := program.Server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = w.Write(program.COCO(9, 0))
	}))
	dir := t.TempDir()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	for _, url := range []string{server.URL, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://127.1:" + port, "http://0:" + port, "http://[2002:7f00:1::]:" + port,
		"http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/", "HTTP://LOCALHOST:" + port, "http://a@127.0.0.1:" + port} {
		theirManifest(t, filepath.Join(dir, "m.json"), map[string]string{"coco-annotations": url})
		got := program.Run(t, dir, nil, "regenerate", "m.json")
		if got.Code != 2 || !strings.Contains(got.Stderr, "this machine or its neighbourhood") || !strings.Contains(got.Stderr, "give --allow-local-urls true") {
			t.Errorf("%s: exit code %d\n%s", url, got.Code, got.Stderr)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the server was asked %d times", n)
	}
	// With the flag, or by a person's own word, it is asked; the file is not the manifest's.
	theirManifest(t, filepath.Join(dir, "m.json"), map[string]string{"coco-annotations": server.URL})
	for _, args := range [][]string{{"--allow-local-urls"}, {"--coco-annotations", server.URL}} {
		before := asked.Load()
		got := program.Run(t, dir, nil, append([]string{"regenerate", "m.json"}, args...)...)
		if got.Code != 1 || !strings.Contains(got.Stderr, "bytes: ") || asked.Load() != before+1 {
			t.Errorf("%q: exit code %d, asked %d times\n%s", args, got.Code, asked.Load()-before, got.Stderr)
		}
	}
	// What the server sends is not shown either.
	secrets := program.Server(t, program.Serve([]byte("KEY=abcd1234\n")))
	theirManifest(t, filepath.Join(dir, "m.json"), map[string]string{"coco-annotations": secrets.URL})
	if got := program.Run(t, dir, nil, "regenerate", "m.json", "--allow-local-urls"); got.Code != 1 || !strings.Contains(got.Stderr, "it is not a COCO annotation file") || strings.Contains(got.Stderr, "KEY") {
		t.Errorf("exit code %d\n%s", got.Code, got.Stderr)
	}
}

// A manifest's inputs are those of this version, and decide the bytes: no other, and nothing that is drawn anew.
func TestRegenerateForeignInputs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for input, want := range map[string]string{
		"seed=random": `it gives the seed "random"`, "seed= random": "it gives the seed", "seed=RANDOM": "it gives the seed", "seed=": "it gives the seed", "seed=-1": "it gives the seed", "seed=1e3": "it gives the seed",
		"seed=99999999999999999999": "it gives the seed", "seed=0x1": "it gives the seed", "seed=1\n": "it gives the seed",
		"fresh=1": `the manifest has the input "fresh", which does not exist`, "quiet=true": "which does not exist", "version=true": "which does not exist", "help=true": "which does not exist", "file=x": "which does not exist",
		"command=inspect": "which does not exist", "cache-images=5": "which does not exist", "SEED=5": "which does not exist", "num_requests=5": "which does not exist", "json=true": "which does not exist", "model=/": "a manifest does not say where files go",
		"manifest=/etc/passwd": "which does not exist", "job-container=x": "which does not exist",
		"force=true":                                 "a manifest does not say where files go",
		"hit-rate=" + strings.Repeat(",", 1<<17):     "at most 65536 can be right",
		"num-requests=" + strings.Repeat("9", 70000): "at most 65536 can be right",
		"num-requests=lots":                          "is not a whole number",
		"image-path-prefix=$SECRET/x":                `like "/data/images"`,
		"image-path-prefix=~/x":                      `like "/data/images"`,
	} {
		name, value, _ := strings.Cut(input, "=")
		inputs := map[string]string{name: value}
		if name == "image-path-prefix" {
			inputs["image-mode"] = "base64"
		}
		theirManifest(t, filepath.Join(dir, "m.json"), inputs)
		before := program.Snapshot(t, dir)
		got := program.Run(t, dir, []string{"SECRET=abcd1234", "HOME=/abcd1234"}, "regenerate", "m.json")
		if got.Code != 2 || !strings.Contains(got.Stderr, want) || strings.Contains(got.Stderr, "abcd1234") || len(got.Stderr) > 2000 {
			t.Errorf("%.50s: exit code %d, want 2 and %q\n%.3000s", input, got.Code, want, got.Stderr)
		}
		if after := program.Snapshot(t, dir); after != before {
			t.Errorf("%.50s: something was made:\n%s", input, after)
		}
	}
}

// A manifest that gives a million inputs is rejected in one message.
func TestRegenerateForeignManyInputs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inputs := map[string]string{}
	for i := range 500_000 {
		inputs[fmt.Sprint(i)] = "1"
	}
	theirManifest(t, filepath.Join(dir, "m.json"), inputs)
	got := program.Run(t, dir, nil, "regenerate", "m.json")
	if got.Code != 2 || !strings.Contains(got.Stderr, "at most 200 can be right") || len(got.Stderr) > 500 {
		t.Errorf("exit code %d, %.500s", got.Code, got.Stderr)
	}
}

// What a manifest does not have was not compared, and it is not said that it is the same.
func TestRegenerateWithoutFigures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Succeed(t, dir, nil, "-n", "2", "--image-size", "8", "--sha256=false", "-o", "x.jsonl")
	text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		without []string
		want    string
	}{
		{nil, "The output has the size, images and figures of the manifest, which has no SHA-256 to compare."},
		{[]string{"figures"}, "The output has the size and images of the manifest, which has no SHA-256 or complete figures to compare."},
		{[]string{"images"}, "The output has the size and figures of the manifest, which has no SHA-256 or digest of images to compare."},
		{[]string{"figures", "images"}, "The output has the size of the manifest, which has no SHA-256, digest of images or complete figures to compare."},
	} {
		some := maps.Clone(whole)
		for _, field := range test.without {
			delete(some, field)
		}
		m, err := json.Marshal(some)
		if err != nil {
			t.Fatal(err)
		}
		program.Write(t, filepath.Join(dir, "m.json"), string(m))
		if got := program.Succeed(t, dir, nil, "regenerate", "m.json", "-o", "y.jsonl"); !strings.HasSuffix(got.Stdout, "\n"+test.want+"\n") {
			t.Errorf("without %q it is said\n%s", test.without, got.Stdout)
		}
	}
}

// A manifest whose inputs make other numbers of rows or images than it says is rejected before anything is made.
func TestRegenerateForeignClaims(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string]map[string]string{"images": {"num-requests": "1000", "images-pool": "1000"}, "requests": {"num-requests": "1000000"}} {
		dir := t.TempDir()
		program.Succeed(t, dir, nil, "-n", "2", "--images-per-request", "1", "--images-pool", "2", "--image-size", "8", "-o", "x.jsonl")
		text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		changed := string(text)
		for input, value := range inputs {
			changed = strings.Replace(changed, `"`+input+`": "2"`, `"`+input+`": "`+value+`"`, 1)
		}
		program.Write(t, filepath.Join(dir, "m.json"), changed)
		before := program.Snapshot(t, dir)
		got := program.Run(t, dir, nil, "regenerate", "m.json", "-o", "y.jsonl", "--image-dir", "y")
		if got.Code == 0 || !strings.Contains(got.Stderr, "the manifest's inputs make 1000") || program.Snapshot(t, dir) != before {
			t.Errorf("%s: exit code %d\n%s%s", name, got.Code, got.Stderr, program.Snapshot(t, dir))
		}
	}
}
