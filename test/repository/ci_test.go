//go:build unix

package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// runCI runs .ci/run in a folder with programs that do nothing in place of the real ones, but for the one whose command line begins like
// failing. It returns the command lines, and what was printed.
func runCI(t *testing.T, failing string, env []string, args ...string) (calls []string, output string, code int) {
	t.Helper()
	dir := t.TempDir()
	script, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	const stub = `#!/bin/sh
line="${0##*/} $* ${GOOS:+for $GOOS/$GOARCH}"
printf '%s\n' "$line" >>"$CALLS"
[ "$1" = install ] && { mkdir -p "$GOBIN" && cp "$0" "$GOBIN/govulncheck"; }
case $line in "$FAILING"*) printf '%s\n' "$SAYS"; exit "${EXIT:-3}" ;; esac
`
	// A program that was just written cannot be started while a process that another test starts meanwhile has it open: these tests are not parallel.
	for name, text := range map[string]string{
		".ci/run": string(script), "bin/go": stub, "bin/gofmt": stub, "bin/nice": stub, "bin/gcc": stub, "bin/zstd": stub,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(dir, ".ci", "run"), args...)
	cmd.Env = append([]string{"PATH=" + filepath.Join(dir, "bin") + ":/usr/bin:/bin", "CALLS=" + filepath.Join(dir, "calls"), "FAILING=" + failing}, env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "calls")) // there is none if nothing ran
	for line := range strings.Lines(string(text)) {
		calls = append(calls, strings.TrimSpace(line))
	}
	return calls, string(out), cmd.ProcessState.ExitCode()
}

func TestCIRunFailsWithEachStep(t *testing.T) {
	all, output, code := runCI(t, "no program", nil)
	if code != 0 || strings.Contains(output, "FAILED") {
		t.Fatalf("nothing fails, and yet the exit code is %d:\n%s", code, output)
	}
	for _, want := range []string{
		"go test ./...", "go vet ./...", "go test -tags e2e -count=1 -v -timeout 80m ./e2e", "gofmt -l .", "govulncheck ./...",
		"go vet ./... for windows/amd64", "go vet ./... for darwin/arm64", "go vet ./... for linux/arm64",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("%q is not run, only\n%s", want, strings.Join(all, "\n"))
		}
	}
	for _, call := range all {
		if strings.HasPrefix(call, "nice ") { // is tried again
			continue
		}
		calls, output, code := runCI(t, call, nil)
		if code != 1 || !strings.Contains(output, "\nFAILED ") {
			t.Errorf("%s fails: got exit code %d and\n%s", call, code, output)
		}
		if missing := len(all) - len(calls); missing != 0 && !strings.HasPrefix(call, "go install") && !strings.HasPrefix(call, "go list") {
			t.Errorf("%s fails, and %d others do not run:\n%s", call, missing, output)
		}
	}
}

func TestCIRunSaysWhatDidNotRun(t *testing.T) {
	const says = "SAYS=govulncheck: fetching vulnerabilities: no such host"
	if _, output, code := runCI(t, "govulncheck", []string{says}, "static"); code != 0 || !strings.Contains(output, "\nNOT RUN ") {
		t.Errorf("without the database of vulnerabilities: got exit code %d and\n%s", code, output)
	}
	if _, output, code := runCI(t, "govulncheck", []string{says, "GITHUB_ACTIONS=true"}, "static"); code != 1 || !strings.Contains(output, "\nFAILED ") {
		t.Errorf("without the database of vulnerabilities on GitHub: got exit code %d and\n%s", code, output)
	}
}

func TestCIRunListsUnformattedFiles(t *testing.T) {
	if _, output, code := runCI(t, "gofmt", []string{"SAYS=x.go", "EXIT=0"}, "static"); code != 1 || !strings.Contains(output, "gofmt would change:\nx.go\n") {
		t.Errorf("got exit code %d and\n%s", code, output)
	}
}

// TestWorkflowRunsVLLM: what takes too long for every change has a workflow of its own.
func TestWorkflowRunsVLLM(t *testing.T) {
	calls, output, code := runCI(t, "no program", nil, "vllm")
	if want := []string{"go test -tags vllm -count=1 -v -timeout 90m ./e2e/vllm"}; code != 0 || !slices.Equal(calls, want) {
		t.Errorf("got exit code %d and the calls %q:\n%s", code, calls, output)
	}
	text, err := os.ReadFile(filepath.Join(root, ".github", "workflows", "engine.yml"))
	if err != nil || !strings.Contains(string(text), "\n      - run: .ci/run vllm\n") {
		t.Errorf("engine.yml does not run .ci/run vllm: %v", err)
	}
}

// TestWorkflowRunsEveryPart compares the parts that .ci/run says it has with those that test.yml has it run.
func TestWorkflowRunsEveryPart(t *testing.T) {
	calls, output, code := runCI(t, "no program", nil, "nonsense")
	_, rest, _ := strings.Cut(output, "give some of ")
	list, _, _ := strings.Cut(rest, ",")
	parts := strings.Fields(list)
	if code != 2 || len(calls) != 0 || len(parts) < 2 {
		t.Fatalf("a part that does not exist: got exit code %d and %q", code, output)
	}

	text, err := os.ReadFile(filepath.Join(root, ".github", "workflows", "test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var workflow struct {
		Jobs map[string]struct {
			Strategy struct{ Matrix struct{ Part []string } }
			Steps    []struct {
				Run string
				Env map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		t.Fatal(err)
	}
	found := false
	for name, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if step.Run == `.ci/run "$PART"` && step.Env["PART"] == "${{ matrix.part }}" {
				found = true
				if !slices.Equal(job.Strategy.Matrix.Part, parts) {
					t.Errorf("test.yml runs the parts %q in the job %s, and .ci/run has %q", job.Strategy.Matrix.Part, name, parts)
				}
			}
		}
	}
	if !found {
		t.Error(`no job of test.yml runs .ci/run "$PART" for each part of its matrix`)
	}
}
