package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// step is the surroundings of one step on a runner whose paths are the same inside and outside, as under act.
type step struct {
	workspace, output, summary string
	env                        []string
}

func newStep(t *testing.T) *step {
	t.Helper()
	root := t.TempDir()
	s := &step{
		workspace: filepath.Join(root, "work", "repo"),
		output:    filepath.Join(root, "commands", "set_output"),
		summary:   filepath.Join(root, "commands", "step_summary"),
	}
	mustWrite(t, s.output, "")
	mustWrite(t, s.summary, "")
	if err := os.MkdirAll(s.workspace, 0o777); err != nil {
		t.Fatal(err)
	}
	s.env = []string{"GITHUB_ACTIONS=true", "CI=true", "GITHUB_WORKSPACE=" + s.workspace, "GITHUB_OUTPUT=" + s.output, "GITHUB_STEP_SUMMARY=" + s.summary}
	// Every declared input is set; one without a value is empty.
	for _, name := range []string{"IMAGES-POOL", "PROMPT", "IMAGE-DIR", "IMAGE-PATH-PREFIX", "URL-LIST", "IMAGE-URL-BASE", "OUTPUT", "JOB-CONTAINER"} {
		s.env = append(s.env, "INPUT_"+name+"=")
	}
	s.env = append(s.env, "INPUT_NUM-REQUESTS=500", "INPUT_IMAGES-PER-REQUEST=3", "INPUT_USER-TEXT-TOKENS=300", "INPUT_SEED=42", "INPUT_IMAGE-MODE=base64",
		"INPUT_COCO-ANNOTATIONS=annotations/image_info_test2017.json", "INPUT_COMPRESSION=none", "INPUT_COMPRESSION-LEVEL=better", "INPUT_SHA256=true", "INPUT_IMAGE-SIZE=8")
	return s
}

// run runs the step with further inputs, NAME=VALUE.
func (s *step) run(t *testing.T, inputs ...string) result {
	t.Helper()
	env := s.env
	for _, in := range inputs {
		name, value, _ := strings.Cut(in, "=")
		env = append(env, "INPUT_"+strings.ToUpper(name)+"="+value)
	}
	return run(t, s.workspace, env)
}

func (s *step) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// checkOutputs compares outputs, a value of "*" being any but the empty one, and wants all that action.yml declares and no other.
func (s *step) checkOutputs(t *testing.T, want map[string]string) {
	t.Helper()
	got, err := parseOutputs(s.read(t, s.output))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if g, ok := got[name]; !ok || value == "*" && g == "" || value != "*" && g != value {
			t.Errorf("output %s is %q (set: %v), want %q", name, g, ok, value)
		}
	}
	declared, err := declaredOutputs()
	if err != nil {
		t.Fatal(err)
	}
	if set := slices.Sorted(maps.Keys(got)); !slices.Equal(set, declared) {
		t.Errorf("the outputs %q were set, action.yml declares %q", set, declared)
	}
}

