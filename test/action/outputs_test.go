package action

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// aRow is a request file of one row.
const aRow = `{"text":"a","images":["http://h/a.png","http://h/b.png"]}` + "\n"

// checkOutputs compares outputs, a value of "*" being any but the empty one, and wants all that action.yml declares and no other.
func checkOutputs(t *testing.T, s *program.Step, want map[string]string) {
	t.Helper()
	got := s.Outputs(t)
	for name, value := range want {
		if g, ok := got[name]; !ok || value == "*" && g == "" || value != "*" && g != value {
			t.Errorf("output %s is %q (set: %v), want %q", name, g, ok, value)
		}
	}
	if err := program.CheckOutputs(got); err != nil {
		t.Error(err)
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
				"aiperf-args": "--input-file $W/20req_3img_25pool_300word_base64.jsonl --custom-dataset-type single_turn --request-count 20 --random-seed 1 --output-artifact-dir artifacts/20req_3img_25pool_300word_base64",
			},
		},
		{
			name:   "all unique",
			inputs: []string{"num-requests=3", "output=out/deep/x.jsonl", "image-dir=pics"},
			want: map[string]string{
				"relative-path": "out/deep/x.jsonl", "image-dir": "$W/pics",
				"requests": "3", "image-slots": "9", "unique-images": "9", "duplicate-references": "0", "reuse-rate": "0.0000", "seed": "42", "sha256": "*",
				"aiperf-args": "--input-file $W/out/deep/x.jsonl --custom-dataset-type single_turn --request-count 3 --random-seed 1 --output-artifact-dir artifacts/x",
			},
		},
		{
			name:   "a pool that is too large",
			inputs: []string{"num-requests=2", "images-per-request=2", "images-pool=9", "output=$W/x.jsonl"},
			want: map[string]string{
				"relative-path": "x.jsonl", "image-dir": "$W/images_8x8_seed42",
				"requests": "2", "image-slots": "4", "unique-images": "4", "duplicate-references": "0", "reuse-rate": "0.0000", "seed": "42", "sha256": "*",
				"aiperf-args": "--input-file $W/x.jsonl --custom-dataset-type single_turn --request-count 2 --random-seed 1 --output-artifact-dir artifacts/x",
			},
		},
		{
			name:   "zstd",
			inputs: []string{"num-requests=4", "images-pool=3", "image-mode=datauri", "compression=zstd", "seed=7"},
			want: map[string]string{
				"relative-path": "4req_3img_3pool_300word_datauri.jsonl.zst", "image-dir": "",
				"requests": "4", "image-slots": "12", "unique-images": "3", "duplicate-references": "9", "reuse-rate": "0.7500", "seed": "7", "sha256": "*",
				"aiperf-args": "--input-file $W/4req_3img_3pool_300word_datauri.jsonl --custom-dataset-type single_turn --request-count 4 --random-seed 1 --output-artifact-dir artifacts/4req_3img_3pool_300word_datauri",
			},
		},
		{
			name:   "gzip, no digest, no images",
			inputs: []string{"num-requests=4", "images-per-request=0", "compression=gzip", "sha256=false"},
			want: map[string]string{
				"relative-path": "4req_0img_0pool_300word_base64.jsonl.gz", "image-dir": "",
				"requests": "4", "image-slots": "0", "unique-images": "0", "duplicate-references": "0", "reuse-rate": "0.0000", "seed": "42", "sha256": "",
				"aiperf-args": "--input-file $W/4req_0img_0pool_300word_base64.jsonl.gz --custom-dataset-type single_turn --request-count 4 --random-seed 1 --output-artifact-dir artifacts/4req_0img_0pool_300word_base64",
			},
		},
		{
			name:   "http",
			inputs: []string{"num-requests=4", "images-per-request=1", "images-pool=3", "image-mode=http", "url-list=list.txt", "prompt=hi"},
			files:  map[string]string{"list.txt": "http://h.example/1\nhttp://h.example/2\nhttp://h.example/3\n"},
			want: map[string]string{
				"relative-path": "4req_1img_3pool_prompt_http.jsonl", "image-dir": "",
				"requests": "4", "image-slots": "4", "unique-images": "3", "duplicate-references": "1", "reuse-rate": "0.2500", "seed": "42", "sha256": "*",
				"aiperf-args": "--input-file $W/4req_1img_3pool_prompt_http.jsonl --custom-dataset-type single_turn --request-count 4 --random-seed 1 --output-artifact-dir artifacts/4req_1img_3pool_prompt_http",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := program.NewStep(t)
			for name, content := range test.files {
				program.Write(t, filepath.Join(s.Workspace, name), content)
			}
			for i := range test.inputs {
				test.inputs[i] = strings.ReplaceAll(test.inputs[i], "$W", s.Workspace)
			}
			got := s.Run(t, test.inputs...)
			if got.Code != 0 {
				t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			want := map[string]string{}
			for name, value := range test.want {
				want[name] = strings.ReplaceAll(value, "$W", s.Workspace)
			}
			file := filepath.Join(s.Workspace, want["relative-path"])
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			want["path"], want["container-path"], want["bytes"] = file, file, fmt.Sprint(info.Size())
			checkOutputs(t, s, want)

			// The outputs are what the file has.
			seen, slots, rows := map[string]bool{}, 0, program.Rows(t, file)
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
			summary := s.Read(t, s.Summary)
			for _, want := range []string{want["requests"], want["unique-images"], want["duplicate-references"], want["seed"], "aiperf profile", want["aiperf-args"]} {
				if !strings.Contains(summary, want) {
					t.Errorf("the summary does not say %q:\n%s", want, summary)
				}
			}
			if strings.HasSuffix(file, ".zst") && !regexp.MustCompile(`zstd -d\S*( \S+)* `+regexp.QuoteMeta(file)).MatchString(summary) {
				t.Errorf("the summary does not say how to decompress:\n%s", summary)
			}
			if strings.Contains(got.Stdout+got.Stderr, "::error") {
				t.Errorf("a run that succeeded has an error: %s%s", got.Stdout, got.Stderr)
			}
		})
	}
}

