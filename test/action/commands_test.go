package action

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// commands are the action's commands, with the inputs that each needs.
func commands() map[string][]string {
	return map[string][]string{
		"generate":   {"num-requests=2", "output=out.jsonl"},
		"inspect":    {"command=inspect", "file=made.jsonl", "report=out.html"},
		"regenerate": {"command=regenerate", "manifest=made.jsonl.manifest.json", "output=out.jsonl"},
		"join":       {"command=join", "shards=cut.shard-*", "output=out.jsonl"},
	}
}

// newStepWithFile makes a step in whose workspace a step before made a file.
func newStepWithFile(t *testing.T, inputs ...string) (s *program.Step, outputs map[string]string) {
	t.Helper()
	s = program.NewStep(t)
	if got := s.Run(t, append([]string{"num-requests=3", "images-pool=5", "output=made.jsonl"}, inputs...)...); got.Code != 0 {
		t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	outputs = s.Outputs(t)
	if got := s.Run(t, "num-requests=3", "images-pool=5", "output=cut.jsonl", "shard=0/1"); got.Code != 0 {
		t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	program.Write(t, s.Output, "")
	program.Write(t, s.Summary, "")
	return s, outputs
}

// The shards of a matrix are joined by a step of another job, which has the files of all of them.
func TestActionShards(t *testing.T) {
	t.Parallel()
	one := program.NewStep(t)
	args := []string{"num-requests=20", "images-pool=9", "image-size=8", "output=x.jsonl", "image-path-prefix=/i"}
	if got := one.Run(t, args...); got.Code != 0 {
		t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	last := program.NewStep(t)
	for job := range 3 {
		step := program.NewStep(t)
		if got := step.Run(t, append(args, fmt.Sprintf("shard=%d/3", job))...); got.Code != 0 {
			t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
		}
		if args := step.Outputs(t)["aiperf-args"]; args != "" {
			t.Errorf("a client is told to send a shard: %s", args)
		}
		for _, name := range program.Files(t, step.Workspace) { // as upload-artifact and download-artifact do
			program.Write(t, filepath.Join(last.Workspace, name), step.Read(t, filepath.Join(step.Workspace, name)))
		}
	}
	got := last.Run(t, "command=join", "shards=x.shard-*")
	if got.Code != 0 {
		t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	program.CheckLog(t, got, "warning") // the input image-size is a runner's
	want := one.Outputs(t)
	for name, value := range last.Outputs(t) {
		if strings.ReplaceAll(value, last.Workspace, one.Workspace) != want[name] {
			t.Errorf("the output %s is %q, and of one run %q", name, value, want[name])
		}
	}
	if one.Read(t, want["path"]) != last.Read(t, last.Outputs(t)["path"]) || one.Read(t, want["manifest"]) != last.Read(t, last.Outputs(t)["manifest"]) {
		t.Error("the files differ from those of one run")
	}
}

// A later step, in another workspace too, makes the file of a manifest again and sets the same outputs.
func TestActionRegenerate(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string][]string{
		"base64":  {"hit-rate=0.2@2", "images-per-request=1", "num-requests=20", "images-pool="},
		"datauri": {"image-mode=datauri", "compression=zstd", "output=made.jsonl.zst", "prompt= two\nlines "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, outputs := newStepWithFile(t, inputs...)
			second := program.NewStep(t)
			manifest := first.Read(t, outputs["manifest"])
			program.Write(t, filepath.Join(second.Workspace, "kept.json"), manifest)
			// The input image-size is a runner's, and does not belong to the command.
			got := second.Run(t, "command=regenerate", "manifest=kept.json", "image-dir=again")
			if got.Code != 0 || !strings.Contains(got.Stdout, "The output matches the manifest byte for byte.") ||
				!strings.Contains(got.Stdout, "::warning title=Input image-size::image-size has no effect: the command regenerate does not read it\n") {
				t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			again := second.Outputs(t)
			if first.Read(t, outputs["path"]) != second.Read(t, again["path"]) || first.Read(t, outputs["manifest"]) != second.Read(t, again["manifest"]) {
				t.Error("the files differ")
			}
			program.CheckLog(t, got, "warning")
			for name, value := range outputs {
				if same := strings.ReplaceAll(again[name], second.Workspace, first.Workspace); same != value && name != "image-dir" {
					t.Errorf("the output %s is %q, and was %q", name, again[name], value)
				}
			}
		})
	}
}

// A manifest that is changed does not make a file.
func TestActionRegenerateFails(t *testing.T) {
	t.Parallel()
	s, outputs := newStepWithFile(t)
	program.Write(t, filepath.Join(s.Workspace, "changed.json"), strings.Replace(s.Read(t, outputs["manifest"]), `"seed": "42"`, `"seed": "43"`, 1))
	got := s.Run(t, "command=regenerate", "manifest=changed.json", "output=other.jsonl", "image-dir=other")
	if got.Code != 1 || !strings.Contains(got.Stdout, "::error::") || len(s.Outputs(t)) > 0 {
		t.Errorf("exit code %d, outputs %v\n%s%s", got.Code, s.Outputs(t), got.Stdout, got.Stderr)
	}
	if _, err := os.Stat(filepath.Join(s.Workspace, "other.jsonl")); err == nil {
		t.Error("a file was made")
	}
}

// Every command warns about misspelt inputs, and about inputs that another command reads.
func TestActionMisspeltInputs(t *testing.T) {
	t.Parallel()
	for name, inputs := range commands() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := newStepWithFile(t)
			got := s.Run(t, append(inputs, "cache-image=50", "hitrate=0.6@200", "something-else-altogether=1", "replicas=2", "hit-rate=0@1")...)
			if got.Code != 0 {
				t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			want := map[string]bool{
				`"INPUT_CACHE-IMAGE" is set, but there is no such input%0Adid you mean cache-images?`:                 true,
				`"INPUT_HITRATE" is set, but there is no such input%0Adid you mean hit-rate?`:                         true,
				`"INPUT_SOMETHING-ELSE-ALTOGETHER" is set, but there is no such input%0Asee the inputs in action.yml`: true,
				"title=Input replicas::replicas has no effect: the command " + name + " does not read it":             name != "inspect",
				"title=Input hit-rate::hit-rate has no effect: the command " + name + " does not read it":             name != "generate",
				"title=Input num-requests::num-requests has no effect: the command " + name + " does not read it":     false,
				"GITHUB_OUTPUT is not set": false,
			}
			for text, warned := range want {
				if strings.Contains(got.Stdout, text) != warned {
					t.Errorf("a warning %q: %v, want %v:\n%s", text, !warned, warned, got.Stdout)
				}
			}
			program.CheckLog(t, got, "warning")
		})
	}
}

// Outputs that nobody can read are a warning; a file for them that cannot be written to ends each command before its work.
func TestActionOutputsLost(t *testing.T) {
	t.Parallel()
	for name, inputs := range commands() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := newStepWithFile(t)
			env := s.Env
			before := program.Snapshot(t, s.Workspace)
			s.Env = append(env[:len(env):len(env)], "GITHUB_OUTPUT="+s.Workspace)
			got := s.Run(t, inputs...)
			if after := program.Snapshot(t, s.Workspace); got.Code != 1 || !strings.Contains(got.Stdout, "GITHUB_OUTPUT") || after != before {
				t.Errorf("exit code %d\n%s%s\n%s", got.Code, got.Stdout, got.Stderr, after)
			}
			s.Env = append(env[:len(env):len(env)], "GITHUB_OUTPUT=")
			got = s.Run(t, inputs...)
			if got.Code != 0 || strings.Count(got.Stdout, "::warning::GITHUB_OUTPUT is not set, so the step's outputs are lost%0A") != 1 {
				t.Errorf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
		})
	}
}

