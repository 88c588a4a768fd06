//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestAct(t *testing.T) {
	defer timed("3 act")()
	projectImage(t)
	for _, test := range []struct {
		workflow string
		args     []string
		run      func(t *testing.T, log string)
	}{
		{"example.yml", []string{"push", "--container-options", "-v " + artifacts(t) + ":/artifacts"}, checkExample},
		{"sweep.yml", []string{"workflow_dispatch"}, checkSweep},
		{"shards.yml", []string{"workflow_dispatch", "--container-options", "-v " + artifacts(t) + ":/artifacts"}, checkShards},
		{"test.yml", []string{"push", "-j", "job-container"}, checkJobContainer},
	} {
		t.Run(test.workflow, func(t *testing.T) {
			tree := checkout(t)
			image, args := runnerImage, test.args
			if test.workflow == "sweep.yml" {
				var more []string
				image, more = runnerWithAiperf(t)
				args = append(args, more...)
			}
			log := runAct(t, tree, image, append(args, "-W", ".github/workflows/"+test.workflow)...)
			test.run(t, log)
			if changed := mustRun(t, tree, "git", "status", "--porcelain"); changed != "" {
				t.Errorf("act changed the tree it was given:\n%s", changed)
			}
		})
	}
	t.Run("release.yml", testRelease)
}

// standinAction takes the place of every action that act would have to download: it shows its inputs. Where there is a folder /artifacts it
// keeps what is uploaded there, and gets it from there.
const standinAction = `name: stand-in
description: Shows its inputs
inputs:
  path: {description: a file that must be there, default: /}
  name: {description: ""}
  pattern: {description: ""}
  merge-multiple: {description: ""}
  include-hidden-files: {description: ""}
  if-no-files-found: {description: ""}
  platforms: {description: ""}
  tags: {description: ""}
  provenance: {description: ""}
  sbom: {description: ""}
  push: {description: ""}
  build-args: {description: ""}
  registry: {description: ""}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        INPUTS: ${{ toJSON(inputs) }}
        FILE: ${{ inputs.path }}
        NAME: ${{ inputs.name }}
        PATTERN: ${{ inputs.pattern }}
      run: |
        echo $GITHUB_ACTION_REPOSITORY $INPUTS
        for artifact in ${PATTERN:+/artifacts/$PATTERN}; do
          mkdir -p "$FILE" && cp -r "$artifact/." "$FILE" || exit 1
        done
        if [ "$GITHUB_ACTION_REPOSITORY" = actions/download-artifact ] && [ -n "$NAME" ]; then
          mkdir -p "$FILE" && cp -r "/artifacts/$NAME/." "$FILE" || exit 1
        fi
        ls -ld $FILE || exit 1 # patterns, a line each
        if [ "$GITHUB_ACTION_REPOSITORY" = actions/upload-artifact ] && [ -d /artifacts ]; then
          mkdir -p "/artifacts/$NAME" || exit 1
          for file in $FILE; do
            if [ -d "$file" ]; then file=$file/.; fi
            cp -r "$file" "/artifacts/$NAME" || exit 1
          done
        fi
`

