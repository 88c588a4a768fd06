//go:build unix

package action

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// A file that the action is to read could keep it waiting, or have no end, and a workflow would not notice.
func TestActionInputsPlainFiles(t *testing.T) {
	t.Parallel()
	for _, inputs := range [][]string{
		{"image-mode=http", "url-list=pipe"}, {"image-mode=http", "url-list=/dev/zero"}, {"image-mode=http", "url-list=link"}, {"image-mode=http", "url-list=folder"},
		{"image-mode=http", "coco-annotations=pipe"}, {"image-mode=http", "coco-annotations=/dev/zero"}, {"image-mode=http", "coco-annotations=folder"},
		{"command=inspect", "file=pipe"}, {"command=inspect", "file=/dev/zero"}, {"command=inspect", "file=link"}, {"command=inspect", "file=folder"},
	} {
		t.Run(strings.Join(inputs, " "), func(t *testing.T) {
			t.Parallel()
			s := program.NewStep(t)
			err := errors.Join(syscall.Mkfifo(filepath.Join(s.Workspace, "pipe"), 0o666), os.Symlink("pipe", filepath.Join(s.Workspace, "link")), os.Mkdir(filepath.Join(s.Workspace, "folder"), 0o777))
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			got := s.Run(t, append(inputs, "num-requests=2", "images-pool=3")...)
			name, value, _ := strings.Cut(inputs[1], "=")
			said := regexp.MustCompile("(?m)^::error title=Input " + name + "::" + name + ` "` + value + `".*(is not a plain file|is a folder|is a directory|an action reads in the workspace)`)
			if got.Code != 2 || !said.MatchString(got.Stdout) || time.Since(begin) > 10*time.Second {
				t.Errorf("exit code %d after %v\n%s%s", got.Code, time.Since(begin), got.Stdout, got.Stderr)
			}
		})
	}
}