// Every problem is one annotation. The runner shows at most ten.
func TestActionProblems(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	got := s.Run(t, "num-requests=0", "images-per-request=-1", "image-mode=x", "seed=y", "compression=z", "output=/tmp/x.jsonl")
	if got.Code != 2 {
		t.Errorf("exit code %d, want 2", got.Code)
	}
	for _, name := range []string{"num-requests", "images-per-request", "image-mode", "seed", "compression", "output"} {
		if !regexp.MustCompile(`(?m)^::error( [^:]*)?::.*\b` + name + `\b`).MatchString(got.Stdout) {
			t.Errorf("no annotation for %s:\n%s%s", name, got.Stdout, got.Stderr)
		}
	}
	if strings.Contains(got.Stdout+got.Stderr, "--") {
		t.Errorf("an annotation names a flag: %s%s", got.Stdout, got.Stderr)
	}
}

// Without the runner's files, as in docker run by hand, the run goes through; where they cannot be written, it fails with a sentence.
func TestActionWithoutCommandFiles(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	got := program.Run(t, s.Workspace, []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + s.Workspace, "INPUT_NUM_REQUESTS=2", "INPUT_IMAGE_SIZE=8"})
	if got.Code != 0 {
		t.Errorf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		got = program.Run(t, s.Workspace, append(s.Env, name+"="+filepath.Join(s.Workspace, "nowhere", "file")), "-n", "2")
		if got.Code != 1 || strings.Contains(got.Stderr, "goroutine") || strings.Contains(got.Stderr, "panic") {
			t.Errorf("%s: exit code %d, want 1 and no panic\n%s%s", name, got.Code, got.Stdout, got.Stderr)
		}
	}
}

// Inspecting in a step whose files cannot be written to fails with a sentence, too.
func TestActionInspectWithoutCommandFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		s := program.NewStep(t)
		program.Write(t, filepath.Join(s.Workspace, "rows"), aRow)
		s.Env = append(s.Env, name+"="+filepath.Join(s.Workspace, "nowhere", "file"))
		got := s.Run(t, "command=inspect", "file=rows")
		if got.Code != 1 || !strings.Contains(got.Stdout, "::error::failed to open what "+name+" names") || strings.Contains(got.Stderr, "goroutine") {
			t.Errorf("%s: exit code %d, want 1\n%s%s", name, got.Code, got.Stdout, got.Stderr)
		}
	}
}