func TestActionOutputs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		inputs []string
		files  map[string]string
		want   map[string]string // besides those checked against the file; $W is the workspace
	}{
		{
			name:   "paths",
			inputs: []string{"num-requests=20", "images-pool=25"},
			want: map[string]string{
				"relative-path": "20req_3img_25pool_300word_base64.jsonl",
				"image-dir":     "$W/images_8x8_seed42",
				"requests":      "20", "image-slots": "60", "unique-images": "25", "duplicate-references": "35", "reuse-rate": "0.5833", "seed": "42", "sha256": "*",
				"aiperf-args": "--input-file $W/20req_3img_25pool_300word_base64.jsonl --custom-dataset-type single_turn --request-count 20",
			},
		},
		{
			name:   "all unique",
			inputs: []string{"num-requests=3", "output=out/deep/x.jsonl", "image-dir=pics"},
			want: map[string]string{
				"relative-path": "out/deep/x.jsonl", "image-dir": "$W/pics",
				"requests": "3", "image-slots": "9", "unique-images": "9", "duplicate-references": "0", "reuse-rate": "0.0000", "seed": "42", "sha256": "*",
				"aiperf-args": "--input-file $W/out/deep/x.jsonl --custom-dataset-type single_turn --request-count 3",
			},
		},
		{
			name:   "a pool that is too large",
			inputs: []string{"num-requests=2", "images-per-request=2", "images-pool=9", "output=$W/x.jsonl"},
			want: map[string]string{
				"relative-path": "x.jsonl", "image-dir": "$W/images_8x8_seed42",
				"requests": "2", "image-slots": "4", "unique-images": "4", "duplicate-references": "0", "reuse-rate": "0.0000", "seed": "42", "sha256": "*",
				"aiperf-args": "--input-file $W/x.jsonl --custom-dataset-type single_turn --request-count 2",
			},
		},
		{
			name:   "zstd",
			inputs: []string{"num-requests=4", "images-pool=3", "image-mode=datauri", "compression=zstd", "seed=7"},
			want: map[string]string{
				"relative-path": "4req_3img_3pool_300word_datauri.jsonl.zst", "image-dir": "",
				"requests": "4", "image-slots": "12", "unique-images": "3", "duplicate-references": "9", "reuse-rate": "0.7500", "seed": "7", "sha256": "*",
				"aiperf-args": "--input-file $W/4req_3img_3pool_300word_datauri.jsonl --custom-dataset-type single_turn --request-count 4",
			},
		},
		{
			name:   "gzip, no digest, no images",
			inputs: []string{"num-requests=4", "images-per-request=0", "compression=gzip", "sha256=false"},
			want: map[string]string{
				"relative-path": "4req_0img_0pool_300word_base64.jsonl.gz", "image-dir": "",
				"requests": "4", "image-slots": "0", "unique-images": "0", "duplicate-references": "0", "reuse-rate": "0.0000", "seed": "42", "sha256": "",
				"aiperf-args": "--input-file $W/4req_0img_0pool_300word_base64.jsonl.gz --custom-dataset-type single_turn --request-count 4",
			},
		},
		{
			name:   "http",
			inputs: []string{"num-requests=4", "images-per-request=1", "images-pool=3", "image-mode=http", "url-list=list.txt", "prompt=hi"},
			files:  map[string]string{"list.txt": "http://h.example/1\nhttp://h.example/2\nhttp://h.example/3\n"},
			want: map[string]string{
				"relative-path": "4req_1img_3pool_prompt_http.jsonl", "image-dir": "",
				"requests": "4", "image-slots": "4", "unique-images": "3", "duplicate-references": "1", "reuse-rate": "0.2500", "seed": "42", "sha256": "*",
				"aiperf-args": "--input-file $W/4req_1img_3pool_prompt_http.jsonl --custom-dataset-type single_turn --request-count 4",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStep(t)
			for name, content := range test.files {
				mustWrite(t, filepath.Join(s.workspace, name), content)
			}
			for i := range test.inputs {
				test.inputs[i] = strings.ReplaceAll(test.inputs[i], "$W", s.workspace)
			}
			got := s.run(t, test.inputs...)
			if got.code != 0 {
				t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
			want := map[string]string{}
			for name, value := range test.want {
				want[name] = strings.ReplaceAll(value, "$W", s.workspace)
			}
			file := filepath.Join(s.workspace, want["relative-path"])
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			want["path"], want["container-path"], want["bytes"] = file, file, fmt.Sprint(info.Size())
			s.checkOutputs(t, want)

			// What is reported is what stands in the file.
			seen, slots, rows := map[string]bool{}, 0, mustRows(t, file)
			for _, r := range rows {
				for _, ref := range r.Images {
					seen[ref] = true
					slots++
				}
			}
			if counted := fmt.Sprint(len(rows), slots, len(seen)); counted != want["requests"]+" "+want["image-slots"]+" "+want["unique-images"] {
				t.Errorf("the file has %s rows, slots and distinct images", counted)
			}
			// The summary has the figures and the command to run next, and for zstd the line before it.
			summary := s.read(t, s.summary)
			for _, want := range []string{want["requests"], want["unique-images"], want["duplicate-references"], want["seed"], "aiperf profile", want["aiperf-args"]} {
				if !strings.Contains(summary, want) {
					t.Errorf("the summary does not say %q:\n%s", want, summary)
				}
			}
			if strings.HasSuffix(file, ".zst") && !regexp.MustCompile(`zstd -d\S*( \S+)* `+regexp.QuoteMeta(file)).MatchString(summary) {
				t.Errorf("the summary does not say how to decompress:\n%s", summary)
			}
			if strings.Contains(got.stdout+got.stderr, "::error") {
				t.Errorf("a run that succeeded has an error: %s%s", got.stdout, got.stderr)
			}
		})
	}
}