// Images that rows of an inspected file name are looked for in the workspace alone, whatever links there are, and nothing is said of others: not
// even whether they exist. Rows may name them as the next step sees them.
func TestActionInspectImagesInWorkspace(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	outside := filepath.Join(filepath.Dir(s.Workspace), "secret")
	program.Write(t, filepath.Join(outside, "x.png"), "KEY=abcd1234")
	for link, to := range map[string]string{"leads-out": outside, "x.png": filepath.Join(outside, "x.png"), "device": "/dev/zero", "self": "/proc/self"} {
		if err := os.Symlink(to, filepath.Join(s.Workspace, link)); err != nil {
			t.Fatal(err)
		}
	}
	program.Write(t, filepath.Join(s.Workspace, "text.png"), "hello")
	var rows strings.Builder
	names := []string{"/etc/passwd", "/etc/none", "../secret/x.png", "../secret/none.png", "/proc/self/environ", "/dev/zero", "x.png", "leads-out/x.png", "leads-out/none.png", "device", "self/environ",
		"../../../../../../etc/passwd", s.Workspace + "/../secret/x.png", "./../secret/x.png"}
	for _, name := range names {
		rows.WriteString(`{"text":"a","images":["` + name + `"]}` + "\n")
	}
	program.Write(t, filepath.Join(s.Workspace, "rows.jsonl"), rows.String())
	got := s.Run(t, "command=inspect", "file=rows.jsonl")
	if want := "; 14 not looked for"; got.Code != 0 || !strings.Contains(got.Stdout, want) || strings.Contains(got.Stdout, "Bad rows") {
		t.Errorf("exit code %d, no %q in\n%s%s", got.Code, want, got.Stdout, got.Stderr)
	}
	program.Write(t, filepath.Join(s.Workspace, "rows.jsonl"), `{"text":"a","images":["text.png","`+s.Workspace+`/text.png"]}`+"\n")
	if got := s.Run(t, "command=inspect", "file=rows.jsonl"); got.Code != 1 || !strings.Contains(got.Stdout, `the image "text.png" is neither PNG nor JPEG`) {
		t.Errorf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
}

// What an image takes is read from a model's folder that is in the workspace, and no link there leads out: neither the folder nor a file in it.
func TestActionModelInWorkspace(t *testing.T) {
	t.Parallel()
	const config, preprocessor = "config.json", "preprocessor_config.json"
	for name, where := range map[string]struct{ model, file, to string }{
		"outside": {model: "../secret"}, "root": {model: "/proc/self"}, "missing": {model: "/nowhere"}, "link": {model: "link"},
		"config": {"m", config, "../../secret/config.json"}, "preprocessor": {"m", preprocessor, "../../secret/config.json"}, "environment": {"m", config, "/proc/self/environ"},
		"device": {"m", config, "/dev/zero"}, "missing file": {"m", config, "/nowhere"},
	} {
		for _, inputs := range [][]string{{"command=inspect", "file=rows.jsonl"}, {"hit-rate=0.5@2GiB", "num-requests=50"}} {
			t.Run(name+" "+inputs[0], func(t *testing.T) {
				t.Parallel()
				s := program.NewStep(t)
				s.Env = append(s.Env, "KEY=abcd1234")
				program.Write(t, filepath.Join(filepath.Dir(s.Workspace), "secret", config), "KEY=abcd1234\n")
				program.Write(t, filepath.Join(s.Workspace, "rows.jsonl"), `{"text":"a","image":"http://example.com/a"}`+"\n")
				for file, text := range map[string]string{config: `{"model_type":"qwen2_5_vl"}`, preprocessor: `{}`} {
					program.Write(t, filepath.Join(s.Workspace, "m", file), text)
				}
				err := os.Symlink("../secret", filepath.Join(s.Workspace, "link"))
				if where.file != "" {
					link := filepath.Join(s.Workspace, "m", where.file)
					err = errors.Join(err, os.Remove(link), os.Symlink(where.to, link))
				}
				if err != nil {
					t.Fatal(err)
				}
				got := s.Run(t, append(inputs, "server=vllm", "model="+where.model)...)
				want, log := "leads out of the workspace", got.Stdout+got.Stderr
				if where.file == "" {
					want = "an action reads in the workspace"
				}
				if got.Code != 2 || !strings.Contains(log, want) || strings.Contains(log, "such file") || strings.Contains(log, "JSON") || strings.Contains(log, "bytes: give") {
					t.Errorf("exit code %d, want 2 and %q, and nothing of what is outside\n%s", got.Code, want, log)
				}
			})
		}
	}
}

// A container step that serves reads manifests, folders and certificates in the workspace alone.
func TestActionServeInWorkspace(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	outside := filepath.Join(filepath.Dir(s.Workspace), "outside")
	program.Write(t, filepath.Join(outside, "key.pem"), "KEY=abcd1234\n")
	program.Write(t, filepath.Join(s.Workspace, "pics", "a.png"), "a")
	if err := errors.Join(os.Symlink("../outside", filepath.Join(s.Workspace, "link")), os.Symlink("../outside/key.pem", filepath.Join(s.Workspace, "key.pem"))); err != nil {
		t.Fatal(err)
	}
	env := []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + s.Workspace, "INPUT_SEED="} // one input, as in /github/workspace none is needed
	for _, args := range []string{"link", "../outside", "/proc/self", "link/key.pem", "key.pem", "/etc/passwd",
		"pics --tls-cert key.pem --tls-key key.pem", "pics --tls-cert ../outside/key.pem --tls-key pics/a.png", "pics --tls-cert pics/a.png --tls-key /proc/self/environ"} {
		got := program.Run(t, s.Workspace, env, append(strings.Fields("serve --listen 127.0.0.1:0"), strings.Fields(args)...)...)
		log := got.Stdout + got.Stderr
		if got.Code != 2 || !strings.Contains(log, "an action reads in the workspace") && !strings.Contains(log, "the next step does not see") || strings.Contains(log, "abcd1234") || strings.Contains(log, "PEM") {
			t.Errorf("%s: exit code %d, want 2\n%s", args, got.Code, log)
		}
	}
}