// A random seed differs from run to run, and the seed it reports makes the same file again.
func TestSeedRandom(t *testing.T) {
	t.Parallel()
	seeds := map[string]bool{}
	for range 2 {
		s := program.NewStep(t)
		got := s.Run(t, "num-requests=5", "seed=random", "image-mode=datauri", "output=x.jsonl")
		if got.Code != 0 {
			t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
		}
		outputs := s.Outputs(t)
		seed := outputs["seed"]
		seeds[seed] = true
		if !regexp.MustCompile(`(?m)^  seed +` + seed + `$`).MatchString(got.Stdout) {
			t.Errorf("seed %q is not in the log: %s", seed, got.Stdout)
		}
		program.Succeed(t, s.Workspace, nil, "-n", "5", "--image-size", "8", "--image-mode", "datauri", "--seed", seed, "-o", "again.jsonl")
		if s.Read(t, filepath.Join(s.Workspace, "x.jsonl")) != s.Read(t, filepath.Join(s.Workspace, "again.jsonl")) {
			t.Errorf("seed %s makes another file the second time", seed)
		}
	}
	if len(seeds) != 2 {
		t.Errorf("the random seed was the same twice: %v", seeds)
	}
}

// A run that needs more memory than any machine has says so in an annotation at once, before it reads the list of URLs, which is missing.
func TestActionMemoryWarning(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the program knows how much memory there is on Linux alone")
	}
	s := program.NewStep(t)
	got := s.Run(t, "num-requests=300000000", "image-mode=http", "url-list=nowhere.txt")
	if !regexp.MustCompile(`(?m)^::warning( [^:]*)?::the run needs about 2\d{5} MB of memory `).MatchString(got.Stdout) {
		t.Errorf("no annotation about memory:\n%s", got.Stdout)
	}
	if strings.Contains(got.Stderr, "memory") {
		t.Errorf("the warning is on standard error too:\n%s", got.Stderr)
	}
	if got.Code != 2 || !strings.Contains(got.Stdout, "nowhere.txt") {
		t.Errorf("exit code %d:\n%s", got.Code, got.Stdout)
	}
}

// What GitHub would drop, as it is too long, is bad input: a summary of a MiB, or outputs of a MiB in two bytes a character.
func TestActionOutputsOfManyCapacities(t *testing.T) {
	t.Parallel()
	list := func(n int, format string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(format, 100000+10*i))
		}
		return strings.Join(all, ",")
	}
	for name, inputs := range map[string]func(n int) []string{
		"hit-rate": func(n int) []string {
			return []string{"num-requests=3", "images-per-request=1", "hit-rate=" + list(n, "0@%d"), "output=x.jsonl"}
		},
		"cache-images": func(n int) []string {
			return []string{"command=inspect", "file=rows", "cache-images=" + list(n, "%d")}
		},
	} {
		s := program.NewStep(t)
		program.Write(t, filepath.Join(s.Workspace, "rows"), aRow)
		if got := s.Run(t, inputs(1001)...); got.Code != 2 || !strings.Contains(got.Stdout, "::error title=Input "+name+"::"+name+" has 1001 capacities") {
			t.Errorf("%s: exit code %d, %.300s%.300s", name, got.Code, got.Stdout, got.Stderr)
		}
		if got := s.Run(t, inputs(1000)...); got.Code != 0 {
			t.Errorf("%s: exit code %d, %.300s%.300s", name, got.Code, got.Stdout, got.Stderr)
		}
		if outputs, summary := s.Read(t, s.Output), s.Read(t, s.Summary); 2*len(outputs) > 1<<20 || len(summary) > 1<<20 || strings.Count(summary, "\n") < 1000 {
			t.Errorf("%s: %d bytes of outputs, %d of a summary", name, len(outputs), len(summary))
		}
	}
}

