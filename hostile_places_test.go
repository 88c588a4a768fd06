package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the action is to read may wait for ever, or have no end; nobody would be there to see it.
func TestActionReadsPlainFilesOnly(t *testing.T) {
	t.Parallel()
	for _, inputs := range [][]string{
		{"image-mode=http", "url-list=pipe"}, {"image-mode=http", "url-list=/dev/zero"}, {"image-mode=http", "url-list=link"}, {"image-mode=http", "url-list=folder"},
		{"image-mode=http", "coco-annotations=pipe"}, {"image-mode=http", "coco-annotations=/dev/zero"}, {"image-mode=http", "coco-annotations=folder"},
		{"command=inspect", "file=pipe"}, {"command=inspect", "file=/dev/zero"}, {"command=inspect", "file=link"}, {"command=inspect", "file=folder"},
	} {
		t.Run(strings.Join(inputs, " "), func(t *testing.T) {
			t.Parallel()
			s := newStep(t)
			err := errors.Join(syscall.Mkfifo(filepath.Join(s.workspace, "pipe"), 0o666), os.Symlink("pipe", filepath.Join(s.workspace, "link")), os.Mkdir(filepath.Join(s.workspace, "folder"), 0o777))
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			got := s.run(t, append(inputs, "num-requests=2", "images-pool=3")...)
			name, value, _ := strings.Cut(inputs[1], "=")
			if got.code != 2 || !strings.Contains(got.stdout, "::error::"+name+` "`+value+`"`) || time.Since(begin) > 10*time.Second {
				t.Errorf("exit code %d after %v\n%s%s", got.code, time.Since(begin), got.stdout, got.stderr)
			}
		})
	}
}

// A name that leads out of the workspace shows nobody a line of what is there.
func TestActionReadsInTheWorkspaceAlone(t *testing.T) {
	t.Parallel()
	for _, inputs := range [][]string{{"image-mode=http", "url-list="}, {"image-mode=http", "coco-annotations="}, {"command=inspect", "file="}} {
		for _, name := range []string{"../secret", "link", "/proc/self/environ"} {
			t.Run(strings.Join(inputs, " ")+name, func(t *testing.T) {
				t.Parallel()
				s := newStep(t)
				mustWrite(t, filepath.Join(filepath.Dir(s.workspace), "secret"), "KEY=abcd1234\n")
				if err := os.Symlink("../secret", filepath.Join(s.workspace, "link")); err != nil {
					t.Fatal(err)
				}
				s.env = append(s.env, "KEY=abcd1234")
				got := s.run(t, inputs[0], inputs[1]+name)
				if got.code != 2 || !strings.Contains(got.stdout, "an action reads in the workspace") || strings.Contains(got.stdout+got.stderr, "KEY") {
					t.Errorf("exit code %d, want 2\n%s%s", got.code, got.stdout, got.stderr)
				}
			})
		}
	}
}