// A pattern for shards shows no names of files outside of the workspace, nor whether there are any.
func TestActionJoinInWorkspace(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	outside := filepath.Join(filepath.Dir(s.Workspace), "outside")
	program.Write(t, filepath.Join(outside, "abcd1234.jsonl"), "")
	program.Write(t, filepath.Join(outside, "abcd1234.jsonl.manifest.json"), "")
	if err := os.Symlink("../outside", filepath.Join(s.Workspace, "link")); err != nil {
		t.Fatal(err)
	}
	env := []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + s.Workspace, "INPUT_SEED="} // one input, as in /github/workspace none is needed
	for _, pattern := range []string{"../outside/*", "link/*", filepath.Join(outside, "?*.jsonl"), "../*/a*", "/proc/self/*", "../outside/none*"} {
		got := program.Run(t, s.Workspace, env, "join", pattern)
		log := got.Stdout + got.Stderr
		if got.Code != 2 || !strings.Contains(log, "no file has a name like") || strings.Contains(log, "abcd1234") || strings.Contains(log, "/self/e") {
			t.Errorf("%s: exit code %d, want 2\n%s", pattern, got.Code, log)
		}
	}
}

// A name that leads out of the workspace does not show a line of what is there.
func TestActionInputsInWorkspace(t *testing.T) {
	t.Parallel()
	for _, inputs := range [][]string{{"image-mode=http", "url-list="}, {"image-mode=http", "coco-annotations="}, {"command=inspect", "file="}, {"command=regenerate", "manifest="}} {
		for _, name := range []string{"../secret", "link", "/proc/self/environ"} {
			t.Run(strings.Join(inputs, " ")+name, func(t *testing.T) {
				t.Parallel()
				s := program.NewStep(t)
				program.Write(t, filepath.Join(filepath.Dir(s.Workspace), "secret"), "KEY=abcd1234\n")
				if err := os.Symlink("../secret", filepath.Join(s.Workspace, "link")); err != nil {
					t.Fatal(err)
				}
				s.Env = append(s.Env, "KEY=abcd1234")
				got := s.Run(t, inputs[0], inputs[1]+name)
				if got.Code != 2 || !strings.Contains(got.Stdout, "an action reads in the workspace") || strings.Contains(got.Stdout+got.Stderr, "KEY") {
					t.Errorf("exit code %d, want 2\n%s%s", got.Code, got.Stdout, got.Stderr)
				}
			})
		}
	}
}