// runAct has act run a workflow of the tree, which becomes a git repository of one commit, in containers of the image. It returns
// act's log.
func runAct(t *testing.T, tree, image string, args ...string) string {
	t.Helper()
	standin := t.TempDir()
	if err := os.WriteFile(filepath.Join(standin, "action.yml"), []byte(standinAction), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{standin, tree} {
		mustRun(t, dir, "git", "init", "-q")
		mustRun(t, dir, "git", "add", ".")
		mustRun(t, dir, "git", "-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "commit", "-q", "-m", "e2e")
	}
	mustRun(t, tree, "git", "remote", "add", "origin", "https://github.com/Someone/Bench") // from which act has the repository's name
	args = append(args, "-P", "ubuntu-latest="+image, "--pull=false", "--rm")
	for _, workflow := range must(filepath.Glob(filepath.Join(tree, ".github/workflows/*.yml")))(t) {
		for _, uses := range regexp.MustCompile(`uses: ([\w-]+/[\w-]+@\w+)`).FindAllStringSubmatch(string(must(os.ReadFile(workflow))(t)), -1) {
			args = append(args, "--local-repository", uses[1]+"="+standin)
		}
	}
	cmd := exec.CommandContext(t.Context(), tool(t, act), args...)
	cmd.Dir, cmd.Env = tree, cleanEnv()
	removeLater("act-dockeraction:latest") // what act calls the action it builds
	ended := finish(t, cmd)
	log := ended.stdout + ended.stderr
	if ended.code != 0 {
		t.Fatalf("act failed:\n%s", tail([]byte(log)))
	}
	return log
}

// mustSay fails for each of the patterns that the log does not have after the one before.
func mustSay(t *testing.T, log string, patterns ...string) {
	t.Helper()
	rest := log
	for _, pattern := range patterns {
		at := regexp.MustCompile(pattern).FindStringIndex(rest)
		if at == nil {
			t.Errorf("no %q in this place of act's log:\n%s", pattern, log)
			return
		}
		rest = rest[at[1]:]
	}
}

func checkExample(t *testing.T, log string) {
	for output := range readMetadata(t).Outputs {
		if slices.Contains([]string{"counted-hit-rate", "implied-capacity-images", "verdict"}, output) {
			continue // of compare alone
		}
		mustSay(t, log, `::set-output:: `+output+`=`)
	}
	mustSay(t, log,
		`Success - Main Make the request file`,
		`20req_3img_30pool_300word_base64\.jsonl: 20 requests, reuse 0\.5000`,
		`img_00\d\d\.png`,
		`Next: aiperf profile .* --input-file /\S+/20req_3img_30pool_300word_base64\.jsonl --custom-dataset-type single_turn --request-count 20`,
		`Success - Main Use it in a later step`,
		`Success - Main Make a file that can be moved`,
		`"path": "/\S+/requests\.jsonl\.gz\.manifest\.json"`,
		`-rw\S+ .*/requests\.jsonl\.gz\.manifest\.json`,
		`Success - Main Keep its manifest`,
		`(?i)error.*images-pool 2 .*images-per-request 3`,
		`Failure - Main Ask for the impossible`,
		`Success - Main See it refused, and nothing written`,
		`Job succeeded`,
		`Success - Main Get the manifest`,
		`Wrote 20 requests to /\S+/again\.jsonl\.gz`,
		`Success - Main Make the same file again`,
		`Job succeeded`,
	)
}

// runnerWithAiperf returns an image for runners that have aiperf, this machine's, and act's arguments for the sweep: with a tokenizer that no
// network is needed for.
func runnerWithAiperf(t *testing.T) (image string, args []string) {
	t.Helper()
	bin := tool(t, aiperf)
	folder := t.TempDir()
	tokenizer, event := filepath.Join(folder, "tokenizer"), filepath.Join(folder, "event.json")
	mustRun(t, root, filepath.Join(bin, "python"), "e2e/tokenizer.py", tokenizer)
	if err := os.WriteFile(event, fmt.Appendf(nil, `{"inputs": {"url": "", "model": "mock", "tokenizer": %q}}`, tokenizer), 0o644); err != nil {
		t.Fatal(err)
	}
	python := mustRun(t, root, filepath.Join(bin, "python"), "-c", "import sys; print(sys.base_prefix)")
	image = "mmjsonl-e2e:runner-with-aiperf"
	build := exec.CommandContext(t.Context(), client, "build", "-q", "-t", image, "-")
	build.Stdin = strings.NewReader("FROM " + runnerImage + "\nENV PATH=" + bin + ":" + filepath.Join(python, "bin") + ":/usr/local/bin:/usr/bin:/bin\n")
	build.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	must(run(build))(t)
	removeLater(image)
	mounts := ""
	for _, path := range []string{filepath.Dir(bin), python, tokenizer, "/usr/lib", "/lib", "/lib64"} { // the libraries, which Python is linked with
		if _, err := os.Stat(path); err == nil {
			mounts += " -v " + path + ":" + path + ":ro"
		}
	}
	return image, []string{"-e", event, "--container-options", strings.TrimSpace(mounts)}
}

// checkSweep sees a server count what was requested of each file, and the job end with that verdict.
func checkSweep(t *testing.T, log string) {
	mustSay(t, log, `Success - Main Make the file with 90 % hits`, `http://127\.0\.0\.1:\d+`, `Success - Main Send the files`, `4 runs: 4 × agrees\n`,
		`Success - Main Compare`, `Summary - ### 4 runs: 4 × agrees\n`, `agrees,agrees,agrees,agrees, hit rates 0\.0000,0\.3000,0\.6000,0\.9000\n`,
		`rate-90\.jsonl\.manifest\.json`, `sweep\.html`, `Success - Main Keep the results`, `Job succeeded`)
	for _, output := range []string{`verdict=agrees,agrees,agrees,agrees`, `report=\S+/sweep\.html`, `version=\S+`} {
		mustSay(t, log, `Success - Main Compare`, `::set-output:: `+output+`\n`)
	}
}

// artifacts is a folder that the jobs of a workflow share, as they share a runner's artifacts.
func artifacts(t *testing.T) string {
	dir := t.TempDir()
	t.Cleanup(func() { // they are root's
		exec.Command(client, "run", "--rm", "-v", dir+":/d", runnerImage, "sh", "-c", "rm -rf /d/*").Run()
	})
	return dir
}

// checkShards sees four jobs make a part each, and a fifth put them together.
func checkShards(t *testing.T, log string) {
	mustSay(t, log, `requests\.shard-00\d-of-004\.jsonl`, `Success - Main Get all parts`, `Success - Main Put them together`, `img_00\d\d\.png`, `Success - Main Use the file`, `Job succeeded`)
	if ended := strings.Count(log, "Job succeeded"); ended != 5 {
		t.Errorf("%d jobs succeeded, want 5", ended)
	}
}

func checkJobContainer(t *testing.T, log string) {
	mustSay(t, log, `Success - Main Make the request file`, `img_0029\.png`, `Success - Main Open every image of every row`, `Job succeeded`)
}

// releaseTools are stand-ins for gh, and for docker where it has pulled an image and is asked for its digest.
const releaseTools = `mkdir -p /usr/local/bin && cd /usr/local/bin &&
printf '#!/bin/sh\necho gh "$@"\n' >gh &&
printf '#!/bin/sh\nfor image; do :; done; [ $1 = pull ] || echo "${image%%:*}@sha256:'$(printf %064d 0)'"\n' >docker &&
chmod 755 gh docker`

// testRelease runs the release workflow for a tag, with stand-ins for the actions that build and push, for gh and docker, and for the
// test workflow. It shows the order, and what is requested of those.
func testRelease(t *testing.T) {
	tree := checkout(t)
	const tests = "on: workflow_call\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo tested\n"
	if err := os.WriteFile(filepath.Join(tree, ".github/workflows/test.yml"), []byte(tests), 0o644); err != nil {
		t.Fatal(err)
	}
	const image = "mmjsonl-e2e:runner-with-gh"
	build := exec.CommandContext(t.Context(), client, "build", "-q", "-t", image, "-")
	build.Stdin = strings.NewReader("FROM " + runnerImage + "\nRUN " + strings.ReplaceAll(releaseTools, "\n", " ") + "\n")
	build.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	if _, err := run(build); err != nil {
		t.Fatal(err)
	}
	removeLater(image)
	event := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(`{"ref": "refs/tags/v1.2.3"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	log := runAct(t, tree, image, "push", "-e", event, "-W", ".github/workflows/release.yml", "--secret", "GITHUB_TOKEN=none")
	mustSay(t, log, `tested`, `"registry": "ghcr.io"`, `FROM golang:\S+@sha256:0{64}`, `"push": "true"`, `gh api --method PATCH repos/Someone/Bench/git/refs/tags/v1 -f sha=[0-9a-f]{40} -F force=true`)
	for _, asked := range []string{
		`"platforms": "linux/amd64,linux/arm64"`, `"push": "true"`, `"sbom": "true"`, `"provenance": "mode=max"`, `"build-args": "VERSION=v1\.2\.3"`,
		`"tags": "ghcr\.io/someone/bench:v1\.2\.3,ghcr\.io/someone/bench:v1"`,
	} {
		mustSay(t, log, `tested`, asked, `gh api `)
	}
}
