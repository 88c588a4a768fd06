//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// locked are inputs that lead into a folder called locked, and how the message calls them.
var locked = []struct{ name, args string }{
	{"-o", manyImages + " -o locked/x.jsonl"},
	{"-o", inline + " -o locked/x.jsonl.zst"},
	{"-o", shortText + " -o locked/new/x.jsonl"},
	{"--image-dir", manyImages + " -o x.jsonl --image-dir locked"},
	{"--image-dir", manyImages + " -o x.jsonl --image-dir locked/new/images"},
	{"--report", shortText + " -o x.jsonl --report locked/page.html"},
}

// twoFolders makes a folder of a user with one in it, with files in both. The inner one is another's.
func twoFolders(t *testing.T, user int) (dir, inner string) {
	t.Helper()
	dir = openDir(t)
	stand(t, dir, user)
	inner = filepath.Join(dir, "locked")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	stand(t, inner, 0)
	return dir, inner
}

func (p *patient) testNoPermission(t *testing.T) {
	for _, test := range locked {
		t.Run(test.args, func(t *testing.T) {
			dir, inner := twoFolders(t, ordinary)
			before := readTree(t, dir)
			got := p.run(t, attempt{dir: dir, user: ordinary}, test.args)
			checkFailed(t, got, 2, test.name, `"`+inner+`" cannot be written to`, "choose another, or change its permissions")
			p.checkTree(t, dir, before)
		})
	}
	t.Run("action", func(t *testing.T) {
		dir, inner := twoFolders(t, ordinary)
		before := readTree(t, dir)
		got := p.run(t, action(inner, ordinary), "")
		checkFailed(t, got, 2, "output", `"`+inner+`" cannot be written to`)
		p.checkTree(t, dir, before)
	})
	t.Run("temporary files", func(t *testing.T) {
		server := annotationServer(t)
		dir, inner := twoFolders(t, ordinary)
		before := readTree(t, dir)
		got := p.run(t, attempt{dir: dir, user: ordinary, env: []string{"TMPDIR=" + inner}},
			"-n 10 --image-mode http -o x.jsonl --coco-annotations "+server.URL+"/info.json")
		checkFailed(t, got, 1, server.URL, `"`+inner+`"`, "permission denied", "TMPDIR")
		p.checkTree(t, dir, before)
	})
	t.Run("annotations to be kept", func(t *testing.T) {
		server := annotationServer(t)
		dir, inner := twoFolders(t, ordinary)
		before := readTree(t, dir)
		got := p.run(t, attempt{dir: inner, user: ordinary, env: []string{"HTTP_PROXY=" + server.URL, "http_proxy=" + server.URL}},
			"-n 10 --image-mode http -o ../y.jsonl")
		checkFailed(t, got, 1, `"`+filepath.Join(inner, "annotations")+`"`, "permission denied")
		p.checkTree(t, dir, before)
	})
}

// action is an attempt as a runner makes it, in a workspace, of a small job.
func action(workspace string, user int) attempt {
	return attempt{dir: workspace, user: user, env: []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + workspace, "INPUT_OUTPUT=x.jsonl",
		"INPUT_NUM-REQUESTS=2", "INPUT_IMAGE-SIZE=8"}}
}

// testStickyFolder writes where everybody may make files and nobody may replace another's, as in /tmp: what is refused is refused only at the end.
func (p *patient) testStickyFolder(t *testing.T) {
	names := []string{"x.jsonl", "x.jsonl.manifest.json", "page.html"}
	for _, theirs := range names {
		for _, test := range []struct {
			name string
			mine bool   // the other two
			disk string // without room for a second name of what is there
		}{{"alone", false, "size=1m"}, {"among mine", true, "size=1m"}, {"among mine, inodes", true, "nr_inodes=10"}} {
			t.Run(theirs+" "+test.name, func(t *testing.T) {
				dir := smallDisk(t, test.disk)
				stand(t, dir, ordinary)
				for _, name := range names {
					var err error
					if name == theirs {
						err = errors.Join(os.Chown(filepath.Join(dir, name), 0, 0), os.Chmod(filepath.Join(dir, name), 0o644))
					} else if !test.mine {
						err = os.Remove(filepath.Join(dir, name))
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Chown(dir, 0, 0); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
					t.Fatal(err)
				}
				before := readTree(t, dir)
				got := p.run(t, attempt{dir: dir, user: ordinary}, shortText+" -o x.jsonl --report page.html")
				checkFailed(t, got, 1, `"`+filepath.Join(dir, theirs)+`"`, "not permitted", "run as its owner")
				p.checkTree(t, dir, before)
			})
		}
	}
	t.Run("unreadable", func(t *testing.T) {
		dir := smallDisk(t, "size=1m")
		stand(t, dir, ordinary)
		if err := os.Chown(filepath.Join(dir, "page.html"), 0, 0); err != nil {
			t.Fatal(err)
		}
		before := readTree(t, dir)
		got := p.run(t, attempt{dir: dir, user: ordinary}, shortText+" -o x.jsonl --report page.html")
		checkFailed(t, got, 2, `"`+filepath.Join(dir, "page.html")+`"`, "cannot be read", "permission denied", "make it readable")
		p.checkTree(t, dir, before)
	})
}

// testReadOnly has a mount in the way, which root cannot write to either.
func (p *patient) testReadOnly(t *testing.T) {
	readOnly := func(t *testing.T, dir string) {
		t.Helper()
		mount(t, dir, dir, "", syscall.MS_BIND, "")
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range locked {
		t.Run(test.args, func(t *testing.T) {
			dir, inner := twoFolders(t, 0)
			before := readTree(t, dir)
			readOnly(t, inner)
			got := p.run(t, attempt{dir: dir}, test.args)
			checkFailed(t, got, 2, test.name, `"`+inner+`" cannot be written to`, "choose another")
			p.checkTree(t, dir, before)
		})
	}
	for _, user := range []int{0, ordinary} {
		t.Run(fmt.Sprintf("action of user %d", user), func(t *testing.T) {
			dir, inner := twoFolders(t, 0)
			before := readTree(t, dir)
			readOnly(t, inner)
			got := p.run(t, action(inner, user), "")
			checkFailed(t, got, 2, "output", `"`+inner+`" cannot be written to`)
			p.checkTree(t, dir, before)
		})
	}
	t.Run("temporary files", func(t *testing.T) {
		server := annotationServer(t)
		dir, inner := twoFolders(t, 0)
		before := readTree(t, dir)
		readOnly(t, inner)
		got := p.run(t, attempt{dir: dir, env: []string{"TMPDIR=" + inner}}, "-n 10 --image-mode http -o x.jsonl --coco-annotations "+server.URL+"/info.json")
		checkFailed(t, got, 1, server.URL, `"`+inner+`"`, "read-only file system", "TMPDIR")
		p.checkTree(t, dir, before)
	})
}

// held runs the program, holds it as soon as ready says so, and lets it go on after something has happened meanwhile. It returns false if the
// program was faster than ready, which says nothing.
func (p *patient) held(t *testing.T, a attempt, args string, ready func() bool, meanwhile func() error) (result, bool) {
	t.Helper()
	cmd := p.command(t, a, args)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	state := func() string { // T: it is held; Z: it has ended; others: it runs
		stat := string(must(os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid)))(t))
		return strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])[0]
	}
	for !ready() && state() != "Z" {
		time.Sleep(100 * time.Microsecond)
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for state() != "T" && state() != "Z" {
		time.Sleep(100 * time.Microsecond)
	}
	held := state() == "T" && ready()
	var err error
	if held {
		err = meanwhile()
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // the exit code says it
	if err != nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}, held
}