// Lists have an item a line, as workflows write them.
func TestActionLists(t *testing.T) {
	t.Parallel()
	s := program.NewStep(t)
	got := s.Run(t, "num-requests=100", "images-per-request=1", "hit-rate=0.3@5\n0.6@20\n", "image-mode=datauri", "output=x.jsonl")
	if outputs := s.Outputs(t); got.Code != 0 || outputs["hit-rate"] != "0.3000@5,0.6000@20" {
		t.Fatalf("exit code %d, %v\n%s%s", got.Code, outputs, got.Stdout, got.Stderr)
	}
	program.Write(t, s.Output, "")
	got = s.Run(t, "command=inspect", "file=x.jsonl", "cache-images=5\r\n\n20")
	if outputs := s.Outputs(t); got.Code != 0 || outputs["hit-rate"] != "0.3000@5,0.6000@20" {
		t.Errorf("exit code %d, %v\n%s%s", got.Code, outputs, got.Stdout, got.Stderr)
	}
	if got = s.Run(t, "hit-rate=,", "output=y.jsonl"); got.Code != 2 || !strings.Contains(got.Stdout, `hit-rate "," has no target`) {
		t.Errorf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
}

// A step compares what a server counted with the file of a step before, and fails where they differ.
func TestActionCompare(t *testing.T) {
	t.Parallel()
	for hits, want := range map[string]struct {
		code            int
		verdict, counts string
		summary         string
	}{
		"7": {0, "agrees", "0.5000", "### Agrees: 6 of 12 images hit, exactly as predicted.\n"},
		"1": {1, "off", "0.0000", "### Differs: No image hit, and 6 of 12 were predicted to.\n"},
	} {
		s, _ := newStepWithFile(t, "num-requests=12", "images-pool=", "images-per-request=1", "hit-rate=0.5@3")
		program.Write(t, filepath.Join(s.Workspace, "a", "before"), "vllm:mm_cache_queries_total 5\nvllm:mm_cache_hits_total 1\n")
		program.Write(t, filepath.Join(s.Workspace, "a", "after"), "vllm:mm_cache_queries_total 17\nvllm:mm_cache_hits_total "+hits+"\n")
		got := s.Run(t, "command=compare", "runs=made.jsonl", "before=a/before", "after=a/after", "report=page.html")
		outputs := s.Outputs(t)
		if got.Code != want.code || outputs["verdict"] != want.verdict || outputs["counted-hit-rate"] != want.counts || len(outputs) != 5 ||
			(outputs["implied-capacity-images"] == "") != (hits == "1") || outputs["report"] != filepath.Join(s.Workspace, "page.html") || outputs["version"] == "" {
			t.Errorf("exit code %d, outputs %q\n%s%s", got.Code, outputs, got.Stdout, got.Stderr)
		}
		if summary := s.Read(t, s.Summary); !strings.HasPrefix(summary, want.summary) {
			t.Errorf("the summary %s", summary)
		}
		if page := s.Read(t, filepath.Join(s.Workspace, "page.html")); !strings.Contains(page, "Measured beside predicted") {
			t.Error("the page is missing")
		}
		program.CheckLog(t, got, "warning")
	}
	s, _ := newStepWithFile(t)
	got := s.Run(t, "command=compare", "runs=made.jsonl", "before=x", "after=x", "report=a page.html")
	if got.Code != 2 || !strings.Contains(got.Stdout, "::error title=Input report::") || len(s.Outputs(t)) > 0 {
		t.Errorf("a page that no shell takes: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	program.Write(t, filepath.Join(filepath.Dir(s.Workspace), "outside", "profile_export_aiperf.json"), "{}")
	got = s.Run(t, "command=compare", "runs=../outside")
	if got.Code != 2 || !strings.Contains(got.Stdout, "::error title=Input runs::") || len(s.Outputs(t)) > 0 {
		t.Errorf("outside of the workspace: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
}