// Places which the next step does not see are refused, with the place to use instead.
func TestActionRefusesPlacesOutsideTheWorkspace(t *testing.T) {
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
			s := newStep(t)
			if err := os.Symlink(t.TempDir(), filepath.Join(s.workspace, "link")); err != nil {
				t.Fatal(err)
			}
			before := mustSnapshot(t, filepath.Dir(s.workspace))
			got := s.run(t, "num-requests=1", input)
			if got.code != 2 {
				t.Errorf("exit code %d, want 2\n%s%s", got.code, got.stdout, got.stderr)
			}
			name, value, _ := strings.Cut(input, "=")
			line := ""
			for _, l := range strings.Split(got.stdout, "\n") {
				if strings.HasPrefix(l, "::error") {
					line += l + "\n"
				}
			}
			if !strings.Contains(line, name) || !strings.Contains(line, value) || value != "-" && !strings.Contains(line, s.workspace) {
				t.Errorf("the annotation does not say what to do: %q", line)
			}
			if after := mustSnapshot(t, filepath.Dir(s.workspace)); after != before {
				t.Errorf("something was written:\n%s", after)
			}
			if out := s.read(t, s.output); out != "" {
				t.Errorf("outputs were set: %s", out)
			}
		})
	}
}

// Every problem is one annotation, at most ten of which the runner shows.
func TestActionReportsEveryProblem(t *testing.T) {
	t.Parallel()
	s := newStep(t)
	got := s.run(t, "num-requests=0", "images-per-request=-1", "image-mode=x", "seed=y", "compression=z", "output=/tmp/x.jsonl")
	if got.code != 2 {
		t.Errorf("exit code %d, want 2", got.code)
	}
	for _, name := range []string{"num-requests", "images-per-request", "image-mode", "seed", "compression", "output"} {
		if !regexp.MustCompile(`(?m)^::error( [^:]*)?::.*\b` + name + `\b`).MatchString(got.stdout) {
			t.Errorf("no annotation for %s:\n%s%s", name, got.stdout, got.stderr)
		}
	}
	if strings.Contains(got.stdout+got.stderr, "--") {
		t.Errorf("an annotation names a flag: %s%s", got.stdout, got.stderr)
	}
}

// Without the runner's files, as in docker run by hand, the run goes through; where they cannot be written, it fails with a sentence.
func TestActionWithoutCommandFiles(t *testing.T) {
	t.Parallel()
	s := newStep(t)
	got := run(t, s.workspace, []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + s.workspace, "INPUT_NUM_REQUESTS=2", "INPUT_IMAGE_SIZE=8"})
	if got.code != 0 {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		got = run(t, s.workspace, append(s.env, name+"="+filepath.Join(s.workspace, "nowhere", "file")), "-n", "2")
		if got.code != 1 || strings.Contains(got.stderr, "goroutine") || strings.Contains(got.stderr, "panic") {
			t.Errorf("%s: exit code %d, want 1 and no panic\n%s%s", name, got.code, got.stdout, got.stderr)
		}
	}
}

// What the action makes belongs to the owner of the workspace, not to root; folders and images included.
func TestActionFilesBelongToTheWorkspacesOwner(t *testing.T) {
	t.Parallel()
	s := newStep(t)
	owner := os.Getuid()
	if owner == 0 {
		owner = 12345
		if err := os.Chown(s.workspace, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	for _, inputs := range [][]string{
		{"num-requests=2", "output=a/b/x.jsonl", "image-dir=c/d", "report=x.html"}, {"command=inspect", "file=a/b/x.jsonl", "report=y.html"},
	} {
		if got := s.run(t, inputs...); got.code != 0 {
			t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
		}
	}
	files := 0
	err := filepath.WalkDir(s.workspace, func(name string, d fs.DirEntry, err error) error {
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

// A random seed differs from run to run, and the seed it reports makes the same file again.
func TestRandomSeedIsReported(t *testing.T) {
	t.Parallel()
	seeds := map[string]bool{}
	for range 2 {
		s := newStep(t)
		got := s.run(t, "num-requests=5", "seed=random", "image-mode=datauri", "output=x.jsonl")
		if got.code != 0 {
			t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
		}
		outputs, err := parseOutputs(s.read(t, s.output))
		if err != nil {
			t.Fatal(err)
		}
		seed := outputs["seed"]
		seeds[seed] = true
		if !regexp.MustCompile(`seed ` + seed + `\b`).MatchString(got.stdout) {
			t.Errorf("seed %q is not in the log: %s", seed, got.stdout)
		}
		succeed(t, s.workspace, nil, "-n", "5", "--image-size", "8", "--image-mode", "datauri", "--seed", seed, "-o", "again.jsonl")
		if s.read(t, filepath.Join(s.workspace, "x.jsonl")) != s.read(t, filepath.Join(s.workspace, "again.jsonl")) {
			t.Errorf("seed %s makes another file the second time", seed)
		}
	}
	if len(seeds) != 2 {
		t.Errorf("the random seed was the same twice: %v", seeds)
	}
}