// Links do not lead what the action writes out of the workspace, by however many steps, whatever writes it.
func TestActionWritesNowhereElse(t *testing.T) {
	t.Parallel()
	for _, inputs := range [][]string{
		{"output=out"}, {"output=chain"}, {"output=long/x.jsonl"}, {"report=chain"}, {"report=out/x.html"}, {"image-dir=chain"}, {"image-dir=long/deeper"},
		{"command=inspect", "file=rows", "report=out/x.html"}, {"command=inspect", "file=rows", "report=../x.html"}, {"command=inspect", "file=rows", "report=/tmp/PWNED.html"},
		{"command=inspect", "file=rows", "report=long/x.html"}, {"command=inspect", "file=rows", "report=chain"},
		{"image-mode=http"}, // the default annotations are kept in annotations/, once downloaded; here they must not even be that
	} {
		t.Run(strings.Join(inputs, " "), func(t *testing.T) {
			t.Parallel()
			s := newStep(t)
			outside := t.TempDir()
			links := [][2]string{{outside, "out"}, {"out/new", "chain"}, {"out", "further"}, {"further", "long"}, {outside, "annotations"}}
			for _, link := range links {
				if err := os.Symlink(link[0], filepath.Join(s.workspace, link[1])); err != nil {
					t.Fatal(err)
				}
			}
			mustWrite(t, filepath.Join(s.workspace, "rows"), good)
			before := mustSnapshot(t, filepath.Dir(s.workspace))
			s.env = append(s.env, "HTTP_PROXY=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9")
			got := s.run(t, append(inputs, "num-requests=1")...)
			if got.code != 2 || !strings.Contains(got.stdout, "the next step does not see") || strings.Contains(got.stderr, "ownload") {
				t.Errorf("exit code %d, want 2\n%s%s", got.code, got.stdout, got.stderr)
			}
			if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
				t.Errorf("outside there are %v, %v", entries, err)
			}
			if after := mustSnapshot(t, filepath.Dir(s.workspace)); after != before {
				t.Errorf("something was written:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// A pipe under an image's name holds up no run: in a folder of ours it is replaced, in any other the folder is refused.
func TestPipesUnderImageNames(t *testing.T) {
	t.Parallel()
	for _, marked := range []bool{false, true} {
		dir := t.TempDir()
		if marked {
			succeed(t, dir, nil, "-n", "1", "--image-size", "8", "--image-dir", "pics", "-o", "first.jsonl")
			if err := os.Remove(filepath.Join(dir, "pics", "img_0001.png")); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Mkdir(filepath.Join(dir, "pics"), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, "pics", "img_0001.png"), 0o666); err != nil {
			t.Fatal(err)
		}
		got := run(t, dir, nil, "-n", "2", "--image-size", "8", "--image-dir", "pics", "-o", "x.jsonl")
		if marked && got.code != 0 || !marked && (got.code != 2 || !strings.Contains(got.stderr, "holds another img_0001.png")) {
			t.Errorf("marked: %v, exit code %d\n%s%s", marked, got.code, got.stdout, got.stderr)
		}
	}
}

// Inspecting in a step whose files cannot be written to fails with a sentence, too.
func TestActionInspectsWithoutCommandFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		s := newStep(t)
		mustWrite(t, filepath.Join(s.workspace, "rows"), good)
		s.env = append(s.env, name+"="+filepath.Join(s.workspace, "nowhere", "file"))
		got := s.run(t, "command=inspect", "file=rows")
		if got.code != 1 || !strings.Contains(got.stdout, "::error::failed to open what "+name+" names") || strings.Contains(got.stderr, "goroutine") {
			t.Errorf("%s: exit code %d, want 1\n%s%s", name, got.code, got.stdout, got.stderr)
		}
	}
}

// What is there already and is no plain file is not written to either: nobody reads a pipe there, and no later step a device.
func TestActionWritesPlainFilesOnly(t *testing.T) {
	t.Parallel()
	s := newStep(t)
	err := errors.Join(syscall.Mkfifo(filepath.Join(s.workspace, "pipe"), 0o666), os.Symlink("pipe", filepath.Join(s.workspace, "link")),
		os.Mkdir(filepath.Join(s.workspace, "folder"), 0o777))
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{"output=pipe", "output=link", "output=folder", "report=pipe", "report=link", "report=folder"} {
		got := s.run(t, "num-requests=1", "images-per-request=0", input)
		name, value, _ := strings.Cut(input, "=")
		if got.code != 2 || !strings.Contains(got.stdout, "::error::"+name) || !strings.Contains(got.stdout, value) {
			t.Errorf("%s: exit code %d, want 2\n%s%s", input, got.code, got.stdout, got.stderr)
		}
	}
	if entries, err := os.ReadDir(s.workspace); err != nil || len(entries) != 3 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

// A manifest from somebody else does not say where files go, by whatever spelling.
func TestManifestsDoNotSayWhereFilesGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	succeed(t, dir, nil, "-n", "1", "--image-size", "8", "-o", "x.jsonl")
	text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{`"report": "PWNED"`, `"image-dir": "PWNED"`, `"output": "PWNED"`, `"report=PWNED": "x"`, `"\u0072eport": "PWNED"`, `"image-dir=PWNED": ""`, `"": "PWNED"`,
		`"allow-local-urls": "true"`} {
		mustWrite(t, filepath.Join(dir, "m.json"), strings.Replace(string(text), `"inputs": {`, `"inputs": {`+input+",", 1))
		before := mustSnapshot(t, dir)
		got := run(t, dir, nil, "regenerate", "m.json", "-o", "y.jsonl")
		if got.code != 2 || !strings.Contains(got.stderr, `the manifest "m.json" cannot be read: it gives the input`) {
			t.Errorf("%s: exit code %d, want 2\n%s%s", input, got.code, got.stdout, got.stderr)
		}
		if after := mustSnapshot(t, dir); after != before {
			t.Errorf("%s: something was written:\n%s", input, after)
		}
	}

	// Nor by the name of its file, which becomes that of the output: not one that another program reads, nor one that is there.
	for _, name := range []string{".bashrc", "Makefile", "-", ".x.jsonl", "there.jsonl", "folder.jsonl", "pipe.jsonl"} {
		mustWrite(t, filepath.Join(dir, "m.json"), strings.Replace(string(text), `"name": "x.jsonl"`, `"name": "`+name+`"`, 1))
		mustWrite(t, filepath.Join(dir, "there.jsonl"), "mine\n")
		_ = os.Mkdir(filepath.Join(dir, "folder.jsonl"), 0o755)
		_ = os.Symlink("/dev/null", filepath.Join(dir, "pipe.jsonl"))
		before := mustSnapshot(t, dir)
		got := run(t, dir, nil, "regenerate", "m.json")
		if got.code != 2 || !strings.Contains(got.stderr, "give --output") {
			t.Errorf("%s: exit code %d, want 2\n%s%s", name, got.code, got.stdout, got.stderr)
		}
		if after := mustSnapshot(t, dir); after != before {
			t.Errorf("%s: something was written:\n%s", name, after)
		}
	}
}
