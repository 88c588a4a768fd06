//go:build e2e

package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// TestFaults puts something in the way of the program, and looks at what it says and what it leaves.
func TestFaults(t *testing.T) {
	defer timed("7 faults")()
	if os.Getuid() != 0 {
		t.Fatal("this mounts file systems and runs the program as another user: run it as root")
	}
	p := newPatient(t)
	t.Run("full disk", p.testFullDisk)
	t.Run("full disk while downloading", p.testFullDiskDownload)
	t.Run("full disk of the runner", p.testFullDiskRunner)
	t.Run("file size limit", p.testFileSizeLimit)
	t.Run("broken disk", p.testBrokenDisk)
	t.Run("no permission", p.testNoPermission)
	t.Run("sticky folder", p.testStickyFolder)
	t.Run("read-only mount", p.testReadOnly)
	t.Run("folder gone", p.testFolderGone)
	t.Run("memory", p.testMemory)
}

// patient is the program, built as it is outside of the container.
type patient struct {
	program string
	images  tree // a complete folder of the images that manyImages makes
}

const (
	manyImages  = "-n 100 --images-per-request 1 --image-size 128 --user-text-tokens 5" // 5 MB of images
	imageFolder = "images_128x128_seed42"
	inline      = "-n 100 --image-size 64 --image-mode datauri" // 5 MB, in the rows
	textOnly    = "-n 1500 --images-per-request 0"              // 3 MB
	shortText   = "-n 20 --images-per-request 0"                // less than 64 kB
)

func newPatient(t *testing.T) *patient {
	dir := openDir(t)
	p := &patient{program: filepath.Join(dir, "mmjsonl")}
	mustRun(t, root, "env", "CGO_ENABLED=0", "go", "build", "-o", p.program, ".") // as released: no library to load
	if got := p.run(t, attempt{dir: dir}, manyImages+" -o whole.jsonl"); got.code != 0 {
		t.Fatalf("a run without obstacles: %+v", got)
	}
	p.images = readTree(t, filepath.Join(dir, imageFolder))
	if len(p.images) != 102 {
		t.Fatalf("a complete folder has %d entries, want itself, 100 images and their mark", len(p.images))
	}
	return p
}

// openDir is a new folder that every user may look into.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, dir := range []string{dir, filepath.Dir(dir)} { // the upper one is for its owner only
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// attempt is where and how the program is run.
type attempt struct {
	dir   string
	user  int      // 0 is root, from whom no permission keeps anything
	under []string // a command that runs it
	env   []string
}

// ordinary is a user who is not root.
const ordinary = 1000

func (p *patient) command(t *testing.T, a attempt, args string) *exec.Cmd {
	t.Helper()
	words := append([]string{p.program}, strings.Fields(args)...)
	words = append(slices.Clone(a.under), words...)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = a.dir
	cmd.Env = append(cleanEnv("HTTP_PROXY=", "http_proxy=", "NO_PROXY=", "no_proxy="), a.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if a.user != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.user), Gid: uint32(a.user)}
	}
	return cmd
}

func (p *patient) run(t *testing.T, a attempt, args string) result {
	t.Helper()
	return finish(t, p.command(t, a, args))
}

// beside are the lines that may come beside the message of a run that failed.
var beside = regexp.MustCompile(`^(::)?warning: ?|^::warning( title=[^:]*)?::|^Downloading "|: downloading it, this once, from |^\d+ of \d+ `)

// checkFailed wants a run to have ended with the code and with one message, which has all of the words.
func checkFailed(t *testing.T, got result, code int, words ...string) {
	t.Helper()
	var messages []string
	// What to do is an indented line of the same message.
	for line := range strings.Lines(strings.ReplaceAll(got.stderr+got.stdout, "\n  ", ": ")) {
		line = strings.TrimSuffix(line, "\n")
		if !beside.MatchString(line) {
			messages = append(messages, line)
		}
	}
	if got.code != code {
		t.Errorf("exit code %d, want %d", got.code, code)
	}
	if len(messages) != 1 || !strings.HasPrefix(messages[0], "mmjsonl: ") && !regexp.MustCompile(`^::error( title=[^:]*)?::`).MatchString(messages[0]) {
		t.Errorf("want one message and nothing else, got %d lines:\n%s", len(messages), strings.Join(messages, "\n"))
		return
	}
	for _, word := range words {
		if !strings.Contains(messages[0], word) {
			t.Errorf("the message does not say %q: %s", word, messages[0])
		}
	}
}