// Links do not lead what the action writes out of the workspace, by however many steps, whatever writes it.
func TestActionPlacesThroughLinks(t *testing.T) {
	t.Parallel()
	for _, inputs := range [][]string{
		{"output=out"}, {"output=chain"}, {"output=long/x.jsonl"}, {"report=chain"}, {"report=out/x.html"}, {"image-dir=chain"}, {"image-dir=long/deeper"},
		{"command=inspect", "file=rows", "report=out/x.html"}, {"command=inspect", "file=rows", "report=../x.html"}, {"command=inspect", "file=rows", "report=/tmp/PWNED.html"},
		{"command=inspect", "file=rows", "report=long/x.html"}, {"command=inspect", "file=rows", "report=chain"},
		{"image-mode=http"}, // the default annotations are kept in annotations/, once downloaded; here they must not even be that
	} {
		t.Run(strings.Join(inputs, " "), func(t *testing.T) {
			t.Parallel()
			s := program.NewStep(t)
			outside := t.TempDir()
			links := [][2]string{{outside, "out"}, {"out/new", "chain"}, {"out", "further"}, {"further", "long"}, {outside, "annotations"}}
			for _, link := range links {
				if err := os.Symlink(link[0], filepath.Join(s.Workspace, link[1])); err != nil {
					t.Fatal(err)
				}
			}
			program.Write(t, filepath.Join(s.Workspace, "rows"), aRow)
			before := program.Snapshot(t, filepath.Dir(s.Workspace))
			s.Env = append(s.Env, "HTTP_PROXY=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9")
			got := s.Run(t, append(inputs, "num-requests=1")...)
			if got.Code != 2 || !strings.Contains(got.Stdout, "the next step does not see") || strings.Contains(got.Stderr, "ownload") {
				t.Errorf("exit code %d, want 2\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
				t.Errorf("outside there are %v, %v", entries, err)
			}
			if after := program.Snapshot(t, filepath.Dir(s.Workspace)); after != before {
				t.Errorf("something was written:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// What is there already and is not a plain file is not written to either: nothing reads a pipe there, and no later step a device.
func TestActionPlacesPlainFiles(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	err := errors.Join(syscall.Mkfifo(filepath.Join(s.Workspace, "pipe"), 0o666), os.Symlink("pipe", filepath.Join(s.Workspace, "link")),
		os.Mkdir(filepath.Join(s.Workspace, "folder"), 0o777))
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{"output=pipe", "output=link", "output=folder", "report=pipe", "report=link", "report=folder"} {
		got := s.Run(t, "num-requests=1", "images-per-request=0", input)
		name, value, _ := strings.Cut(input, "=")
		if got.Code != 2 || !strings.Contains(got.Stdout, "::error title=Input "+name+"::"+name) || !strings.Contains(got.Stdout, value) {
			t.Errorf("%s: exit code %d, want 2\n%s%s", input, got.Code, got.Stdout, got.Stderr)
		}
	}
	if entries, err := os.ReadDir(s.Workspace); err != nil || len(entries) != 3 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

// Places that the next step does not see are rejected, with the place to use instead.
func TestActionPlacesOutsideWorkspace(t *testing.T) {
	t.Parallel()
	t.Cleanup(func() { // when all subtests have ended
		if _, err := os.Lstat("/tmp/mmjsonl-outside"); err == nil {
			t.Errorf("something was written outside the workspace")
		}
	})
	for _, input := range []string{
		"output=/tmp/mmjsonl-outside/x.jsonl", "output=../outside/x.jsonl", "output=-", "image-dir=/tmp/mmjsonl-outside", "image-dir=../outside", "image-dir=..",
		"output=sub/../../outside.jsonl", "output=link/x.jsonl", "image-dir=link",
	} {
		t.Run(input, func(t *testing.T) {
			t.Parallel()
			s := program.NewStep(t)
			if err := os.Symlink(t.TempDir(), filepath.Join(s.Workspace, "link")); err != nil {
				t.Fatal(err)
			}
			before := program.Snapshot(t, filepath.Dir(s.Workspace))
			got := s.Run(t, "num-requests=1", input)
			if got.Code != 2 {
				t.Errorf("exit code %d, want 2\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			name, value, _ := strings.Cut(input, "=")
			line := ""
			for _, l := range strings.Split(got.Stdout, "\n") {
				if strings.HasPrefix(l, "::error") {
					line += l + "\n"
				}
			}
			if !strings.Contains(line, name) || !strings.Contains(line, value) || value != "-" && !strings.Contains(line, s.Workspace) {
				t.Errorf("the annotation does not say what to do: %q", line)
			}
			if after := program.Snapshot(t, filepath.Dir(s.Workspace)); after != before {
				t.Errorf("something was written:\n%s", after)
			}
			if out := s.Read(t, s.Output); out != "" {
				t.Errorf("outputs were set: %s", out)
			}
		})
	}
}

// What the action makes belongs to the owner of the workspace, not to root; folders and images included.
func TestActionOwner(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	owner := os.Getuid()
	if owner == 0 {
		owner = 12345
		if err := os.Chown(s.Workspace, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	for _, inputs := range [][]string{
		{"num-requests=2", "output=a/b/x.jsonl", "image-dir=c/d", "report=x.html"}, {"command=inspect", "file=a/b/x.jsonl", "report=y.html"},
	} {
		if got := s.Run(t, inputs...); got.Code != 0 {
			t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
		}
	}
	files := 0
	err := filepath.WalkDir(s.Workspace, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files++
		if stat := info.Sys().(*syscall.Stat_t); int(stat.Uid) != owner {
			t.Errorf("%s belongs to %d, want %d", name, stat.Uid, owner)
		}
		return nil
	})
	if err != nil || files < 16 { // the workspace, four folders, a file and its manifest, six images and their mark, two pages
		t.Errorf("%d files, %v", files, err)
	}
}