// away is a folder that is taken away from under a run, and when.
type away struct {
	folder string
	during string
	args   string
	images string // where the run puts its images
	place  string // that the message names
}

const (
	whileRows   = "rows"
	whileImages = "images"
	afterImages = "rows after images"
)

// testFolderGone removes a folder from under a run, or gives it another name.
func (p *patient) testFolderGone(t *testing.T) {
	const long = "-n 3000 --image-size 64 --image-mode datauri" // 150 MB
	for _, test := range []away{
		{"out", whileRows, long + " -o out/x.jsonl", "", "out/x.jsonl"},
		{"out", whileRows, long + " -o out/x.jsonl --report pages/page.html", "", "out/x.jsonl"},
		{"out", whileRows, long + " -o out/x.jsonl.zst", "", "out/x.jsonl.zst"},
		{"out", whileImages, manyImages + " -o out/x.jsonl --image-dir images", "images", "out/x.jsonl"},
		{"out", whileImages, manyImages + " -o out/x.jsonl --image-dir out/images", "out/images", "out/"},
		{"images", whileImages, manyImages + " -o out/x.jsonl --image-dir images", "images", "images"},
		{"images", afterImages, manyImages + " -o out/x.jsonl --image-dir images --user-text-tokens 200000", "images", "images"},
	} {
		for _, how := range []string{"removed", "renamed"} {
			t.Run(fmt.Sprintf("%s during %s of %s, %s", test.folder, test.during, test.args, how), func(t *testing.T) {
				for range 10 {
					if p.takeAway(t, test, how == "renamed") {
						return
					}
				}
				t.Error("in ten runs the program was not once held in the middle of its work")
			})
		}
	}
}

// takeAway returns false if the run was over too soon.
func (p *patient) takeAway(t *testing.T, test away, renamed bool) bool {
	t.Helper()
	dir := openDir(t)
	for _, name := range []string{"out", "images", "pages"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	stand(t, filepath.Join(dir, "out"), 0)
	want := tree{}
	for name, is := range readTree(t, dir) {
		under, inFolder := strings.CutPrefix(name+"/", test.folder+"/")
		if !inFolder {
			want[name] = is
		} else if renamed {
			want[filepath.Join("moved", under)] = is
		}
	}

	count := func(pattern string) int { return len(must(filepath.Glob(filepath.Join(dir, pattern)))(t)) }
	got, held := p.held(t, attempt{dir: dir}, test.args, func() bool {
		made := count(test.images + "/img_*.png")
		switch {
		case count("out/.*.part") == 0:
			return false
		case test.during == whileImages:
			return made > 3 && made < 100
		case test.during == afterImages:
			return made == 100
		}
		return true
	}, func() error {
		folder := filepath.Join(dir, test.folder)
		if renamed {
			return os.Rename(folder, filepath.Join(dir, "moved"))
		}
		return os.RemoveAll(folder)
	})
	if !held {
		return false
	}
	gone := "not there any more"
	if test.during == afterImages {
		gone = "are missing"
	}
	checkFailed(t, got, 1, `"`+filepath.Join(dir, test.place), gone, "run it again")
	for name, is := range readTree(t, dir) { // complete images may be where they were made, also under its new name
		if image, isImage := p.images[filepath.Base(name)]; isImage && is == image || name == "moved/images" {
			want[name] = is
		}
	}
	p.checkTree(t, dir, want)
	return true
}