// tree is what a folder holds: by path, the permissions and a digest of the content.
type tree map[string]string

func readTree(t *testing.T, dir string) tree {
	t.Helper()
	found := tree{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		found[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			found[name] += fmt.Sprintf(" %d bytes, %x", len(content), sha256.Sum256(content))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// checkTree wants the folder to hold what it held before and nothing else but complete images, in the folder where the run puts them.
// It returns how many of these there are.
func (p *patient) checkTree(t *testing.T, dir string, before tree) (images int) {
	t.Helper()
	after := readTree(t, dir)
	for name, is := range after {
		was, existed := before[name]
		image, isImage := p.images[name]
		if rel, err := filepath.Rel(imageFolder, name); err == nil {
			image, isImage = p.images[rel]
		}
		switch {
		case existed && is != was:
			t.Errorf("%s was %s, and is %s", name, was, is)
		case !existed && !isImage:
			t.Errorf("the run left %s, %s", name, is)
		case !existed && is != image:
			t.Errorf("the run left %s, %s, which complete is %s", name, is, image)
		case !existed && strings.HasSuffix(name, ".png"):
			images++
		}
	}
	for name := range before {
		if _, there := after[name]; !there {
			t.Errorf("%s is gone", name)
		}
	}
	return images
}

// stand puts files into a folder under the names that a run would give its own, and one more, and returns what is there then.
func stand(t *testing.T, dir string, user int) tree {
	t.Helper()
	if err := os.Chown(dir, user, user); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x.jsonl", "x.jsonl.manifest.json", "page.html", "x.jsonl.zst", "x.jsonl.gz", "other"} {
		path := filepath.Join(dir, name)
		content := "was here before, as " + name + "\n"
		switch name { // a run replaces its own kind alone
		case "x.jsonl.manifest.json":
			content = program.OldManifest
		case "page.html":
			content = program.OldPage
		}
		if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, user, user); err != nil {
			t.Fatal(err)
		}
	}
	return readTree(t, dir)
}

// standPages is how many pages of a disk the files take that stand makes.
const standPages = 6

// mount mounts a file system for the length of a test.
func mount(t *testing.T, source, dir, kind string, flags uintptr, options string) {
	t.Helper()
	if err := syscall.Mount(source, dir, kind, flags, options); err != nil {
		t.Fatalf("failed to mount %s on %s with %q: %v", kind, dir, options, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("failed to unmount %s: %v", dir, err)
		}
	})
}

// smallDisk mounts a disk in memory on a new folder.
func smallDisk(t *testing.T, options string) (dir string) {
	t.Helper()
	dir = openDir(t)
	mount(t, "tmpfs", dir, "tmpfs", 0, "mode=755,"+options)
	return dir
}

// pages is the size of a disk on which files of these lengths just fit, and so many pages more or less.
func pages(more int, lengths ...int64) string {
	const page = 4096
	for _, length := range lengths {
		more += int((length + page - 1) / page)
	}
	return fmt.Sprintf("size=%d", more*page)
}