// A workspace that is not given, or cannot be opened, is no leave to write anywhere.
func TestActionWithoutWorkspace(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "x.jsonl")
	for _, workspace := range []string{"GITHUB_WORKSPACE=", "GITHUB_WORKSPACE=relative", "GITHUB_WORKSPACE=/not-there", "GITHUB_WORKSPACE=/dev/null"} {
		for _, inputs := range [][]string{{"num-requests=2"}, {"num-requests=2", "output=" + outside}, {"command=inspect", "file=rows"}, {"command=regenerate", "manifest=rows"}} {
			s := program.NewStep(t)
			program.Write(t, filepath.Join(s.Workspace, "rows"), aRow)
			before := program.Snapshot(t, s.Workspace)
			s.Env = append(s.Env, workspace)
			got := s.Run(t, inputs...)
			if got.Code != 2 || !strings.Contains(got.Stdout, "GITHUB_WORKSPACE") {
				t.Errorf("%s, %q: exit code %d, %s%s", workspace, inputs, got.Code, got.Stdout, got.Stderr)
			}
			if after := program.Snapshot(t, s.Workspace); after != before || s.Read(t, s.Output) != "" {
				t.Errorf("%s, %q: something was written:\n%s", workspace, inputs, after)
			}
		}
	}
	if _, err := os.Lstat(outside); err == nil {
		t.Error("something was written outside of any workspace")
	}
}

// What a job can compare is a number, and the page and the build are outputs too. Without a requested hit rate, or a page, they are empty.
func TestOutputsForConditions(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	if got := s.Run(t, "num-requests=100", "hit-rate=0.3@40,0.6@80", "image-mode=datauri", "image-size=8", "report=out/page.html", "output=out/x.jsonl"); got.Code != 0 {
		t.Fatal(got.Stdout, got.Stderr)
	}
	checkOutputs(t, s, map[string]string{"hit-rate": "0.3000@40,0.6000@80", "hit-rate-value": "0.3000", "report": filepath.Join(s.Workspace, "out", "page.html"), "version": "*"})
	s = program.NewStep(t)
	if got := s.Run(t, "num-requests=2", "image-mode=datauri", "image-size=8"); got.Code != 0 {
		t.Fatal(got.Stdout, got.Stderr)
	}
	checkOutputs(t, s, map[string]string{"hit-rate-value": "", "report": "", "version": "*"})
}

// A run that fails says so in the summary, and each bad row has its file and line, at most nine of them.
func TestFailureSummary(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	got := s.Run(t, "num-requests=x", "images-pool=1", "image-size=0")
	summary := s.Read(t, s.Summary)
	if got.Code != 2 || !strings.HasPrefix(summary, "### mmjsonl failed: 3 problems\n\n| input | what is wrong | what to do |\n|---|---|---|\n") || strings.Count(summary, "\n| <code>") != 3 {
		t.Errorf("exit code %d, summary\n%s", got.Code, summary)
	}
	for _, want := range []string{"| <code>num-requests</code> | <code>num-requests \"x\" is not a whole number</code> | <code>give one like 100</code> |", "| <code>image-size</code> |"} {
		if !strings.Contains(summary, want) {
			t.Errorf("no %q in\n%s", want, summary)
		}
	}

	s = program.NewStep(t)
	program.Write(t, filepath.Join(s.Workspace, "in", "rows.jsonl"), aRow+strings.Repeat("{\n", 12)+aRow)
	got = s.Run(t, "command=inspect", "file=in/rows.jsonl")
	summary = s.Read(t, s.Summary)
	if got.Code != 1 || strings.Count(got.Stdout, "::error file=in/rows.jsonl,line=") != 9 || !strings.Contains(got.Stdout, "::error file=in/rows.jsonl,line=2,title=Bad row::line 2: bad JSON") {
		t.Errorf("exit code %d\n%s", got.Code, got.Stdout)
	}
	if !strings.Contains(summary, "2 requests") || !strings.Contains(summary, "### mmjsonl failed: 1 problem\n") {
		t.Errorf("summary\n%s", summary)
	}
	// In a run that succeeds there is nothing of that.
	s = program.NewStep(t)
	program.Write(t, filepath.Join(s.Workspace, "rows.jsonl"), aRow)
	if got = s.Run(t, "command=inspect", "file=rows.jsonl"); got.Code != 0 || strings.Contains(s.Read(t, s.Summary), "failed") || strings.Contains(got.Stdout, "::error") {
		t.Errorf("exit code %d\n%s", got.Code, got.Stdout)
	}
}
