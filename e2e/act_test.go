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
// keeps what is uploaded there, and gets it from there; and what it built has the digest that is written there.
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
  packages-dir: {description: a folder that must be there, default: /}
outputs:
  digest: {description: of a container image, value: "${{ steps.show.outputs.digest }}"}
runs:
  using: composite
  steps:
    - id: show
      shell: bash
      env:
        INPUTS: ${{ toJSON(inputs) }}
        FILE: ${{ inputs.path }}
        NAME: ${{ inputs.name }}
        PATTERN: ${{ inputs.pattern }}
        PACKAGES: ${{ inputs.packages-dir }}
      run: |
        echo $GITHUB_ACTION_REPOSITORY $INPUTS
        for artifact in ${PATTERN:+/artifacts/$PATTERN}; do
          mkdir -p "$FILE" && cp -r "$artifact/." "$FILE" || exit 1
        done
        if [ "$GITHUB_ACTION_REPOSITORY" = actions/download-artifact ] && [ -n "$NAME" ]; then
          mkdir -p "$FILE" && cp -r "/artifacts/$NAME/." "$FILE" || exit 1
        fi
        ls -ld $FILE || exit 1 # patterns, a line each
        ls "$PACKAGES" || exit 1
        if [ -f /artifacts/digest ]; then
          echo "digest=$(cat /artifacts/digest)" >>"$GITHUB_OUTPUT"
        fi
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
		if err := commit(dir); err != nil {
			t.Fatal(err)
		}
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

// releaseTools has a stand-in for gh that finds no tag, and one for docker that answers with the digest of the image it is asked for. Git reads the
// repositories of GitHub from a folder.
const releaseTools = `FROM debian:12
RUN command -v git && python3 -m venv /tmp/venv || (apt-get update && apt-get install -y --no-install-recommends git python3-venv)
RUN git config --system url.file:///artifacts/remote/.insteadOf https://github.com/ && git config --system safe.directory '*'
RUN ln -sf python3 /usr/bin/python && cd /usr/local/bin && \
  printf '#!/bin/sh\necho gh "$@"\ncase "$*" in *git/ref/tags/*) exit 1 ;; esac\n' >gh && \
  printf '#!/bin/sh\nfor i; do :; done; case $1 in pull) ;; image) echo "${i%%:*}@sha256:'$(printf %064d 0)'" ;; *) echo docker "$@" ;; esac\n' >docker && \
  chmod 755 gh docker
`

// testRelease runs the release workflow to its end. What is released was made before by what the workflow calls, and the container image comes from
// a registry on this machine. The actions, gh, docker, the test workflow and the systems other than Linux are stand-ins. What the action of the
// released tags runs, and what is in the Git repository at the end, are real.
func testRelease(t *testing.T) {
	dist := must(released())(t)
	if err := provide("debian:12"); err != nil {
		t.Fatal(err)
	}
	registry := serveRegistry(t)
	image := registry + "/someone/bench"
	docker(t, "tag", builtImage, image+":"+releasedVersion)
	removeLater(image + ":" + releasedVersion)
	docker(t, "push", "-q", image+":"+releasedVersion)
	pinned := image + "@" + mustRun(t, root, tool(t, crane), "digest", image+":"+releasedVersion)

	tree := checkout(t)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(tree, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(".github/workflows/test.yml", "on: workflow_call\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo tested\n")
	write(".ci/release", "#!/bin/sh\necho released $1\ncp -r /dist dist\n")
	workflow := string(must(os.ReadFile(filepath.Join(tree, ".github/workflows/release.yml")))(t))
	workflow = strings.ReplaceAll(workflow, "ghcr.io/$", registry+"/$")
	workflow = regexp.MustCompile(`os: \[.*\]`).ReplaceAllString(workflow, "os: [ubuntu-latest]")
	write(".github/workflows/release.yml", workflow)

	const runner = "mmjsonl-e2e:release-runner"
	build := exec.CommandContext(t.Context(), client, "build", "-q", "-t", runner, "-")
	build.Stdin, build.Env = strings.NewReader(releaseTools), append(os.Environ(), "DOCKER_BUILDKIT=1")
	must(run(build))(t)
	removeLater(runner)

	shared := artifacts(t)
	if err := os.WriteFile(filepath.Join(shared, "digest"), []byte(pinned[strings.Index(pinned, "@")+1:]), 0o644); err != nil {
		t.Fatal(err)
	}
	remote, tap := filepath.Join(shared, "remote/Someone/Bench"), filepath.Join(shared, "remote/Someone/homebrew-tap")
	mustRun(t, root, "git", "init", "-q", "--bare", remote)
	mustRun(t, root, "git", "init", "-q", "--bare", tap)
	event := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(`{"inputs": {"version": "`+releasedVersion+`"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	log := runAct(t, tree, runner, "workflow_dispatch", "-e", event, "-W", ".github/workflows/release.yml", "--secret", "GITHUB_TOKEN=no-token",
		"--container-options", "-v "+shared+":/artifacts -v "+dist+":/dist:ro")

	mustSay(t, log, `tested`, `gh api --silent repos/Someone/Bench/git/ref/tags/v1\.2\.3`, `released v1\.2\.3`, `FROM golang:\S+@sha256:0{64}`, `"push": "true"`,
		`Success - Main Make a request file`, `Success - Main Read it`, `gh auth setup-git`,
		`docker buildx imagetools create -t `+image+`:v1 `+pinned, `gh release create v1\.2\.3 --verify-tag .* dist/mmjsonl_1\.2\.3_linux_amd64\.tar\.gz .* dist/mmjsonl_1\.2\.3_checksums\.txt`)
	for _, said := range [][]string{
		{`released`, `Success - Main Install the wheel of this system, and run its tests`, `gh auth setup-git`},
		{`gh release create`, `"packages-dir": "dist/wheels"`, `mmjsonl-1\.2\.3-py3-none-win_arm64\.whl`},
		{`gh release create`, `Success - Main Put the formula into the tap`},
		{`"registry": "ghcr.io"`, `"push": "true"`}, {`"platforms": "linux/amd64,linux/arm64"`}, {`"sbom": "true"`}, {`"provenance": "mode=max"`},
		{`"build-args": "VERSION=v1\.2\.3"`}, {`"tags": "` + image + `:v1\.2\.3"`},
	} {
		mustSay(t, log, said...)
	}
	git := func(dir string, args ...string) string {
		return mustRun(t, dir, "git", append([]string{"-c", "safe.directory=*"}, args...)...)
	}
	for _, tag := range []string{"v1.2.3", "v1"} {
		if action := git(remote, "show", tag+":action.yml"); !strings.Contains(action, "\n  image: docker://"+pinned+"\n") {
			t.Errorf("the action of %s does not run %s:\n%s", tag, pinned, action)
		}
	}
	made := must(os.ReadFile(filepath.Join(dist, "homebrew/Formula/mmjsonl.rb")))(t)
	if formula := git(tap, "show", "HEAD:Formula/mmjsonl.rb"); formula != strings.TrimSuffix(string(made), "\n") {
		t.Errorf("the tap has the formula\n%s\nwant\n%s", formula, made)
	}
}