func (p *patient) testFullDisk(t *testing.T) {
	// How long the files are that a run with a page makes, to find out which does not fit.
	free := openDir(t)
	withPage := shortText + " -o x.jsonl --report page.html"
	if got := p.run(t, attempt{dir: free}, withPage); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	length := func(name string) int64 { return must(os.Stat(filepath.Join(free, name)))(t).Size() }
	file, manifest, page := length("x.jsonl"), length("x.jsonl.manifest.json"), length("page.html")
	copied := openDir(t)
	mustRun(t, free, "cp", "x.jsonl", "x.jsonl.manifest.json", copied)

	const space, nodes = "no space left on device: free some space", "inodes (df -i)"
	for _, test := range []struct {
		name  string
		disk  string // options of its mount
		args  string
		place string // at which it is full
		more  string // that is said
	}{
		{"images", "size=1m", manyImages + " -o x.jsonl", imageFolder + "/img_", space},
		{"images, inodes", "nr_inodes=20", manyImages + " -o x.jsonl", imageFolder + "/img_", nodes},
		{"mark", "nr_inodes=9", manyImages + " -o x.jsonl", imageFolder + "/.mmjsonl-", nodes},
		{"image folder", "nr_inodes=8", manyImages + " -o x.jsonl", imageFolder, nodes},
		{"output", "nr_inodes=7", manyImages + " -o x.jsonl", "x.jsonl", nodes},
		{"base64 rows", pages(standPages+100, file), textOnly + " -o x.jsonl", "x.jsonl", space},
		{"datauri", "size=1m", inline + " -o x.jsonl", "x.jsonl", space},
		{"datauri without digest", "size=1m", inline + " -o x.jsonl --sha256=false", "x.jsonl", space},
		{"datauri with page", "size=1m", inline + " -o x.jsonl --report page.html", "x.jsonl", space},
		{"datauri zstd", "size=1m", inline + " -o x.jsonl.zst", "x.jsonl.zst", space},
		{"datauri gzip", "size=1m", inline + " -o x.jsonl.gz", "x.jsonl.gz", space},
		{"text zstd", "size=300k", textOnly + " -o x.jsonl.zst", "x.jsonl.zst", space},
		{"text gzip", "size=300k", textOnly + " -o x.jsonl.gz", "x.jsonl.gz", space},
		{"text zstd, at its end", "size=28k", shortText + " -o x.jsonl.zst", "x.jsonl.zst", space},
		{"text gzip, at its end", "size=28k", shortText + " -o x.jsonl.gz", "x.jsonl.gz", space},
		{"manifest", pages(standPages, file), shortText + " -o x.jsonl", "x.jsonl.manifest.json", space},
		{"manifest, inodes", "nr_inodes=8", shortText + " -o x.jsonl", "x.jsonl.manifest.json", nodes},
		{"page", pages(standPages-1, file, manifest, page), withPage, "page.html", space},
		{"page, inodes", "nr_inodes=9", withPage, "page.html", nodes},
		{"regenerate", pages(standPages-1, file), "regenerate " + copied + "/x.jsonl.manifest.json -o x.jsonl", "x.jsonl", space},
		{"page of inspect", pages(standPages + 1), "inspect " + copied + "/x.jsonl --json --report page.html", "page.html", space},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := smallDisk(t, test.disk)
			before := stand(t, dir, 0)
			args := test.args
			if !strings.HasPrefix(args, "inspect") {
				args += " --force" // or it would be rejected before it begins
			}
			got := p.run(t, attempt{dir: dir}, args)
			place := `"` + filepath.Join(dir, test.place)
			if args == test.args {
				got.stdout = "" // what was found, in full
			}
			checkFailed(t, got, 1, place, test.more)
			images := p.checkTree(t, dir, before)
			if test.place == imageFolder+"/img_" && (images == 0 || images == 100) {
				t.Errorf("there are %d images: the disk was not full in the middle of them", images)
			}
		})
	}

	t.Run("just fits", func(t *testing.T) { // or the cases above would not be what they say
		dir := smallDisk(t, pages(standPages, file, manifest, page))
		stand(t, dir, 0)
		if got := p.run(t, attempt{dir: dir}, withPage); got.code != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// annotationServer serves annotations of some megabytes, as JSON and, as a proxy, as the zip that the official server has.
func annotationServer(t *testing.T) *httptest.Server {
	t.Helper()
	var content strings.Builder
	content.WriteString(`{"images": [`)
	for i := range 2000 {
		if i > 0 {
			content.WriteString(",")
		}
		fmt.Fprintf(&content, `{"coco_url": "http://images.cocodataset.org/test2017/%012d.jpg", "license": %q}`, i, strings.Repeat("x", 1000))
	}
	content.WriteString(`]}`)
	archive := zipOf(t, "annotations/image_info_test2017.json", content.String())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".zip") {
			w.Write(archive)
			return
		}
		fmt.Fprint(w, content.String())
	}))
	t.Cleanup(server.Close)
	return server
}

