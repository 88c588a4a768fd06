//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// releasedImage is what documents call the image of a release.
const releasedImage = "ghcr.io/OWNER/REPOSITORY:v1"

// TestCI runs what docs/ci.md shows for other systems than GitHub, with the containers that these would start.
func TestCI(t *testing.T) {
	defer timed("8 other CI systems")()
	image := projectImage(t)
	t.Run("GitLab", func(t *testing.T) { testGitLab(t, image) })
	t.Run("Jenkins", func(t *testing.T) { testJenkins(t, image) })
	t.Run("Buildkite", func(t *testing.T) { testBuildkite(t, image) })
	t.Run("Kubernetes", func(t *testing.T) { testKubernetesJob(t, image) })
	t.Run("docker", func(t *testing.T) { testDockerRun(t, image) })
}

// shown returns the block of a language under a heading of docs/ci.md, with the image that was built here.
func shown(t *testing.T, heading, language, image string) string {
	t.Helper()
	document := string(must(os.ReadFile(filepath.Join(root, "docs", "ci.md")))(t))
	_, section, _ := strings.Cut(document, "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	found := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindStringSubmatch(section)
	if found == nil {
		t.Fatalf("docs/ci.md shows no %s under %s", language, heading)
	}
	return strings.ReplaceAll(found[1], releasedImage, image)
}

// checkMade wants the file that all of these make, with its manifest.
func checkMade(t *testing.T, folder string) {
	t.Helper()
	if rows := readRows(t, must(os.ReadFile(filepath.Join(folder, "requests.jsonl")))(t)); len(rows) != 300 {
		t.Errorf("%d rows, want 300", len(rows))
	}
	if _, err := os.Stat(filepath.Join(folder, "requests.jsonl.manifest.json")); err != nil {
		t.Error(err)
	}
}

// gitlabShell is what GitLab's runner starts in a job's image. The job's script comes by standard input.
const gitlabShell = `if [ -x /usr/local/bin/bash ]; then exec /usr/local/bin/bash; elif [ -x /usr/bin/bash ]; then exec /usr/bin/bash; ` +
	`elif [ -x /bin/bash ]; then exec /bin/bash; elif [ -x /usr/local/bin/sh ]; then exec /usr/local/bin/sh; elif [ -x /usr/bin/sh ]; then exec /usr/bin/sh; ` +
	`elif [ -x /bin/sh ]; then exec /bin/sh; else echo shell not found; exit 1; fi`

// testGitLab runs two jobs, of which the second one has nothing of the first but its artifacts.
func testGitLab(t *testing.T, image string) {
	var jobs map[string]struct {
		Image struct {
			Name       string
			Entrypoint []string
		}
		Script    []string
		Artifacts struct{ Paths []string }
	}
	if err := yaml.Unmarshal([]byte(shown(t, "GitLab", "yaml", image)), &jobs); err != nil {
		t.Fatal(err)
	}
	const build = "/builds/someone/bench"
	start := func(folder, job string, entrypoint []string) result {
		args := []string{"run", "-i", "--rm", "-v", folder + ":" + build, "-w", build, "-e", "CI=true", "-e", "CI_PROJECT_DIR=" + build}
		if len(entrypoint) == 1 {
			args = append(args, "--entrypoint", entrypoint[0])
		}
		cmd := exec.CommandContext(t.Context(), client, append(args, jobs[job].Image.Name, "sh", "-c", gitlabShell)...)
		cmd.Stdin = strings.NewReader("set -eo pipefail\nset +o noclobber\n" + strings.Join(jobs[job].Script, "\n") + "\n")
		return finish(t, cmd)
	}
	first, second := t.TempDir(), t.TempDir()
	if ended := start(first, "requests", jobs["requests"].Image.Entrypoint); ended.code != 0 {
		t.Fatalf("%+v", ended)
	}
	checkMade(t, first)
	for _, path := range jobs["requests"].Artifacts.Paths {
		if err := os.WriteFile(filepath.Join(second, path), must(os.ReadFile(filepath.Join(first, path)))(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if ended := start(second, "again", jobs["again"].Image.Entrypoint); ended.code != 0 {
		t.Fatalf("%+v", ended)
	}
	if !bytes.Equal(digestOfFile(t, filepath.Join(first, "requests.jsonl")), digestOfFile(t, filepath.Join(second, "requests.jsonl"))) {
		t.Error("the second job made another file")
	}
	if ended := start(t.TempDir(), "requests", nil); ended.code == 0 {
		t.Error("it works without entrypoint, too: the document need not say it")
	}
}

// testJenkins does what the plugin docker-workflow does: a container of the agent's user that runs cat, in which each step is a process of its own.
func testJenkins(t *testing.T, image string) {
	pipeline := shown(t, "Jenkins", "groovy", image)
	word := func(name string) string {
		found := regexp.MustCompile(`\b` + name + ` '([^']*)'`).FindStringSubmatch(pipeline)
		if found == nil {
			t.Fatalf("the pipeline has no %s", name)
		}
		return found[1]
	}
	workspace, uid, gid := userDir(t)
	start := func(options ...string) (id string) {
		args := append([]string{"run", "-t", "-d", "-u", fmt.Sprintf("%d:%d", uid, gid)}, options...)
		id = docker(t, append(args, "-w", workspace, "-v", workspace+":"+workspace+":rw,z", word("image"), "cat")...)
		t.Cleanup(func() { exec.Command(client, "rm", "-f", id).Run() })
		return id
	}
	id := start(strings.Fields(word("args"))...)
	if processes := docker(t, "top", id, "-eo", "pid,comm"); !strings.Contains(processes, "cat") {
		t.Fatalf("the container does not run cat, but\n%s", processes)
	}
	docker(t, "exec", id, "sh", "-xe", "-c", word("sh"))
	checkMade(t, workspace)
	checkOwner(t, workspace, uid, gid)
	if _, err := os.Stat(filepath.Join(workspace, word("archiveArtifacts"))); err != nil {
		t.Error(err)
	}
	if processes, err := exec.Command(client, "top", start(), "-eo", "pid,comm").Output(); err == nil && strings.Contains(string(processes), "cat") {
		t.Error("it works without args, too: the document need not say them")
	}
}

// testBuildkite does what the docker plugin's command hook does, without a terminal.
func testBuildkite(t *testing.T, image string) {
	var pipeline struct {
		Steps []struct {
			Plugins []map[string]struct {
				Image     string
				Propagate bool `yaml:"propagate-uid-gid"`
				Command   []string
			}
			Artifacts string `yaml:"artifact_paths"`
		}
	}
	if err := yaml.Unmarshal([]byte(shown(t, "Buildkite", "yaml", image)), &pipeline); err != nil {
		t.Fatal(err)
	}
	step := pipeline.Steps[0]
	for _, plugin := range step.Plugins[0] {
		checkout, uid, gid := userDir(t)
		args := []string{"run", "--rm", "--init", "--volume", checkout + ":/workdir", "--workdir", "/workdir"}
		if plugin.Propagate {
			args = append(args, "-u", fmt.Sprintf("%d:%d", uid, gid))
		}
		docker(t, append(append(args, "--label", "com.buildkite.job-id=1", plugin.Image), plugin.Command...)...)
		checkMade(t, checkout)
		checkOwner(t, checkout, uid, gid)
		if _, err := os.Stat(filepath.Join(checkout, step.Artifacts)); err != nil {
			t.Error(err)
		}
	}
}

// testKubernetesJob has the types of Kubernetes' API read the Job, and runs its container.
func testKubernetesJob(t *testing.T, image string) {
	manifest := filepath.Join(t.TempDir(), "job.yaml")
	if err := os.WriteFile(manifest, []byte(shown(t, "Kubernetes", "yaml", image)), 0o644); err != nil {
		t.Fatal(err)
	}
	var job struct {
		User, Group int
		Args        []string
		Mounts      map[string]string
	}
	text := mustRun(t, filepath.Join(root, "e2e", "kubernetes"), "go", "run", ".", manifest)
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	if os.Getuid() == 0 {
		if err := os.Chown(data, job.User, job.Group); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"run", "--rm", "--network=none", "-u", fmt.Sprintf("%d:%d", job.User, job.Group), "-v", data + ":" + job.Mounts["mmjsonl"], image}
	docker(t, append(args, job.Args...)...)
	checkMade(t, data)
	if os.Getuid() == 0 {
		checkOwner(t, data, job.User, job.Group)
	}
}

// testDockerRun runs the command for any other system, as the user who runs this.
func testDockerRun(t *testing.T, image string) {
	_, line, found := strings.Cut(shown(t, "In a container, anywhere", "sh", image), "\ndocker run ")
	command := strings.Replace(client+" run "+line, " mmjsonl ", " "+image+" ", 1)
	if !found || !strings.Contains(command, image) {
		t.Fatalf("no docker run: %s", line)
	}
	dir := t.TempDir()
	mustRun(t, dir, "sh", "-euc", command)
	checkOwner(t, dir, os.Getuid(), os.Getgid())
	if made := must(filepath.Glob(filepath.Join(dir, "200req_*.jsonl")))(t); len(made) != 1 {
		t.Errorf("made %v", made)
	}
}
