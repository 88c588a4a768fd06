//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

func readMetadata(t *testing.T) *program.Metadata {
	t.Helper()
	m := must(program.ReadMetadata())(t)
	if len(m.Runs.Args) > 0 {
		t.Fatal("action.yml: the Kubernetes hooks evaluate runs.args in a shell: use the environment")
	}
	return m
}

// job is a job on a runner, as the runner (2.336) lays it out on its host. A step of it is one call of step.
type job struct {
	image     string
	metadata  *program.Metadata
	work      string // the runner's work folder, as the runner sees it
	uid, gid  int    // the runner's user
	temp      bool   // whether container actions see the runner's temporary folder: since 2.329
	container string // id of the job's own container, "" for a job on the host
	network   string // and its network
	prebuilt  bool   // the step says docker://IMAGE, so that there is no action.yml: no defaults, no entry point

	options []string // more options of docker run, that a runner would not give
}

// newJob makes the folders of a job in the repository someone/bench.
func newJob(t *testing.T, image string) *job {
	t.Helper()
	work, uid, gid := userDir(t)
	j := &job{image: image, metadata: readMetadata(t), work: work, uid: uid, gid: gid, temp: true}
	for _, dir := range []string{j.workspace(), j.tempDir("_github_home"), j.tempDir("_github_workflow"), j.tempDir("_runner_file_commands")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"_github_workflow/event.json", "_runner_file_commands/set_output_0c8b", "_runner_file_commands/step_summary_0c8b"} {
		if err := os.WriteFile(j.tempDir(file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		mustRun(t, work, "chown", "-R", fmt.Sprintf("%d:%d", uid, gid), work)
	}
	return j
}

// workspace is github.workspace: the runner's own view, also in a job with a container.
func (j *job) workspace() string { return filepath.Join(j.work, "bench", "bench") }

func (j *job) tempDir(name string) string { return filepath.Join(j.work, "_temp", name) }

// folders are the runner's folders and where a container action has them, in the order in which they are mounted.
func (j *job) folders() (folders [][2]string) {
	if j.temp {
		folders = append(folders, [2]string{j.tempDir(""), "/github/runner_temp"})
	}
	return append(folders, [][2]string{
		{j.tempDir("_github_home"), "/github/home"},
		{j.tempDir("_github_workflow"), "/github/workflow"},
		{j.tempDir("_runner_file_commands"), "/github/file_commands"},
		{j.workspace(), "/github/workspace"},
	}...)
}

// inside is a value of the environment as the runner translates it for the container: by the folder that was mounted last of
// those it begins with.
func (j *job) inside(value string) string {
	for _, folder := range slices.Backward(j.folders()) {
		if rest, ok := strings.CutPrefix(value, folder[0]); ok && (rest == "" || rest[0] == '/') {
			return folder[1] + rest
		}
	}
	return value
}

// environment is what the step with these inputs is given.
func (j *job) environment(t *testing.T, with map[string]string) map[string]string {
	t.Helper()
	env := map[string]string{
		"HOME": j.tempDir("_github_home"), "GITHUB_ACTION": "requests", "GITHUB_ACTION_REPOSITORY": "", "GITHUB_ACTOR": "someone",
		"GITHUB_API_URL": "https://api.github.com", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": j.tempDir("_github_workflow/event.json"),
		"GITHUB_JOB": "bench", "GITHUB_OUTPUT": j.tempDir("_runner_file_commands/set_output_0c8b"), "GITHUB_REF": "refs/heads/main",
		"GITHUB_REPOSITORY": "someone/bench", "GITHUB_RUN_ID": "1", "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_STEP_SUMMARY": j.tempDir("_runner_file_commands/step_summary_0c8b"), "GITHUB_WORKSPACE": j.workspace(),
		"RUNNER_ARCH": "X64", "RUNNER_ENVIRONMENT": "self-hosted", "RUNNER_NAME": "bench", "RUNNER_OS": "Linux",
		"RUNNER_TEMP": j.tempDir(""), "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache", "RUNNER_WORKSPACE": filepath.Dir(j.workspace()),
		"ACTIONS_RUNTIME_TOKEN": "secret", "ACTIONS_RUNTIME_URL": "https://pipelines.actions.githubusercontent.com/",
	}
	variables := must(j.metadata.Variables(with, "${{ job.container.id }}", j.container, "${{ runner.temp }}", strings.TrimSuffix(j.tempDir(""), "/"),
		"${{ github.workspace }}", j.workspace()))(t)
	for name := range j.metadata.Inputs {
		if _, given := with[name]; given || !j.prebuilt {
			env[program.Variable(name)] = variables[program.Variable(name)]
		}
	}
	for name, value := range env {
		env[name] = j.inside(value)
	}
	return env
}

// step runs the action and returns its outputs and how it ended. with are its inputs, in which the expressions
// ${{ runner.temp }} and ${{ github.workspace }} mean what the runner makes of them.
func (j *job) step(t *testing.T, with map[string]string) (outputs map[string]string, ended result) {
	t.Helper()
	output := j.tempDir("_runner_file_commands/set_output_0c8b")
	if err := os.Truncate(output, 0); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--name", fmt.Sprintf("mmjsonl-e2e_%d", os.Getpid()), "--label", "6a7b8c", "--workdir", "/github/workspace", "--rm"}
	env := j.environment(t, with)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		args = append(args, "-e", name)
	}
	args = append(args, "-e", "GITHUB_ACTIONS=true", "-e", "CI=true")
	if !j.prebuilt {
		args = append(args, "--entrypoint", j.metadata.Runs.Entrypoint)
	}
	if j.network != "" {
		args = append(args, "--network", j.network)
	}
	args = append(args, j.options...)
	args = append(args, "-v", "/var/run/docker.sock:/var/run/docker.sock")
	for _, folder := range j.folders() {
		args = append(args, "-v", folder[0]+":"+folder[1])
	}
	cmd := exec.CommandContext(t.Context(), client, append(args, j.image)...)
	cmd.Env = cleanEnv()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	ended = finish(t, cmd)
	return readOutputs(t, must(os.ReadFile(output))(t)), ended
}

// readOutputs reads the file behind GITHUB_OUTPUT.
func readOutputs(t *testing.T, content []byte) map[string]string {
	t.Helper()
	return must(program.ParseOutputs(string(content)))(t)
}

// mustStep is step where the action must succeed with every output that its metadata declares.
func (j *job) mustStep(t *testing.T, with map[string]string) map[string]string {
	t.Helper()
	outputs, ended := j.step(t, with)
	if ended.code != 0 {
		t.Fatalf("the action failed: %+v", ended)
	}
	if err := program.CheckOutputs(outputs); err != nil {
		t.Error(err)
	}
	return outputs
}

// place is a side from which files are seen: the host, or the inside of a container.
type place struct{ container string }

// read returns a file's content as this side sees it.
func (p place) read(t *testing.T, path string) []byte {
	t.Helper()
	if p.container == "" {
		return must(os.ReadFile(path))(t)
	}
	ended := finish(t, exec.CommandContext(t.Context(), client, "exec", p.container, "cat", path))
	if ended.code != 0 {
		t.Fatalf("failed to read %q in the container: %s", path, ended.stderr)
	}
	return []byte(ended.stdout)
}

// exists reports whether a file or folder is on this side.
func (p place) exists(t *testing.T, path string) bool {
	t.Helper()
	if p.container == "" {
		_, err := os.Stat(path)
		return err == nil
	}
	return finish(t, exec.CommandContext(t.Context(), client, "exec", p.container, "test", "-e", path)).code == 0
}

func TestRunner(t *testing.T) {
	defer timed("2 runner")()
	image := projectImage(t)

	t.Run("hosted", func(t *testing.T) {
		j := newJob(t, image)
		testNextStep(t, j, j.work)
	})
	t.Run("hosted before 2.329", func(t *testing.T) {
		j := newJob(t, image)
		j.temp = false
		testNextStep(t, j, j.work)
	})
	t.Run("job container", func(t *testing.T) {
		j := newJob(t, image)
		j.network = fmt.Sprintf("mmjsonl-e2e_%d", os.Getpid())
		docker(t, "network", "create", j.network)
		t.Cleanup(func() { run(exec.Command(client, "network", "rm", j.network)) })
		j.container = start(t, "--network", j.network, "-v", j.work+":/__w", "-v", j.tempDir("_github_home")+":/github/home",
			"-v", j.tempDir("_github_workflow")+":/github/workflow", runnerImage, "-f", "/dev/null")
		testNextStep(t, j, "/__w")
	})
	t.Run("kubernetes", func(t *testing.T) { testKubernetes(t, image) })
}

// small is a job of few and small images, with reuse.
var small = map[string]string{
	"num-requests": "6", "images-per-request": "2", "images-pool": "8", "image-size": "64x32", "user-text-tokens": "20", "seed": "7",
}

// with adds inputs to a step's.
func with(inputs map[string]string, more ...string) map[string]string {
	inputs = maps.Clone(inputs)
	for i := 0; i < len(more); i += 2 {
		inputs[more[i]] = more[i+1]
	}
	return inputs
}

// testNextStep runs the action and then is where the next step of the job is. There the runner's work folder is at work.
func testNextStep(t *testing.T, j *job, work string) {
	workspace := work + "/bench/bench"
	t.Run("default places", func(t *testing.T) {
		outputs := j.mustStep(t, small)
		checkOutputs(t, j, outputs, workspace+"/6req_2img_8pool_20word_base64.jsonl")
		if got, want := outputs["path"], workspace+"/"+outputs["relative-path"]; got != want {
			t.Errorf("path is %s, but relative-path names %s", got, want)
		}
		summary := string(must(os.ReadFile(j.tempDir("_runner_file_commands/step_summary_0c8b")))(t))
		if !strings.Contains(summary, "aiperf profile ") || !strings.Contains(summary, outputs["aiperf-args"]) {
			t.Errorf("the step summary does not have the aiperf command:\n%s", summary)
		}
	})
	t.Run("prebuilt image", func(t *testing.T) {
		j := *j
		j.prebuilt = true
		outputs := j.mustStep(t, with(small, "job-container", "${{ job.container.id }}"))
		checkOutputs(t, &j, outputs, workspace+"/6req_2img_8pool_20word_base64.jsonl")
	})
	t.Run("named places", func(t *testing.T) {
		outputs := j.mustStep(t, with(small, "output", "out/requests.jsonl", "image-dir", "${{ github.workspace }}/data/images"))
		checkOutputs(t, j, outputs, workspace+"/out/requests.jsonl")
		if got, want := outputs["image-dir"], workspace+"/data/images"; got != want {
			t.Errorf("image-dir is %s, want %s", got, want)
		}
	})
	t.Run("zstd", func(t *testing.T) {
		outputs := j.mustStep(t, with(small, "output", "z/requests.jsonl.zst"))
		compressed := j.next().read(t, outputs["path"])
		if got := fmt.Sprintf("%x", sha256.Sum256(compressed)); got != outputs["sha256"] {
			t.Errorf("sha256 is %s, the file's is %s", outputs["sha256"], got)
		}
		decompress := exec.CommandContext(t.Context(), tool(t, zstd), "-dc")
		decompress.Stdin = bytes.NewReader(compressed)
		checkRows(t, j, outputs, []byte(finish(t, decompress).stdout))
		if want := strings.TrimSuffix(outputs["path"], ".zst"); strings.Fields(outputs["aiperf-args"])[1] != want {
			t.Errorf("aiperf-args are %q, want the decompressed %s", outputs["aiperf-args"], want)
		}
	})
	t.Run("temporary folder", func(t *testing.T) {
		inputs := with(small, "output", "${{ runner.temp }}/requests/x.jsonl")
		if !j.temp {
			testRefused(t, j, inputs, "output")
			testRefused(t, j, with(small, "output", "/github/runner_temp/x.jsonl"), "output") // not mounted: the container's own
			return
		}
		outputs := j.mustStep(t, inputs)
		checkOutputs(t, j, outputs, work+"/_temp/requests/x.jsonl")
		if outputs["relative-path"] != "" {
			t.Errorf("relative-path is %q for a file outside the workspace", outputs["relative-path"])
		}
	})
	t.Run("lost places", func(t *testing.T) {
		testRefused(t, j, with(small, "image-dir", "/tmp/images", "output", "/var/requests.jsonl"), "image-dir", "output")
	})
	t.Run("bad input", func(t *testing.T) {
		testRefused(t, j, with(small, "images-pool", "1", "num-requests", "none", "seed", "-1"), "images-pool", "num-requests", "seed")
	})
	t.Run("owner", func(t *testing.T) { checkOwner(t, j.work, j.uid, j.gid) })
}

// next is where the job's next step is.
func (j *job) next() place { return place{j.container} }

// checkOutputs opens every path of every output and row from where the next step is.
func checkOutputs(t *testing.T, j *job, outputs map[string]string, path string) {
	t.Helper()
	if outputs["path"] != path {
		t.Errorf("path is %s, want %s", outputs["path"], path)
	}
	if got, want := outputs["aiperf-args"], "--input-file "+path+" --custom-dataset-type single_turn --request-count 6 --random-seed 1 --output-artifact-dir artifacts/"+strings.TrimSuffix(filepath.Base(path), ".jsonl"); got != want {
		t.Errorf("aiperf-args are %q, want %q", got, want)
	}
	for name, value := range outputs {
		if name != "container-path" && strings.HasPrefix(value, "/") && !j.next().exists(t, value) {
			t.Errorf("%s is %s, which the next step does not see", name, value)
		}
	}
	content := j.next().read(t, outputs["path"])
	if got := fmt.Sprintf("%x", sha256.Sum256(content)); got != outputs["sha256"] {
		t.Errorf("sha256 is %s, the file's is %s", outputs["sha256"], got)
	}
	if got := fmt.Sprint(len(content)); got != outputs["bytes"] {
		t.Errorf("bytes is %s, the file has %s", outputs["bytes"], got)
	}
	// Another step that is a container action sees the file where this one did.
	args := []string{"run", "--rm", "--entrypoint", "cat"}
	for _, folder := range j.folders() {
		args = append(args, "-v", folder[0]+":"+folder[1])
	}
	again := finish(t, exec.CommandContext(t.Context(), client, append(args, j.image, outputs["container-path"])...))
	if again.stdout != string(content) {
		t.Errorf("container-path %s is another file in a container action: %s", outputs["container-path"], again.stderr)
	}
	checkRows(t, j, outputs, content)
}

// checkRows opens every image and compares the outputs with what is there.
func checkRows(t *testing.T, j *job, outputs map[string]string, content []byte) {
	t.Helper()
	images, slots := map[[sha256.Size]byte]bool{}, 0
	rows := readRows(t, content)
	for _, row := range rows {
		for _, path := range row.Images {
			if filepath.Dir(path) != outputs["image-dir"] {
				t.Errorf("%s is not in image-dir, %s", path, outputs["image-dir"])
			}
			image := j.next().read(t, path)
			if size, err := png.DecodeConfig(bytes.NewReader(image)); err != nil || size.Width != 64 || size.Height != 32 {
				t.Errorf("%s: got size %d×%d, error %v, want 64×32", path, size.Width, size.Height, err)
			}
			images[sha256.Sum256(image)] = true
			slots++
		}
	}
	for name, want := range map[string]string{
		"requests": fmt.Sprint(len(rows)), "image-slots": fmt.Sprint(slots), "unique-images": fmt.Sprint(len(images)),
		"duplicate-references": fmt.Sprint(slots - len(images)), "reuse-rate": "0.3333", "seed": "7",
	} {
		if outputs[name] != want {
			t.Errorf("%s is %q, want %q", name, outputs[name], want)
		}
	}
	if len(rows) != 6 || slots != 12 || len(images) != 8 {
		t.Errorf("got %d rows, %d slots and %d images, want 6, 12 and 8", len(rows), slots, len(images))
	}
}

// testRefused expects bad input: exit code 2, an annotation for each input, no outputs, and nothing written.
func testRefused(t *testing.T, j *job, inputs map[string]string, names ...string) {
	t.Helper()
	before := mustRun(t, j.work, "find", "bench", "_temp")
	outputs, ended := j.step(t, inputs)
	if ended.code != 2 || len(outputs) != 0 {
		t.Errorf("got %+v and outputs %v, want exit code 2 and none", ended, outputs)
	}
	for _, name := range names {
		if !regexp.MustCompile(`(?m)^::error( title=[^:]*)?::.*\b` + name + `\b`).MatchString(ended.stdout) {
			t.Errorf("no error annotation names %s:\n%s", name, ended.stdout)
		}
	}
	if after := mustRun(t, j.work, "find", "bench", "_temp"); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// testKubernetes does what the hooks (0.8.1) do: a pod of the image that waits, the job's files copied into it, and a script that
// puts them where the runner would mount them and becomes the action. The hooks copy nothing back, so all that can be right there
// is the run and its files in the pod.
func testKubernetes(t *testing.T, image string) {
	j := newJob(t, image)
	j.container = "5f1d" // there every job has a container of its own
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
	var env strings.Builder
	variables := j.environment(t, with(small, "prompt", "a \"quoted\" $prompt `true` \\ with 'all' that a shell would take"))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		fmt.Fprintf(&env, ` "%s=%s"`, name, quote.Replace(variables[name]))
	}
	script := `#!/bin/sh -l
rm "$0"
mv /__w/_temp/_github_home /github/home && \
mv /__w/_temp/_github_workflow /github/workflow && \
mv /__w/_temp/_runner_file_commands /github/file_commands || true && \
mv /__w/bench/bench/ /github/workspace && \
cd /github/workspace && \
exec env "GITHUB_ACTIONS=true" "CI=true"` + env.String() + "  " + j.metadata.Runs.Entrypoint + " \n"
	if err := os.WriteFile(j.tempDir("step.sh"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	pod := start(t, "--workdir", "/__w", "-v", "/__w", "-v", "/__e", "-v", "/github", image, "-f", "/dev/null")
	docker(t, "cp", j.work+"/.", pod+":/__w")
	for _, command := range []string{"sh", "env", "tail", "tar", "find", "chmod", "stat", "mv", "rm"} {
		docker(t, "exec", pod, "sh", "-c", "command -v "+command)
	}
	if ended := finish(t, exec.CommandContext(t.Context(), client, "exec", pod, "sh", "-e", "/__w/_temp/step.sh")); ended.code != 0 {
		t.Fatalf("the script failed: %+v", ended)
	}

	outputs := readOutputs(t, place{pod}.read(t, "/github/file_commands/set_output_0c8b"))
	content := place{pod}.read(t, outputs["container-path"])
	if got := fmt.Sprintf("%x", sha256.Sum256(content)); got != outputs["sha256"] {
		t.Errorf("sha256 is %q, the file's is %s", outputs["sha256"], got)
	}
	rows := readRows(t, content)
	if len(rows) != 6 {
		t.Errorf("got %d rows, want 6", len(rows))
	}
	for _, row := range rows {
		if want := "a \"quoted\" $prompt `true` \\ with 'all' that a shell would take"; row.Text != want {
			t.Errorf("the text is %q, want %q", row.Text, want)
		}
		for _, path := range row.Images {
			inside := "/github/workspace" + strings.TrimPrefix(path, "/__w/bench/bench")
			if _, err := png.Decode(bytes.NewReader(place{pod}.read(t, inside))); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}