func (p *patient) testFullDiskDownload(t *testing.T) {
	server := annotationServer(t)
	const urls = "-n 10 --image-mode http -o x.jsonl"
	byURL := urls + " --coco-annotations " + server.URL + "/info.json"
	proxy := []string{"HTTP_PROXY=" + server.URL, "http_proxy=" + server.URL}
	full, free := smallDisk(t, "size=64k"), openDir(t)
	before := readTree(t, full)

	t.Run("of temporary files", func(t *testing.T) {
		dir := openDir(t)
		there := stand(t, dir, 0)
		got := p.run(t, attempt{dir: dir, env: []string{"TMPDIR=" + full}}, byURL)
		checkFailed(t, got, 1, server.URL, `"`+full+`"`, "free some space", "TMPDIR")
		p.checkTree(t, dir, there)
		p.checkTree(t, full, before)
	})
	t.Run("of the annotations to be kept", func(t *testing.T) {
		dir := smallDisk(t, "size=64k")
		there := stand(t, dir, 0)
		there["annotations"] = "drwxr-xr-x" // made for them, and empty
		got := p.run(t, attempt{dir: dir, env: append(proxy, "TMPDIR="+free)}, urls)
		checkFailed(t, got, 1, `"`+filepath.Join(dir, "annotations/image_info_test2017.json")+`"`, "free some space")
		p.checkTree(t, dir, there)
		p.checkTree(t, free, tree{".": "drwxr-xr-x"})
	})
	t.Run("just fits", func(t *testing.T) {
		dir := smallDisk(t, "size=4m")
		if got := p.run(t, attempt{dir: dir, env: append(proxy, "TMPDIR="+free)}, urls); got.code != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// testFullDiskRunner has no room for what a step hands to the next. By then the file is complete.
func (p *patient) testFullDiskRunner(t *testing.T) {
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		t.Run(name, func(t *testing.T) {
			dir, full := openDir(t), smallDisk(t, "size=8k")
			const before = "earlier=1\n"
			file := filepath.Join(full, name)
			for path, content := range map[string]string{file: before + strings.Repeat("#", 4090-len(before)) + "\n", filepath.Join(full, "more"): "x"} {
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			there := readTree(t, full)
			got := p.run(t, attempt{dir: dir, env: []string{"GITHUB_ACTIONS=true", "INPUT_NUM-REQUESTS=20", "INPUT_IMAGES-PER-REQUEST=0",
				"INPUT_OUTPUT=x.jsonl", "GITHUB_WORKSPACE=" + dir, name + "=" + file}}, "")
			if !strings.Contains(got.stdout, "Wrote ") {
				t.Errorf("the report does not say what was written: %s", got.stdout)
			}
			got.stdout = got.stdout[max(0, strings.Index(got.stdout, "::error::")):]
			checkFailed(t, got, 1, name, `"`+file+`"`, "free some space")
			p.checkTree(t, full, there)
			if rows := readRows(t, must(os.ReadFile(filepath.Join(dir, "x.jsonl")))(t)); len(rows) != 20 {
				t.Errorf("the file has %d rows, want 20", len(rows))
			}
		})
	}
}

// testFileSizeLimit lets the kernel send SIGXFSZ, whose default is to end a process with a core.
func (p *patient) testFileSizeLimit(t *testing.T) {
	server := annotationServer(t)
	temporary := openDir(t)
	for _, test := range []struct {
		name  string
		limit int
		args  string
		place string
	}{
		{"images", 20_000, manyImages + " -o x.jsonl", imageFolder + "/img_"},
		{"text", 20_000, textOnly + " -o x.jsonl", "x.jsonl"},
		{"datauri", 20_000, inline + " -o x.jsonl", "x.jsonl"},
		{"datauri without digest", 20_000, inline + " -o x.jsonl --sha256=false", "x.jsonl"},
		{"datauri zstd", 20_000, inline + " -o x.jsonl.zst", "x.jsonl.zst"},
		{"datauri gzip", 20_000, inline + " -o x.jsonl.gz", "x.jsonl.gz"},
		{"manifest", 512, "-n 1 --images-per-request 0 --user-text-tokens 5 -o x.jsonl", "x.jsonl.manifest.json"},
		{"page", 20_000, "-n 1 --images-per-request 2 --image-size 48 --image-mode datauri --user-text-tokens 5 -o x.jsonl --report page.html", "page.html"}, // it shows the images
		{"download", 20_000, "-n 10 --image-mode http -o x.jsonl --coco-annotations " + server.URL + "/info.json", temporary},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := openDir(t)
			before := stand(t, dir, 0)
			got := p.run(t, attempt{dir: dir, under: []string{"prlimit", fmt.Sprintf("--fsize=%d", test.limit), "--"}, env: []string{"TMPDIR=" + temporary}}, test.args)
			place := test.place
			if place != temporary {
				place = filepath.Join(dir, place)
			}
			checkFailed(t, got, 1, `"`+place, "file too large", "ulimit -f")
			p.checkTree(t, dir, before)
			p.checkTree(t, temporary, tree{".": "drwxr-xr-x"})
		})
	}
}

// zipOf is a zip archive of one file.
func zipOf(t *testing.T, name, content string) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	if _, err := io.WriteString(must(w.Create(name))(t), content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}
